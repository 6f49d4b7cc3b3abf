from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuroff.energy.units import format_si
from neuroff.report.sorting import sort_value


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("97.50", 97.5),
        ("97.50 ± 0.12", 97.5),
        ("≥ 310 µJ", 310e-6),
        ("1.31 ± 0.02 µJ", 1.31e-6),
        ("1.1 – 2.3 µJ", 1.1e-6),
        ("557 k", 557e3),
        ("988 ms", 0.988),
        ("−0.5", -0.5),
        ("+1.2", 1.2),
        ("0.23, 0.35", 0.23),
        ("40 %", 40.0),
        ("<0.0001", 0.0001),
        ("9.1 J", 9.1),
        ("1.2e-21 J", 1.2e-21),
    ],
)
def test_a_cell_is_worth_the_number_it_prints(cell: str, value: float) -> None:
    assert sort_value(cell) == pytest.approx(value)


@pytest.mark.parametrize("cell", ["", "–", "no price", "does not fit", "A-CFF", "3 of 10", "abc123", "int8"])
def test_words_are_worth_nothing(cell: str) -> None:
    assert sort_value(cell) is None


@given(st.floats(1e-17, 1e13), st.sampled_from(["J", "s", ""]))
def test_what_is_printed_with_a_prefix_is_read_again(value: float, unit: str) -> None:
    assert sort_value(format_si(value, unit, digits=4)) == pytest.approx(value, rel=1e-3)
