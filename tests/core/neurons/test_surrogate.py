from __future__ import annotations

import itertools
import math
from typing import get_args

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neuroff.core.neurons.surrogate import SurrogateName, surrogate_derivative
from neuroff.errors import ConfigError
from tests.samples import few

NAMES = get_args(SurrogateName)
distances = st.lists(st.floats(-20, 20), min_size=1, max_size=20)
steepnesses = st.floats(0.05, 50)


def written_out(name: str, u: float, k: float) -> float:
    match name:
        case "fast_sigmoid":
            return 1 / (1 + 2 * k * abs(u) + (k * u) ** 2)
        case "atan":
            return 1 / (1 + math.pi**2 * k**2 * u**2 / 4)
        case "triangle":
            return 1 - k * abs(u) if k * abs(u) < 1 else 0.0
        case "boxcar":
            return 1.0 if abs(u) < 1 / k else 0.0
    raise AssertionError(name)


def derivative(name: SurrogateName, values: list[float], k: float) -> torch.Tensor:
    return surrogate_derivative(torch.tensor(values, dtype=torch.float64), name, k)


@pytest.mark.parametrize("name", NAMES)
@few
@given(values=distances, k=steepnesses)
def test_values(name: SurrogateName, values: list[float], k: float) -> None:
    expected = [written_out(name, u, k) for u in values]
    assert derivative(name, values, k).tolist() == pytest.approx(expected, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("name", NAMES)
@few
@given(values=distances, k=steepnesses)
def test_one_at_the_threshold_symmetric_and_never_larger(
    name: SurrogateName, values: list[float], k: float
) -> None:
    assert derivative(name, [0.0], k).item() == 1.0
    right, left = derivative(name, values, k), derivative(name, [-u for u in values], k)
    assert torch.equal(right, left)
    assert bool(((right >= 0) & (right <= 1)).all())


@pytest.mark.parametrize("name", NAMES)
@few
@given(values=distances)
def test_falls_with_distance(name: SurrogateName, values: list[float]) -> None:
    ordered = sorted(values, key=abs)
    slopes = derivative(name, ordered, 2.0).tolist()
    assert all(near >= far for near, far in itertools.pairwise(slopes))


@pytest.mark.parametrize("name", ["atan", "fast_sigmoid"])
def test_is_the_slope_of_the_smooth_step_it_comes_from(name: SurrogateName) -> None:
    """x/(1+k|x|) and arctan(πkx/2)/(πk/2), have these slopes."""
    k, u = 3.0, torch.linspace(-2, 2, 41, dtype=torch.float64, requires_grad=True)
    smooth = (
        u / (1 + k * u.abs()) if name == "fast_sigmoid" else torch.atan(math.pi / 2 * k * u) * 2 / math.pi / k
    )
    (slope,) = torch.autograd.grad(smooth.sum(), u)
    torch.testing.assert_close(surrogate_derivative(u.detach(), name, k), slope, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_the_distance_is_left_as_it_is(name: SurrogateName) -> None:
    distance = torch.linspace(-1, 1, 7)
    kept = distance.clone()
    surrogate_derivative(distance, name, 2.0)
    assert torch.equal(distance, kept)


def test_an_unknown_name_is_a_config_error() -> None:
    with pytest.raises(ConfigError, match=r"neuron\.surrogate: unknown surrogate 'sigmoidal'.*triangle"):
        surrogate_derivative(torch.zeros(1), "sigmoidal", 1.0)  # type: ignore[arg-type]
