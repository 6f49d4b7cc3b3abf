"""However a command ends, ``--json`` prints one object of one form; what is no file is told by its kind."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from neuroff.cli.main import run
from neuroff.errors import ConfigError, Interrupted, NeuroffError

KEYS = {"kind", "message", "what", "where", "expected", "fix"}


@pytest.mark.parametrize(
    ("raised", "kind", "says", "code"),
    [
        (ConfigError("wrong", where="here"), "ConfigError", "here: wrong.", 2),
        (MemoryError(), "MemoryError", "not enough memory. Choose smaller widths", 2),
        (RuntimeError("can't allocate memory: you tried"), "MemoryError", "not enough memory", 2),
        (RuntimeError("CUDA out of memory. Tried to allocate"), "MemoryError", "not enough memory", 2),
        (
            OSError(28, "No space left on device", "there"),
            "OSError",
            "there: cannot read or write (No space",
            2,
        ),
        (OSError("odd"), "OSError", "standard output: cannot read or write (odd)", 2),
        (Interrupted(), "Interrupted", "go on with --resume", 130),
        (KeyboardInterrupt(), "Interrupted", "interrupted", 130),
    ],
)
def test_every_ending_is_one_object(
    raised: BaseException,
    kind: str,
    says: str,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def end(*given: Any, **options: Any) -> None:
        raise raised

    monkeypatch.setattr("neuroff.runs.merging.merge_runs", end)
    assert run(["merge", "a", "b", "--json"]) == code
    printed = capsys.readouterr()
    error = json.loads(printed.out)["error"]
    assert set(error) == KEYS
    assert error["kind"] == kind
    assert says in error["message"]
    assert printed.err == f"neuroff: {error['message']}\n"
    assert run(["merge", "a", "b"]) == code
    assert capsys.readouterr().out == ""


def test_wrong_usage_has_the_same_form(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["merge", "--json", "--no-such-option"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert set(error) == KEYS
    assert (error["kind"], error["what"]) == ("UsageError", error["message"])


def test_what_neuroff_does_not_know_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def end(*given: Any) -> None:
        raise RuntimeError("a fault of neuroff's")

    monkeypatch.setattr("neuroff.runs.merging.merge_runs", end)
    with pytest.raises(RuntimeError, match="a fault"):
        run(["merge", "a", "b", "--json"])


COMMANDS = [
    ["predict", "{}", "x.csv"],
    ["evaluate", "{}"],
    ["export", "{}", "--to", "nir", "--out", "x.nir"],
    ["energy", "{}"],
    ["energy", "x.nir", "--profile", "{}.toml"],
    ["profiles", "check", "{}"],
    ["profiles", "show", "{}.toml"],
    ["verify", "x.nir", "{}"],
    ["merge", "out", "{}"],
    ["train", "--dataset", "{}.csv"],
    ["compare", "--dataset", "{}.npz", "--out", "out"],
]


@pytest.mark.skipif(os.name != "posix", reason="pipes and devices with a path")
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command[:2]))
def test_what_is_no_file_is_said_to_be_what_it_is(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    name = next(word for word in command if "{}" in word)
    os.mkfifo(name.format("pipe"))
    Path(name.format("device")).symlink_to("/dev/zero")
    for kind in ("pipe", "device"):
        assert run([word.format(f"./{kind}") for word in command] + ["--json"]) == 2
        said = capsys.readouterr()
        assert f"a {kind}" in said.err
        assert f"a {kind}" in said.out  # one error, or in the report of each file
        assert "no such" not in said.err
    assert run([word.format("./nothing") for word in command] + ["--json"]) == 2
    assert "a pipe" not in capsys.readouterr().out


def test_an_error_of_the_library_needs_no_parts(capsys: pytest.CaptureFixture[str]) -> None:
    assert str(NeuroffError("what")) == "what."
    assert run(["evaluate", "no-such-run", "--json"]) == 2
    assert "no such file or folder" in json.loads(capsys.readouterr().out)["error"]["what"]
