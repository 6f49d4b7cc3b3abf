"""Files and folders of a user's own: what is read, how it is split and scaled, and how bad ones end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris

from neuroff.config.inputs import prepare
from neuroff.config.overrides import apply_settings
from neuroff.config.presets import preset
from neuroff.data import DataSet, is_own, load
from neuroff.errors import DataError, MissingDependencyError, NeuroffError

IRIS = load_iris()
NAMES = IRIS.target_names[IRIS.target]


def iris_csv(path: Path, delimiter: str = ",", place: int = 4) -> Path:
    header = [name.replace(" ", "_") for name in IRIS.feature_names]
    header.insert(place, "species")
    lines = [header]
    for row, name in zip(IRIS.data, NAMES, strict=True):
        cells = [str(value) for value in row]
        cells.insert(place, str(name))
        lines.append(cells)
    path.write_text("\n".join(delimiter.join(line) for line in lines))
    return path


def same(one: DataSet, other: DataSet) -> bool:
    return all(
        np.array_equal(getattr(one, name), getattr(other, name))
        for name in ("train_images", "train_labels", "test_images", "test_labels")
    )


def test_a_table_is_the_same_from_every_kind_of_file(tmp_path: Path) -> None:
    np.savez(tmp_path / "iris.npz", x=IRIS.data, y=NAMES)
    from_npz = load(str(tmp_path / "iris.npz"))
    assert same(from_npz, load(str(iris_csv(tmp_path / "iris.csv"))))
    assert same(from_npz, load(str(iris_csv(tmp_path / "i.tsv", "\t", 0)) + "#species"))
    assert same(from_npz, load(str(iris_csv(tmp_path / "j.csv", ";", 2))))  # a usual name is found
    assert from_npz.provenance.classes == ("setosa", "versicolor", "virginica")
    assert (len(from_npz.train_labels), len(from_npz.test_labels)) == (120, 30)
    assert np.bincount(from_npz.test_labels).tolist() == [10, 10, 10]
    assert from_npz.name == "iris"
    digest = from_npz.provenance.files[0].sha256
    assert digest == load(str(tmp_path / "iris.npz")).provenance.files[0].sha256
    assert digest != load(str(tmp_path / "iris.csv")).provenance.files[0].sha256


def test_features_are_scaled_by_training_rows_alone(tmp_path: Path) -> None:
    x = np.arange(40.0).reshape(20, 2) * [1, 1000]
    x_test = np.array([[-5.0, 39000.0], [100.0, 1e9]])
    np.savez(tmp_path / "t.npz", x_train=x, y_train=np.arange(20) % 2, x_test=x_test, y_test=[0, 1])
    found = load(str(tmp_path / "t.npz"))
    assert found.train_images.dtype == np.float32
    assert found.train_images.min(0).tolist() == [0, 0]
    assert found.train_images.max(0).tolist() == [1, 1]
    assert found.test_images.tolist() == [[0.0, 1.0], [1.0, 1.0]]  # cut off at the range
    assert "each feature by its range in the training rows" in found.provenance.preparation


@pytest.mark.parametrize(
    ("values", "dtype", "words"),
    [
        (np.random.default_rng(0).integers(0, 256, (12, 5, 4), dtype=np.uint8), "uint8", "bytes as they are"),
        (np.random.default_rng(0).integers(0, 256, (12, 5, 4)), "uint8", "grey levels"),
        (np.random.default_rng(0).random((12, 5, 4)), "float32", "values in [0, 1]"),
        (np.random.default_rng(0).random((12, 5)) * 7, "float32", "each feature"),
        (np.random.default_rng(0).random((12, 5, 4)) * 7, "float32", "all values"),
    ],
)
def test_values_of_any_range(values: np.ndarray, dtype: str, words: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "v.npz", x=values, y=np.arange(12) % 3 + 1)  # classes from one on
    found = load(str(tmp_path / "v.npz"))
    assert found.train_images.dtype == dtype
    assert words in found.provenance.preparation
    assert set(found.train_labels.tolist()) == {0, 1, 2}
    assert found.provenance.classes == ("1", "2", "3")


def test_shares_of_one_are_what_their_bytes_are(tmp_path: Path) -> None:
    shares = ((IRIS.data - IRIS.data.min(0)) / np.ptp(IRIS.data, axis=0)).astype(np.float32)
    config = apply_settings(preset("demo"), ["data.input_scale=raw", "label.place=beside"])
    read = {}
    for name, values in (("shares", shares), ("bytes", np.round(shares * 255).astype(np.uint8))):
        np.savez(tmp_path / f"{name}.npz", x=values, y=IRIS.target)
        inputs = prepare(load(str(tmp_path / f"{name}.npz")), config).train
        read[name] = inputs.stimulus(slice(len(inputs))).image.values.numpy()
    assert read["shares"].std() > 0.3
    assert np.abs(read["shares"] - read["bytes"]).max() < 0.01  # half a byte, and the rows' lengths


def images(folder: Path, count: int = 4, size: tuple[int, int] = (6, 5), colour: bool = False) -> Path:
    image_of = pytest.importorskip("PIL.Image").fromarray
    stream = np.random.default_rng(0)
    for name in ("cats", "dogs"):
        (folder / name).mkdir(parents=True)
        for index in range(count):
            shape = (*size, 3) if colour else size
            image_of(stream.integers(0, 256, shape, dtype=np.uint8)).save(folder / name / f"{index}.png")
    return folder


def test_a_folder_of_images_by_class(tmp_path: Path) -> None:
    grey = load(str(images(tmp_path / "grey")))
    assert grey.train_images.shape[1:] == (6, 5)
    assert grey.provenance.classes == ("cats", "dogs")
    assert len(grey.test_labels) == 2
    colour = load(str(images(tmp_path / "colour", colour=True)))
    assert colour.train_images.shape[1:] == (6, 5, 3)
    both = tmp_path / "both"
    images(both / "train")
    images(both / "test", count=2)
    found = load(str(both))
    assert (len(found.train_labels), len(found.test_labels)) == (8, 4)
    assert found.provenance.preparation.endswith("test rows as in the file")


def test_sizes_that_differ_name_both_files(tmp_path: Path) -> None:
    folder = images(tmp_path / "mixed")
    pytest.importorskip("PIL.Image").new("L", (9, 6)).save(folder / "dogs" / "9.png")
    with pytest.raises(
        DataError, match=r"9\.png: 9×6 pixels; expected 5×6, as .*0\.png and 8 of all 9 images"
    ):
        load(str(folder))
    (folder / "dogs" / "9.png").write_bytes(b"no image")
    with pytest.raises(DataError, match=r"9\.png: cannot read"):
        load(str(folder))


def npz(**arrays: Any) -> Callable[[Path], str]:
    def write(path: Path) -> str:
        np.savez(path / "own.npz", **arrays)
        return str(path / "own.npz")

    return write


def text(content: str, column: str = "") -> Callable[[Path], str]:
    def write(path: Path) -> str:
        (path / "own.csv").write_text(content)
        return str(path / "own.csv") + column

    return write


ROWS = np.random.default_rng(0).random((10, 3))


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (npz(x=ROWS, y=np.zeros(10)), "all 10 rows have class 0; expected two classes or more"),
        (npz(x=ROWS, y=np.arange(9) % 2), "10 rows and 9 classes"),
        (npz(x=ROWS, y=np.linspace(0, 1, 10)), "class 0.1.*these look like measurements"),
        (npz(x=ROWS, y=np.where(np.arange(10) > 8, 1, 0)), "one row of class 1"),
        (npz(x=ROWS, z=np.arange(10)), "arrays x, z; expected x and y"),
        (npz(x=ROWS.astype(object), y=np.arange(10) % 2), "x is an array of objects.*unpickled"),
        (
            npz(x=np.where(ROWS > 0.9, np.nan, ROWS), y=np.arange(10) % 2),
            r"column \d of row \d \(from 0\) is nan",
        ),
        (npz(x=ROWS[:, 0], y=np.arange(10) % 2), r"values of shape \(8,\)"),
        (npz(x=np.array(["a"] * 10)[:, None], y=np.arange(10) % 2), "values of shape .* type <U1"),
        (
            npz(x_train=ROWS, y_train=np.arange(10) % 2, x_test=ROWS[:2], y_test=[0, 7]),
            "test rows of class 7; expected classes of training rows: 0, 1",
        ),
        (
            text("a,b,label\n1,2,x\n3,,y\nNA,3,y\n1,3,y\n"),
            "column 'b' of line 3 is ''; 2 of 4 rows lack a value.*Drop such rows",
        ),
        (text("a,b,label\n1,2,x\n3,red,y\n1,3,y\n"), "column 'b' of line 3 is 'red'.*write words as numbers"),
        (text("a,b,label\n1,2,x\n3,4\n1,3,y\n"), "line 3 has 2 columns; expected 3"),
        (text("a,b,label\n1,2,x\n3,4,\n1,3,y\n"), "line 3 has no class"),
        (text("1,2,0\n3,4,1\n1,3,1\n"), "the first line holds numbers"),
        (text("a,b\n1,x\n2,y\n", "#c"), "no column 'c'; expected one of a, b"),
        (text(""), "0 lines of 0 columns"),
    ],
)
def test_what_cannot_be_learned_from_is_one_message(
    made: Callable[[Path], str], message: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=message):
        load(made(tmp_path))


def test_damaged_and_missing_files(tmp_path: Path) -> None:
    whole = tmp_path / "iris.npz"
    np.savez(whole, x=IRIS.data, y=NAMES)
    for end in (0, 10, 500, whole.stat().st_size - 30):
        cut = tmp_path / "cut.npz"
        cut.write_bytes(whole.read_bytes()[:end])
        with pytest.raises(DataError, match=r"cut\.npz: cannot read"):
            load(str(cut))
    (tmp_path / "other.npz").write_bytes(b"\x00" * 999)
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\x00" * 20)
    (tmp_path / "empty").mkdir()
    for name, message in (
        ("none.npz", "no such file or folder"),
        ("other.npz", "cannot read"),
        ("bytes.csv", "expected a text file in UTF-8"),
        ("empty", "no images"),
    ):
        with pytest.raises(DataError, match=message):
            load(str(tmp_path / name))
    with pytest.raises(NeuroffError):
        load("digit")  # no name and no path


def test_parquet_without_pyarrow_says_so(tmp_path: Path) -> None:
    (tmp_path / "t.parquet").write_bytes(b"PAR1")
    with pytest.raises((MissingDependencyError, DataError), match=r"pyarrow|cannot read"):
        load(str(tmp_path / "t.parquet"))


def test_parquet_whose_rows_lack_a_class_says_how_many(tmp_path: Path) -> None:
    parquet, pyarrow = pytest.importorskip("pyarrow.parquet"), pytest.importorskip("pyarrow")
    for classes in (["x", None, "y", None], [0, None, 1, None]):
        parquet.write_table(pyarrow.table({"a": [1, 2, 3, 4], "label": classes}), tmp_path / "t.parquet")
        with pytest.raises(DataError, match="2 of 4 rows have no class in 'label'"):
            load(str(tmp_path / "t.parquet"))
    twice = pyarrow.Table.from_arrays([pyarrow.array([1, 2])] * 3, ["a", "a", "label"])
    parquet.write_table(twice, tmp_path / "t.parquet")
    with pytest.raises(DataError, match=r"2 columns 'a'.*Give each column a name"):
        load(str(tmp_path / "t.parquet"))


def test_names_come_before_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "digits").mkdir()
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path)
    assert not is_own("digits")
    assert is_own("mine")
    assert is_own("./digits")
    assert is_own("a.npz")
    assert not is_own("neither")


def test_a_column_that_numbers_the_rows_is_told(tmp_path: Path) -> None:
    lines = [f"{n + n // 9},{n % 2},{n / 2},{'ab'[n % 2]}" for n in range(30)]  # some ids are missing
    (tmp_path / "t.csv").write_text("\n".join(["id,size,half,label", *lines]))
    assert load(str(tmp_path / "t.csv")).provenance.preparation.endswith(
        "; id: numbers the rows, so leave it out"
    )
    np.savez(tmp_path / "t.npz", x=np.stack([np.zeros(30), np.arange(5, 35)], 1), y=np.arange(30) % 2)
    assert "; value 1: numbers the rows" in load(str(tmp_path / "t.npz")).provenance.preparation
    assert "numbers the rows" not in load(str(iris_csv(tmp_path / "iris.csv"))).provenance.preparation


def test_a_number_that_signals_is_refused_without_a_warning(tmp_path: Path) -> None:
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    signalling = np.array([0x7F800001, 0, 0, 0], "<u4").view("<f4")
    parquet.write_table(pyarrow.table({"a": signalling, "label": [0, 1, 0, 1]}), tmp_path / "a.parquet")
    with pytest.raises(DataError, match=r"column 'a' of row 0 .* is nan"):
        load(str(tmp_path / "a.parquet"))
