"""Folders of events and files of spike trains as data sets: what is read, how it is split, how it ends."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from neuroff.data import DataSet, is_own, is_recorded, load
from neuroff.data.own import files_of, read_like, with_sensor_of
from neuroff.errors import DataError
from tests.data.own.made_recordings import EVENT, bars, save, tones


def recording(*rows: tuple[int, int, int, int]) -> np.ndarray:
    return np.array(list(rows), EVENT)


def small(folder: Path, wide: int = 3) -> Path:
    """Two classes in ``train`` and ``test``; the test recordings lie inside the training's pixels."""
    for part in ("train", "test"):
        for name, x in (("a", 0), ("b", wide)):
            (folder / part / name).mkdir(parents=True)
            last = 100 if part == "train" else 50
            save(folder / part / name / "0.npy", recording((7, x, 1, 1), (7 + last, 0, 0, 0)))
    return folder


def spikes(data: DataSet, row: int) -> list[list[int]]:
    assert data.planes is not None
    assert data.steps is not None
    return np.argwhere(data.train_images[row].reshape(*data.planes, data.steps)).tolist()


def test_events_by_class_fall_into_the_pixels_and_bins_of_the_training(tmp_path: Path) -> None:
    found = load(str(small(tmp_path / "own")), steps=4)
    assert (found.planes, found.steps, found.n_classes, found.name) == ((2, 2, 4), 4, 2, "own")
    assert found.provenance.classes == ("a", "b")
    assert spikes(found, 1) == [[0, 0, 0, 3], [1, 1, 3, 0]]  # polarity, row, column, bin
    assert np.argwhere(found.test_images[0].reshape(2, 2, 4, 4)).tolist() == [[0, 0, 0, 1], [1, 1, 0, 0]]
    assert found.provenance.preparation.startswith("2 polarities of 4x2 inputs; 4 bins of 25 in the unit")
    assert found.provenance.preparation.endswith("test recordings as in the files")
    said = load(f"{tmp_path / 'own'}#8x6/2@200", steps=4)
    assert (said.planes, spikes(said, 1)) == ((2, 3, 4), [[0, 0, 0, 2], [1, 0, 1, 0]])
    assert "2x2 pixels an input" in said.provenance.preparation


def test_npy_and_npz_are_the_same_and_a_fifth_is_for_testing(tmp_path: Path) -> None:
    one, other = (
        load(str(bars(tmp_path / kind, count=5, kind=f".{kind}")), steps=6) for kind in ("npy", "npz")
    )
    for name in ("train_images", "train_labels", "test_images", "test_labels"):
        assert np.array_equal(getattr(one, name), getattr(other, name))
    assert (len(one.train_labels), len(one.test_labels)) == (16, 4)
    assert np.bincount(one.test_labels).tolist() == [1] * 4
    assert "4 of 20 recordings for testing" in one.provenance.preparation
    assert one.provenance.files[0].sha256 != other.provenance.files[0].sha256
    again = load(str(tmp_path / "npy"), steps=6)
    assert again.provenance.files == one.provenance.files
    save(tmp_path / "npy" / "up" / "0.npy", recording((0, 0, 0, 0), (5, 1, 1, 1)))
    assert load(str(tmp_path / "npy"), steps=6).provenance.files != one.provenance.files


def test_spike_trains_from_one_file_or_two(tmp_path: Path) -> None:
    pytest.importorskip("h5py")
    file = tones(tmp_path / "tones.h5")
    alone = load(str(file), steps=5)
    assert (alone.planes, alone.provenance.classes) == ((1, 1, 40), ("low", "middle", "rising"))
    assert (len(alone.train_labels), len(alone.test_labels)) == (48, 12)
    folder = tmp_path / "pair"
    folder.mkdir()
    for number, part in enumerate(("latest_train", "latest_test")):
        tones(folder / f"{part}.hdf5", 30, seed=number, words=False)
    pair = load(f"{folder}#40/5@1.0", steps=5)
    assert (pair.planes, pair.provenance.classes) == ((1, 1, 8), ("0", "1", "2"))
    assert (len(pair.train_labels), len(pair.test_labels)) == (30, 30)
    assert pair.provenance.preparation.startswith("8 channels, 5 channels an input; 5 bins of 0.2 in the")
    tones(folder / "valid.h5", 3)
    assert load(f"{folder}#40/5@1.0", steps=5).provenance == pair.provenance  # a third part is not read
    (folder / "latest_train.hdf5").unlink()
    with pytest.raises(DataError, match=r"files latest_test\.hdf5, .*expected one HDF5 file, or one called"):
        load(str(folder), steps=5)
    with pytest.raises(DataError, match="no labels; expected labels, a whole number"):
        load(str(tones(tmp_path / "new.h5", 4, labelled=False)), steps=5)


def test_an_event_outside_the_training_is_refused_with_what_helps(tmp_path: Path) -> None:
    folder, new = small(tmp_path / "own"), tmp_path / "new.npy"
    save(new, recording((0, 4, 0, 1)))
    with pytest.raises(
        DataError,
        match=r"new\.npy: x from 4 to 4; expected 0 to 3\. The recordings of the training show no more: "
        r"train with the sensor's size, .*own#WIDTHxHEIGHT\.",
    ):
        read_like(str(folder), new, 4)
    assert read_like(f"{folder}#5x2", new, 4).sum() == 1
    save(folder / "test" / "a" / "1.npy", recording((0, 0, 2, 1)))
    with pytest.raises(DataError, match=r"test/a/1\.npy: y from 2 to 2"):
        load(str(folder), steps=4)
    with pytest.raises(DataError, match="No more were said behind #"):
        load(f"{folder}#4x2", steps=4)


