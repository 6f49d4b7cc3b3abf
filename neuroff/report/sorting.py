"""What a printed cell is worth where a table is sorted."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Final

_PREFIXES: Final = MappingProxyType(
    {"a": -18, "f": -15, "p": -12, "n": -9, "µ": -6, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12}
)
_UNITS: Final = "J|Js|s|W|B|Hz|V|Ω"
_PRINTED: Final = re.compile(
    r"(?:[≥≤<>~] ?)?([+\-−]?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?)"  # the figure
    r"(?: ?[±–(,].*?)?"  # a deviation, an upper end, further figures
    rf"(?: ([{''.join(_PREFIXES)}]?)(?:{_UNITS})?| %)?"
)


def sort_value(cell: str) -> float | None:
    """Return the number that a cell prints, in the unit without prefix; None for words.

    Of ``"97.50 ± 0.12"`` and ``"1.1 – 2.3 µJ"`` the first figure counts, of ``"≥ 3.0 µJ"`` its bound.
    """
    found = _PRINTED.fullmatch(" ".join(cell.split()))
    if found is None:
        return None
    figure = float(found[1].replace(",", "").replace("−", "-"))
    return float(f"{figure!r}e{_PREFIXES.get(found[2] or '', 0)}") if "e" not in repr(figure) else figure
