"""Every kind of synapses against the one matrix that it says it is, and its gradients against autograd."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from neuroff.core.signal import Signal
from neuroff.core.synapses import (
    Dense,
    LabelPlane,
    Planes,
    Pooled,
    Standardised,
    Synapses,
    initial_conv,
    initial_dense,
)
from neuroff.core.synapses.standardised import SHARE
from neuroff.errors import ConfigError, ShapeError

Make = Callable[[torch.Generator], Synapses]
EXACT = torch.float64


def stream(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


NINE = initial_dense(9, 2, stream(), EXACT)


@st.composite
def geometries(draw: st.DrawFn) -> Synapses:
    """A convolution of any geometry, pooled or labelled or neither."""
    groups = draw(st.sampled_from([1, 2, 3]))
    planes = Planes(groups * draw(st.integers(1, 2)), draw(st.integers(1, 7)), draw(st.integers(3, 7)))
    pool = (min(planes.height, draw(st.integers(1, 2))), draw(st.integers(1, 2)))
    kind = draw(st.sampled_from(["plain", "pooled", "labelled", "both"]))
    received = (
        Planes(planes.channels + 1, planes.height, planes.width) if kind in ("labelled", "both") else planes
    )
    seen = received.pooled(pool) if kind in ("pooled", "both") else received
    window = (draw(st.integers(1, seen.height)), draw(st.integers(1, seen.width)))
    plain = initial_conv(
        seen,
        groups * draw(st.integers(1, 3)),
        window,
        stream(draw(st.integers(0, 99))),
        EXACT,
        stride=draw(st.integers(1, 3)),
        padding=(draw(st.integers(0, window[0] // 2)), draw(st.integers(0, window[1] // 2))),
        groups=groups if seen.channels % groups == 0 else 1,
    )
    synapses: Synapses = plain
    if draw(st.booleans()):
        mean = torch.randn(seen.channels, generator=stream(9), dtype=EXACT)
        square = mean.square() + torch.rand(seen.channels, generator=stream(10), dtype=EXACT) + 0.1
        synapses = Standardised(plain, seen, torch.stack((mean, square, torch.full_like(mean, 5.0))))
    if seen != received:
        synapses = Pooled(synapses, received, pool)
    return LabelPlane(synapses, planes, draw(st.integers(2, 4))) if received != planes else synapses


def some_zero(synapses: Synapses) -> Synapses:
    """The same with a third of the weights zero."""
    return synapses.mapped(
        weight=lambda w: w * (torch.rand(w.shape, generator=stream(7), dtype=w.dtype) > 0.3)
    )


def structure_of(synapses: Synapses) -> Tensor:
    """Which input reaches which neuron, ``(N, D)``: where no weight is zero, those that are not zero."""
    return (
        synapses.mapped(weight=lambda w: torch.rand(w.shape, generator=stream(8), dtype=w.dtype) + 0.5)
        .affine()[0]
        .ne(0)
    )


@given(geometries(), st.booleans(), st.booleans())
@settings(max_examples=60, deadline=None)
def test_the_drive_is_that_of_the_matrix(synapses: Synapses, timed: bool, gained: bool) -> None:
    weight, bias = synapses.affine()
    assert weight.shape == (synapses.neurons, synapses.inputs)
    shape = (3, 2, synapses.inputs) if timed else (2, synapses.inputs)
    values = torch.randn(shape, generator=stream(1), dtype=EXACT)
    gain = torch.rand(shape[:-1], generator=stream(2), dtype=EXACT) if gained else None
    expected = values @ weight.T * (1.0 if gain is None else gain[..., None]) + bias
    kept = values.clone()
    torch.testing.assert_close(synapses.drive(Signal(values, gain), EXACT), expected)
    assert torch.equal(values, kept)


@given(geometries(), st.booleans(), st.booleans())
@settings(max_examples=60, deadline=None)
def test_gradients_are_autograds(synapses: Synapses, timed: bool, gained: bool) -> None:
    shape = (3, 2) if timed else (2,)
    values = torch.randn(*shape, synapses.inputs, generator=stream(1), dtype=EXACT)
    post = torch.randn(*shape, synapses.neurons, generator=stream(3), dtype=EXACT)
    gain = torch.rand(shape, generator=stream(2), dtype=EXACT) if gained else None
    leaves = {name: tensor.clone().requires_grad_() for name, tensor in synapses.learned().items()}
    weight, bias = synapses.with_tensors(synapses.tensors() | leaves).affine()
    driven = values @ weight.T * (1.0 if gain is None else gain[..., None]) + bias
    expected = torch.autograd.grad((driven * post).sum(), [*leaves.values()])
    found = {name: torch.zeros_like(tensor) for name, tensor in synapses.tensors().items()}
    synapses.add_bias_gradient(found, post)
    synapses.add_weight_gradient(found, post.clone(), Signal(values, gain), EXACT)
    for name, gradient in zip(leaves, expected, strict=True):
        torch.testing.assert_close(found[name], gradient)


@given(geometries())
@settings(max_examples=60, deadline=None)
def test_what_is_counted_is_what_the_matrix_has(synapses: Synapses) -> None:
    synapses = some_zero(synapses)
    exists, weight = structure_of(synapses), synapses.affine()[0]
    assert torch.equal(synapses.fan_out(), exists.sum(0))
    assert synapses.connections == int(exists.sum())
    if not isinstance(synapses, LabelPlane):  # there zeros of one matrix are sums that cancel
        assert torch.equal(synapses.zero_fan_out(), (exists & weight.eq(0)).sum(0))
    ones = (torch.rand(3, 2, synapses.inputs, generator=stream(4)) < 0.1).float()
    reached = ones @ exists.float().T > 0
    assert torch.equal(synapses.reached(ones).expand_as(reached), reached)


@given(geometries())
@settings(max_examples=30, deadline=None)
def test_the_first_inputs_alone(synapses: Synapses) -> None:
    count = min(3, synapses.inputs)
    torch.testing.assert_close(synapses.unit_drives(count), synapses.affine()[0][:, :count].T)
    units = torch.randn(4, count, generator=stream(5), dtype=EXACT)
    post = torch.randn(4, synapses.neurons, generator=stream(6), dtype=EXACT)
    alone, whole = ({name: torch.zeros_like(t) for name, t in synapses.tensors().items()} for _ in range(2))
    synapses.add_unit_gradient(alone, units, post)
    padded = torch.cat((units, units.new_zeros(4, synapses.inputs - count)), 1)
    synapses.add_weight_gradient(whole, post.clone(), Signal(padded), EXACT)
    synapses.add_weight_gradient(
        whole, post.neg(), Signal(torch.zeros_like(padded)), EXACT
    )  # the means' part
    torch.testing.assert_close(alone["weight"], whole["weight"])


def test_means_in_front_of_a_dense_layer() -> None:
    planes = Planes(2, 4, 6)
    synapses = Pooled(initial_dense(12, 5, stream(), EXACT), planes, (2, 2))
    weight, bias = synapses.affine()
    values = torch.randn(3, 48, generator=stream(1), dtype=EXACT)
    torch.testing.assert_close(synapses.drive(Signal(values), EXACT), values @ weight.T + bias)
    assert synapses.connects_all
    assert synapses.connections == 48 * 5
    assert synapses.products == 12 * 5


def test_channels_are_standardised_as_batch_normalisation_has_it() -> None:
    planes = Planes(3, 4, 4)
    synapses = Standardised.of(initial_conv(planes, 2, (3, 3), stream(), EXACT), planes)
    assert [*synapses.learned()] == ["weight", "bias"]
    reference = torch.nn.BatchNorm2d(3, affine=False, momentum=SHARE).double()
    for batch in range(15):
        values = torch.randn(8, 48, generator=stream(batch), dtype=EXACT).add_(batch).mul_(1 + batch)
        gradient = {name: torch.zeros_like(tensor) for name, tensor in synapses.tensors().items()}
        post = torch.zeros(8, synapses.neurons, dtype=EXACT)
        for rows in (slice(0, 3), slice(3, 8)):  # in chunks, of which no more is kept than of one
            synapses.add_weight_gradient(gradient, post[rows].clone(), Signal(values[rows]), EXACT)
        synapses.settle(gradient)
        if batch < 10:  # all batches count alike at first
            reference.momentum = 1.0 / (batch + 1)
        else:
            reference.momentum = SHARE
        reference(planes.of(values))
    torch.testing.assert_close(synapses.seen[0], reference.running_mean)
    assert bool((synapses.seen[2] == 15).all())
    # PyTorch follows the variance within batches, we the mean square: then the means' own variance counts
    constant = Standardised.of(synapses.behind, planes)
    for _ in range(3):
        gradient = {name: torch.zeros_like(tensor) for name, tensor in constant.tensors().items()}
        constant.add_weight_gradient(gradient, post.clone(), Signal(values), EXACT)
        constant.settle(gradient)
    fresh = torch.nn.BatchNorm2d(3, affine=False).double()
    standard = fresh(planes.of(values)).flatten(1)
    torch.testing.assert_close(
        constant.drive(Signal(values), EXACT), synapses.behind.drive(Signal(standard), EXACT)
    )


def test_half_precision_comes_back_whole() -> None:
    synapses = initial_conv(Planes(3, 5, 5), 4, (3, 3), stream(), torch.float32, padding=(1, 1))
    values = torch.rand(6, 75, generator=stream(1))
    plain, rough = (synapses.drive(Signal(values), kind) for kind in (torch.float32, torch.bfloat16))
    assert rough.dtype == torch.float32
    torch.testing.assert_close(rough, plain, atol=0.03, rtol=0.03)


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: initial_conv(Planes(3, 4, 4), 4, (5, 5), stream(), EXACT), ConfigError, "5 x 5 on 4 x 4"),
        (lambda: initial_conv(Planes(3, 4, 4), 4, (3, 3), stream(), EXACT, groups=2), ConfigError, "groups"),
        (lambda: Pooled(NINE, Planes(1, 4, 4), (2, 2)), ShapeError, "9 inputs"),
        (lambda: LabelPlane(NINE, Planes(1, 3, 3), 2), ShapeError, "18 inputs"),
        (lambda: Standardised.of(NINE, Planes(1, 4, 4)), ShapeError, "9 inputs"),
        (lambda: Planes(1, 3, 3).pooled((4, 1)), ConfigError, "fits at least once"),
        (lambda: Dense(torch.zeros(2, 3), torch.zeros(3)), ShapeError, "neurons, inputs"),
    ],
)  # fmt: skip
def test_what_does_not_belong_together(make: Callable[[], object], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        make()
