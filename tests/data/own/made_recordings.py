"""Recordings as a user has them: bars that move in four directions, and tones in a cochlea's channels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

DIRECTIONS = ("down", "left", "right", "up")
SIDE, LENGTH_US = 16, 160_000
EVENT = np.dtype([("t", "<i8"), ("x", "<u2"), ("y", "<u2"), ("p", "|u1")])


def bar(direction: str, draw: np.random.Generator, start: int = 0) -> npt.NDArray[np.void]:
    """Events ``(n,)`` of a bar that crosses a camera: on at its front, off at its back, and noise."""
    found = []
    low, high = int(draw.integers(0, 6)), int(draw.integers(9, SIDE))
    for step in range(SIDE):
        time = step * LENGTH_US // SIDE
        for along, on in ((step, 1), (step - 3, 0)):
            place = SIDE - 1 - along if direction in ("left", "up") else along
            if 0 <= along < SIDE:
                for across in range(low, high + 1):
                    x, y = (place, across) if direction in ("left", "right") else (across, place)
                    found.append((start + time + int(draw.integers(0, 5000)), x, y, on))
    noise = draw.integers(0, (LENGTH_US, SIDE, SIDE, 2), (12, 4))
    found += [(start + int(t), int(x), int(y), int(p)) for t, x, y, p in noise]
    return np.sort(np.array(found, EVENT), order="t")


def bars(folder: Path, count: int = 20, seed: int = 0, kind: str = ".npy") -> Path:
    """Write ``count`` recordings of every direction, a folder each."""
    draw = np.random.default_rng(seed)
    for direction in DIRECTIONS:
        (folder / direction).mkdir(parents=True)
        for number in range(count):
            save(folder / direction / f"{number}{kind}", bar(direction, draw, 1000 * number))
    return folder


def save(path: Path, rows: npt.NDArray[np.void]) -> Path:
    """Write events as a structured array, or as arrays by name."""
    if path.suffix == ".npy":
        np.save(path, rows)
    else:
        columns: dict[str, Any] = {name: rows[name] for name in "txyp"}
        np.savez_compressed(path, **columns)
    return path


def tones(path: Path, count: int = 60, seed: int = 0, words: bool = True, labelled: bool = True) -> Path:
    """Write spike trains of 40 channels: a low, a middle and a rising tone, as SHD lays them out."""
    import h5py

    draw = np.random.default_rng(seed)
    labels = np.arange(count) % 3
    with h5py.File(path, "w") as file:
        kept = {
            name: file.create_dataset(f"spikes/{name}", (count,), h5py.vlen_dtype(np.dtype(dtype)))
            for name, dtype in (("times", np.float16), ("units", np.uint16))
        }
        for number, label in enumerate(labels):
            times = np.sort(draw.random(150)).astype(np.float16)
            centre = np.array([8.0, 20.0])[label] if label < 2 else 5 + 30 * times.astype(np.float64)
            units = np.clip(np.rint(centre + draw.normal(0, 2, 150)), 0, 39).astype(np.uint16)
            units[:8] = draw.integers(0, 40, 8)
            kept["times"][number], kept["units"][number] = times, units
        if labelled:
            file["labels"] = labels.astype(np.uint16)
        if words:
            file["extra/keys"] = np.array(["low", "middle", "rising"], dtype="S10")
    return path
