"""Pairs of image and label, one by one or in batches: PyTorch's ``Dataset`` and ``DataLoader`` as arrays.

PyTorch is not needed: whatever gives pairs of what numpy reads will do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from neuroff.errors import DataError


class Numbered(Protocol):
    """Pairs by number, as PyTorch's ``Dataset``."""

    def __getitem__(self, index: int, /) -> Any:
        """Return a pair."""
        ...


Pairs = Iterable[Any] | Numbered
"""What gives pairs, or batches of them."""

_EXPECTED = "pairs of an image and a whole number, or of a batch of each"


def gathered(source: Pairs, where: str) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return all images ``(n, …)`` and labels ``(n,)`` of a source, in the order in which it gives them.

    A channel that is alone is left out: ``(n, 1, H, W)`` becomes ``(n, H, W)``.

    Args:
        source: a ``Dataset``: pairs by number; or a ``DataLoader`` or another iterable of pairs or batches.
        where: what to call it in errors.

    Raises:
        DataError: naming what is no pair, no array, or of another shape than what came before.
    """
    images: list[npt.NDArray[Any]] = []
    labels: list[npt.NDArray[Any]] = []
    for number, pair in enumerate(_pairs(source, where)):
        image, label = _arrays(pair, f"{where}, item {number}")
        if images and (image.shape[1:], image.dtype) != (images[0].shape[1:], images[0].dtype):
            raise DataError(
                f"images of shape {image.shape[1:]} and type {image.dtype}",
                where=f"{where}, item {number}",
                expected=f"{images[0].shape[1:]} and {images[0].dtype}, as before",
                fix="bring all images to one size by a transform",
            )
        images.append(image)
        labels.append(label)
    if not images:
        raise DataError("nothing", where=where, expected=_EXPECTED)
    found = np.concatenate(images)
    if found.ndim == 4 and found.shape[1] == 1:
        found = found[:, 0]
    return found, np.concatenate(labels)


def _pairs(source: Any, where: str) -> Iterator[Any]:
    """Yield what a source holds; by number where it has a length and numbers, as PyTorch's samplers do."""
    if hasattr(source, "__iter__"):
        yield from source
    elif hasattr(source, "__len__") and hasattr(source, "__getitem__"):
        for number in range(len(source)):
            yield source[number]
    else:
        raise DataError(f"a {type(source).__name__}", where=where, expected=_EXPECTED)


def _arrays(pair: Any, where: str) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return a batch of images and labels, of one of each where the pair is no batch."""
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        length = f" of {len(pair)}" if isinstance(pair, tuple | list) else ""
        raise DataError(f"a {type(pair).__name__}{length}", where=where, expected=_EXPECTED)
    try:
        image, label = (np.asarray(part) for part in pair)
    except (TypeError, ValueError, RuntimeError) as error:
        raise DataError(
            f"numpy cannot read it ({error})",
            where=where,
            expected=_EXPECTED,
            fix="bring tensors to the CPU without gradients, and images to tensors or arrays by a transform",
        ) from None
    if label.ndim == 0:
        image, label = image[None], label[None]
    if image.dtype == object or label.ndim != 1 or image.ndim < 2 or len(image) != len(label):
        raise DataError(
            f"an image of shape {image.shape} and type {image.dtype} with a label of shape {label.shape}",
            where=where,
            expected=_EXPECTED,
        )
    return image, label
