"""The IDX format of MNIST (LeCun et al. 1998): bounded decompression and parsing of untrusted bytes."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt

from neuroff.errors import DataError

SIDE = 28
N_CLASSES = 10
_IMAGES_MAGIC = 2051
_LABELS_MAGIC = 2049
_IMAGES_HEADER = struct.Struct(">4I")
_LABELS_HEADER = struct.Struct(">2I")
_FIX = "replace the file by the published one, which `neuroff data fetch` gets"


def gunzip(raw: bytes, max_bytes: int, where: str, fix: str = _FIX) -> bytes:
    """Decompress one gzip member without ever holding more than `max_bytes + 1` bytes of output.

    Args:
        raw: the compressed bytes.
        max_bytes: the largest valid size of the content.
        where: the file, for messages.
        fix: what to do about a bad file.

    Raises:
        DataError: if the bytes are not gzip, damaged, cut short, followed by others, or hold too much.
    """
    stream, content = _decompressed(raw, max_bytes + 1, where, fix)
    if len(content) > max_bytes:
        raise DataError(
            f"gzip data holds more than {max_bytes} bytes",
            where=where,
            expected=f"at most {max_bytes} bytes of content",
            fix=fix,
        )
    if not stream.eof:
        raise DataError(
            f"gzip data ends early, after {len(raw)} bytes",
            where=where,
            expected="a complete gzip file",
            fix=fix,
        )
    if stream.unused_data:
        raise DataError(
            f"{len(stream.unused_data)} bytes follow the end of the gzip data",
            where=where,
            expected="nothing after it",
            fix=fix,
        )
    return content


def gunzip_start(raw: bytes, count: int, where: str, fix: str = _FIX) -> bytes:
    """Decompress no more than the first bytes of a gzip member; see `gunzip`.

    Raises:
        DataError: if the bytes are not gzip, or damaged so far.
    """
    return _decompressed(raw, count, where, fix)[1]


def _decompressed(raw: bytes, most: int, where: str, fix: str) -> tuple[Any, bytes]:
    if raw[:2] != b"\x1f\x8b"[: len(raw)] or not raw:
        raise DataError("not a gzip file", where=where, expected="gzip data, as the name says", fix=fix)
    stream = zlib.decompressobj(wbits=31)
    try:
        return stream, stream.decompress(raw, most)
    except zlib.error as error:
        raise DataError(f"damaged gzip data ({error})", where=where, fix=fix) from error


def parse_images(raw: bytes, where: str) -> npt.NDArray[np.uint8]:
    """Parse an IDX3 file of 28x28 images.

    Sizes in the header are compared with `len(raw)` before anything is allocated.

    Args:
        raw: the uncompressed file.
        where: the file, for messages.

    Returns:
        (n, 28, 28) uint8, writable.

    Raises:
        DataError: if the header or the size of the payload is wrong.
    """
    magic, n, rows, columns = _header(raw, _IMAGES_HEADER, where)
    _check_magic(magic, _IMAGES_MAGIC, "images", where)
    if (rows, columns) != (SIDE, SIDE):
        raise DataError(
            f"images are {rows}x{columns} pixels", where=where, expected=f"{SIDE}x{SIDE}", fix=_FIX
        )
    _check_payload(len(raw) - _IMAGES_HEADER.size, n * SIDE * SIDE, f"{n} images", where)
    pixels = np.frombuffer(raw, dtype=np.uint8)[_IMAGES_HEADER.size :]
    return pixels.reshape(n, SIDE, SIDE).copy()


def parse_labels(raw: bytes, where: str, n_classes: int = N_CLASSES) -> npt.NDArray[np.int64]:
    """Parse an IDX1 file of class labels.

    Args:
        raw: the uncompressed file.
        where: the file, for messages.
        n_classes: labels must lie in [0, n_classes).

    Returns:
        (n,) int64, writable.

    Raises:
        DataError: if the header, the size of the payload or a label is wrong.
    """
    magic, n = _header(raw, _LABELS_HEADER, where)
    _check_magic(magic, _LABELS_MAGIC, "labels", where)
    _check_payload(len(raw) - _LABELS_HEADER.size, n, f"{n} labels", where)
    labels = np.frombuffer(raw, dtype=np.uint8)[_LABELS_HEADER.size :]
    wrong = np.flatnonzero(labels >= n_classes)
    if wrong.size:
        raise DataError(
            f"label {labels[wrong[0]]} at position {wrong[0]} is out of range",
            where=where,
            expected=f"labels from 0 to {n_classes - 1}",
            fix=_FIX,
        )
    return labels.astype(np.int64)


def check_pair(
    images: npt.NDArray[np.uint8],
    labels: npt.NDArray[np.int64],
    images_where: str,
    labels_where: str,
) -> None:
    """Check that there is one label per image.

    Raises:
        DataError: if the counts differ.
    """
    if len(images) != len(labels):
        raise DataError(
            f"{len(images)} images, but {labels_where} has {len(labels)} labels",
            where=images_where,
            expected="one label per image",
            fix="take both files from the same data set; `neuroff data fetch` gets them",
        )


def _header(raw: bytes, header: struct.Struct, where: str) -> tuple[int, ...]:
    if len(raw) < header.size:
        raise DataError(
            f"{len(raw)} bytes are too few for an IDX header",
            where=where,
            expected=f"at least {header.size} bytes",
            fix=_FIX,
        )
    return header.unpack_from(raw)


def _check_magic(magic: int, expected: int, kind: str, where: str) -> None:
    if magic != expected:
        raise DataError(
            f"magic number {magic}", where=where, expected=f"{expected}, an IDX file of {kind}", fix=_FIX
        )


def _check_payload(got: int, expected: int, claim: str, where: str) -> None:
    if got != expected:
        fault = "truncated" if got < expected else "too long"
        raise DataError(
            f"payload is {fault}: {got} bytes",
            where=where,
            expected=f"{expected} bytes for the {claim} the header names",
            fix=_FIX,
        )
