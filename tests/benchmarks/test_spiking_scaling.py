from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import spiking_figure, spiking_scaling


def test_the_crossing_lies_on_the_lines_between() -> None:
    rates = (0.0, 0.5, 1.0)
    assert spiking_scaling.crossing(rates, (1.0, 2.0, 3.0), (2.5, 2.5, 2.5)) == pytest.approx(0.75)
    assert spiking_scaling.crossing(rates, (1.0, 2.0, 2.0), (2.5, 2.5, 2.5)) is None


def test_a_small_try_is_drawn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spiking_scaling, "RATES", (0.01, 1.0))
    monkeypatch.setattr(
        spiking_scaling, "SWEEPS", dict.fromkeys(("width", "batch", "steps", "depth"), (2, 3))
    )
    out = tmp_path / "scaling.json"
    arguments = ["--repeats", "1", "--random-images", "--out", str(out), "--json"]
    assert spiking_scaling.main(arguments) == 0
    result = json.loads(capsys.readouterr().out)
    assert result == json.loads(out.read_text())
    assert result["sweeps"]["depth"]["processor_seconds"].keys() == {"neuroff", "neuroff-torch"}
    assert "events" in spiking_scaling.table(result)
    assert spiking_figure.main([str(out), str(tmp_path)]) == 0
    assert {path.suffix for path in tmp_path.glob("spiking-scaling.*")} == {".svg", ".png"}


def test_a_figure_without_a_result_ends_in_a_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert spiking_figure.main([str(tmp_path / "none.json"), str(tmp_path)]) == 2
    assert "none.json" in capsys.readouterr().err
