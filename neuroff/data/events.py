"""Recorded spikes: the Spiking Heidelberg Digits (SHD), read through tonic.

Spoken digits, English and German, as spikes of 700 cochlear channels (Cramer et al., IEEE Trans. Neural Netw.
Learn. Syst. 33(7), 2022; arXiv 1910.07407). A recording is cut into T bins of equal length; a channel that
spiked in a bin, once or more, spikes there once. The label has channels of its own, in front of the others.

tonic is optional (``pip install tonic``) and loaded here alone. It downloads what it does not find, which a
load must not do: the files are looked for first.
"""

from __future__ import annotations

import hashlib
import importlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neuroff.data.catalog import SHD as SHD
from neuroff.data.dataset import DataSet, Provenance, SourceFile
from neuroff.data.location import DataRoot
from neuroff.errors import DataError, MissingDependencyError

CHANNELS = 700
CLASSES = 20
SPAN_US = 1_400_000
"""Length of a presentation in microseconds; the longest recordings last about 1.37 s."""

_FOLDER = "SHD"  # tonic's name for it
_PARTS = ("train", "test")


def load_shd(root: DataRoot, steps: int) -> DataSet:
    """Read SHD from ``<root>/SHD``, where tonic keeps it.

    Args:
        root: directory of the data sets.
        steps: T, time bins of a recording.

    Returns:
        Images are ``(n, 720, T)`` zeros and ones: 20 label channels, empty, and the 700 recorded ones.

    Raises:
        DataError: if a file is missing or damaged, or there is not at least one step.
        MissingDependencyError: if tonic is not installed.
    """
    if steps < 1:
        raise DataError(f"{steps} time steps", where=SHD, expected="at least one")
    folder = root.path / _FOLDER
    _require_files(folder, root)
    library = _tonic()
    parts = {part: _read(library, root.path, folder / f"shd_{part}.h5", part, steps) for part in _PARTS}
    (train, train_labels), (test, test_labels) = parts["train"], parts["test"]
    return DataSet(
        name=SHD,
        train_images=train,
        train_labels=train_labels,
        test_images=test,
        test_labels=test_labels,
        provenance=Provenance(
            source=f"zenkelab.org, read by tonic {library.__version__}",
            citation="Cramer et al., IEEE Trans. Neural Netw. Learn. Syst. 33(7), 2744-2757, 2022",
            homes=("https://zenkelab.org/datasets/",),
            files=tuple(
                SourceFile(f"shd_{part}.h5", "plain", _sha256(folder / f"shd_{part}.h5")) for part in _PARTS
            ),
            n_train=len(train),
            n_test=len(test),
            preparation=f"{steps} bins of {SPAN_US / steps / 1000:g} ms, at most one spike a channel and bin",
        ),
        n_classes=CLASSES,
        steps=steps,
    )


def bin_spikes(
    times_us: npt.NDArray[Any], channels: npt.NDArray[Any], steps: int, where: str
) -> npt.NDArray[np.uint8]:
    """Return the spikes of one recording in bins, ``(720, T)`` zeros and ones.

    Args:
        times_us: when each spike came; what comes after `SPAN_US` is cut off.
        channels: where, in [0, 700).
        steps: T.
        where: the recording, for messages.

    Raises:
        DataError: if a time is negative or not finite, or a channel does not exist.
    """
    times, channel = np.asarray(times_us, dtype=np.float64), np.asarray(channels)
    if times.shape != channel.shape or times.ndim != 1:
        raise DataError(
            f"{times.size} times and {channel.size} channels",
            where=where,
            expected="as many of one as of the other",
        )
    if times.size and not (np.isfinite(times).all() and times.min() >= 0):
        raise DataError("a spike at a time that cannot be", where=where, expected="times from 0 on")
    if channel.size and not (channel.min() >= 0 and channel.max() < CHANNELS):
        raise DataError(
            f"channels from {channel.min()} to {channel.max()}", where=where, expected=f"0 to {CHANNELS - 1}"
        )
    kept = times < SPAN_US
    bins = (times[kept] * (steps / SPAN_US)).astype(np.int64).clip(max=steps - 1)
    found = np.zeros((CLASSES + CHANNELS, steps), dtype=np.uint8)
    found[CLASSES + channel[kept].astype(np.int64), bins] = 1
    return found


def _require_files(folder: Path, root: DataRoot) -> None:
    # Without the archive beside it tonic would download a file that is there.
    wanted = [f"shd_{part}.h5{ending}" for part in _PARTS for ending in ("", ".zip")]
    missing = [name for name in wanted if not (folder / name).is_file()]
    if missing:
        raise DataError(
            f"no {', '.join(missing)} in {folder}",
            where=f"data set {SHD}",
            expected="the four files that tonic keeps there: two archives and what they hold",
            fix='with tonic installed, run `python -c "from tonic.datasets import SHD; '
            f'[SHD({str(root.path)!r}, train=part) for part in (True, False)]"`',
        )


def _tonic() -> Any:
    try:
        return importlib.import_module("tonic")
    except ImportError as error:
        raise MissingDependencyError(
            f"tonic cannot be imported ({error})", where=f"data set {SHD}", fix="run `pip install tonic`"
        ) from error


def _read(
    library: Any, save_to: Path, file: Path, part: str, steps: int
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Return spikes ``(n, 720, T)`` and labels ``(n,)`` of one part."""
    try:
        recordings = library.datasets.SHD(os.fspath(save_to), train=part == "train")
        return _gathered(((recordings[i]) for i in range(len(recordings))), len(recordings), steps, str(file))
    except (OSError, KeyError, ValueError, TypeError, IndexError, RuntimeError, AttributeError) as error:
        raise DataError(
            f"cannot be read ({error})",
            where=str(file),
            expected="spikes/times, spikes/units, labels and extra in an HDF5 file",
            fix="unpack the published archive again",
        ) from error


def _gathered(
    recordings: Iterable[tuple[Any, Any]], count: int, steps: int, where: str
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    if not count:
        raise DataError("no recordings", where=where, expected="at least one")
    spikes = np.empty((count, CLASSES + CHANNELS, steps), dtype=np.uint8)
    labels = np.empty(count, dtype=np.int64)
    for index, (events, label) in enumerate(recordings):
        place = f"{where}, recording {index}"
        spikes[index] = bin_spikes(events["t"], events["x"], steps, place)
        if not 0 <= int(label) < CLASSES:
            raise DataError(f"label {int(label)}", where=place, expected=f"0 to {CLASSES - 1}")
        labels[index] = int(label)
    return spikes, labels


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
