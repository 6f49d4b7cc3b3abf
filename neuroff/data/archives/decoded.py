"""What a decoder returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from neuroff.data.archives.members import OpenFile
from neuroff.data.archives.sets import ArchiveSet

Part = tuple[npt.NDArray[Any], npt.NDArray[np.int64]]


@dataclass(frozen=True)
class Decoded:
    """Arrays of a data set.

    Attributes:
        train: images or spikes, and labels.
        test: likewise.
        preparation: what was done to the published values; empty if nothing.
        classes: names of the classes, where they are published.
        planes: C, H and W of recorded spikes.
    """

    train: Part
    test: Part
    preparation: str = ""
    classes: tuple[str, ...] = ()
    planes: tuple[int, int, int] | None = None


class Decoder(Protocol):
    """Reads the files of one format."""

    def __call__(self, files: tuple[OpenFile, ...], spec: ArchiveSet, steps: int) -> Decoded:
        """Return the arrays; DataError for what is damaged or not of this format."""
        ...
