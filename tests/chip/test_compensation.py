"""Rounding with compensation, against rounding to the nearest."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from neuroff.chip.compensation import compensated
from neuroff.chip.moments import add_moment, kernels, nothing_seen
from neuroff.core.synapses import Planes, Pooled, initial_conv


def nearest(values: Tensor) -> Tensor:
    return torch.round(values / 0.1) * 0.1


def drawn(groups: int = 2) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Weights, biases, inputs that go together, and their moment with a one behind them."""
    stream = torch.Generator().manual_seed(3)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=stream, dtype=torch.float64)

    weight, bias = normal(groups, 6, 9), normal(groups, 6)
    inputs = normal(groups, 400, 3) @ normal(groups, 3, 9) + 0.1 * normal(groups, 400, 9) + 1.0
    shown = torch.cat((inputs, torch.ones(groups, 400, 1, dtype=torch.float64)), 2)
    return weight, bias, inputs, shown.mT @ shown / 400


def test_errors_make_up_for_each_other() -> None:
    weight, bias, inputs, moment = drawn()
    found, taken_up = compensated(weight, bias, moment, nearest)
    torch.testing.assert_close(nearest(found), found)

    def disturbance(rounded: Tensor, biases: Tensor) -> float:
        error = inputs @ (rounded - weight).mT + (biases - bias)[:, None]
        return float(error.square().mean())

    # Inputs of three causes: nearly everything can be made up for.
    assert disturbance(found, taken_up) < 0.1 * disturbance(nearest(weight), bias)
    error = (inputs @ (found - weight).mT + (taken_up - bias)[:, None]).mean(1)
    assert float(error.abs().max()) < 0.01  # the bias takes up the mean


def test_inputs_that_have_nothing_in_common_leave_the_nearest() -> None:
    weight, bias, _, moment = drawn(1)
    apart = torch.eye(moment.shape[1], dtype=torch.float64)[None]
    found, taken_up = compensated(weight, bias, apart, nearest)
    torch.testing.assert_close(found, nearest(weight))
    torch.testing.assert_close(taken_up, bias)


def test_a_moment_is_that_of_every_window() -> None:
    planes = Planes(4, 6, 5)
    stream = torch.Generator().manual_seed(0)
    conv = initial_conv(
        planes.pooled((2, 1)), 6, (3, 3), stream, torch.float64, padding=(1, 1), stride=2, groups=2
    )
    synapses = Pooled(conv, planes, (2, 1))
    values = torch.rand(7, planes.size, dtype=torch.float64, generator=stream)
    moment = nothing_seen(synapses)
    add_moment(moment, synapses, values)
    add_moment(moment, synapses, values)
    weight = kernels(synapses)
    assert weight.shape == (2, 3, 18)
    drives = values @ synapses.affine()[0].T
    found = 2 * float(drives.square().sum())
    error = weight * 2  # means of two: as a spike meets it, half
    assert float(((error @ moment) * error).sum()) == pytest.approx(found)
    with_one = nothing_seen(synapses, with_one=True)
    add_moment(with_one, synapses, values)
    torch.testing.assert_close(2 * with_one[:, :-1, :-1], moment)
    places = conv.leaving.height * conv.leaving.width
    assert with_one[:, -1, -1].tolist() == [7.0 * places] * 2
