"""What is read from a file of groups: plain values by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class Ragged:
    """Rows of numbers, each of its own length, one behind the other.

    Attributes:
        values: ``(n,)``, all rows.
        lengths: ``(rows,)`` int64, whose sum is n.
    """

    values: npt.NDArray[Any]
    lengths: npt.NDArray[np.int64]

    def rows(self) -> list[npt.NDArray[Any]]:
        """Return views of the rows."""
        return np.split(self.values, np.cumsum(self.lengths)[:-1]) if len(self.lengths) else []


Value = npt.NDArray[Any] | Ragged | str
Tree = dict[str, Any]
"""Groups as dictionaries; leaves are a `Value`."""
