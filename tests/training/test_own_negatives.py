"""Hard wrong labels that each layer draws for itself: no layer hears those above it."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from neuroff.config.build import build_plan
from neuroff.core.network import Network
from neuroff.counting.learning import count_training
from neuroff.training.loop import train
from neuroff.training.negatives import negative_labels
from tests.narrow import weight_of
from tests.samples import configured, lively_network, split_of

START = (
    "widths=6,5",
    "schedule=interleaved",
    "label.negatives=hard",
    "epochs=3",
    "batch_size=4",
    "hardness=50",
)


def first_weights(
    path: str, drawn_by: str, *, other_top: bool, schedule: str = "interleaved"
) -> torch.Tensor:
    """Train with one second layer or another; return the first layer's weights."""
    config = configured(*START, f"schedule={schedule}", f"label.drawn_by={drawn_by}", path=path)
    network = lively_network(config)
    if other_top:
        network = with_other_top(network)
    trained = train(network, split_of(config, train=40), build_plan(config)).network
    return weight_of(trained.layers[0])


def with_other_top(network: Network) -> Network:
    stream = torch.Generator().manual_seed(5)
    top = network.layers[1].mapped(
        weight=lambda weight: torch.randn(weight.shape, generator=stream, dtype=weight.dtype)
    )
    return replace(network, layers=(network.layers[0], top))


@pytest.mark.parametrize("path", ["dense", "spiking"])
def test_a_layer_that_draws_its_own_does_not_hear_those_above(path: str) -> None:
    """Exactly: the first layer learns the same bits whatever stands on top of it."""
    same = [first_weights(path, "layer", other_top=other) for other in (False, True)]
    assert torch.equal(*same)


@pytest.mark.parametrize("path", ["dense", "spiking"])
def test_the_draw_of_a_stage_lets_the_top_reach_the_bottom(path: str) -> None:
    """What the documents say crosses layers does: the test that would see it."""
    heard = [first_weights(path, "stage", other_top=other) for other in (False, True)]
    assert not torch.equal(*heard)


def test_layer_by_layer_nothing_comes_down_either_way() -> None:
    for drawn_by in ("stage", "layer"):
        same = [
            first_weights("spiking", drawn_by, other_top=other, schedule="sequential")
            for other in (False, True)
        ]
        assert torch.equal(*same)


def test_every_layer_has_wrong_labels_of_its_own() -> None:
    config = configured(*START, "label.drawn_by=layer", path="spiking")
    network, inputs = lively_network(config), split_of(config, train=60).train
    plan = build_plan(config)
    drawn = negative_labels(plan, network, inputs, plan.stages(2)[0], 0)
    assert drawn.shape == (2, 60)
    assert not (drawn == inputs.labels).any()
    assert not torch.equal(drawn[0], drawn[1])


def test_each_layer_s_presentations_are_counted() -> None:
    own = configured(*START, "label.drawn_by=layer", path="spiking")
    together = configured(*START, path="spiking")
    counted = {}
    for name, config in (("own", own), ("together", together)):
        network, inputs = lively_network(config), split_of(config, train=20).train
        counted[name] = count_training(build_plan(config), network, inputs).stages[0]
    assert [len(each.choosing) for each in counted.values()] == [2, 1]
    assert counted["own"].choosing[0].presentations == counted["own"].work.presentations == 2
    assert (
        counted["own"].counts["neuron_updates_active"]
        > 1.3 * counted["together"].counts["neuron_updates_active"]
    )
