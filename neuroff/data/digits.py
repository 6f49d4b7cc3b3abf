"""The offline data set: scikit-learn's embedded 8x8 digits, enlarged to MNIST's frame.

Each 8x8 image is interpolated bilinearly to 20x20 and set in a 28x28 frame with a border of 4 pixels, as
MNIST's digits fill a 20x20 box (LeCun et al. 1998). The top row is therefore empty: a label written over
its first ten pixels hides nothing. All arithmetic is in integers, so the bytes are the same everywhere.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from neuroff.data.dataset import DataSet, Provenance, SourceFile
from neuroff.data.idx import N_CLASSES, SIDE
from neuroff.errors import DataError, MissingDependencyError

N_TEST = 360
_SPLIT_SEED = 0
_SMALL = 8
_BOX = 20
_BORDER = (SIDE - _BOX) // 2
_MAX_VALUE = 16
_TABLE: Final = Path("datasets", "data", "digits.csv.gz")  # of scikit-learn: 64 values and a class in a row


def enlarge(small: npt.NDArray[np.integer]) -> npt.NDArray[np.uint8]:
    """Enlarge 8x8 images with values 0..16 to 28x28 images with values 0..255.

    Args:
        small: (n, 8, 8) integers from 0 to 16.

    Returns:
        (n, 28, 28) uint8; the outer 4 pixels on each side are 0.

    Raises:
        DataError: if shape or values are others.
    """
    if small.ndim != 3 or small.shape[1:] != (_SMALL, _SMALL):
        raise DataError(f"images of shape {small.shape}", where="digits", expected=f"(n, {_SMALL}, {_SMALL})")
    if small.size and (small.min() < 0 or small.max() > _MAX_VALUE):
        raise DataError(
            f"pixel values from {small.min()} to {small.max()}", where="digits", expected=f"0 to {_MAX_VALUE}"
        )
    weights = _bilinear_weights()
    scale = int(weights[0].sum()) ** 2 * _MAX_VALUE
    sums = weights @ small.astype(np.int64) @ weights.T
    box = (sums * 255 + scale // 2) // scale
    images = np.zeros((len(small), SIDE, SIDE), dtype=np.uint8)
    images[:, _BORDER:-_BORDER, _BORDER:-_BORDER] = box
    return images


def split(labels: npt.NDArray[np.int64], n_test: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Split stratified by class, the same on every machine.

    The order within a class is drawn from the raw PCG64 stream, which numpy keeps fixed between versions.

    Args:
        labels: (n,) classes.
        n_test: number of test samples, shared out to the classes in proportion (largest remainders).

    Returns:
        Ascending indices of the training samples and of the test samples.
    """
    keys = np.random.PCG64(_SPLIT_SEED).random_raw(len(labels))
    classes, counts = np.unique(labels, return_counts=True)
    quotas, remainders = np.divmod(counts * n_test, len(labels))
    short = n_test - int(quotas.sum())
    quotas[np.argsort(-remainders, kind="stable")[:short]] += 1
    is_test = np.zeros(len(labels), dtype=bool)
    for label, quota in zip(classes, quotas, strict=True):
        members = np.flatnonzero(labels == label)
        is_test[members[np.argsort(keys[members], kind="stable")[:quota]]] = True
    return np.flatnonzero(~is_test), np.flatnonzero(is_test)


def load_digits_set() -> DataSet:
    """Return the embedded digits: 1437 training and 360 test images.

    The split is at random over the 1797 images, so both parts hold digits of the same writers.

    Raises:
        MissingDependencyError: if scikit-learn is not installed.
        DataError: if scikit-learn's images have changed shape or range.
    """
    small, labels = _embedded()
    images = enlarge(small)
    train, test = split(labels, N_TEST)
    digest = hashlib.sha256(small.astype(np.uint8).tobytes() + labels.astype(np.uint8).tobytes()).hexdigest()
    return DataSet(
        name="digits",
        train_images=images[train],
        train_labels=labels[train],
        test_images=images[test],
        test_labels=labels[test],
        provenance=Provenance(
            source=f"embedded in scikit-learn {version('scikit-learn')} (sklearn.datasets.load_digits)",
            citation="Alpaydin and Kaynak 1998, Optical Recognition of Handwritten Digits, UCI repository",
            homes=(),
            files=(SourceFile("load_digits", "embedded", digest),),
            n_train=len(train),
            n_test=len(test),
            preparation=f"bilinear {_SMALL}x{_SMALL} to {_BOX}x{_BOX}, values times 255/{_MAX_VALUE}, "
            f"border of {_BORDER} zeros; stratified split with seed {_SPLIT_SEED}",
        ),
        n_classes=N_CLASSES,
    )


def _embedded() -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return images and classes: scikit-learn's own table, read without importing it, which takes seconds."""
    try:
        package = find_spec("sklearn")
    except ValueError:  # there is something else of that name
        package = None
    if package is None or package.origin is None:
        raise MissingDependencyError(
            "scikit-learn is not installed", where="data set digits", fix="run `pip install scikit-learn`"
        )
    file = Path(package.origin).parent / _TABLE
    if file.is_file():
        rows = np.loadtxt(file, np.int64, delimiter=",")
        return rows[:, :-1].reshape(-1, _SMALL, _SMALL), rows[:, -1]
    from sklearn.datasets import load_digits  # a version that keeps it elsewhere

    bunch = load_digits()
    return np.asarray(bunch.images).astype(np.int64), np.asarray(bunch.target).astype(np.int64)


def _bilinear_weights() -> npt.NDArray[np.int64]:
    """Weights (20, 8) of half-pixel-centred bilinear interpolation, in units of 1/(2*20); edges repeat."""
    # Centre of output pixel i in input pixels: (i + 1/2) * 8/20 - 1/2; times 40 it is a whole number.
    unit = 2 * _BOX
    centres = np.clip((2 * np.arange(_BOX) + 1) * _SMALL - _BOX, 0, (_SMALL - 1) * unit)
    distance = np.abs(centres[:, None] - unit * np.arange(_SMALL)[None, :])
    weights: npt.NDArray[np.int64] = np.maximum(unit - distance, 0).astype(np.int64)
    return weights
