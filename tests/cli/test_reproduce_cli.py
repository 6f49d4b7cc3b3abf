from __future__ import annotations

import json
from pathlib import Path

import pytest

from neuroff.cli.main import run
from neuroff.experiments.readings import READINGS

SMALL = ["--set", "widths=12,8", "--set", "training.epochs=3", "--set", "evaluate_every=1"]
RESULTS = Path(__file__).parents[2] / "docs" / "results"
DIGITS = ["reproduce", "--dataset", "digits", *SMALL, "--set", "train_count=300"]


@pytest.fixture(scope="module")
def reproduced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("cli") / "out"
    assert run([*DIGITS, "--columns", "ff,acff,bp", "--seeds", "2", "--out", str(out)]) == 0
    return out


def test_tables_and_figures_come_with_the_runs(reproduced: Path) -> None:
    table = json.loads((reproduced / "reproduction.json").read_text())
    assert list(table["digits"]) == ["ff", "acff", "bp"]
    assert (reproduced / "reproduction.md").read_text().count("A-CFF") > 1
    assert list(reproduced.rglob("*.svg"))
    assert list(reproduced.rglob("*.png"))


def test_report_alone_needs_nothing_but_the_json(
    reproduced: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "reproduction.json").write_bytes((reproduced / "reproduction.json").read_bytes())
    assert run(["reproduce", "--report", "--out", str(tmp_path), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["results"]["reproduction"]["digits"]["ff"]["seeds"] == [0, 1]
    assert [gain["column"] for gain in printed["gains"]["reproduction"]] == ["acff", "bp"]
    assert run([*DIGITS, "--columns", "ff", "--seeds", "1", "--out", str(tmp_path)]) == 2
    assert "--resume" in capsys.readouterr().err
    page = (tmp_path / "reproduction.md").read_text()
    assert page == (reproduced / "reproduction.md").read_text()


def test_used_folders_need_resume_and_resuming_repeats_nothing(
    reproduced: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [*DIGITS, "--columns", "ff,acff,bp", "--seeds", "2", "--out", str(reproduced)]
    before = {file: file.stat().st_mtime_ns for file in reproduced.glob("runs/*/result.json")}
    assert len(before) == 6
    assert run(command) == 2
    assert "--resume" in capsys.readouterr().err
    assert run([*command, "--resume"]) == 0
    assert before == {file: file.stat().st_mtime_ns for file in before}


def test_readings_are_stored_and_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "grid"
    small = ["--set", "widths=6,5", "--set", "training.epochs=2", "--set", "evaluate_every=0"]
    command = ["reproduce", "--dataset", "digits", "--readings", *small, "--set", "train_count=200"]
    assert run([*command, "--out", str(out), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert len(printed["readings"]) > 20
    assert (out / "readings-digits.json").exists()


def test_quick_readings_hold_images_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small = ["--set", "widths=6,5", "--set", "training.epochs=1", "--set", "evaluate_every=0"]
    assert run(["reproduce", "--quick", "--readings", *small, "--out", str(tmp_path / "q"), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert len(shown["readings"]) == len(READINGS)


def test_stored_results_are_printed_whole_where_there_is_no_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("reproduction", "cost"):
        (tmp_path / f"{name}.json").write_bytes((RESULTS / f"{name}.json").read_bytes())
    assert run(["reproduce", "--report", "--out", str(tmp_path)]) == 0
    printed = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert next(line for line in printed if line.startswith("F-CFF")).endswith("+0.6")  # the paper's gain
    costs = printed[printed.index("Cost of training") :]
    assert next(line for line in costs if line.startswith("A-CFF")).endswith("40 G, 51 G")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--report", "--readings"], "exclude each other"),
        (["--columns", "nonsense"], "not a choice"),
        (["--dataset", "cifar"], "not a choice"),
        (["--preset", "best", "--columns", "bp"], "no table"),
        (["--path", "spiking"], "no table"),
        (["--set", "nonsense=1"], "nonsense"),
        (["--report"], "no results here"),
    ],
)
def test_bad_input_ends_in_one_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    out = tmp_path / "none"
    assert run(["reproduce", *arguments, "--out", str(out)]) == 2
    error = capsys.readouterr().err
    assert message in error.replace("\n", " ")
    assert "Traceback" not in error
    assert not out.exists()


def test_damaged_results_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "reproduction.json").write_text('{"digits": {"ff": 3}}')
    assert run(["reproduce", "--report", "--out", str(tmp_path)]) == 2
    assert "reproduction" in capsys.readouterr().err


def test_the_best_presets_have_tables_of_their_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "best"
    small = ["--set", "widths=10,8", "--set", "training.epochs=2", "--set", "train_count=none"]
    command = ["reproduce", "--dataset", "digits", "--preset", "best", *small, "--seeds", "1"]
    assert run([*command, "--columns", "ff,acff", "--out", str(out)]) == 0
    assert run([*command, "--path", "spiking", "--set", "steps=3", "--out", str(out), "--resume"]) == 0
    spiking = json.loads((out / "spiking.json").read_text())["digits"]
    assert list(spiking) == ["ff", "fcff", "acff"]
    for column in spiking.values():
        assert column["T"] == 3
        assert 0 <= column["mean_rate"][0] <= 1
    assert list(json.loads((out / "best.json").read_text())["digits"]) == ["ff", "acff"]
    printed = capsys.readouterr().out
    assert "mean rate" in printed
    assert "Gains in test accuracy" in printed
    for name in ("best", "spiking"):
        assert (out / name / f"{name}.md").read_text().count("A-CFF") > 1
        assert (out / name / "gains.svg").exists()
