"""What a loaded data set is: arrays, labels and where the bytes came from."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Form = Literal["gz", "plain", "embedded"]


@dataclass(frozen=True)
class SourceFile:
    """One file the images or labels were read from.

    Attributes:
        name: file name, without a directory so that results carry no local paths.
        form: `gz`, `plain`, or `embedded` in an installed library.
        sha256: SHA-256 of the bytes as they were read; for `embedded`, of the decoded arrays.
        md5: MD5 of the published gzip file, where there is one.
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
    """

    source: str
    citation: str
    homes: tuple[str, ...]
    files: tuple[SourceFile, ...]
    n_train: int
    n_test: int
    preparation: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the provenance as a dictionary of JSON types."""
        record = asdict(self)
        record["homes"] = list(self.homes)
        record["files"] = [asdict(file) for file in self.files]
        return record


@dataclass(frozen=True, eq=False)
class DataSet:
    """A classification data set of 28x28 grey images, or of recorded spikes.

    The arrays own their memory and are writable, so that tensors can share it.

    Attributes:
        name: the name given to `load`.
        train_images: (n_train, 28, 28) uint8, 0 is background.
        train_labels: (n_train,) int64 in [0, n_classes); int64 because uint8 indices act as masks in torch.
        test_images: (n_test, 28, 28) uint8.
        test_labels: (n_test,) int64.
        provenance: where the bytes came from.
        n_classes: number of classes.
        steps: T where the data are recorded spikes: images are then (n, D, T) zeros and ones, and the first
            n_classes of the D inputs are free for the label. None for images.
    """

    name: str
    train_images: npt.NDArray[np.uint8]
    train_labels: npt.NDArray[np.int64]
    test_images: npt.NDArray[np.uint8]
    test_labels: npt.NDArray[np.int64]
    provenance: Provenance
    n_classes: int = 10
    steps: int | None = None
