"""What the paper published: Beigzad, *NetworkFF*, arXiv 2512.17531, Tables I to III and Figures 2 and 3."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True)
class Published:
    """One cell of Tables I and II.

    Attributes:
        train: share of training images classified correctly.
        test: share of test images.
        gap_in_words: how Table III calls the generalisation gap of this column; it gives no number.
    """

    train: float
    test: float
    gap_in_words: str

    @property
    def gap(self) -> float:
        """The generalisation gap, train minus test, that follows from the two numbers."""
        return self.train - self.test


_MNIST: Final = MappingProxyType(
    {
        "ff": Published(0.918, 0.920, "Moderate"),
        "fcff": Published(0.925, 0.926, "Reduced"),
        "acff": Published(0.941, 0.938, "Minimal"),
    }
)
_FASHION: Final = MappingProxyType(
    {
        "ff": Published(0.824, 0.810, "Moderate"),
        "fcff": Published(0.828, 0.818, "Reduced"),
        "acff": Published(0.833, 0.830, "Minimal"),
    }
)

PaperNumbers = Mapping[str, Mapping[str, Published]]
"""Published accuracy by data set and column."""

PAPER: Final[PaperNumbers] = MappingProxyType({"mnist": _MNIST, "fashion-mnist": _FASHION})
"""Tables I and II."""

NO_PAPER: Final[PaperNumbers] = MappingProxyType({})
"""For networks that the paper does not have."""

PEAK_LOG_ACCURACY: Final[Mapping[str, float]] = MappingProxyType({"mnist": 4.555, "fashion-mnist": 4.4345})
"""Peak of A-CFF in Figures 2 and 3: natural logarithm of the accuracy in per cent."""


def published_gain(paper: PaperNumbers, dataset: str, base: str, column: str) -> float | None:
    """Return the published difference in test accuracy of two columns; ``None`` where one is not there."""
    columns = paper.get(dataset, {})
    before, after = columns.get(base), columns.get(column)
    return after.test - before.test if before and after else None
