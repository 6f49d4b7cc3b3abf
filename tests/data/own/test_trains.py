"""Spike trains in HDF5, laid out as the Spiking Heidelberg Digits are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neuroff.data.own.trains import read_trains
from neuroff.errors import DataError
from tests.data.own.made_recordings import tones

h5py = pytest.importorskip("h5py")


def written(path: Path, /, **changed: Any) -> Path:
    """Write two recordings; None leaves a part out."""
    parts = {"times": ([[0.5, 0.25], [1.0]], "f2"), "units": ([[3, 0], [699]], "u2")}
    with h5py.File(path, "w") as file:
        for name, (values, dtype) in (parts | changed.pop("spikes", {})).items():
            kept = file.create_dataset(f"spikes/{name}", (len(values),), h5py.vlen_dtype(np.dtype(dtype)))
            for number, row in enumerate(values):
                kept[number] = row
        for name, content in ({"labels": np.array([1, 0])} | changed).items():
            if content is not None:
                file[name.replace("__", "/")] = content
    return path


def test_a_recording_is_its_row_of_times_and_units(tmp_path: Path) -> None:
    found = read_trains(written(tmp_path / "a.h5"))
    first = found.events(0, "here")
    assert (first.times.tolist(), first.x.tolist()) == ([0.5, 0.25], [3, 0])
    assert (first.y.tolist(), first.on.tolist()) == ([0, 0], [0, 0])
    assert found.events(1, "here").x.tolist() == [699]
    assert found.classes is not None
    assert found.classes.tolist() == [1, 0]


def test_names_of_classes_are_those_of_the_labels(tmp_path: Path) -> None:
    found = read_trains(written(tmp_path / "a.h5", extra__keys=np.array(["zero", "eins"], "S4")))
    assert found.classes is not None
    assert found.classes.tolist() == ["eins", "zero"]
    assert read_trains(written(tmp_path / "b.h5", labels=None)).classes is None
    assert len(read_trains(tones(tmp_path / "c.h5")).times) == 60


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"labels": np.array([1, 0, 1])}, r"labels of shape \(3,\); expected 2 whole numbers"),
        ({"labels": np.array([0.5, 1])}, "labels of shape"),
        ({"labels": "words"}, r"labels of shape \(\)"),
        ({"extra__keys": np.array(["a"], "S1")}, "1 names in extra/keys, labels from 0 to 1"),
        ({"extra__keys": np.array(["a", "a"], "S1")}, "2 names in extra/keys"),
        ({"extra__keys": np.arange(2)}, "0 names in extra/keys"),
        ({"labels": np.array([-1, 1]), "extra__keys": np.array(["a", "b"], "S1")}, "labels from -1 to 1"),
        ({"spikes": {"units": ([[3, 0], [699, 1]], "u2")}}, "expected a unit for each time"),
        ({"spikes": {"units": ([[3, 0]], "u2")}}, "2 rows of times, 1 of units"),
        ({"spikes": {"units": ([[3, 0], [1]], "f4")}}, "units of type float32"),
    ],
)
def test_another_layout_is_said(changed: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=words) as caught:
        read_trains(written(tmp_path / "a.h5", **changed))
    assert "a.h5" in str(caught.value)


@pytest.mark.parametrize("time", [np.nan, np.inf, -0.5])
def test_times_that_cannot_be_name_their_recording(time: float, tmp_path: Path) -> None:
    path = written(tmp_path / "a.h5", spikes={"times": ([[0.5, 0.25], [time]], "f2")})
    found = read_trains(path)
    assert found.events(0, "first").times.size == 2
    with pytest.raises(DataError, match="second: an event at"):
        found.events(1, "second")


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.h5").write_bytes(b"no HDF5")
    with pytest.raises(DataError, match="not a readable HDF5 file"):
        read_trains(tmp_path / "a.h5")
    with h5py.File(tmp_path / "b.h5", "w") as file:
        file["spikes/times"] = np.zeros((3, 4))
        file["spikes/units"] = np.zeros((3, 4))
    with pytest.raises(DataError, match="groups spikes; expected spikes/times and spikes/units, a row"):
        read_trains(tmp_path / "b.h5")
    with h5py.File(tmp_path / "c.h5", "w") as file:
        file["spikes"] = h5py.ExternalLink("a.h5", "/")
    with pytest.raises(DataError, match="a link to somewhere else"):
        read_trains(tmp_path / "c.h5")
    with pytest.raises(DataError, match="No such file"):
        read_trains(tmp_path / "none.h5")
