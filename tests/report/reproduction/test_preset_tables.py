from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from neuroff.errors import RunError
from neuroff.report.grid import WIDTH_COLUMNS
from neuroff.report.reproduction.preset_tables import preset_tables
from neuroff.report.reproduction.save import write_preset
from tests.report.reproduction.conftest import Make, printed


def shown(results: dict[str, Any]) -> str:
    return printed(preset_tables(results, "Best"))


def spiking(test: list[float], rates: list[float]) -> dict[str, Any]:
    return {
        "train": [0.99, 0.98],
        "held_out": [0.97, 0.98],
        "test": test,
        "seeds": [0, 1],
        "T": 6,
        "mean_rate": rates,
    }


BY_HAND = {"mnist": {"ff": spiking([0.97, 0.98], [0.1, 0.2]), "acff": spiking([0.975, 0.986], [0.1, 0.1])}}


def test_accuracies_by_hand() -> None:
    accuracies = shown(BY_HAND).split("Gains")[0]
    rows = {line.split()[0]: line.split() for line in accuracies.splitlines() if line.strip()}
    assert rows["FF"] == [
        "FF", "2", "98.50", "±", "0.71", "97.50", "±", "0.71", "97.50", "±", "0.71", "baseline", "6",
        "0.150", "±", "0.071",
    ]  # fmt: skip
    assert rows["A-CFF"][11:] == ["+0.55", "±", "0.07", "6", "0.100", "±", "0.000"]


def test_the_paper_is_not_beside_networks_it_does_not_have() -> None:
    text = shown(BY_HAND)
    assert "Best: accuracy on MNIST" in text
    assert "Gains in test accuracy" in text
    assert "paper" not in text
    assert max(map(len, text.splitlines())) <= WIDTH_COLUMNS


def test_dense_networks_have_no_rates() -> None:
    dense = {
        name: {k: v for k, v in c.items() if k not in ("T", "mean_rate")}
        for name, c in BY_HAND["mnist"].items()
    }
    assert "rate" not in shown({"mnist": dense})


@pytest.mark.parametrize("gone", ["T", "mean_rate"])
def test_half_of_what_spiking_networks_have_is_refused(gone: str) -> None:
    half = {key: value for key, value in BY_HAND["mnist"]["ff"].items() if key != gone}
    with pytest.raises(RunError, match="both T and mean_rate"):
        preset_tables({"mnist": {"ff": half}}, "Best")


@pytest.mark.parametrize("part", ["held_out", "mean_rate"])
def test_a_value_for_every_seed(part: str) -> None:
    short = {**BY_HAND["mnist"]["ff"], part: [0.5]}
    with pytest.raises(RunError, match="one value per seed"):
        preset_tables({"mnist": {"ff": short}}, "Best")


def test_page_and_figures_do_without_the_paper(make: Make, tmp_path: Path) -> None:
    results = make(("mnist",), ("ff", "fcff", "acff"), images=200, every=250)
    page, *drawings = write_preset(results, "spiking", "Best", tmp_path / "spiking")
    text = page.read_text(encoding="utf-8")
    names = [path.stem for path in drawings if path.suffix == ".svg"]
    assert names == [
        "accuracy-mnist", "gains", "dynamics-error-mnist", "gamma-mnist", "goodness-mnist",
        "separation-mnist",
    ]  # fmt: skip
    assert page.name == "spiking.md"
    assert text.startswith("# Best: tables and figures")
    assert "the paper" not in text
    assert "McNemar" in text
    for name in names:
        assert f"]({name}.svg)" in text
    accuracy = (tmp_path / "spiking" / "accuracy-mnist.svg").read_text(encoding="utf-8")
    assert "the paper" not in accuracy


def test_damaged_content_is_named_by_its_file(tmp_path: Path) -> None:
    negative = {**BY_HAND["mnist"]["ff"], "mean_rate": [-1.0, 0.1]}
    with pytest.raises(RunError, match=r"^spiking: mnist\.ff\.mean_rate\.0"):
        write_preset({"mnist": {"ff": negative}}, "spiking", "Best", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_nothing_to_report_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="best: nothing to report"):
        write_preset({}, "best", "Best", tmp_path / "out")
    assert not (tmp_path / "out").exists()
