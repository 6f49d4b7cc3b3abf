from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch

from benchmarks.emulator import lava, main, make_problem, measure, spikes_of, table
from neuroff.errors import MissingDependencyError, NeuroffError


def test_both_layers_of_the_problem_fire() -> None:
    problem = make_problem(20, 3)
    assert problem.neurons == 1000
    assert problem.batch.shape == (20, 3, 784)
    first, second = (count / (20 * 500) for count in spikes_of(problem))
    assert 0.02 < first < 0.5
    assert 0.02 < second < 0.95
    again = make_problem(20, 3)
    assert torch.equal(problem.events, again.events)
    assert spikes_of(again) == spikes_of(problem)


def test_an_interpreter_has_to_be_named() -> None:
    with pytest.raises(MissingDependencyError, match="no interpreter with lava-nc named"):
        measure("", 1, 1, 1)


def test_an_interpreter_without_lava_is_an_error(tmp_path: Path) -> None:
    problem = make_problem(2, 1)
    with pytest.raises(NeuroffError, match="cannot be started"):
        lava(str(tmp_path / "python"), problem, 1)
    with pytest.raises(NeuroffError, match=r"ended with code 1 .*lava"):
        lava(sys.executable, problem, 1)


def test_the_command_line_ends_in_a_message(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("NEUROFF_LAVA_PYTHON", raising=False)
    assert main([]) == 2
    assert "install lava-nc" in capsys.readouterr().err.lower()


def test_the_table_names_both_sides() -> None:
    result = {
        "neuron_updates_per_s": {"lava-nc": 1e5, "one sample": 4e5, "batch": 1e7},
        "samples": 256,
        "steps": 50,
        "widths": [784, 500, 500],
        "firing_rate": [0.1, 0.6],
    }
    text = table(result)
    assert "100.0x" in text
    assert "neuroff, 256 samples" in text
    assert "10 %, 60 %" in text
