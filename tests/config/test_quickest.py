from __future__ import annotations

from pathlib import Path

import pytest

from neuroff.config import quickest
from neuroff.config.overrides import apply_settings
from neuroff.config.presets import preset
from neuroff.config.quickest import measured_precision, quickest_precision
from neuroff.files import read_json


class Clock:
    """Counts half steps for one type's products and whole ones for the other's."""

    def __init__(self, float32: float, bfloat16: float) -> None:
        self._times = (float32, bfloat16)
        self._calls = 0
        self._now = 0.0

    def __call__(self) -> float:
        # After the start: before and after of float32, before and after of bfloat16, and one look at the end.
        place = (self._calls - 1) % 5
        self._calls += 1
        self._now += {1: self._times[0], 3: self._times[1]}.get(place, 0.0) if self._calls > 1 else 0.0
        return self._now


@pytest.mark.parametrize(
    ("float32", "bfloat16", "wanted"),
    [(0.1, 0.04, "bfloat16"), (0.1, 0.3, "float32"), (0.1, 0.095, "float32")],
)
def test_the_clearly_quicker_type_is_taken(float32: float, bfloat16: float, wanted: str) -> None:
    assert measured_precision(Clock(float32, bfloat16)) == wanted


def test_products_are_really_measured() -> None:
    assert measured_precision() in ("float32", "bfloat16")


def test_a_machine_is_measured_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "deep" / "precision.json"
    monkeypatch.setattr(quickest, "measured_precision", lambda: "bfloat16")
    assert quickest_precision(file) == "bfloat16"
    assert read_json(file) == {quickest.machine_key(): "bfloat16"}
    monkeypatch.setattr(quickest, "measured_precision", lambda: "float32")
    assert quickest_precision(file) == "bfloat16"
    monkeypatch.setattr(quickest, "machine_key", lambda: "another machine")
    assert quickest_precision(file) == "float32"
    assert len(read_json(file)) == 2


@pytest.mark.parametrize("content", ["[1]", "{", '{"another": 3}'])
def test_a_cache_that_says_nothing_is_measured_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    file = tmp_path / "precision.json"
    file.write_text(content)
    monkeypatch.setattr(quickest, "measured_precision", lambda: "float32")
    assert quickest_precision(file) == "float32"


def test_without_a_place_to_keep_it_the_answer_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(quickest, "measured_precision", lambda: "bfloat16")
    assert quickest_precision(tmp_path / "file" / "precision.json") == "bfloat16"


def test_a_configuration_holds_what_auto_stood_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neuroff.config.schema.quickest_precision", lambda: "bfloat16")
    config = apply_settings(preset("demo"), ["precision=auto"])
    assert config.training.precision == "bfloat16"
