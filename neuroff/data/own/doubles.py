"""Numbers of a file in double precision, which every number of a file is looked at in."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def doubles(values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Return numbers in float64; a NaN that signals becomes one that does not, without a warning."""
    with np.errstate(invalid="ignore"):
        return values.astype(np.float64)
