"""What a loaded data set is: arrays, labels and where the bytes came from."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from neuroff.data.checks import (
    own_images,
    own_labels,
    require_classes,
    require_images,
    require_labels,
    require_planes,
)
from neuroff.data.pairs import Pairs, gathered
from neuroff.data.published import FormName
from neuroff.errors import DataError
from neuroff.shown import Shown

Form = FormName | Literal["embedded"]


@dataclass(frozen=True)
class SourceFile:
    """One file the images or labels were read from.

    Attributes:
        name: file name, without a directory so that results carry no local paths.
        form: `gz`, `plain`, `archive`, or `embedded` in an installed library.
        sha256: SHA-256 of the bytes as they were read; for `embedded`, of the decoded arrays.
        md5: MD5 of the published file, where it is listed.
    """

    name: str
    form: Form
    sha256: str
    md5: str | None = None


@dataclass(frozen=True)
class Provenance:
    """Where a data set came from.

    Attributes:
        source: publisher or library, with its version.
        citation: the publication that describes the data.
        homes: public addresses of the files; empty for embedded sets.
        files: what was read and its checksums.
        n_train: number of training images.
        n_test: number of test images.
        preparation: what was done to the published values; empty if nothing.
        classes: names of the classes, in the order of their numbers, where they have names of their own.
    """

    source: str
    citation: str
    homes: tuple[str, ...]
    files: tuple[SourceFile, ...]
    n_train: int
    n_test: int
    preparation: str = ""
    classes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the provenance as a dictionary of JSON types."""
        record = asdict(self)
        record["homes"] = list(self.homes)
        record["files"] = [asdict(file) for file in self.files]
        if self.classes:
            record["classes"] = list(self.classes)
        else:
            del record["classes"]
        return record


@dataclass(frozen=True, eq=False, repr=False)
class DataSet(Shown):
    """A classification data set of images or features, or of recorded spikes; checked where it is made.

    `from_arrays` makes one from your own arrays.

    Attributes:
        name: the name given to `load`.
        train_images: (n_train, H, W) or (n_train, D); uint8 from 0 to 255, or floats in [0, 1]. Of a folder
            of .npy files it is a `neuroff.data.FileRows`, whose rows are read when they are indexed.
        train_labels: (n_train,) whole numbers in [0, n_classes).
        test_images: as ``train_images``.
        test_labels: (n_test,).
        provenance: where the bytes came from.
        n_classes: number of classes.
        steps: T where the data are recorded spikes: images are then (n, D, T) zeros and ones, and the first
            n_classes of the D inputs are free for the label, unless there are planes. None for images.
        planes: C, H and W of recorded spikes, D = C · H · W, channel after channel, row after row: an event
            camera's polarities and pixels. None where the inputs have no such order, and for images.

    Raises:
        DataError: if an array is of another type, shape or range.
    """

    name: str
    train_images: npt.NDArray[Any]
    train_labels: npt.NDArray[np.int64]
    test_images: npt.NDArray[Any]
    test_labels: npt.NDArray[np.int64]
    provenance: Provenance
    n_classes: int = 10
    steps: int | None = None
    planes: tuple[int, int, int] | None = None

    def __post_init__(self) -> None:
        require_classes(self.n_classes, self.name)
        parts = (
            ("training", self.train_images, self.train_labels),
            ("test", self.test_images, self.test_labels),
        )
        for part, images, labels in parts:
            where = f"{part} images of data set {self.name}"
            require_images(images, self.steps, where)
            require_labels(labels, len(images), self.n_classes, f"{part} labels of data set {self.name}")
        require_planes(self.planes, self.steps, self.train_images.shape[1], self.name)
        if self.train_images.shape[1:] != self.test_images.shape[1:]:
            raise DataError(
                f"shape {self.test_images.shape[1:]} of one image",
                where=f"test images of data set {self.name}",
                expected=f"{self.train_images.shape[1:]}, as in the training images",
            )
        if self.train_images.dtype != self.test_images.dtype:
            raise DataError(
                f"values of type {self.test_images.dtype}",
                where=f"test images of data set {self.name}",
                expected=f"{self.train_images.dtype}, as in the training images",
            )

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes, in the order of their numbers: their own, or the numbers."""
        return self.provenance.classes or tuple(map(str, range(self.n_classes)))

    @classmethod
    def from_arrays(
        cls,
        train_images: npt.ArrayLike,
        train_labels: npt.ArrayLike,
        test_images: npt.ArrayLike,
        test_labels: npt.ArrayLike,
        *,
        name: str = "arrays",
        classes: int | None = None,
    ) -> DataSet:
        """Return a data set of your own arrays, or of anything that numpy reads as one; they are copied.

        Args:
            train_images: (n_train, D) features or (n_train, H, W) images, uint8 from 0 to 255 or floats in
                [0, 1]; floats of half precision become float32.
            train_labels: (n_train,) whole numbers from 0 on.
            test_images: as ``train_images``.
            test_labels: (n_test,).
            name: what results call it.
            classes: number of classes; the largest label plus one if not given.

        Raises:
            DataError: if an array is of another type, shape or range.
        """
        train, test = own_images(train_images, "training images"), own_images(test_images, "test images")
        train_own, test_own = (
            own_labels(train_labels, "training labels"),
            own_labels(test_labels, "test labels"),
        )
        found = 1 + max(int(train_own.max(initial=0)), int(test_own.max(initial=0)))
        digest = hashlib.sha256()
        for array in (train, train_own, test, test_own):
            digest.update(f"{array.dtype.str}{array.shape}".encode())
            digest.update(array.data)
        return cls(
            name=name,
            train_images=train,
            train_labels=train_own,
            test_images=test,
            test_labels=test_own,
            provenance=Provenance(
                source="arrays of the caller",
                citation="",
                homes=(),
                files=(SourceFile(name, "embedded", digest.hexdigest()),),
                n_train=len(train),
                n_test=len(test),
            ),
            n_classes=found if classes is None else classes,
        )

    @classmethod
    def from_torch(
        cls, train: Pairs, test: Pairs, *, name: str = "torch", classes: int | None = None
    ) -> DataSet:
        """Return a data set of PyTorch's: a ``Dataset`` or a ``DataLoader`` for each part, read once, whole.

        A loader gives its rows in its own order and may leave some out: pass one that neither shuffles nor
        drops the last batch, or its ``Dataset``, for the same rows every time.

        Args:
            train: gives pairs of image and label, or batches of them; images as `from_arrays` takes them.
            test: as ``train``.
            name: what results call it.
            classes: number of classes; the largest label plus one if not given.

        Raises:
            DataError: if what it gives are no such pairs, or of another type, shape or range.
        """
        (x_train, y_train), (x_test, y_test) = gathered(train, "training set"), gathered(test, "test set")
        return cls.from_arrays(x_train, y_train, x_test, y_test, name=name, classes=classes)
