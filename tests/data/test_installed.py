"""Data sets that installed packages bring, by name alone; what is broken names its package."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from neuroff.cli.main import run
from neuroff.config import parse_config
from neuroff.data import fetch, is_own, load, names, register, status
from neuroff.errors import ConfigError, DataError

Install = Callable[..., Path]

_MODULE = """
import numpy
from neuroff.data import DataSet
from neuroff.errors import DataError

def load(data_dir, steps):
    draw = numpy.random.default_rng(0)
    labels = numpy.arange(60) % 2
    images = (draw.random((60, 4)) * 0.5 + 0.5 * labels[:, None]).astype(numpy.float32)
    return DataSet.from_arrays(images[:40], labels[:40], images[40:], labels[40:], name="theirs")

def fails(data_dir, steps):
    raise ValueError("no such column")

def refuses(data_dir, steps):
    raise DataError("no files", where="their folder")

def nothing(data_dir, steps):
    return None

number = 3
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Return a function that installs a package with entry points, as pip would, for one test."""

    def made(points: str, package: str = "their-sets", module: str = _MODULE) -> Path:
        site = tmp_path / package
        about = site / f"{package.replace('-', '_')}-1.2.dist-info"
        about.mkdir(parents=True)
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.2\n")
        (about / "entry_points.txt").write_text(f"[neuroff.data_sets]\n{points}\n")
        (site / f"{package.replace('-', '_')}.py").write_text(module)
        monkeypatch.syspath_prepend(str(site))
        monkeypatch.delitem(sys.modules, package.replace("-", "_"), raising=False)
        return site

    return made


def test_a_set_of_a_package_is_trained_and_evaluated_by_its_name(
    install: Install, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    install("theirs = their_sets:load")
    settings = ["widths=20,20", "epochs=20", "batch_size=10", "label.place=beside"]
    chosen = [part for setting in settings for part in ("--set", setting)]
    out = str(tmp_path / "run")
    assert run(["train", "--dataset", "theirs", "--preset", "demo", "--out", out, "--json", *chosen]) == 0
    assert json.loads(capsys.readouterr().out)["accuracy"]["test"] > 0.8
    assert run(["evaluate", out, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["dataset"] == "theirs"


def test_it_is_listed_and_named_in_errors_without_being_imported(
    install: Install, capsys: pytest.CaptureFixture[str]
) -> None:
    install("theirs = their_sets:load\nmnist = their_sets:load\nNo Name = their_sets:load")
    assert run(["data", "list", "--json"]) == 0
    listed = {each["name"]: each["from"] for each in json.loads(capsys.readouterr().out)["sets"]}
    assert listed["theirs"] == "their-sets 1.2"
    assert listed["mnist"] == "neuroff"  # a name of neuroff's own stays its own
    assert (listed["shd"], "No Name" in listed) == ("neuroff, by tonic", False)
    assert run(["data", "list"]) == 0
    assert "their-sets 1.2" in capsys.readouterr().out
    assert names()[-1] == "theirs"
    assert parse_config({"data": {"dataset": "theirs"}}, "test").data.dataset == "theirs"
    with pytest.raises(DataError, match=r"'other'; expected one of mnist, .*ssc, theirs"):
        load("other")
    with pytest.raises(ConfigError, match=r"ssc, theirs, a name that an installed package brings"):
        parse_config({"data": {"dataset": "other"}}, "test")
    for act in (fetch, status):
        with pytest.raises(DataError, match="neuroff keeps no files of theirs"):
            act("theirs")
    assert run(["train", "--dataset", "other"]) == 2
    assert "theirs" in capsys.readouterr().err
    assert "their_sets" not in sys.modules


@pytest.mark.parametrize(
    ("point", "words"),
    [
        ("missing_module:load", "missing_module:load cannot be imported (ModuleNotFoundError"),
        ("their_sets:absent", "their_sets:absent cannot be imported (AttributeError"),
        ("!!", "!! cannot be imported"),
        ("their_sets:number", "its entry point their_sets:number is a int; expected a function"),
        ("their_sets:fails", "its loader failed (ValueError: no such column)"),
        ("their_sets:nothing", "its loader returned a NoneType; expected a DataSet"),
        ("their_sets:load.x.y", "cannot be imported (AttributeError"),
    ],
)
def test_what_is_broken_is_one_message_with_its_package(
    point: str, words: str, install: Install, capsys: pytest.CaptureFixture[str]
) -> None:
    install(f"theirs = {point}")
    assert run(["train", "--dataset", "theirs"]) == 2
    told = " ".join(capsys.readouterr().err.split())
    assert "data set theirs of the package their-sets 1.2" in told
    assert words in told
    assert "Traceback" not in told


@pytest.mark.parametrize("module", ["raise SystemExit(3)", "1 / 0", "this is no Python"])
def test_a_module_that_cannot_be_imported(
    module: str, install: Install, capsys: pytest.CaptureFixture[str]
) -> None:
    install("theirs = their_sets:load", module=module)
    assert run(["train", "--dataset", "theirs"]) == 2
    assert "their-sets 1.2" in capsys.readouterr().err


def test_what_its_loader_says_itself_is_said(install: Install) -> None:
    install("theirs = their_sets:refuses")
    with pytest.raises(DataError, match=r"^their folder: no files\.$"):
        load("theirs")


def test_two_packages_with_one_name_are_told_apart_by_the_user(install: Install) -> None:
    install("theirs = their_sets:load")
    install("theirs = other_sets:load", package="other-sets")
    with pytest.raises(DataError, match=r"declared by other-sets 1\.2 and their-sets 1\.2; expected one"):
        load("theirs")


def test_a_package_whose_file_is_no_such_file_hides_no_other(install: Install) -> None:
    install("theirs = their_sets:load")
    install("nonsense", package="other-sets")
    assert load("theirs").name == "theirs"


def test_a_registered_name_goes_before_an_installed_one(install: Install) -> None:
    install("theirs = their_sets:fails")
    own = load("digits")
    register("theirs", lambda data_dir, steps: own)
    assert load("theirs") is own


def test_a_name_goes_before_a_folder_of_that_name(
    install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "theirs").mkdir()
    monkeypatch.chdir(tmp_path)
    assert is_own("theirs")
    install("theirs = their_sets:load")
    assert not is_own("theirs")
    assert is_own("./theirs")


@pytest.mark.parametrize("named", ["their_sets:load", "their_sets", "their_sets.load"])
def test_a_run_of_others_imports_nothing_by_the_name_of_a_module(
    named: str, install: Install, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site, out = install("theirs = their_sets:load"), tmp_path / "run"
    (site / "their_sets.py").write_text("raise SystemExit('imported')")
    chosen = ["--set", "epochs=1", "--set", "widths=5", "--preset", "demo", "--out", str(out), "--json"]
    assert run(["train", *chosen]) == 0
    for file in out.glob("*.json"):
        values = json.loads(file.read_text())
        values.pop("sha256", None)
        values.get("config", values)["data"]["dataset"] = named
        file.write_text(json.dumps(values))
    capsys.readouterr()
    assert run(["evaluate", str(out)]) == 2
    assert "no such data set" in " ".join(capsys.readouterr().err.split())
    assert "their_sets" not in sys.modules
