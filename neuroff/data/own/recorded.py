"""Recordings of one's own, of cameras and of channels, as spikes ``(n, D, T)``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neuroff.data.binning import require_steps
from neuroff.data.dataset import DataSet, Provenance, SourceFile
from neuroff.data.own import events, trains
from neuroff.data.own.folder import IMAGES, class_files, files_without_class, parts_of
from neuroff.data.own.rows import drawn_split, encoded_classes, known_classes
from neuroff.data.own.sized import Said, require_room, text_of
from neuroff.data.sensor import Events, Sensor
from neuroff.errors import DataError, what_is

_EVENTS = f"a folder of recordings ({', '.join(events.SUFFIXES)}), or one of them"
_TRAINS = f"a file of spike trains ({', '.join(trains.SUFFIXES)})"
_PAIR = ("train", "test")


@dataclass(frozen=True)
class Recordings:
    """Recordings that are read one by one.

    Attributes:
        where: names each in messages.
        read: returns one, by number.
        classes: ``(n,)`` words or numbers; empty where none are asked for.
    """

    where: tuple[str, ...]
    read: Callable[[int], Events]
    classes: npt.NDArray[Any]

    def __len__(self) -> int:
        return len(self.where)

    def __iter__(self) -> Iterator[Events]:
        return map(self.read, range(len(self)))

    def taken(self, rows: npt.NDArray[np.intp]) -> Recordings:
        """Return some of them, by number."""
        chosen = rows.tolist()
        where = tuple(self.where[row] for row in chosen)
        return Recordings(where, lambda number: self.read(chosen[number]), self.classes[rows])

    def spikes(self, sensor: Sensor, steps: int, fix: str) -> npt.NDArray[np.uint8]:
        """Return ``(n, C · H · W, T)`` zeros and ones."""
        planes, rows, columns = sensor.planes
        found = np.zeros((len(self), planes * rows * columns, steps), np.uint8)
        for number, (one, where) in enumerate(zip(self, self.where, strict=True)):
            found[number] = sensor.spikes(one, steps, where, fix)
        return found


def are_recordings(path: Path) -> bool:
    """Whether a file or folder holds recordings: HDF5, or a folder of ``.npy`` or ``.npz`` for each class."""
    if not path.is_dir():
        return path.suffix.lower() in trains.SUFFIXES
    return bool(_in_hdf5(path)) or any(class_files(part, events.SUFFIXES) for part in parts_of(path))


def are_alike(one: Path, other: Path) -> bool:
    """Whether both of two paths of recordings are of cameras, or both of channels."""
    return _is_flat(one) == _is_flat(other)


def recorded_files(path: Path) -> list[Path]:
    """Return the files that are read where `are_recordings`."""
    if not path.is_dir():
        return [path]
    found = _in_hdf5(path)
    return list(found) or [each for part in parts_of(path) for each in class_files(part, events.SUFFIXES)]


def read_recordings(path: Path, text: str, steps: int | None, digest: str) -> DataSet:
    """Read recordings and bin them into T steps.

    Args:
        path: file or folder of which `are_recordings` is true.
        text: what the user says of the sensor, as `Said` has it.
        steps: T.
        digest: SHA-256 of the files.

    Raises:
        DataError: naming what cannot be read, or learned from.
        MissingDependencyError: if h5py is not installed, for spike trains.
    """
    bins, where = require_steps(steps, str(path)), str(path)
    said = Said.of(text, where, flat=_is_flat(path))
    parts = _parts(path)
    names, encoded = encoded_classes(parts[0].classes, where)
    if len(parts) == 1:
        chosen, left = drawn_split(encoded, names, where)
        train, test = parts[0].taken(chosen), parts[0].taken(left)
        labels, test_labels = encoded[chosen], encoded[left]
        how = (
            f"{len(left)} of {len(encoded)} recordings for testing, a fifth of every class, drawn with seed 0"
        )
    else:
        train, test = parts
        labels, test_labels = encoded, known_classes(test.classes, names, where)
        how = "test recordings as in the files"
    sensor = said.sensor(parts[0], 1 if _is_flat(path) else 2, where)
    require_room(len(train) + len(test), sensor, bins, where)
    fix = _beyond(path, said)
    return DataSet(
        name=path.resolve().stem.lower() or "own",
        train_images=train.spikes(sensor, bins, fix),
        train_labels=labels,
        test_images=test.spikes(sensor, bins, fix),
        test_labels=test_labels,
        provenance=Provenance(
            source="recordings of the user's",
            citation="",
            homes=(),
            files=(SourceFile(path.resolve().name, "plain", digest),),
            n_train=len(train),
            n_test=len(test),
            preparation=f"{_words(sensor, bins)}; {how}",
            classes=tuple(str(name) for name in names),
        ),
        n_classes=len(names),
        steps=bins,
        planes=sensor.planes,
    )


def recordings_like(path: Path, text: str, file: Path, steps: int | None) -> npt.NDArray[np.uint8]:
    """Return further recordings as spikes ``(n, D, T)``, by the sensor of `read_recordings`.

    Args:
        path: as there.
        text: as there.
        file: for a camera a recording or a folder of such, for spike trains a file; labels are not asked for.
        steps: T.

    Raises:
        DataError: naming what cannot be read, or has an event where the sensor has none.
    """
    bins, further = require_steps(steps, str(path)), _further(file, flat=_is_flat(path))
    sensor, said = sensor_of(path, text), Said.of(text, str(path), flat=_is_flat(path))
    require_room(len(further), sensor, bins, str(file))
    return further.spikes(sensor, bins, _beyond(path, said))


def sensor_of(path: Path, text: str) -> Sensor:
    """Return the sensor of `read_recordings`."""
    flat = _is_flat(path)
    return Said.of(text, str(path), flat=flat).sensor(_parts(path)[0], 1 if flat else 2, str(path))


def sensor_text(path: Path, text: str) -> str:
    """Return the same in words that stand behind ``#``."""
    return text_of(sensor_of(path, text))


