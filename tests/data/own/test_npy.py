"""Folders of .npy files: the same as in memory, with little of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch

from neuroff.config import Config
from neuroff.config.build import build
from neuroff.config.inputs import prepare
from neuroff.core.pixels import largest_value, mean_and_deviation
from neuroff.data import DataSet, FileRows, load, overwritten
from neuroff.data.file_rows import blocks
from neuroff.errors import DataError
from neuroff.interop import TorchImages
from neuroff.runs.folder import RunDirectory, load_run, train_run
from neuroff.runs.predicting import predict_file
from neuroff.training import train

STREAM = np.random.default_rng(0)
IMAGES = STREAM.integers(0, 256, (60, 6, 6)).astype(np.uint8)
TABLE = STREAM.normal(3.0, 20.0, (60, 5)).astype(np.float32)
LABELS = np.arange(60) % 3


def folder(path: Path, **arrays: npt.NDArray[Any]) -> Path:
    path.mkdir(parents=True)
    for name, array in arrays.items():
        np.save(path / f"{name}.npy", array)
    return path


@pytest.mark.parametrize("values", [IMAGES, TABLE, IMAGES / np.float32(255), IMAGES.astype(np.int16) - 300])
def test_a_folder_is_the_same_data_as_a_file(tmp_path: Path, values: npt.NDArray[Any]) -> None:
    np.savez(tmp_path / "own.npz", x=values, y=LABELS)
    whole, mapped = load(str(tmp_path / "own.npz")), load(str(folder(tmp_path / "own", x=values, y=LABELS)))
    images: Any = mapped.train_images
    assert isinstance(images, FileRows)
    assert mapped.name == whole.name
    for part in ("train", "test"):
        ours, theirs = getattr(mapped, f"{part}_images"), getattr(whole, f"{part}_images")
        assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)
        assert np.array_equal(np.asarray(ours), theirs)
        assert np.array_equal(getattr(mapped, f"{part}_labels"), getattr(whole, f"{part}_labels"))
    assert mapped.provenance.preparation.partition(";")[0] == whole.provenance.preparation.partition(";")[0]
    assert overwritten(mapped, 3) == pytest.approx(overwritten(whole, 3), rel=1e-12)
    assert mean_and_deviation(mapped.train_images) == pytest.approx(
        mean_and_deviation(whole.train_images), rel=1e-6
    )
    assert largest_value(mapped.train_images) == largest_value(whole.train_images)


@pytest.mark.parametrize("path", ["dense", "spiking"])
def test_training_from_files_is_training_from_memory(
    quick: Callable[..., Config], few_digits: DataSet, tmp_path: Path, path: Any
) -> None:
    arrays = {
        "x_train": few_digits.train_images,
        "y_train": few_digits.train_labels,
        "x_test": few_digits.test_images,
        "y_test": few_digits.test_labels,
    }
    config = quick("train_count=150", "negatives=hard", "batch_size=40", "training.shift=1", path=path)
    found = []
    for dataset in (few_digits, load(str(folder(tmp_path / "own", **arrays)))):
        split = prepare(dataset, config)
        network, plan = build(config, split)
        trained = train(network, split, plan)
        found.append((trained.network.layers, [record.held_out_accuracy for record in trained.history]))
    (one, shares), (other, same) = found
    assert shares == same
    for left, right in zip(one, other, strict=True):
        for name, tensor in left.tensors().items():
            torch.testing.assert_close(tensor, right.tensors()[name], rtol=1e-5, atol=1e-7)


def test_a_run_predicts_and_is_measured_from_files(quick: Callable[..., Config], tmp_path: Path) -> None:
    own = folder(tmp_path / "own", x=TABLE, y=LABELS)
    config = quick("label.place=beside", f"data.dataset={own}")
    train_run(RunDirectory(tmp_path / "run"), config, load(str(own)))
    np.savez(tmp_path / "new.npz", x=TABLE[:7])
    assert len(predict_file(load_run(RunDirectory(tmp_path / "run")), tmp_path / "new.npz").classes) == 7


def test_rows_and_parts_of_rows(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", TABLE)
    mapped = FileRows(tmp_path / "x.npy")
    order = STREAM.permutation(60)
    assert np.array_equal(mapped[order], TABLE[order])
    assert np.array_equal(mapped[3], TABLE[3])
    part = mapped.taken(order).taken(np.arange(10, 30))
    assert np.array_equal(np.asarray(part), TABLE[order[10:30]])
    assert np.array_equal(part[5:8], TABLE[order[15:18]])
    assert np.array_equal(np.concatenate(list(blocks(part))), np.asarray(part))
    images = TorchImages(load(str(folder(tmp_path / "own", x=IMAGES, y=LABELS))))
    assert images[0][0].shape == (6, 6)


LARGE = """
import json, sys
from neuroff.config.overrides import apply_settings
from neuroff.config.presets import preset
from neuroff.data import load
from neuroff.runs.folder import RunDirectory, train_run
from pathlib import Path

