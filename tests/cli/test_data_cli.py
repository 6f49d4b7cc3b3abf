from __future__ import annotations

import gzip
import hashlib
import json
import struct
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from neuroff.cli.data import app
from neuroff.data import catalog
from neuroff.data.catalog import IdxFile, IdxSet
from neuroff.errors import DataError

PARTS = {
    "train-images-idx3-ubyte": struct.pack(">4I", 2051, 2, 28, 28) + bytes(1568),
    "train-labels-idx1-ubyte": struct.pack(">2I", 2049, 2) + b"\1\2",
    "t10k-images-idx3-ubyte": struct.pack(">4I", 2051, 1, 28, 28) + bytes(784),
    "t10k-labels-idx1-ubyte": struct.pack(">2I", 2049, 1) + b"\3",
}
PUBLISHED = {f"{stem}.gz": gzip.compress(raw, mtime=0) for stem, raw in PARTS.items()}


def _spec(name: str) -> IdxSet:
    files = [
        IdxFile(
            stem,
            len(gz := PUBLISHED[f"{stem}.gz"]),
            hashlib.sha256(gz).hexdigest(),
            hashlib.md5(gz).hexdigest(),
            len(raw),
            hashlib.sha256(raw).hexdigest(),
        )
        for stem, raw in PARTS.items()
    ]
    return IdxSet(name, f"tiny {name}", "nobody", (f"http://one/{name}/", f"http://two/{name}/"), *files)


class FakeDownloader:
    """Stands in for pooch.HTTPDownloader: host `one` is down, host `two` delivers."""

    def __init__(self, **options: Any) -> None:
        pass

    def __call__(self, url: str, output: Any, pup: object) -> None:
        if url.startswith("http://one/"):
            raise ConnectionError("host one is down")
        output.write(PUBLISHED[url.rsplit("/", 1)[-1]])
        output.flush()


@pytest.fixture(autouse=True)
def _tiny_catalog(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(catalog, "IDX_SETS", (_spec("mnist"), _spec("fashion-mnist"), *catalog.IDX_SETS[2:]))
    monkeypatch.setattr("pooch.HTTPDownloader", FakeDownloader)
    monkeypatch.setenv("NEUROFF_DATA", str(tmp_path / "env"))


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def first_three(status: dict[str, Any]) -> dict[str, bool]:
    return dict(list(status["complete"].items())[:3])


def test_fetch_and_status_as_json(tmp_path: Path) -> None:
    before = json.loads(run("status", "--json"))
    assert first_three(before) == {"mnist": False, "fashion-mnist": False, "digits": True}
    fetched = json.loads(run("fetch", "mnist", "--json"))
    assert [file["action"] for file in fetched["files"]] == ["fetched"] * 4
    assert fetched["files"][0]["url"] == "http://two/mnist/train-images-idx3-ubyte.gz"
    assert fetched["files"][0]["path"] == str(tmp_path / "env" / "mnist" / "train-images-idx3-ubyte.gz")
    after = json.loads(run("status", "--json"))
    assert first_three(after) == {"mnist": True, "fashion-mnist": False, "digits": True}
    assert [file["state"] for file in after["files"][:9]] == ["ok"] * 4 + ["absent"] * 4 + ["ok"]
    again = json.loads(run("fetch", "mnist", "--json"))
    assert [file["action"] for file in again["files"]] == ["kept"] * 4


@pytest.mark.parametrize("arguments", [("fetch",), ("fetch", "basic")])
def test_fetch_the_basic_ones(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    files = json.loads(run(*arguments, "--data-dir", str(tmp_path / "d"), "--json"))["files"]
    assert [file["action"] for file in files] == ["fetched"] * 8 + ["embedded"]
    assert {path.name for path in (tmp_path / "d").iterdir()} == {"mnist", "fashion-mnist"}
    assert not (tmp_path / "env").exists()


def test_tables_name_files_states_folders_and_the_next_step(tmp_path: Path) -> None:
    folder = tmp_path / "a [folder] with a rather long name, longer than the column of a table would be wide"
    text = run("status", "--data-dir", str(folder))
    for part in ["mnist", "train-images-idx3-ubyte", "absent", "embedded", str(folder / "mnist")]:
        assert part in text
    assert f"To get mnist, run `neuroff data fetch mnist --data-dir '{folder}'`." in text
    text = run("fetch", "mnist", "--data-dir", str(folder))
    assert text.count("fetched") == 4
    assert str(folder / "mnist") in text
    (folder / "mnist" / "t10k-labels-idx1-ubyte.gz").write_bytes(b"damaged")
    text = run("status", "mnist", "--data-dir", str(folder))
    assert text.count("ok") == 3
    assert "wrong checksum" in text
    assert "fashion-mnist" not in text
    assert "digits" not in text


@pytest.mark.parametrize("command", ["fetch", "status"])
def test_unknown_name_is_raised_for_the_caller(command: str) -> None:
    with pytest.raises(DataError, match="mnist, fashion-mnist, digits"):
        run(command, "cifar")


def test_failed_fetch_is_raised_and_prints_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setitem(PUBLISHED, "t10k-images-idx3-ubyte.gz", b"wrong")
    result = CliRunner().invoke(app, ["fetch", "mnist", "--json"])
    assert isinstance(result.exception, DataError)
    assert "host one is down" in str(result.exception)
    assert result.stdout == ""
    assert not (tmp_path / "env" / "mnist" / "t10k-images-idx3-ubyte.gz").exists()


@pytest.mark.parametrize(
    "arguments", [("--help",), ("list", "--help"), ("fetch", "--help"), ("status", "--help")]
)
def test_help_teaches_by_example(arguments: tuple[str, ...]) -> None:
    text = run(*arguments)
    assert "Example" in text
    assert "neuroff data" in text
