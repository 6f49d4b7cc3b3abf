from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import pytest
import torch

from neuroff.chip import ChipModel
from neuroff.chip.deploy import chip_accuracy, deploy
from neuroff.chip.quantise import quantise
from neuroff.chip.synapses import weight_range
from neuroff.chip.tune import TuningPlan, fine_tune
from neuroff.config.build import build_plan
from neuroff.core.goodness import Goodness
from neuroff.errors import ConfigError, TrainingError
from tests.chip.conftest import Trained
from tests.narrow import bias_of, weight_of

PLAN = TuningPlan(epochs=3, learning_rate=5e-4, batch_size=20)


def coarse(trained: Trained) -> ChipModel:
    return quantise(trained.network, trained.split.train, bits=3, images=100)


def test_tuning_wins_back_what_few_bits_cost(trained_on_spikes: Trained) -> None:
    model, inputs = coarse(trained_on_spikes), trained_on_spikes.split.train
    losses: list[tuple[float, ...]] = []
    plan = replace(PLAN, epochs=6)  # in three the second layer has hardly begun: what it hears still changes
    tuned = fine_tune(
        model, build_plan(trained_on_spikes.config), inputs, plan, lambda _, found: losses.append(found)
    )
    assert len(losses) == 6
    assert all(last < first for first, last in zip(losses[0], losses[-1], strict=True))
    assert chip_accuracy(deploy(tuned), inputs) > chip_accuracy(deploy(model), inputs) + 0.03


def test_tuning_moves_parameters_alone_and_repeats_itself(trained: Trained) -> None:
    model = coarse(trained)
    before = [weight_of(layer).clone() for layer in model.network.layers]
    first, second = (
        fine_tune(model, build_plan(trained.config), trained.split.train.head(100), PLAN) for _ in range(2)
    )
    assert first.scales == model.scales
    assert first.network.populations == model.network.populations
    for index, kept in enumerate(before):
        assert torch.equal(weight_of(model.network.layers[index]), kept)
        assert torch.equal(weight_of(first.network.layers[index]), weight_of(second.network.layers[index]))
        assert not torch.equal(weight_of(first.network.layers[index]), kept)


def test_what_is_tuned_stays_within_what_the_chip_holds(trained: Trained) -> None:
    model = coarse(trained)
    wild = replace(PLAN, epochs=1, learning_rate=0.5)
    tuned = fine_tune(model, build_plan(trained.config), trained.split.train.head(100), wild)
    low, high = weight_range(3, "mixed")
    for layer, scale in zip(tuned.network.layers, tuned.scales, strict=True):
        units = weight_of(layer) / scale.weight_unit
        assert low * 1.0001 <= float(units.min())
        assert float(units.max()) <= high * 1.0001
        assert float(bias_of(layer).abs().max()) <= scale.bias_bound() * 1.0001
    deploy(tuned)


def test_rates_fall_along_half_a_cosine() -> None:
    plan = TuningPlan(learning_rate=2.0)
    assert [plan.rate(share) for share in (0.0, 0.5, 1.0)] == pytest.approx([2.0, 1.0, 0.0])


@pytest.mark.parametrize(
    "values", [{"epochs": 0}, {"batch_size": 0}, {"learning_rate": 0.0}, {"learning_rate": math.inf}]
)
def test_bad_plans_are_refused(values: dict[str, Any]) -> None:
    expected = "expected a number (above 0|at least 1)"
    with pytest.raises(ConfigError, match=f"TuningPlan: {next(iter(values))} = .*; {expected}"):
        TuningPlan(**values)


@dataclass(frozen=True)
class Nowhere(Goodness):
    """A goodness that is no number."""

    def value(self, activity: torch.Tensor) -> torch.Tensor:
        return super().value(activity) * math.nan


def test_a_loss_that_is_not_finite_is_reported(trained: Trained) -> None:
    model = coarse(trained)
    layer = model.network.layers[0]
    broken = layer.mapped(bias=lambda bias: torch.full_like(bias, math.nan))
    network = replace(model.network, layers=(broken, *model.network.layers[1:]))
    nan_goodness = replace(network, goodness=Nowhere())
    with pytest.raises(TrainingError, match="finite numbers"):
        fine_tune(
            replace(model, network=nan_goodness),
            build_plan(trained.config),
            trained.split.train.head(20),
            PLAN,
        )
