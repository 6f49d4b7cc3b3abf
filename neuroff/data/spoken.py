"""Recorded speech: the Spiking Heidelberg Digits (SHD) and Spiking Speech Commands (SSC), read through tonic.

Spoken digits, English and German, and 35 spoken words, as spikes of 700 cochlear channels (Cramer et al.,
IEEE Trans. Neural Netw. Learn. Syst. 33(7), 2022; arXiv 1910.07407). A recording is cut into T bins of equal
length; a channel that spiked in a bin, once or more, spikes there once. The label has channels of its own, in
front of the others.

tonic is optional (``pip install tonic``) and loaded here alone. It downloads what it does not find, which a
load must not do: the files are looked for first.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from neuroff.data.binning import binned, require_steps
from neuroff.data.dataset import DataSet, Provenance, SourceFile
from neuroff.data.location import DataRoot
from neuroff.data.published import ArchiveFile, FileForm
from neuroff.data.store import FileStatus, file_status
from neuroff.errors import DataError, MissingDependencyError
from neuroff.files import sha256_of

CHANNELS = 700
SPAN_US = 1_400_000
"""Length of a presentation in microseconds; the longest recordings of SHD last about 1.37 s."""

_HOME = "https://zenkelab.org/datasets/"


@dataclass(frozen=True)
class Spoken:
    """One of the two data sets, as tonic keeps it. SSC's third part, for validation, is not read.

    Attributes:
        name: the name users type.
        kind: tonic's name of it, and of its folder.
        classes: K.
        key: what tonic calls the choice of a part.
        parts: its values for training and for test.
        md5: MD5 of the two archives, as the publisher and tonic list them.
    """

    name: str
    kind: str
    classes: int
    key: str
    parts: tuple[Any, Any]
    md5: tuple[str, str]

    @property
    def folder(self) -> str:
        """Folder of the files below a data root."""
        return self.kind

    @property
    def mirrors(self) -> tuple[str, ...]:
        """Where the publisher has them."""
        return (_HOME,)

    @property
    def unpacked(self) -> tuple[str, str]:
        """What the archives hold, for training and for test."""
        return f"{self.name}_train.h5", f"{self.name}_test.h5"

    @property
    def files(self) -> tuple[ArchiveFile, ...]:
        """The archives."""
        pairs = zip(self.unpacked, self.md5, strict=True)
        return tuple(
            ArchiveFile(FileForm(f"{name}.zip", "archive", f"md5:{md5}", None, md5=md5))
            for name, md5 in pairs
        )


SPOKEN: Final[Mapping[str, Spoken]] = MappingProxyType(
    {
        "shd": Spoken(
            "shd", "SHD", 20, "train", (True, False),
            ("f3252aeb598ac776c1b526422d90eecb", "1503a5064faa34311c398fb0a1ed0a6f"),
        ),
        "ssc": Spoken(
            "ssc", "SSC", 35, "split", ("train", "test"),
            ("d102be95e7144fcc0553d1f45ba94170", "a35ff1e9cffdd02a20eb850c17c37748"),
        ),
    }
)  # fmt: skip


def load_spoken(spec: Spoken, root: DataRoot, steps: int) -> DataSet:
    """Read SHD or SSC from ``<root>/SHD`` or ``<root>/SSC``, where tonic keeps it.

    Args:
        spec: which.
        root: directory of the data sets.
        steps: T, time bins of a recording.

    Returns:
        Images are ``(n, K + 700, T)`` zeros and ones: K label channels, empty, and the 700 recorded ones.

    Raises:
        DataError: if a file is missing or damaged, or there is not at least one step.
        MissingDependencyError: if tonic is not installed.
    """
    require_steps(steps, spec.name)
    folder = root.path / spec.folder
    _require_files(spec, folder, root)
    library = _tonic(spec)
    (train, train_labels), (test, test_labels) = (
        _read(library, spec, root.path, folder / name, part, steps)
        for name, part in zip(spec.unpacked, spec.parts, strict=True)
    )
    return DataSet(
        name=spec.name,
        train_images=train,
        train_labels=train_labels,
        test_images=test,
        test_labels=test_labels,
        provenance=Provenance(
            source=f"zenkelab.org, read by tonic {library.__version__}",
            citation="Cramer et al., IEEE Trans. Neural Netw. Learn. Syst. 33(7), 2744-2757, 2022",
            homes=spec.mirrors,
            files=tuple(SourceFile(name, "plain", sha256_of(folder / name)) for name in spec.unpacked),
            n_train=len(train),
            n_test=len(test),
            preparation=f"{steps} bins of {SPAN_US / steps / 1000:g} ms, at most one spike a channel and bin",
        ),
        n_classes=spec.classes,
        steps=steps,
    )


def spoken_status(spec: Spoken, root: DataRoot) -> tuple[FileStatus, ...]:
    """Return the status of the archives where tonic keeps them."""
    return tuple(file_status(spec, root.path / spec.folder, file) for file in spec.files)


def tonic_command(spec: Spoken, root: DataRoot) -> str:
    """Say how tonic downloads the files."""
    calls = "; ".join(f"{spec.kind}({str(root.path)!r}, {spec.key}={part!r})" for part in spec.parts)
    return f'with tonic installed, run `python -c "from tonic.datasets import {spec.kind}; {calls}"`'


def _require_files(spec: Spoken, folder: Path, root: DataRoot) -> None:
    # Without the archive beside it tonic would download a file that is there.
    wanted = [f"{name}{ending}" for name in spec.unpacked for ending in ("", ".zip")]
    missing = [name for name in wanted if not (folder / name).is_file()]
    if missing:
        homes = "; ".join(f"{_HOME}{file.published.name} (md5 {file.published.md5})" for file in spec.files)
        raise DataError(
            f"no {', '.join(missing)} in {folder}",
            where=f"data set {spec.name}",
            expected="the four files that tonic keeps there: two archives and what they hold",
            fix=f"{tonic_command(spec, root)}; without a network here, put into {folder} and unpack there: "
            f"{homes}",
        )


def _tonic(spec: Spoken) -> Any:
    try:
        return importlib.import_module("tonic")
    except ImportError as error:
        raise MissingDependencyError(
            f"tonic cannot be imported ({error})",
            where=f"data set {spec.name}",
            fix="run `pip install tonic`",
        ) from error


def _read(
    library: Any, spec: Spoken, save_to: Path, file: Path, part: Any, steps: int
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Return spikes ``(n, K + 700, T)`` and labels ``(n,)`` of one part."""
    try:
        recordings = getattr(library.datasets, spec.kind)(os.fspath(save_to), **{spec.key: part})
        each = (recordings[index] for index in range(len(recordings)))
        return _gathered(each, len(recordings), spec.classes, steps, str(file))
    except (OSError, KeyError, ValueError, TypeError, IndexError, RuntimeError, AttributeError) as error:
        raise DataError(
            f"cannot be read ({error})",
            where=str(file),
            expected="spikes/times, spikes/units, labels and extra in an HDF5 file",
            fix="unpack the published archive again",
        ) from error


def _gathered(
    recordings: Iterable[tuple[Any, Any]], count: int, classes: int, steps: int, where: str
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    if not count:
        raise DataError("no recordings", where=where, expected="at least one")
    spikes = np.zeros((count, classes + CHANNELS, steps), dtype=np.uint8)
    labels = np.empty(count, dtype=np.int64)
    for index, (events, label) in enumerate(recordings):
        place = f"{where}, recording {index}"
        spikes[index, classes:] = binned(events["t"], events["x"], CHANNELS, steps, SPAN_US, place)
        if not 0 <= int(label) < classes:
            raise DataError(f"label {int(label)}", where=place, expected=f"0 to {classes - 1}")
        labels[index] = int(label)
    return spikes, labels
