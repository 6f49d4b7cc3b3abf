"""Images to measure with: MNIST where it is at hand, random ones of the same statistics elsewhere."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from neuroff.data import DataSet, Provenance, load
from neuroff.errors import DataError


def mnist_or_random(train: int, test: int, *, random: bool = False) -> DataSet:
    """Return the first images of MNIST if its files are found as `neuroff.data.load` says, else random ones.

    Args:
        train: number of training images, at most.
        test: number of test images, at most.
        random: whether to take random images in any case.
    """
    if not random:
        try:
            full = load("mnist")
        except DataError:
            pass
        else:
            return replace(
                full,
                train_images=full.train_images[:train],
                train_labels=full.train_labels[:train],
                test_images=full.test_images[:test],
                test_labels=full.test_labels[:test],
            )
    return _random_images(train, test)


def _random_images(train: int, test: int) -> DataSet:
    """As in MNIST, 19 % of the pixels are ink of mean brightness 0.68; pixels are independent."""
    stream = np.random.default_rng(0)

    def images(count: int) -> np.ndarray:
        ink = stream.random((count, 28, 28), dtype=np.float32) < 0.19
        return stream.integers(94, 256, (count, 28, 28), dtype=np.uint8) * ink

    def labels(count: int) -> np.ndarray:
        return stream.integers(0, 10, count)

    provenance = Provenance("random numbers", "", (), (), train, test)
    return DataSet("random", images(train), labels(train), images(test), labels(test), provenance)
