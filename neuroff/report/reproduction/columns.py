"""Names, order and look of the tables' columns and data sets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

_TITLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ff": "FF",
        "fcff": "F-CFF",
        "acff": "A-CFF",
        "bp": "backpropagation",
        "lorberbom_earlier": "Lorberbom γ<t",
        "lorberbom_all": "Lorberbom γ",
    }
)
_COLUMNS: Final = tuple(_TITLES)
_DATA_SETS: Final[Mapping[str, str]] = MappingProxyType(
    {"mnist": "MNIST", "fashion-mnist": "Fashion-MNIST", "digits": "digits"}
)


def title_of(column: str) -> str:
    """Return a column's name in print."""
    return _TITLES.get(column, column)


def data_set_title(dataset: str) -> str:
    """Return a data set's name in print."""
    return _DATA_SETS.get(dataset, dataset)


def in_order(columns: Iterable[str]) -> list[str]:
    """Return the paper's columns first, in its order, then the others."""
    return sorted(columns, key=lambda name: (_COLUMNS.index(name) if name in _TITLES else 99, name))


def in_order_of_data_sets(names: Iterable[str]) -> list[str]:
    """Return MNIST, Fashion-MNIST, digits, then the others."""
    known = tuple(_DATA_SETS)
    return sorted(names, key=lambda name: (known.index(name) if name in known else 99, name))