@pytest.mark.parametrize("row", range(6))
def test_no_draw_decides_whether_recordings_fit(row: int, tmp_path: Path) -> None:
    """The one that shows the last pixel and lasts longest may be drawn for testing."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for number in range(6):
            far = 4 * (number == row)
            save(tmp_path / name / f"{number}.npy", recording((0, far, 0, 1), (9 + far, 0, 0, 0)))
    found = load(str(tmp_path), steps=2)
    assert found.planes == (2, 1, 5)
    assert "2 bins of 6.5 in" in found.provenance.preparation


def test_further_recordings_have_the_bins_of_the_training_alone(tmp_path: Path) -> None:
    folder, new = small(tmp_path / "own"), tmp_path / "new"
    new.mkdir()
    short = recording((3, 1, 1, 1), (29, 1, 0, 1))
    save(new / "b.npz", short)
    save(new / "a.npy", recording((0, 0, 0, 0), (900, 0, 0, 0)))
    found = read_like(str(folder), new, 4)
    assert files_of(new, recorded=True) == ("a.npy", "b.npz")
    assert np.argwhere(found[0]).tolist() == [[0, 0]]  # what comes later is cut off
    assert np.argwhere(found[1].reshape(2, 2, 4, 4)).tolist() == [[1, 0, 1, 1], [1, 1, 1, 0]]
    assert np.array_equal(read_like(str(folder), new / "b.npz", 4), found[1:])
    for other, words in ((tmp_path / "none", "no such file"), (folder.parent / "x.csv", "no such file")):
        with pytest.raises(DataError, match=rf"{words}.*expected a folder of recordings"):
            read_like(str(folder), other, 4)
    (tmp_path / "x.csv").write_text("a,b\n")
    with pytest.raises(DataError, match=r"of another kind; expected a folder of recordings \(\.npy, \.npz\)"):
        read_like(str(folder), tmp_path / "x.csv", 4)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="no recordings"):
        read_like(str(folder), tmp_path / "empty", 4)


def test_others_get_the_sensor_of_the_training(tmp_path: Path) -> None:
    folder, other = small(tmp_path / "own"), small(tmp_path / "other", wide=2)
    name = with_sensor_of(str(other), str(folder))
    assert name.startswith(f"{other}#4x2/1@100.0")
    assert load(name, steps=4).planes == load(str(folder), steps=4).planes
    assert with_sensor_of(f"{other}#9x9", str(folder)) == f"{other}#9x9"
    assert with_sensor_of("table.csv", str(folder)) == "table.csv"
    assert with_sensor_of("tones.h5", str(folder)) == "tones.h5"  # of another kind


def test_which_paths_are_recordings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = small(tmp_path / "own")
    assert is_recorded("own")
    assert is_recorded(f"{folder}#4x4")
    assert is_own("tones.h5")
    assert is_recorded("tones.h5")
    assert [
        name for name in ("mnist", "nmnist", "shd", "digits", "cifar10", "none", "t.csv") if is_recorded(name)
    ] == [
        "nmnist",
        "shd",
    ]
    (tmp_path / "rows").mkdir()
    np.save(tmp_path / "rows" / "x.npy", np.zeros((4, 2)))
    np.save(tmp_path / "rows" / "y.npy", np.arange(4) % 2)
    small(tmp_path / "rows")
    assert not is_recorded("rows")  # a folder of rows stays one, whatever lies below


def test_steps_are_asked_for_and_a_mixture_is_refused(tmp_path: Path) -> None:
    folder = small(tmp_path / "own")
    with pytest.raises(DataError, match="recorded spikes need time steps"):
        load(str(folder))
    with pytest.raises(DataError, match="'species' behind #; expected WIDTHxHEIGHT"):
        load(f"{folder}#species", steps=2)
    image = pytest.importorskip("PIL.Image")
    image.new("L", (3, 3)).save(folder / "train" / "a" / "shown.png")
    with pytest.raises(DataError, match=r"recordings, and images such as shown\.png.*Keep one of the two"):
        load(str(folder), steps=2)


def test_one_recording_of_a_class_and_classes_that_training_lacks(tmp_path: Path) -> None:
    folder = small(tmp_path / "own")
    with pytest.raises(DataError, match="one row of class a; expected two rows a class"):
        load(str(folder / "train"), steps=2)
    (folder / "test" / "b").rename(folder / "test" / "c")
    with pytest.raises(DataError, match="test rows of class c; expected classes of training rows: a, b"):
        load(str(folder), steps=2)


def test_a_small_file_that_asks_for_much_memory(tmp_path: Path) -> None:
    folder = small(tmp_path / "own", wide=60_000)
    save(folder / "train" / "b" / "1.npy", recording((0, 0, 60_000, 1)))
    with pytest.raises(DataError, match=r"5 recordings of 2x60001x60001 inputs and 4 steps take 134\.\d GiB"):
        load(str(folder), steps=4)
