from __future__ import annotations

import runpy
import sys
from importlib import metadata

import pytest


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
