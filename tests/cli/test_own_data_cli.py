"""A user's own table from the command line: trained, priced, exported, and refused in one message."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_iris

from neuroff.cli.main import run
from neuroff.config.overrides import apply_settings
from neuroff.config.presets import preset
from neuroff.data import DataSet, load, register
from neuroff.data.own import read_like
from neuroff.errors import DataError
from neuroff.runs.folder import RunDirectory, load_run, train_run
from neuroff.runs.predicting import predict_file
from tests.results.checking import misfits

QUICK = [
    "--set",
    "training.epochs=30",
    "--set",
    "network.widths=30,30",
    "--set",
    "training.learning_rate=0.005",
]


def test_a_table_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    iris, out = load_iris(), tmp_path / "run"
    np.savez(tmp_path / "iris.npz", x=iris.data, y=iris.target_names[iris.target])
    command = ["train", "--dataset", str(tmp_path / "iris.npz"), "--path", "spiking", "--out", str(out)]
    assert run([*command, *QUICK, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["accuracy"]["test"] > 0.8
    data = json.loads((out / "result.json").read_text())["data"]
    assert data["classes"] == ["setosa", "versicolor", "virginica"]
    assert (data["n_train"], data["n_test"]) == (120, 30)
    assert run(["energy", str(out), "--profile", "loihi1-davies2018", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["presentations"] == 1
    assert run(["export", str(out), "--to", "c", "--out", str(tmp_path / "iris.h")]) == 0
    capsys.readouterr()
    assert run(["evaluate", str(out), "--out", str(tmp_path / "figures"), "--tables", "csv", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    counts = np.array(told["test"]["counts"])
    assert counts.sum(1).tolist() == [10, 10, 10]
    assert counts.trace() / 30 == pytest.approx(told["accuracy"]["test"])
    assert told["test"]["balanced_accuracy"] == pytest.approx(told["accuracy"]["test"])  # ten of each
    assert told["classes"] == ["setosa", "versicolor", "virginica"]
    assert "setosa" in (tmp_path / "figures" / "confusion.svg").read_text()
    assert (
        (tmp_path / "figures" / "confusion.csv").read_text().startswith("true,setosa,versicolor,virginica\n")
    )
    assert run(["evaluate", str(out)]) == 0
    shown = capsys.readouterr().out
    true, predicted = divmod(int((counts - np.diag(counts.diagonal())).argmax()), 3)
    names = told["classes"]
    assert f"{names[true]} taken for {names[predicted]}: {counts[true, predicted]} of 10 test" in shown
    np.savez(tmp_path / "iris.npz", x=iris.data + 1, y=iris.target_names[iris.target])
    for command in (["energy", str(out)], ["evaluate", str(out)]):
        assert run(command) == 2
        assert "iris.npz: not the data that the run was trained on" in capsys.readouterr().err
    (tmp_path / "iris.npz").unlink()
    assert run(["energy", str(out)]) == 2
    assert "iris.npz: no such file or folder" in capsys.readouterr().err


def test_rows_of_a_file_are_predicted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    iris, out = load_iris(), tmp_path / "run"
    names = [name.replace(" (cm)", "").replace(" ", "_") for name in iris.feature_names]
    lines = [",".join([*names, "species"])]
    lines += [
        ",".join([*map(str, row), iris.target_names[c]])
        for row, c in zip(iris.data, iris.target, strict=True)
    ]
    (tmp_path / "iris.csv").write_text("\n".join(lines))
    command = ["train", "--dataset", str(tmp_path / "iris.csv"), "--path", "spiking", "--out", str(out)]
    assert run([*command, *QUICK]) == 0
    capsys.readouterr()
    # Columns in another order, and one that nobody asked for.
    order = [3, 0, 2, 1]
    new = [",".join(["id", *(names[i] for i in order)])]
    new += [",".join(["7", *(str(row[i]) for i in order)]) for row in iris.data]
    (tmp_path / "new.csv").write_text("\n".join(new))
    assert run(["predict", str(out), str(tmp_path / "new.csv"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert misfits("predict", told) == []
    rows = told["rows"]
    right = [row["class"] == iris.target_names[c] for row, c in zip(rows, iris.target, strict=True)]
    result = json.loads((out / "result.json").read_text())["accuracy"]
    assert sum(right) == round(120 * result["train"] + 30 * result["test"])
    best = max(("setosa", "versicolor", "virginica"), key=lambda name: rows[60][f"goodness {name}"])
    assert rows[60]["class"] == best
    assert rows[60]["spikes layer 1"] > 0
    assert run(["predict", str(out), str(tmp_path / "new.csv"), "--out", str(tmp_path / "p.csv")]) == 0
    assert len((tmp_path / "p.csv").read_text().splitlines()) == 151
    assert "130 more rows" in capsys.readouterr().out
    (tmp_path / "less.csv").write_text("id,petal_width\n1,2\n")
    for arguments, words in (
        ([str(tmp_path / "less.csv")], "no column 'sepal_length'"),
        ([str(tmp_path / "none.csv")], "no such file"),
        ([str(tmp_path / "new.csv"), "--out", "p.txt"], "expected a .csv, .json or .parquet file"),
    ):
        assert run(["predict", str(out), *arguments]) == 2
        assert words in capsys.readouterr().err


def test_parquet_in_and_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parquet, pyarrow = pytest.importorskip("pyarrow.parquet"), pytest.importorskip("pyarrow")
    iris, out = load_iris(), tmp_path / "run"
    columns = {name: iris.data[:, place] for place, name in enumerate("abcd")}
    new, table = str(tmp_path / "new.parquet"), str(tmp_path / "iris.parquet")
    named = pyarrow.table({**columns, "species": iris.target_names[iris.target]})
    parquet.write_table(named, table)
    parquet.write_table(named.select(["species", "d", "a", "b", "c"]), new)
    assert run(["train", "--dataset", table, "--path", "spiking", "--out", str(out), *QUICK]) == 0
    assert run(["predict", str(out), new, "--out", str(tmp_path / "classes.parquet")]) == 0
    assert "Written: " in capsys.readouterr().out
    assert run(["predict", str(out), new, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert parquet.read_table(tmp_path / "classes.parquet").to_pylist() == rows
    right = sum(row["class"] == iris.target_names[c] for row, c in zip(rows, iris.target, strict=True))
    accuracy = json.loads((out / "result.json").read_text())["accuracy"]
    assert right == round(120 * accuracy["train"] + 30 * accuracy["test"])
    for less, words in (
        (pyarrow.table({"a": [1.0]}), "no column 'b'"),
        (pyarrow.table({**columns, "b": ["red"] * 150}), "column 'b' of type string; expected numbers"),
        (pyarrow.table({**columns, "c": [None, *columns["c"][1:]]}), "column 'c' of row 0 (from 0) is nan"),
    ):
        parquet.write_table(less, new)
        assert run(["predict", str(out), new]) == 2
        assert words in capsys.readouterr().err


def test_a_folder_of_images_is_predicted_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    image, random, out = pytest.importorskip("PIL.Image"), np.random.default_rng(0), tmp_path / "run"
    for name, low in (("dark", 0), ("light", 150)):
        (tmp_path / "pictures" / name).mkdir(parents=True)
        for number in range(12):
            pixels = random.integers(low, low + 100, (6, 5, 3), dtype=np.uint8)
            image.fromarray(pixels).save(tmp_path / "pictures" / name / f"{number}.png")
    data = str(tmp_path / "pictures")
    assert run(["train", "--dataset", data, "--path", "spiking", "--out", str(out), *QUICK]) == 0
    new = tmp_path / "new"
    new.mkdir()
    image.new("L", (5, 6), 10).save(new / "b.png")  # grey among colours
    image.new("RGB", (5, 6), (240, 240, 240)).save(new / "a.png")
    capsys.readouterr()
    assert run(["predict", str(out), str(new), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [(row["file"], row["class"]) for row in rows] == [("a.png", "light"), ("b.png", "dark")]
    (new / "a.png").unlink()
    assert run(["predict", str(out), str(new), "--json"]) == 0  # all of them grey
    assert json.loads(capsys.readouterr().out)["rows"] == rows[1:]
    image.new("L", (6, 6)).save(new / "b.png")
    assert run(["predict", str(out), str(new)]) == 2
    assert "(6, 6, 3)" in capsys.readouterr().err
    (new / "b.png").unlink()
    assert run(["predict", str(out), str(new)]) == 2
    assert "no images" in capsys.readouterr().err


def test_images_like_those_of_a_published_set_are_predicted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    digits, out = load("digits"), tmp_path / "run"
    assert run(["train", "--epochs", "3", "--out", str(out)]) == 0
    capsys.readouterr()
    np.savez(tmp_path / "new.npz", x=digits.test_images)
    assert run(["predict", str(out), str(tmp_path / "new.npz"), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    right = np.mean([int(row["class"]) == label for row, label in zip(rows, digits.test_labels, strict=True)])
    assert right == json.loads((out / "result.json").read_text())["accuracy"]["test"]
    np.savez(tmp_path / "new.npz", x=digits.test_images / 255)
    assert run(["predict", str(out), str(tmp_path / "new.npz")]) == 2
    assert "expected (28, 28) and uint8" in capsys.readouterr().err


def test_a_registered_set_predicts_numbers_in_its_range_alone(tmp_path: Path) -> None:
    digits = load("digits")
    shares = [(part / 255).astype(np.float32) for part in (digits.train_images, digits.test_images)]
    own = DataSet.from_arrays(shares[0], digits.train_labels, shares[1], digits.test_labels, name="shares")
    register("shares-of-255", lambda data_dir, steps: own)
    config = apply_settings(preset("demo", dataset="shares-of-255"), ["epochs=1", "widths=20"])
    directory = RunDirectory(tmp_path / "run")
    train_run(directory, config, own)
    found = load_run(directory)
    for values, words in (
        (digits.test_images, "type uint8; expected"),
        (digits.test_images.astype(np.float32), "float32 values from 0 to 255"),
        (np.full((1, 28, 28), np.nan, np.float32), "not finite"),
    ):
        np.savez(tmp_path / "new.npz", x=values[:5])
        with pytest.raises(DataError, match=words):
            predict_file(found, tmp_path / "new.npz")
    np.savez(tmp_path / "new.npz", x=shares[1][:5])
    assert len(predict_file(found, tmp_path / "new.npz").rows()) == 5


@pytest.mark.parametrize("trained_on", ["bytes", "shares"])
def test_a_folder_of_npy_files_predicts_no_other_scale(
    trained_on: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    digits, folder, out = load("digits"), tmp_path / "own", tmp_path / "run"
    grey, labels = digits.train_images[:200], digits.train_labels[:200]
    values = {"bytes": grey, "shares": (grey / 255).astype(np.float32)}
    folder.mkdir()
    np.save(folder / "x.npy", values[trained_on])
    np.save(folder / "y.npy", labels)
    assert run(["train", "--dataset", str(folder), "--out", str(out), *QUICK]) == 0
    capsys.readouterr()
    told = {}
    for name, rows in values.items():
        np.savez(tmp_path / f"{name}.npz", x=rows)
        code = run(["predict", str(out), str(tmp_path / f"{name}.npz"), "--json"])
        told[name] = code, capsys.readouterr()
    if trained_on == "bytes":
        assert told["shares"][0] == 2
        assert "further rows of type float32; expected grey levels from 0 to 255" in told["shares"][1].err
        return
    classes = [[row["class"] for row in json.loads(each[1].out)["rows"]] for each in told.values()]
    assert classes[0] == classes[1]
    assert len(set(classes[0])) > 5


def test_a_row_means_the_same_whatever_stands_beside_it(tmp_path: Path) -> None:
    """Shares in [0, 1] stay as they are when a further row leaves them."""
    x = np.random.default_rng(0).random((60, 3)) * [1, 0.5, 0.1]
    np.savez(tmp_path / "own.npz", x=x, y=(x[:, 0] > 0.5).astype(int))
    alone, beside = x[:1], np.concatenate((x[:1], [[7.0, -3.0, 0.5]]))
    found = []
    for rows in (alone, beside):
        np.savez(tmp_path / "new.npz", x=rows)
        found.append(read_like(str(tmp_path / "own.npz"), tmp_path / "new.npz"))
    assert np.array_equal(found[0][0], found[1][0])
    assert np.array_equal(found[0][0], x[0].astype(np.float32))
    assert found[1][1].tolist() == [1.0, 0.0, 0.5]


def test_a_label_column_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,x\n2,y\n3,x\n4,y\n")
    table = ["train", "--dataset", str(tmp_path / "t.csv"), "--out", str(tmp_path / "run")]
    assert run([*table, "--label-column", "c"]) == 2
    assert "no column 'c'; expected one of a, b" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def striped(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Colour images ``(n, 8, 8, 3)``: stripes down or across, in one of two colours."""
    stream = np.random.default_rng(seed)
    classes, shifted = np.arange(count) % 4, stream.integers(0, 2, count)
    images = stream.integers(0, 60, (count, 8, 8, 3), dtype=np.uint8)
    for row, (kind, shift) in enumerate(zip(classes, shifted, strict=True)):
        drawn = images[row] if kind % 2 else images[row].transpose(1, 0, 2)
        drawn[shift::2, :, kind // 2] += 150
    return images, classes


@pytest.mark.parametrize("channels", ["last", "first", "floats"])
def test_colour_images_are_planes(channels: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (x, y), (x_test, y_test) = striped(120, 0), striped(40, 1)
    parts = [x, x_test]
    if channels == "first":
        parts = [each.transpose(0, 3, 1, 2) for each in parts]
    elif channels == "floats":
        parts = [(each / 255).astype(np.float32) for each in parts]
    file, out = tmp_path / "own.npz", tmp_path / "run"
    np.savez(file, x_train=parts[0], y_train=y, x_test=parts[1], y_test=y_test)
    chosen = ("layers=conv 8x3, pool 2, dense 24", "epochs=6", "evaluate_every=0", "training.shift=1")
    command = ["train", "--dataset", str(file), "--preset", "conv", "--path", "spiking"]
    command += [part for setting in chosen for part in ("--set", setting)]
    assert run([*command, "--summary", "--json"]) == 0
    layers = json.loads(capsys.readouterr().out)["layers"]
    assert layers[0]["shape"] == [8, 8, 8]
    assert layers[0]["parameters"] == 8 * (3 * 3 * 3 + 1)
    assert run([*command, "--out", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["accuracy"]["test"] > 0.9
    assert run(["predict", str(out), str(file), "--json"]) == 2  # no array x
    np.savez(tmp_path / "new.npz", x=parts[1])
    capsys.readouterr()
    assert run(["predict", str(out), str(tmp_path / "new.npz"), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["rows"]) == 40


def test_images_of_more_axes_have_no_planes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    x = np.zeros((20, 4, 2, 6, 6), np.uint8)
    x[::2] = 200
    np.savez(tmp_path / "own.npz", x=x, y=np.arange(20) % 2)
    command = [
        "train",
        "--dataset",
        str(tmp_path / "own.npz"),
        "--preset",
        "conv",
        "--out",
        str(tmp_path / "r"),
    ]
    assert run([*command, "--set", "layers=conv 4x3, dense 8", "--quiet"]) == 2
    assert "images of shape (4, 2, 6, 6); expected (H, W)" in " ".join(capsys.readouterr().err.split())


def test_a_spiking_comparison_draws_a_row_of_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rows that stay in their file are read as rows, the one that is drawn too."""
    (x, y), (x_test, y_test) = striped(60, 0), striped(20, 1)
    folder = tmp_path / "own"
    folder.mkdir()
    for name, values in (("x_train", x), ("y_train", y), ("x_test", x_test), ("y_test", y_test)):
        np.save(folder / f"{name}.npy", values)
    command = ["compare", "--dataset", str(folder), "--preset", "groups", "--seeds", "0", "--variants", "ff"]
    command += ["--paths", "spiking", "--set", "widths=20,20", "--set", "epochs=1", "--set", "neuron.steps=4"]
    assert run([*command, "--out", str(tmp_path / "out"), "--json"]) == 0
    assert (tmp_path / "out" / "report.html").exists()
    capsys.readouterr()
