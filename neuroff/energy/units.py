"""Unit suffixes of profile keys, and numbers printed with an SI prefix."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from neuroff.checks import require_whole
from neuroff.decimals import to_digits

UNIT_SUFFIXES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "J": "joules",
        "s": "seconds",
        "W": "watts",
        "Hz": "hertz",
        "V": "volts",
        "K": "kelvin",
        "B": "bytes",
        "bit": "bits",
        "count": "a plain number",
        "nm": "nanometres (the name of a process node, not a length)",
    }
)
"""Suffixes that a numeric key of a profile may end in, and the unit each one stands for."""

_PREFIXES = {-18: "a", -15: "f", -12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T"}
_KEY = re.compile(r"(?P<stem>.+)_(?P<prefix>[afpnuµmkMGT]?)(?P<unit>[A-Za-z]+)")
_OTHER_SPELLINGS = {
    "joule": "J", "joules": "J", "j": "J", "sec": "s", "seconds": "s", "S": "s", "watt": "W", "watts": "W",
    "w": "W", "hz": "Hz", "v": "V", "volts": "V", "b": "B", "bytes": "B", "byte": "B", "bits": "bit",
}  # fmt: skip


def split_unit(key: str) -> tuple[str, str] | None:
    """Stem and base unit of a key such as ``value_pJ`` -> ``("value", "J")``; None without a unit."""
    match = _KEY.fullmatch(key[:80])
    if match is None:
        return None
    stem, prefix, unit = match["stem"], match["prefix"], match["unit"]
    for candidate in (unit, prefix + unit):
        base = _OTHER_SPELLINGS.get(candidate, candidate)
        if base in UNIT_SUFFIXES:
            return stem, base
    return None


def format_si(value: float, unit: str, *, digits: int = 2, trim: bool = False) -> str:
    """Print a quantity with an SI prefix and few significant digits, for example ``"1.3 µJ"``.

    Args:
        value: quantity in the base unit.
        unit: symbol of the base unit, for example ``"J"`` or ``"s"``; may be empty.
        digits: significant digits, 1 to 4.
        trim: leave out trailing zeros after the decimal point, for figures that are exact as given.

    Returns:
        The rounded number, a space, prefix and unit. Values outside atto to tera are printed in
        scientific notation, values that are not finite as they are.
    """
    require_whole("digits", digits, least=0, where="format_si")
    digits = min(max(digits, 1), 4)
    if not math.isfinite(value) or value == 0:
        return f"{value:g} {unit}".rstrip()
    mantissa, _, exponent_text = f"{to_digits(value, digits):.{digits - 1}e}".partition("e")
    exponent = int(exponent_text)
    power = 3 * (exponent // 3)
    if power not in _PREFIXES:
        return f"{mantissa}e{exponent} {unit}".rstrip()
    shift = exponent - power
    number = f"{float(mantissa) * 10**shift:.{max(digits - 1 - shift, 0)}f}"
    if trim and "." in number:
        number = number.rstrip("0").rstrip(".")
    return f"{number} {_PREFIXES[power]}{unit}".rstrip()
