"""IDX files as MNIST's family has them (KMNIST, EMNIST, QMNIST, …): images, and labels beside them.

The labels of ``train-images-idx3-ubyte`` are ``train-labels-idx1-ubyte``, and ``t10k`` or ``test`` for
``train`` are the test rows where both are there; each plain or ``.gz``. Big-endian: two zero bytes, a type, a
number of axes, the axes' lengths, the values (LeCun et al. 1998).
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from neuroff.data.idx import gunzip, gunzip_start
from neuroff.data.own.moderate import require_moderate
from neuroff.data.own.rows import Rows
from neuroff.errors import DataError
from neuroff.files import require_regular

_NAME = re.compile(r"[-.]idx[1-4]-[a-z]+(\.gz)?$")
_TYPES: Final[Mapping[int, str]] = MappingProxyType(
    {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
)
_MOST_BYTES = 2**31
_HEADER_BYTES = 4 + 4 * 4
_FIX = "download the file again"


def is_idx(path: Path) -> bool:
    """Whether a file is named as one in IDX is."""
    return _NAME.search(path.name) is not None


def idx_of_folder(folder: Path) -> Path | None:
    """Return the images to learn from in a folder of IDX files; None where there are none, or several."""
    found = sorted(file for file in folder.iterdir() if is_idx(file) and "images" in file.name)
    train = [file for file in found if "train" in file.name] or found
    plain = {file.name.removesuffix(".gz"): file for file in reversed(train)}
    return next(iter(plain.values())) if len(plain) == 1 else None


def idx_files(path: Path) -> tuple[Path, ...]:
    """Return the files that are read for one of images: images and labels, and those of test rows.

    Raises:
        DataError: if there are no labels beside the images.
    """
    if "images" not in path.name:
        raise DataError(
            "not a file of images", where=str(path), expected="the images' file, its labels beside it"
        )
    labels = _labels_beside(path)
    if labels is None:
        raise DataError(
            "no labels beside it",
            where=str(path),
            expected=_labels_name(path.name).removesuffix(".gz") + ", plain or .gz",
        )
    for word in ("t10k", "test"):
        images = _there(path.with_name(path.name.replace("train", word))) if "train" in path.name else None
        if images is not None and (test := _labels_beside(images)) is not None:
            return path, labels, images, test
    return path, labels


def read_idx(path: Path, label: str | None) -> Rows:
    """Read images with their labels.

    Args:
        path: the file of images.
        label: must be None: the labels' file holds the classes.

    Raises:
        DataError: naming the file that is missing, damaged, or of other lengths.
    """
    if label is not None:
        raise DataError(
            "a label column", where=str(path), expected="none: the labels' file holds the classes"
        )
    pairs = list(_pairs(idx_files(path)))
    values, classes = pairs[0]
    return Rows(values, classes, pairs[1] if len(pairs) > 1 else None)


def _pairs(files: tuple[Path, ...]) -> Iterator[tuple[npt.NDArray[Any], npt.NDArray[Any]]]:
    for images, labels in zip(files[::2], files[1::2], strict=True):
        values, classes = _array(images), _array(labels)
        if len(values) != len(classes):
            raise DataError(
                f"{len(values)} images, but {labels.name} has {len(classes)} labels",
                where=str(images),
                expected="one label an image",
            )
        yield values, classes


def _array(path: Path) -> npt.NDArray[Any]:
    where = str(path)
    require_regular(path, DataError)
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise DataError("more than 2 GiB", where=where, expected="less", fix="use a .npz")
        raw = path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot read ({error})", where=where, expected="an IDX file") from None
    packed = path.name.endswith(".gz")
    first = gunzip_start(raw, _HEADER_BYTES, where, _FIX) if packed else raw[:_HEADER_BYTES]
    if len(first) < 8 or first[:2] != b"\0\0" or first[2] not in _TYPES or not 1 <= first[3] <= 4:
        raise DataError(
            f"it begins with the bytes {first[:4].hex(' ') or '(none)'}",
            where=where,
            expected="00 00, a type and 1 to 4 axes: an IDX file, big-endian",
            fix=_FIX,
        )
    kind, start = np.dtype(_TYPES[first[2]]), 4 + 4 * first[3]
    if len(first) < start:
        raise DataError(f"{len(first)} bytes are too few for its header", where=where, fix=_FIX)
    shape = struct.unpack_from(f">{first[3]}I", first, 4)
    wanted = math.prod(shape) * kind.itemsize
    if not wanted:  # numpy has no such array where the other axes are long
        raise DataError(
            f"no values, {'×'.join(map(str, shape))}", where=where, expected="one row or more", fix=_FIX
        )
    if packed:
        require_moderate(wanted, len(raw), where, _MOST_BYTES)
        raw = gunzip(raw, start + wanted, where, _FIX)
    if len(raw) - start != wanted:
        raise DataError(
            f"{len(raw) - start} bytes of values",
            where=where,
            expected=f"{wanted} for the lengths that it names, {'×'.join(map(str, shape))}",
            fix=_FIX,
        )
    return np.frombuffer(raw, kind, offset=start).reshape(shape).astype(kind.newbyteorder("="))


def _labels_name(name: str) -> str:
    return re.sub(r"idx\d", "idx1", name.replace("images", "labels"))


def _labels_beside(path: Path) -> Path | None:
    return _there(path.with_name(_labels_name(path.name)))


def _there(path: Path) -> Path | None:
    """Return a file, plain or compressed, if it is there."""
    plain = path.with_name(path.name.removesuffix(".gz"))
    return next((file for file in (path, plain, plain.with_name(plain.name + ".gz")) if file.is_file()), None)
