"""The rule of rounding."""

import math
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuroff import decimals
from neuroff.energy.units import format_si
from neuroff.report import printed


@pytest.mark.parametrize(
    ("value", "digits", "right"),
    [
        (89.35, 1, "89.4"),  # in binary 89.3499…
        (0.3495, 1, "0.3"),  # once, not by way of 0.35
        (0.3495, 2, "0.35"),
        (2.675, 2, "2.68"),
        (1.005, 2, "1.01"),
        (0.125, 2, "0.13"),
        (-0.125, 2, "-0.13"),
        (100 * 0.8935, 1, "89.4"),
        (0.1 + 0.2, 1, "0.3"),
        (-0.001, 2, "0.00"),
        (2.5, 0, "3"),
        (math.inf, 1, "inf"),
    ],
)
def test_half_goes_away_from_zero(value: float, digits: int, right: str) -> None:
    assert decimals.fixed(value, digits) == right


@given(st.integers(-(10**8), 10**8), st.integers(0, 4))
def test_numbers_of_few_digits_are_rounded_as_they_are_written(count: int, digits: int) -> None:
    """Whatever binary makes of them: the decimal that was meant is what is rounded."""
    exact = Decimal(count).scaleb(-5)
    right = exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    assert decimals.fixed(count / 1e5, digits) == f"{right if right else abs(right):.{digits}f}"


@given(st.floats(-1e9, 1e9, allow_subnormal=False), st.integers(1, 6))
def test_significant_digits_are_rounded_to_the_nearest(value: float, digits: int) -> None:
    found = decimals.to_digits(value, digits)
    if value:
        step = 10.0 ** (math.floor(math.log10(abs(value))) - digits + 1)
        assert abs(found - value) <= step * 0.5000001
    else:
        assert found == 0


def test_every_form_follows_the_rule() -> None:
    assert printed.percent(0.8935, 1) == "89.4"
    assert printed.points(0.00125) == "+0.13"
    assert printed.mean_deviation(84.75, 0.25, 1) == "84.8 ± 0.3"
    assert printed.significant(0.125) == "0.13"
    assert format_si(1.25e-6, "J") == "1.3 µJ"
    assert format_si(9.995e-9, "J", digits=3) == "10.0 nJ"
