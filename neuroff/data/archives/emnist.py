"""EMNIST: gzip files in MNIST's format inside one zip archive, and what character each class is.

Images are stored with rows and columns exchanged; they are turned upright here. Labels of the letters count
from 1.
"""

from __future__ import annotations

import numpy as np

from neuroff.data.archives.decoded import Decoded, Part
from neuroff.data.archives.members import OpenFile, require_members, zip_members
from neuroff.data.archives.sets import ArchiveSet
from neuroff.data.idx import check_pair, gunzip, parse_images, parse_labels
from neuroff.errors import DataError

_MOST_IMAGES = 700_000  # by class: 697,932
_MOST_PACKED = 300_000_000


def decode_emnist(files: tuple[OpenFile, ...], spec: ArchiveSet, steps: int) -> Decoded:
    """Return images ``(n, 28, 28)`` of one split, upright, and labels from 0 on."""
    file, stem = files[0], f"gzip/emnist-{spec.split}"
    kinds = ("images-idx3", "labels-idx1")
    names = [f"{stem}-{part}-{kind}-ubyte.gz" for part in ("train", "test") for kind in kinds]
    mapping = f"{stem}-mapping.txt"
    found = dict(zip_members(file, rf"{stem}-[a-z0-9.-]+", _MOST_PACKED))
    require_members(found, (*names, mapping), file.where)
    numbers, characters = _mapping(found[mapping], f"{mapping} in {file.where}")
    if len(numbers) != spec.classes:
        raise DataError(f"{len(numbers)} classes in {mapping}", where=file.where, expected=f"{spec.classes}")
    train, test = (_part(found, names[at], names[at + 1], numbers, file.where) for at in (0, 2))
    first = f", classes count from 0 instead of {numbers[0]}" if numbers[0] else ""
    return Decoded(train, test, f"rows and columns exchanged{first}", characters)


def _mapping(raw: bytes, where: str) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Return the classes' numbers, one after the other, and the first character of each."""
    try:
        lines = raw.decode("ascii").splitlines()
        rows = [[int(cell) for cell in line.split()] for line in lines if line.strip()]
        numbers, characters = tuple(row[0] for row in rows), tuple(chr(row[1]) for row in rows)
    except (ValueError, IndexError, OverflowError) as error:
        raise DataError(
            f"cannot be read ({error})", where=where, expected="a class and characters' codes a line"
        ) from error
    if not numbers or numbers != tuple(range(numbers[0], numbers[0] + len(numbers))):
        raise DataError(f"classes {numbers[:5]} …", where=where, expected="numbers one after the other")
    return numbers, characters


def _part(found: dict[str, bytes], images: str, labels: str, numbers: tuple[int, ...], where: str) -> Part:
    images_where, labels_where = f"{images} in {where}", f"{labels} in {where}"
    values = parse_images(gunzip(found[images], 16 + _MOST_IMAGES * 784, images_where), images_where)
    raw = gunzip(found[labels], 8 + _MOST_IMAGES, labels_where)
    classes = parse_labels(raw, labels_where, numbers[-1] + 1) - numbers[0]
    check_pair(values, classes, images_where, labels_where)
    if classes.size and classes.min() < 0:
        least = classes.min() + numbers[0]
        raise DataError(f"label {least}", where=labels_where, expected=f"{numbers[0]} to {numbers[-1]}")
    return np.ascontiguousarray(values.transpose(0, 2, 1)), classes
