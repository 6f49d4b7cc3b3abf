"""Training and prediction by loops over spikes: what PyTorch computes, whatever the network."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from neuroff.config import Config
from neuroff.config.build import build_network, build_plan
from neuroff.core.engine import EventEngine
from neuroff.core.network import Network
from neuroff.core.rules import LayerGradient
from neuroff.core.scores import class_scores
from neuroff.training.online import learner
from neuroff.training.step import LayerStatistics
from tests.samples import CLASSES, PIXELS, configured, few_inputs, split_of, train_by

GROUPS = ("asking.form=groups", "loss=softmax", "loss_steepness=7", "goodness=linear")
NETWORKS: dict[str, tuple[str, ...]] = {
    "labels": (),
    "labels, three layers": ("widths=40,30,20",),
    "groups": GROUPS,
    "random": ("asking.form=random", "loss=softmax", "goodness=linear"),
    "reset to zero": ("reset=zero",),
    "cuba": ("neuron.model=cuba",),
    "refractory": ("refractory=1",),
    "spikes in": ("encoding=regular",),
    "a gain that does not look ahead": ("gain=online",),
    "no gain": ("gain=constant", "normalisation=none"),
    "a bus over time": ("collaboration.timing=online", "collaboration.delay=1", "partners=all"),
    "few spikes": ("rate_penalty=0.1",),
    "learned": ("neuron.learned=beta",),
    "online, at the end": ("gain=online", "neuron.rule=online_end"),
    "online, at every step": ("gain=online", "neuron.rule=online_step", "collaboration.timing=online"),
}
each_network = pytest.mark.parametrize("settings", NETWORKS.values(), ids=NETWORKS.keys())


def small(*settings: str, engine: str = "torch") -> Config:
    start = ("widths=40,30", "precision=float32", "neuron.steps=6", "goodness_scale=4", "epochs=2")
    return configured(*start, *settings, f"training.engine={engine}", path="spiking", variant="acff", seed=3)


def lively(config: Config) -> Network:
    network = build_network(config, PIXELS, CLASSES)
    layers = tuple(layer.mapped(lambda weight: 4 * weight) for layer in network.layers)
    return replace(network, layers=layers)


def gradients(config: Config, network: Network) -> list[torch.Tensor]:
    plan, inputs = build_plan(config), few_inputs(config, 20)
    sums = {index: LayerGradient.of(layer) for index, layer in enumerate(network.layers)}
    statistics = {index: LayerStatistics.empty(torch.device("cpu")) for index in sums}
    question = network.asking.question(inputs.labels, (inputs.labels + 1) % CLASSES)
    learner(plan)(
        network,
        plan.losses(len(network.layers)),
        inputs.stimulus(slice(None)),
        question,
        sums,
        statistics,
        images=20.0,
    )
    totals = [each.totals.float() for each in statistics.values()]
    return [tensor for each in sums.values() for tensor in (*each.synapses.values(), each.gamma)] + totals


@each_network
def test_gradients_and_scores_are_those_of_pytorch(settings: tuple[str, ...]) -> None:
    config = small(*settings)
    network = lively(config)
    events = replace(network, engine=EventEngine())
    for found, wanted in zip(gradients(config, events), gradients(config, network), strict=True):
        assert float((found - wanted).norm()) <= 1e-5 * max(1e-3, float(wanted.norm()))
    stimulus = few_inputs(config, 20).stimulus(slice(None))
    torch.testing.assert_close(
        class_scores(events, stimulus), class_scores(network, stimulus), rtol=1e-5, atol=1e-5
    )


@pytest.mark.parametrize("settings", [(), GROUPS], ids=["labels", "groups"])
def test_training_ends_at_the_same_weights(settings: tuple[str, ...]) -> None:
    split = split_of(small(*settings))
    ours, theirs = (train_by(small(*settings, engine=name), split) for name in ("numba", "torch"))
    assert (ours.network.engine.name, theirs.network.engine.name) == ("numba", "torch")
    for found, wanted in zip(ours.network.layers, theirs.network.layers, strict=True):
        for name, tensor in wanted.tensors().items():
            torch.testing.assert_close(found.tensors()[name], tensor, rtol=1e-3, atol=1e-3)


def test_a_function_between_layers_gets_floats() -> None:
    config = small(engine="numba")
    seen: list[torch.dtype] = []

    def half(output: torch.Tensor) -> torch.Tensor:
        seen.append(output.dtype)
        return output * 0.5

    train_by(config, split_of(config), black_boxes={0: half})
    assert set(seen) == {torch.float32}


def test_the_same_seed_gives_the_same_bits() -> None:
    config = small(engine="numba")
    first, second = (train_by(config, split_of(config)).network.layers for _ in range(2))
    for one, other in zip(first, second, strict=True):
        assert all(torch.equal(tensor, other.tensors()[name]) for name, tensor in one.tensors().items())