def further_recordings(file: Path) -> list[Path]:
    """Return the recordings of a folder, in order; DataError if there are none."""
    return files_without_class(file, events.SUFFIXES, "recordings")


def _is_flat(path: Path) -> bool:
    """Whether a file or folder holds spike trains."""
    return path.suffix.lower() in trains.SUFFIXES if not path.is_dir() else bool(_in_hdf5(path))


def _in_hdf5(path: Path) -> tuple[Path, ...]:
    """Return the HDF5 files of a folder: one alone, or those for training and for test; none if it has none.

    Raises:
        DataError: if it has others.
    """
    found = sorted(file for file in path.iterdir() if file.suffix.lower() in trains.SUFFIXES)
    if len(found) < 2:
        return tuple(found)
    pair = [[file for file in found if re.search(rf"(?<![a-z]){part}", file.name.lower())] for part in _PAIR]
    if [len(files) for files in pair] != [1, 1] or pair[0] == pair[1]:
        raise DataError(
            f"files {', '.join(file.name for file in found[:5])}",
            where=str(path),
            expected="one HDF5 file, or one called …train… and one called …test…",
        )
    return pair[0][0], pair[1][0]


def _parts(path: Path) -> tuple[Recordings, ...]:
    """Return all recordings, or those for training and for test."""
    if _is_flat(path):
        return tuple(_trains(file, labelled=True) for file in recorded_files(path))
    return tuple(_events(part) for part in parts_of(path))


def _events(folder: Path) -> Recordings:
    files, images = class_files(folder, events.SUFFIXES), class_files(folder, IMAGES)
    if not files or images:
        raise DataError(
            f"recordings, and images such as {images[0].name}" if images and files else "no recordings",
            where=str(folder),
            expected=f"a folder for each class, with {' or '.join(events.SUFFIXES)} files of events in it",
            fix="keep one of the two" if images and files else "",
        )
    classes = np.array([file.parent.name for file in files])
    return Recordings(tuple(map(str, files)), lambda number: events.read_events(files[number]), classes)


def _trains(file: Path, *, labelled: bool) -> Recordings:
    found = trains.read_trains(file)
    if labelled and found.classes is None:
        raise DataError("no labels", where=str(file), expected="labels, a whole number for each recording")
    if not found.times:
        raise DataError("no recordings", where=str(file), expected="at least one")
    where = tuple(f"{file}, recording {number}" for number in range(len(found.times)))
    classes = np.zeros(len(where)) if found.classes is None else found.classes
    return Recordings(where, lambda number: found.events(number, where[number]), classes)


def _further(file: Path, *, flat: bool) -> Recordings:
    suffixes, expected = (trains.SUFFIXES, _TRAINS) if flat else (events.SUFFIXES, _EVENTS)
    if file.is_dir() and not flat:
        files = further_recordings(file)
    elif file.is_file() and file.suffix.lower() in suffixes:
        files = [file]
    else:
        what = "of another kind" if file.is_file() or file.is_dir() else what_is(file)
        raise DataError(what, where=str(file), expected=f"{expected}, as in the training")
    if flat:
        return _trains(file, labelled=False)

    def read(number: int) -> Events:
        return events.read_events(files[number])

    return Recordings(tuple(map(str, files)), read, np.zeros(len(files)))


def _beyond(path: Path, said: Said) -> str:
    """Return what helps where an event lies outside the sensor."""
    size = "CHANNELS" if _is_flat(path) else "WIDTHxHEIGHT"
    why = (
        "the recordings of the training show no more" if said.width is None else "no more were said behind #"
    )
    return f"{why}: train with the sensor's size, {path}#{size}"


def _words(sensor: Sensor, steps: int) -> str:
    planes, height, width = sensor.planes
    flat, side = planes == 1, sensor.pooled
    size = f"{width} channels" if flat else f"{planes} polarities of {width}x{height} inputs"
    shared = f", {side} channels an input" if flat else f", {side}x{side} pixels an input"
    return (
        f"{size}{shared if side > 1 else ''}; {steps} bins of {sensor.span / steps:g} in the unit of the "
        "times, at most one spike an input and bin"
    )