data, out, scale = sys.argv[1:]
settings = ["widths=20", "training.epochs=1", "batch_size=500", "chunk_size=500", "evaluate_every=0"]
config = apply_settings(preset("groups", dataset=data), [*settings, f"data.input_scale={scale}"])
result = train_run(RunDirectory(Path(out)), config, load(data))
print(json.dumps([result.peak_rss_bytes, result.accuracy.test]))
"""


def peak_of(data: Path, out: Path, scale: str = "raw") -> tuple[int, float]:
    # So that what was freed is given back at once, and not when glibc sees fit.
    environment = {**os.environ, "MALLOC_MMAP_THRESHOLD_": str(2**20), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", LARGE, str(data), str(out), scale]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    peak, share = json.loads(done.stdout)
    return peak, share


@pytest.mark.parametrize(
    ("dtype", "width", "scale", "rows"),
    [(np.uint8, 1000, "standardised", 120_000), (np.float32, 500, "raw", 100_000)],
)
def test_memory_does_not_grow_with_the_data(
    tmp_path: Path, dtype: Any, width: int, scale: str, rows: int
) -> None:
    """Where both have enough rows for a whole chunk of predictions.

    80 MB of bytes more would be 400 MB in memory with their copy as float32; 120 MB of numbers 240 MB.
    """
    folders = {}
    for count in (40_000, rows):
        folders[count] = place = tmp_path / str(count)
        place.mkdir()
        labels = np.arange(count) % 4
        np.save(place / "y.npy", labels)
        file = np.lib.format.open_memmap(place / "x.npy", "w+", dtype, (count, width))
        for start in range(0, count, 10_000):
            block = STREAM.integers(0, 60, (10_000, width), np.uint8).astype(dtype)
            block[np.arange(len(block)), labels[start : start + 10_000]] = 250
            file[start : start + 10_000] = block
        file.flush()
        del file
    (few, _), (many, share) = (peak_of(place, place / "run", scale) for place in folders.values())
    assert share > 0.4, "better than the quarter of a guess"
    print(f"peak {few / 1e6:.0f} and {many / 1e6:.0f} MB")
    assert many - few < 25e6, f"{(many - few) / 1e6:.0f} MB more"


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x": TABLE, "y": LABELS[:50]}, "60 rows and 50 classes"),
        ({"x": TABLE.astype(str), "y": LABELS}, "values of shape .* and type <U"),
        ({"x": TABLE[:, 0], "y": LABELS}, r"values of shape \(60,\)"),
        (
            {"x": np.where(TABLE[31, 2] == TABLE, np.nan, TABLE), "y": LABELS},
            r"column 2 of row 31 \(from 0\) is nan",
        ),
        ({"x": TABLE, "y": LABELS * 0}, "all 60 rows have class 0"),
        ({"x": TABLE, "y": LABELS + 0.5}, "class 0.5"),
    ],
)
def test_what_cannot_be_learned_from_is_named(
    tmp_path: Path, arrays: dict[str, npt.NDArray[Any]], message: str
) -> None:
    split = {f"{name}_train": array for name, array in arrays.items()}
    split |= {"x_test": TABLE, "y_test": LABELS}
    with pytest.raises(DataError, match=message):
        load(str(folder(tmp_path / "own", **split)))


def test_a_file_cut_short_and_one_of_objects_are_refused(tmp_path: Path) -> None:
    own = folder(tmp_path / "own", x=TABLE, y=LABELS)
    whole = (own / "x.npy").read_bytes()
    (own / "x.npy").write_bytes(whole[:-7])
    with pytest.raises(DataError, match=r"x\.npy: cannot read"):
        load(str(own))
    np.save(own / "x.npy", np.array([{}, {}], dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match=r"x\.npy: cannot read"):
        load(str(own))
    big = TABLE.astype(">f4")
    np.save(own / "x.npy", big)
    assert np.asarray(load(str(own)).train_images).dtype == np.float32
