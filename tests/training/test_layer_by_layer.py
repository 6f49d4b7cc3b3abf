"""A layer that hears nobody above it learns before the next is presented, and is let go of."""

from __future__ import annotations

import weakref
from dataclasses import replace
from typing import Any

import pytest
import torch

from neuroff.config.build import build
from neuroff.config.inputs import prepare
from neuroff.config.overrides import apply_settings
from neuroff.config.presets import preset
from neuroff.core.engine import Engine, EventEngine
from neuroff.core.network import Network, propagate
from neuroff.core.rules import LayerGradient
from neuroff.core.synapses import Conv
from neuroff.training.online import learner
from neuroff.training.step import LayerStatistics
from tests.samples import synthetic

LAYERS = "conv 6x3, conv 6x3, conv 6x3, conv 6x3"


def gradients(network: Network, plan: Any, inputs: Any) -> dict[int, LayerGradient]:
    found = {index: LayerGradient.of(layer) for index, layer in enumerate(network.layers)}
    statistics = {index: LayerStatistics.empty(torch.device("cpu")) for index in found}
    question = network.asking.question(inputs.labels, inputs.labels)
    learner(plan)(
        network,
        plan.losses(len(network.layers)),
        inputs.stimulus(slice(0, len(inputs))),
        question,
        found,
        statistics,
        images=40.0,
    )
    return found


@pytest.mark.parametrize("engine", [Engine(), EventEngine()])
def test_no_more_than_two_layers_are_held_at_once(monkeypatch: pytest.MonkeyPatch, engine: Engine) -> None:
    config = apply_settings(
        preset("conv", path="spiking"),
        [f"network.layers={LAYERS}", "train_count=none", "standardise=false", "shift=0"],
    )
    split = prepare(synthetic(), config)
    network, plan = build(config, split)
    network = replace(network, engine=engine)
    alive: list[weakref.ref[Any]] = []
    most = 0

    def watched(*given: Any, **named: Any) -> Any:
        nonlocal most
        for shown in propagate(*given, **named):
            alive.append(weakref.ref(shown.response.output))
            most = max(most, sum(each() is not None for each in alive))
            yield shown
            del shown

    monkeypatch.setattr("neuroff.training.step.propagate", watched)
    found = gradients(network, plan, split.train)
    assert len(alive) == 4
    assert most <= 2
    # the same as where all wait for all
    waiting = replace(network, bus=replace(network.bus, partners="all"))
    other = gradients(waiting, plan, split.train)
    for index, gradient in found.items():
        assert isinstance(network.layers[index].synapses, Conv)
        assert torch.equal(gradient.synapses["weight"], other[index].synapses["weight"])
        assert bool(gradient.synapses["weight"].any())
