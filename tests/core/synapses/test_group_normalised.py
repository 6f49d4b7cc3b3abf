"""Groups of channels with mean zero and variance one, sample by sample and step by step."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from neuroff.core.signal import Signal
from neuroff.core.synapses import (
    Conv,
    Dense,
    GroupNormalised,
    Planes,
    Pooled,
    Synapses,
    initial_conv,
    initial_dense,
)
from neuroff.errors import ConfigError, ExportError, ShapeError

EXACT = torch.float64
PLANES = Planes(6, 3, 4)
ONE = torch.ones(1, 1)


def stream(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def plain(kind: str) -> Dense | Conv:
    if kind == "dense":
        return initial_dense(PLANES.size, 5, stream(), EXACT)
    return initial_conv(PLANES, 4, (3, 3), stream(), EXACT, stride=2, padding=(1, 1), groups=2)


def by_hand(values: Tensor, groups: int) -> Tensor:
    grouped = values.unflatten(-1, (groups, -1))
    centred = grouped - grouped.mean(-1, keepdim=True)
    shown: Tensor = (centred / (centred.square().mean(-1, keepdim=True) + 1e-5).sqrt()).flatten(-2)
    return shown


@given(
    st.sampled_from(["dense", "conv"]), st.sampled_from([1, 2, 3, 6]), st.booleans(), st.booleans(),
    st.booleans(), st.booleans(),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_drive_and_gradients_are_those_of_the_values_written_out(
    kind: str, groups: int, timed: bool, gained: bool, spikes: bool, pooled: bool
) -> None:
    behind = plain(kind)
    synapses: Synapses = GroupNormalised(behind, PLANES, groups)
    wide = Planes(6, 6, 8)
    if pooled:
        synapses = Pooled(synapses, wide, (2, 2))
    shape = (3, 2) if timed else (2,)
    values = torch.rand(*shape, synapses.inputs, generator=stream(1), dtype=EXACT)
    values = (values < 0.2).to(EXACT) if spikes else values
    gain = torch.rand(shape, generator=stream(2), dtype=EXACT) + 0.5 if gained else None
    heard = values if gain is None else values * gain[..., None]
    if pooled:
        heard = torch.nn.functional.avg_pool2d(wide.of(heard), 2).reshape(*shape, -1)
    shown = by_hand(heard, groups)
    signal, kept = Signal(values, gain), values.clone()
    torch.testing.assert_close(synapses.drive(signal, EXACT), behind.drive(Signal(shown), EXACT))
    assert torch.equal(values, kept)

    post = torch.randn(*shape, synapses.neurons, generator=stream(3), dtype=EXACT)
    leaves = {name: tensor.clone().requires_grad_() for name, tensor in behind.tensors().items()}
    weight, bias = behind.with_tensors(leaves).affine()
    expected = torch.autograd.grad(((shown @ weight.T + bias) * post).sum(), [*leaves.values()])
    found = {name: torch.zeros_like(tensor) for name, tensor in synapses.tensors().items()}
    synapses.add_bias_gradient(found, post)
    synapses.add_weight_gradient(found, post.clone(), signal, EXACT)
    for name, gradient in zip(leaves, expected, strict=True):
        torch.testing.assert_close(found[name], gradient)

    part, linear = synapses.linear_part(signal)
    assert linear is behind
    torch.testing.assert_close(part.values, shown)


def test_it_is_pytorchs_group_normalisation_at_every_step() -> None:
    values = torch.rand(4, 5, PLANES.size, generator=stream(1), dtype=EXACT)
    reference = torch.nn.GroupNorm(3, 6, affine=False).double()
    shown = GroupNormalised(plain("conv"), PLANES, 3).shown(Signal(values)).values
    for step in range(4):
        torch.testing.assert_close(shown[step], reference(PLANES.of(values[step])).flatten(1))


def test_a_step_without_spikes_stays_silent_and_bytes_are_spikes_too() -> None:
    synapses = GroupNormalised(plain("conv"), PLANES, 2)
    spikes = torch.zeros(2, 1, PLANES.size, dtype=torch.uint8)
    spikes[1, 0, 3] = 1
    shown = synapses.shown(Signal(spikes)).values
    assert shown.dtype == EXACT
    assert not bool(shown[0].any())
    assert not bool(shown[1, 0, PLANES.size // 2 :].any())  # the other group
    torch.testing.assert_close(shown[1], by_hand(spikes[1].to(EXACT), 2))


@given(st.sampled_from(["dense", "conv"]), st.sampled_from([1, 2, 3]), st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_a_spike_reaches_all_that_see_its_group(kind: str, groups: int, seed: int) -> None:
    synapses = GroupNormalised(plain(kind), PLANES, groups)
    ones = (torch.rand(4, PLANES.size, generator=stream(seed)) < 0.02).to(EXACT)
    silent = synapses.drive(Signal(torch.zeros_like(ones)), EXACT)
    moved = synapses.drive(Signal(ones), EXACT).ne(silent)
    assert torch.equal(synapses.reached(ones).expand_as(moved), moved)


def test_what_is_counted_is_what_the_weights_are() -> None:
    behind = plain("conv").mapped(lambda weight: weight.where(weight > 0, 0.0))
    synapses = Pooled(GroupNormalised(behind, PLANES, 3), Planes(6, 6, 8), (2, 2))
    alone = Pooled(behind, Planes(6, 6, 8), (2, 2))
    assert torch.equal(synapses.fan_out(), alone.fan_out())
    assert torch.equal(synapses.zero_fan_out(), alone.zero_fan_out())
    assert (synapses.products, synapses.weights, synapses.sample_scalars) == (alone.products, 216 // 2, 6)
    assert (alone.sample_scalars, alone.is_linear, synapses.is_linear) == (0, True, False)


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: GroupNormalised(plain("dense"), Planes(6, 3, 3), 2), ShapeError, "54|6 x 3 x 3"),
        (lambda: GroupNormalised(plain("dense"), PLANES, 4), ConfigError, "4 groups of 6 channels"),
        (lambda: GroupNormalised(plain("dense"), PLANES, 0), ConfigError, "groups = 0"),
        (lambda: GroupNormalised(plain("dense"), Planes(72, 1, 1), 72), ConfigError, "two values or more"),
        (lambda: GroupNormalised(plain("dense"), PLANES, 2).affine(), ExportError, "standardise=true"),
        (lambda: GroupNormalised(plain("dense"), PLANES, 2).unit_drives(2), ExportError, "standardise=true"),
        (
            lambda: GroupNormalised(plain("conv"), PLANES, 2).add_unit_gradient({}, ONE, ONE),
            ExportError,
            "standardise=true",
        ),
    ],
)  # fmt: skip
def test_what_does_not_go(make: Callable[[], object], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        make()
