from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from neuroff.cli.main import run


def test_version_names_what_a_report_needs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["neuroff", "--version"])
    with pytest.raises(SystemExit) as stopped:
        runpy.run_module("neuroff", run_name="__main__")
    printed = capsys.readouterr().out
    assert stopped.value.code == 0
    assert printed.startswith(f"neuroff {metadata.version('neuroff')}")
    assert f"torch {metadata.version('torch')}" in printed


def test_unknown_commands_are_usage_errors(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["neuroff", "trian"])
    with pytest.raises(SystemExit) as stopped:
        runpy.run_module("neuroff", run_name="__main__")
    assert stopped.value.code == 2
    assert "No such command 'trian'" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["profiles", "list"], ["--help"], ["profiles", "list", "--json"]])
def test_a_full_standard_output_is_one_message(command: list[str]) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "neuroff", *command],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "standard output: cannot read or write (No space left on device)" in done.stderr


def test_a_reader_that_has_gone_is_no_error() -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "neuroff", "profiles", "list"],
        stdout=write, stderr=subprocess.PIPE, text=True, timeout=60,
    )  # fmt: skip
    os.close(write)
    assert done.returncode in (1, 141)
    assert done.stderr == ""


def test_a_network_that_no_machine_holds_is_refused_before_it_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "run")
    assert run(["train", "--dataset", "digits", "--set", "widths=100000000,100", "--out", out]) == 2
    message = " ".join(capsys.readouterr().err.split())
    assert re.search(r"network.widths: training takes .* for weights.*Widths of up to [\d,]+ fit", message)
    assert not (tmp_path / "run").exists()


def test_a_path_of_thousands_of_letters_is_one_short_message(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", "a" * 5000]) == 2
    message = capsys.readouterr().err
    # From Python 3.14 on `Path.exists` answers no where the system refuses the name.
    assert "File name too long" in message or "not a run directory" in message
    assert len(message) < 800
