from __future__ import annotations

import math
from typing import get_args

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neuroff.core.loss import Loss, PairLossName
from neuroff.core.loss.pair import softplus
from tests.samples import few

NAMES = get_args(PairLossName)
goodness = st.lists(st.tuples(st.floats(-50, 50), st.floats(-50, 50)), min_size=1, max_size=6)
losses = st.builds(
    Loss, st.sampled_from(NAMES), st.sampled_from([0.5, 2.0, -2.0]), st.sampled_from([1.0, 6.0])
)


def rows(pairs: list[tuple[float, float]], dtype: torch.dtype = torch.float64) -> torch.Tensor:
    return torch.tensor(pairs, dtype=dtype).T.contiguous()


def silu(x: float) -> float:
    return x / (1.0 + math.exp(-x)) if x > -700 else 0.0


def log_one_plus_exp(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


@few
@given(losses, goodness)
def test_values(loss: Loss, pairs: list[tuple[float, float]]) -> None:
    expected = [
        0.5 * (log_one_plus_exp(loss.theta - up) + log_one_plus_exp(down - loss.theta))
        if loss.name == "threshold"
        else (silu if loss.name == "swish" else log_one_plus_exp)(-loss.steepness * (up - down))
        for up, down in pairs
    ]
    assert loss.value(rows(pairs)).tolist() == pytest.approx(expected, rel=1e-11, abs=1e-300)


@few
@given(losses, goodness)
def test_modulators_equal_autograd(loss: Loss, pairs: list[tuple[float, float]]) -> None:
    collaborative = rows(pairs).requires_grad_()
    (expected,) = torch.autograd.grad(loss.value(collaborative).sum(), collaborative)
    torch.testing.assert_close(loss.modulator(collaborative.detach()), expected, rtol=1e-11, atol=1e-300)


@few
@given(losses, goodness)
def test_positives_are_pulled_up_and_negatives_pushed_down(
    loss: Loss, pairs: list[tuple[float, float]]
) -> None:
    positive, negative = loss.modulator(rows(pairs))
    if loss.name == "swish":  # it turns round a little where a pair is told apart well: silu has a minimum
        assert torch.equal(positive, -negative)
        assert bool((negative >= -0.1 * loss.steepness).all())
        return
    assert bool((positive <= 0).all())
    assert bool((negative >= 0).all())
    if loss.name == "pairwise":
        assert torch.equal(positive, -negative)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [1e3, 1e6, 1e30])
def test_extreme_goodness_has_finite_loss_and_exact_limits(
    dtype: torch.dtype, name: PairLossName, size: float
) -> None:
    loss = Loss(name, 2.0, 4.0)
    solved, failed = (size, -size), (-size, size)
    collaborative = rows([solved, failed], dtype)
    value, modulator = loss.value(collaborative), loss.modulator(collaborative)
    assert value.dtype == modulator.dtype == dtype
    assert bool(torch.isfinite(value).all())
    most = 0.5 if name == "threshold" else 4.0
    assert value[0] == 0
    assert modulator[:, 0].abs().tolist() == [0.0, 0.0]
    assert modulator[:, 1].tolist() == [-most, most]
    linear = size if name == "threshold" else 4.0 * 2 * size
    assert float(value[1]) == pytest.approx(linear, rel=1e-6)


def test_softplus_is_exact_where_pytorchs_turns_linear() -> None:
    for x in (-700.0, -30.0, -1e-9, 0.0, 1e-9, 19.9, 20.1, 30.0, 700.0):
        found = softplus(torch.tensor(x, dtype=torch.float64)).item()
        assert found == pytest.approx(log_one_plus_exp(x), rel=1e-14, abs=0)
    above = torch.tensor(21.0, dtype=torch.float64)
    assert softplus(above) > above == torch.nn.functional.softplus(above)


def test_at_the_threshold_the_loss_is_ln_2_and_modulators_are_a_quarter() -> None:
    at = torch.full((2, 1), 2.0, dtype=torch.float64)
    assert Loss("threshold", 2.0).value(at).item() == pytest.approx(math.log(2))
    assert Loss("threshold", 2.0).modulator(at).flatten().tolist() == [-0.25, 0.25]
    assert Loss("pairwise", 2.0, 4.0).value(at).item() == pytest.approx(math.log(2))
    assert Loss("pairwise", 2.0, 4.0).modulator(at).flatten().tolist() == [-2.0, 2.0]


@few
@given(goodness, st.floats(-10, 10))
def test_pairwise_needs_no_threshold(pairs: list[tuple[float, float]], shift: float) -> None:
    loss, moved = Loss("pairwise", 2.0), Loss("pairwise", -7.0)
    collaborative = rows(pairs)
    assert torch.equal(loss.value(collaborative), moved.value(collaborative))
    torch.testing.assert_close(
        loss.modulator(collaborative + shift), loss.modulator(collaborative), rtol=1e-11, atol=1e-12
    )
