from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neuroff.core.loss import ClassLoss
from neuroff.errors import ConfigError, ShapeError
from tests.samples import few, stream_of

cases = st.tuples(
    st.integers(2, 12), st.integers(1, 7), st.floats(0.1, 60), st.sampled_from([0.0, 0.05, 0.4])
)


def goodness(classes: int, images: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    stream = stream_of(seed)
    values = torch.randn(classes, images, generator=stream, dtype=torch.float64)
    return values, torch.randint(0, classes, (images,), generator=stream)


@few
@given(cases, st.integers(0, 2**20))
def test_value_is_pytorchs_cross_entropy(case: tuple[int, int, float, float], seed: int) -> None:
    classes, images, steepness, smoothing = case
    values, truth = goodness(classes, images, seed)
    expected = torch.nn.functional.cross_entropy(
        steepness * values.T, truth, reduction="none", label_smoothing=smoothing
    )
    torch.testing.assert_close(
        ClassLoss(steepness, smoothing).value(values, truth), expected, rtol=1e-11, atol=1e-13
    )


@few
@given(cases, st.integers(0, 2**20))
def test_modulator_is_autograds_and_sums_to_nothing(case: tuple[int, int, float, float], seed: int) -> None:
    classes, images, steepness, smoothing = case
    values, truth = goodness(classes, images, seed)
    loss = ClassLoss(steepness, smoothing)
    (expected,) = torch.autograd.grad(loss.value(values.requires_grad_(), truth).sum(), values)
    found = loss.modulator(values.detach(), truth)
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-12)
    torch.testing.assert_close(found.sum(0), torch.zeros(images).double(), rtol=0, atol=1e-11)


def test_at_equal_goodness_the_loss_is_ln_k() -> None:
    loss, truth = ClassLoss(30.0), torch.tensor([3])
    even = torch.full((10, 1), 0.2, dtype=torch.float64)
    assert loss.value(even, truth).item() == pytest.approx(2.302585092994046)
    assert loss.modulator(even, truth)[:, 0].tolist() == pytest.approx([3.0] * 3 + [-27.0] + [3.0] * 6)


def test_extreme_goodness_stays_finite() -> None:
    values = torch.tensor([[1e6], [-1e6]])
    assert ClassLoss(30.0).value(values, torch.tensor([1])).item() == pytest.approx(6e7)
    assert ClassLoss(30.0).modulator(values, torch.tensor([1]))[:, 0].tolist() == [30.0, -30.0]


def test_bad_input() -> None:
    for steepness, smoothing in ((0.0, 0.0), (float("nan"), 0.0), (1.0, 1.0), (1.0, -0.1)):
        with pytest.raises(ConfigError, match="ClassLoss"):
            ClassLoss(steepness, smoothing)
    with pytest.raises(ShapeError, match="Ask by class groups"):
        ClassLoss().value(torch.zeros(2, 3))
