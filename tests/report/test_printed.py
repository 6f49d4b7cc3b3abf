"""Numbers as tables print them."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuroff.report import printed

shares = st.floats(0, 1)


@given(st.lists(shares, min_size=1, max_size=1))
def test_one_value_reads_alike_with_and_without_seeds(values: list[float]) -> None:
    assert printed.plus_minus(values) == printed.percent(values[0])


@given(st.floats(-1e-3, 0))
def test_no_number_is_a_negative_zero(value: float) -> None:
    assert not printed.fixed(value, 1).startswith("-")
    assert printed.points(value / 100, 1) == "+0.0"


@given(shares)
def test_only_all_reads_as_all(share: float) -> None:
    if share < 1:
        assert printed.share_of_all(share) != "100 %" or round(100 * share, 2) == 100


def test_nothing_measured_is_a_dash_in_every_form() -> None:
    forms: list[Callable[[None], str]] = [
        printed.fixed,
        printed.significant,
        printed.percent,
        printed.points,
        printed.p_value,
    ]
    assert {form(None) for form in forms} | {printed.plus_minus([None]), printed.share_of_all(None)} == {"–"}


@pytest.mark.parametrize(
    ("text", "right"),
    [
        (printed.plus_minus([0.95, 0.97]), "96.00 ± 1.41"),
        (printed.plus_minus([0.001, 0.003], sign="+"), "+0.20 ± 0.14"),
        (printed.plus_minus([1.0, 2.0], 1.0, 1), "1.5 ± 0.7"),
        (printed.mean_deviation(3.14159, None, 3), "3.142"),
        (printed.share_of_all(0.9949), "99 %"),
        (printed.share_of_all(0.9996), "99.96 %"),
        (printed.share_of_all(1.0), "100 %"),
        (printed.p_value(0.00003), "<0.0001"),
        (printed.p_value(0.0031), "0.0031"),
        (printed.p_value(0.25), "0.250"),
        (printed.significant(0.0), "0"),
        (printed.significant(12345.0), "12 k"),
        (printed.amount(1500.0), "1.5 k"),
        (printed.amount(12.0), "12"),
    ],
)
def test_each_form(text: str, right: str) -> None:
    assert text == right
