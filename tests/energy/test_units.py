from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuroff.energy import format_si
from neuroff.energy.units import split_unit


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (1.3e-6, 2, "1.3 µJ"),
        (23.6e-12, 3, "23.6 pJ"),
        (23.6e-12, 2, "24 pJ"),
        (8.641e-4, 3, "864 µJ"),
        (8.641e-4, 2, "860 µJ"),
        (9.996e-7, 2, "1.0 µJ"),
        (999.4, 3, "999 J"),
        (999.6, 3, "1.00 kJ"),
        (1.0, 2, "1.0 J"),
        (0.0, 2, "0 J"),
        (-0.36e-3, 2, "-360 µJ"),
        (1e-22, 2, "1.0e-22 J"),
        (3e20, 2, "3.0e20 J"),
        (5e-324, 2, "4.9e-324 J"),
        (math.inf, 2, "inf J"),
        (math.nan, 2, "nan J"),
    ],
)
def test_format_si(value: float, digits: int, text: str) -> None:
    assert format_si(value, "J", digits=digits) == text


def test_format_si_trimmed_and_without_a_unit() -> None:
    assert format_si(81e-12, "J", digits=4, trim=True) == "81 pJ"
    assert format_si(0.1044, "W", digits=4, trim=True) == "104.4 mW"
    assert format_si(1200, "J", digits=2, trim=True) == "1.2 kJ"
    assert format_si(3.0, "", digits=1) == "3"


@given(st.floats(1e-17, 1e14), st.integers(1, 4))
def test_format_si_keeps_the_value_to_its_digits(value: float, digits: int) -> None:
    match = re.fullmatch(r"([0-9.]+) ([afpnµmkMGT]?)s", format_si(value, "s", digits=digits))
    assert match is not None
    scale = {"a": -18, "f": -15, "p": -12, "n": -9, "µ": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12}
    shown = float(match[1]) * 10.0 ** scale[match[2]]
    assert shown == pytest.approx(value, rel=0.5000001 * 10 ** (1 - digits))
    assert 1 <= float(match[1]) < 1000


@pytest.mark.parametrize(
    ("key", "parts"),
    [
        ("value_pJ", ("value", "J")),
        ("value_J", ("value", "J")),
        ("value_uJ", ("value", "J")),
        ("value_joules", ("value", "J")),
        ("chip_mW", ("chip", "W")),
        ("synop_ns", ("synop", "s")),
        ("access_width_bits", ("access_width", "bit")),
        ("size_kB", ("size", "B")),
        ("clock_MHz", ("clock", "Hz")),
        ("value", None),
        ("value_furlong", None),
    ],
)
def test_split_unit(key: str, parts: tuple[str, str] | None) -> None:
    assert split_unit(key) == parts
