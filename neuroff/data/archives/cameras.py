"""Event cameras: N-MNIST and DVS128 Gesture, binned by recorded time, a plane for each polarity.

N-MNIST has an event in five bytes: x, y, then a bit of polarity and 23 bits of microseconds; an event of y
240 adds 2^13 µs to all times from there on (Orchard et al. 2015, and tonic's reader). DVS128 Gesture, as
tonic's authors cut it, has a numpy file a gesture, rows of x, y, polarity and milliseconds.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np

from neuroff.data.archives.decoded import Decoded, Part
from neuroff.data.archives.members import OpenFile, tar_members, zip_members
from neuroff.data.archives.sets import ArchiveSet
from neuroff.data.numpy_files import UNREADABLE
from neuroff.data.sensor import Events, Sensor
from neuroff.errors import DataError

_MOST_BYTES = 1 << 28  # of one recording


Recordings = Iterator[tuple[str, int, Events]]

NMNIST_CAMERA = Sensor(2, 34, 34, 1, 315_000)
"""Three saccades of 105 ms, as tonic takes them."""
GESTURE_CAMERA = Sensor(2, 128, 128, 4, 6_000_000)
"""Gestures last about six seconds (Amir et al. 2017); 4x4 pixels share an input: 32x32 a polarity."""


def decode_nmnist(files: tuple[OpenFile, ...], spec: ArchiveSet, steps: int) -> Decoded:
    """Return spikes ``(n, 2312, T)``, 2 planes of 34x34, and digits."""
    train, test = (_digits(file, part) for file, part in zip(files, ("Train", "Test"), strict=True))
    return _decoded(NMNIST_CAMERA, train, test, files, steps)


def decode_gestures(files: tuple[OpenFile, ...], spec: ArchiveSet, steps: int) -> Decoded:
    """Return spikes ``(n, 2048, T)``, 2 planes of 32x32, and gestures."""
    folders = ("ibmGestureTrain", "ibmGestureTest")
    train, test = (_gestures(file, part) for file, part in zip(files, folders, strict=True))
    return _decoded(GESTURE_CAMERA, train, test, files, steps)


def nmnist_events(raw: bytes) -> Events:
    """Return the events of a file of N-MNIST."""
    x, y, high, middle, low = np.frombuffer(raw, np.uint8).reshape(-1, 5).T.astype(np.int64)
    overflow = y == 240
    times = ((high & 127) << 16 | middle << 8 | low) + np.cumsum(overflow) * 2**13
    real = ~overflow
    return Events(x[real], y[real], (high >> 7)[real], times[real])


def _digits(file: OpenFile, part: str) -> Recordings:
    for name, raw in zip_members(file, rf"{part}/[0-9]/[0-9]+\.bin", _MOST_BYTES):
        if len(raw) % 5:
            raise DataError(f"{len(raw)} bytes", where=f"{name} in {file.where}", expected="five an event")
        yield name, int(name.split("/")[1]), nmnist_events(raw)


def _gestures(file: OpenFile, part: str) -> Recordings:
    for name, raw in tar_members(file, rf"{part}/user[0-9]+_\w+/[0-9]+\.npy", _MOST_BYTES):
        where = f"{name} in {file.where}"
        try:
            rows = np.load(io.BytesIO(raw), allow_pickle=False)
        except UNREADABLE as error:
            raise DataError(f"cannot be read ({error})", where=where, expected="a numpy array") from error
        known = isinstance(rows, np.ndarray) and rows.ndim == 2 and rows.dtype.kind in "iuf"
        if not known or rows.shape[1] != 4 or not np.isfinite(rows).all():
            raise DataError("no events", where=where, expected="finite rows of x, y, polarity, milliseconds")
        x, y, on = rows.T[:3].astype(np.int64)
        times = rows.T[3].astype(np.float64)
        start = times.min() if times.size else 0.0
        yield name, int(name.rpartition("/")[2][:-4]), Events(x, y, on, (times - start) * 1000)


def _decoded(
    camera: Sensor, train: Recordings, test: Recordings, files: tuple[OpenFile, ...], steps: int
) -> Decoded:
    """Return both parts in the order of names, with what was done to them; times are microseconds."""
    first, last = (
        _gathered(camera, part, steps, file.where) for part, file in zip((train, test), files, strict=True)
    )
    pooled = f", {camera.pooled}x{camera.pooled} pixels an input" if camera.pooled > 1 else ""
    made = f"{steps} bins of {camera.span / steps / 1000:g} ms, at most one spike an input and bin{pooled}"
    return Decoded(first, last, made, planes=camera.planes)


def _gathered(camera: Sensor, recordings: Recordings, steps: int, where: str) -> Part:
    found = [
        (name, label, camera.spikes(events, steps, f"{name} in {where}"))
        for name, label, events in recordings
    ]
    if not found:
        raise DataError("no recordings", where=where, expected="at least one")
    found.sort(key=lambda each: each[0])
    return np.stack([each[2] for each in found]), np.array([each[1] for each in found], np.int64)
