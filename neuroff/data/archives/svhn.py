"""SVHN's cropped digits: MATLAB 5 files of ``X`` (32, 32, 3, n) and ``y`` (n, 1), whose 10 stands for 0.

scipy reads them; what the file says of its arrays is compared with what they must be before one is read.
"""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np

from neuroff.data.archives.decoded import Decoded, Part
from neuroff.data.archives.members import OpenFile
from neuroff.data.archives.sets import ArchiveSet
from neuroff.errors import DataError

_MOST_IMAGES = 100_000
_EXPECTED = "a MATLAB 5 file of X, uint8 (32, 32, 3, n), and y (n, 1)"
_FIX = "get the published file again"


def decode_svhn(files: tuple[OpenFile, ...], spec: ArchiveSet, steps: int) -> Decoded:
    """Return images ``(n, 3, 32, 32)`` and labels from 0 to 9."""
    train, test = (_part(file) for file in files)
    return Decoded(train, test, preparation="class 10 is the digit 0")


def _part(file: OpenFile) -> Part:
    header = file.stream.read(128)
    file.stream.seek(0)
    if header[124:128] not in (b"\x00\x01IM", b"\x01\x00MI"):
        raise DataError("no header of MATLAB 5", where=file.where, expected=_EXPECTED, fix=_FIX)
    images, labels = _arrays(file)
    if labels.min() < 1 or labels.max() > 10:
        raise DataError(
            f"labels from {labels.min()} to {labels.max()}", where=file.where, expected="1 to 10", fix=_FIX
        )
    return np.ascontiguousarray(images.transpose(3, 2, 0, 1)), labels.ravel().astype(np.int64) % 10


def _arrays(file: OpenFile) -> tuple[Any, Any]:
    from scipy.io import loadmat, whosmat
    from scipy.io.matlab import MatReadError

    try:
        said = {name: (shape, kind) for name, shape, kind in whosmat(file.stream)}
        shape, kind = said.get("X", ((), ""))
        count = shape[3] if len(shape) == 4 else 0
        fits = shape == (32, 32, 3, count) and kind == "uint8" and 0 < count <= _MOST_IMAGES
        if not fits or said.get("y", ((), ""))[0] != (count, 1):
            raise DataError(f"it holds {said or 'nothing'}", where=file.where, expected=_EXPECTED, fix=_FIX)
        file.stream.seek(0)
        read = loadmat(file.stream, variable_names=["X", "y"])
        images, labels = read["X"], read["y"]
    except (OSError, ValueError, KeyError, TypeError, NotImplementedError, zlib.error, MatReadError) as error:
        raise DataError(
            f"cannot be read ({error})", where=file.where, expected=_EXPECTED, fix=_FIX
        ) from error
    if images.dtype != np.uint8 or images.shape != shape or labels.dtype.kind not in "iuf":
        raise DataError(
            f"X is {images.dtype} {images.shape}, y {labels.dtype}",
            where=file.where,
            expected=_EXPECTED,
            fix=_FIX,
        )
    return images, labels
