"""A loss for each layer: what one learns does not depend on the others', and how many there have to be."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from neuroff.config.build import build, build_plan
from neuroff.config.overrides import apply_settings
from neuroff.core.loss import ClassLoss, Loss
from neuroff.core.rules import LayerGradient
from neuroff.errors import ConfigError
from neuroff.training.loop import train
from neuroff.training.online import learner
from neuroff.training.step import LayerStatistics
from tests.samples import configured, few_inputs, lively_network, split_of

SOFTMAX = ("asking.form=groups", "loss=softmax", "goodness=linear", "widths=9,6,7")


def gradients(steepness: str, rule: str, path: str) -> list[torch.Tensor]:
    """Weight gradients and mean losses of all layers, with collaboration."""
    time = ("gain=online", "timing=online") if path == "spiking" else ()
    config = configured(*SOFTMAX, f"rule={rule}", "partners=all", *time, steepness, path=path, variant="fcff")
    network, inputs = lively_network(config), few_inputs(config)
    plan = build_plan(config)
    found = {index: LayerGradient.of(layer) for index, layer in enumerate(network.layers)}
    statistics = {index: LayerStatistics.empty(torch.device("cpu")) for index in found}
    question = network.asking.question(inputs.labels, inputs.labels)
    stimulus = inputs.stimulus(slice(None))
    learner(plan)(network, plan.losses(3), stimulus, question, found, statistics, images=6.0)
    return [
        torch.cat((found[index].synapses["weight"].flatten(), statistics[index].totals)) for index in found
    ]


@pytest.mark.parametrize(
    ("rule", "path"),
    [("batch", "dense"), ("batch", "spiking"), ("online_end", "spiking"), ("online_step", "spiking")],
)
def test_each_layer_learns_by_its_own(rule: str, path: str) -> None:
    together = gradients("loss_steepnesses=3,7,20", rule, path)
    for index, steepness in enumerate((3, 7, 20)):
        alike = gradients(f"loss_steepness={steepness}", rule, path)
        assert torch.equal(together[index], alike[index])
        assert not torch.equal(together[index - 1], alike[index - 1])


def test_the_plan_has_one_loss_or_one_for_each() -> None:
    config = configured(*SOFTMAX, "loss_steepness=5")
    assert build_plan(config).loss == ClassLoss(5.0)
    each = apply_settings(config, ["loss_steepnesses=1,2,3"])
    plan = build_plan(each)
    assert plan.losses(3) == (ClassLoss(1.0), ClassLoss(2.0), ClassLoss(3.0))
    assert plan.losses(2) == plan.losses(3)[:2]  # of a network whose highest layer was taken off
    with pytest.raises(ConfigError, match=r"3 losses for 4 layers.*one for each"):
        plan.losses(4)
    network, _ = build(each, split_of(each))
    for losses in ((ClassLoss(),) * 2, (ClassLoss(),) * 4):
        with pytest.raises(ConfigError, match=rf"training: {len(losses)} losses for 3 layers"):
            train(network, split_of(each), replace(plan, loss=losses))


def test_settings_that_have_no_meaning_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"loss_steepnesses has 2 values for 3 layers"):
        configured(*SOFTMAX, "loss_steepnesses=1,2")
    with pytest.raises(ConfigError, match=r"loss_steepnesses needs training\.loss=pairwise, swish"):
        configured("loss=threshold", "widths=5,5", "loss_steepnesses=1,2")
    pair = build_plan(configured("loss=pairwise", "widths=5,5", "loss_steepnesses=1,2"))
    assert [each.steepness for each in pair.losses(2) if isinstance(each, Loss)] == [1.0, 2.0]
