from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import dense, dense_sides, memory
from benchmarks.dense import needed_flop


@pytest.fixture
def no_processes(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Spare the test the processes in which memory is measured, and seconds of matrix products."""
    calls = []

    def measured(module: str, *arguments: str) -> dict[str, int]:
        calls.append((module, *arguments))
        return {"peak_bytes": 10**9 * len(calls)}

    monkeypatch.setattr(dense, "json_from_own_process", measured)
    for module in (dense, dense_sides):
        monkeypatch.setattr(module, "matrix_rate", lambda: 1e12)
    return calls


def test_a_small_try_has_all_numbers(
    no_processes: list[Any], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = tmp_path / "dense.json"
    assert (
        dense.main(["--samples", "60", "--repeats", "2", "--random-images", "--json", "--out", str(out)]) == 0
    )
    result = json.loads(capsys.readouterr().out)
    assert json.loads(out.read_text()) == result
    for precision in ("float32", "bfloat16"):
        for layer in ("layer1", "layer2"):
            assert result["speedup"][precision][layer] > 0
            assert result["seconds"][precision][layer].keys() == {"textbook", "neuroff"}
    assert all(result["speedup"]["predict"][precision] > 0 for precision in ("float32", "bfloat16"))
    assert result["bfloat16_accuracy"].keys() == {"float32", "bfloat16", "equal"}
    assert result["gemm_fraction"].keys() == {"layer1", "layer2", "predict"}
    assert all(0 < share < 1 for share in result["gemm_fraction"].values())
    assert result["peak_rss_bytes"] == 10**9
    assert result["data"] == {"source": "random", "train_images": 60, "test_images": 60}
    assert result["versions"]["torch"]
    assert no_processes[0] == ("benchmarks.memory", "dense-neuroff", "--samples", "60", "--random-images")


def test_the_table_names_what_it_shows(no_processes: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert dense.main(["--samples", "30", "--repeats", "1", "--random-images", "--skip-bfloat16"]) == 0
    shown = capsys.readouterr().out
    assert "epoch layer1 float32" in shown
    assert "predict float32" in shown
    assert "bfloat16" not in shown
    assert "neuroff 1.00 GB" in shown


def test_needed_arithmetic_of_the_paper() -> None:
    flop = needed_flop(50_000, 10_000, (784, 500, 500), 10)
    assert flop["layer1"] == 2 * 50_000 * 784 * 500 * 2
    assert flop["layer2"] == 4 * 50_000 * 500 * 500 * 2
    assert flop["predict"] == 2 * 10_000 * 784 * 500 + 2 * 100_000 * 500 * 500


@pytest.mark.parametrize("engine", ["dense-neuroff", "dense-textbook"])
def test_memory_of_a_training_process(engine: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert memory.main([engine, "--samples", "30", "--random-images"]) == 0
    assert json.loads(capsys.readouterr().out)["peak_bytes"] > 10**7


def test_bad_numbers_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        dense.main(["--samples", "0"])
    assert stopped.value.code == 2
    assert "0 is not a positive number" in capsys.readouterr().err


def test_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        dense.main(["--help"])
    assert stopped.value.code == 0
    assert "python -m benchmarks.dense --samples 5000" in capsys.readouterr().out
