"""CIFAR's binary version: records of a label, or two, and 32x32 pixels, red, green, then blue, row by row.

The layout is that of https://www.cs.toronto.edu/~kriz/cifar.html. The version in pickle files is not read.
"""

from __future__ import annotations

import numpy as np

from neuroff.data.archives.decoded import Decoded, Part
from neuroff.data.archives.members import OpenFile, require_members, tar_members
from neuroff.data.archives.sets import ArchiveSet
from neuroff.errors import DataError

_PIXELS = 3 * 32 * 32
_MOST_BYTES = 50_000 * (2 + _PIXELS)

_TEN = tuple(f"cifar-10-batches-bin/data_batch_{number}.bin" for number in range(1, 6))


def decode_cifar(files: tuple[OpenFile, ...], spec: ArchiveSet, steps: int) -> Decoded:
    """Return images ``(n, 3, 32, 32)`` and labels, the fine ones of CIFAR-100."""
    if spec.format == "cifar10":
        labels, train, test, names = 1, _TEN, "test_batch.bin", "batches.meta.txt"
    else:
        labels, train, test, names = 2, ("cifar-100-binary/train.bin",), "test.bin", "fine_label_names.txt"
    folder, where = train[0].partition("/")[0], files[0].where
    test, names = f"{folder}/{test}", f"{folder}/{names}"
    found = dict(tar_members(files[0], rf"{folder}/[^/]+", _MOST_BYTES))
    require_members(found, (*train, test, names), where)
    classes = tuple(found[names].decode("ascii", "replace").split())
    if len(classes) != spec.classes:
        raise DataError(
            f"{len(classes)} names in {names}", where=where, expected=f"{spec.classes}, one a class"
        )
    parts = [_records(found[name], labels, f"{name} in {where}") for name in train]
    learnt = np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])
    return Decoded(learnt, _records(found[test], labels, f"{test} in {where}"), classes=classes)


def _records(raw: bytes, labels: int, where: str) -> Part:
    """Return images and labels; of two labels a record the last is the fine one."""
    size = labels + _PIXELS
    if not raw or len(raw) % size:
        raise DataError(f"{len(raw)} bytes", where=where, expected=f"records of {size} bytes, one or more")
    records = np.frombuffer(raw, np.uint8).reshape(-1, size)
    images = records[:, labels:].reshape(-1, 3, 32, 32).copy()
    return images, records[:, labels - 1].astype(np.int64)
