from __future__ import annotations

import pytest

from neuroff.config.build import operations_of
from neuroff.core.engine import Engine, EventEngine, choice, chosen_engine
from neuroff.errors import ConfigError
from tests.samples import configured


def test_an_engine_is_taken_by_name() -> None:
    assert chosen_engine("torch", 1e30) == Engine()
    assert chosen_engine("numba", 0.0) == EventEngine()
    assert [chosen_engine(name, 0.0).name for name in ("torch", "numba")] == ["torch", "numba"]


def test_small_runs_are_pytorchs_and_large_ones_are_not() -> None:
    assert chosen_engine("auto", 0.99 * choice.WORTH_IT).name == "torch"
    assert chosen_engine("auto", 1.01 * choice.WORTH_IT).name == "numba"


def test_without_numba_pytorch_does_it_unless_numba_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "has_kernels", lambda: False)
    assert chosen_engine("auto", 1e30).name == "torch"
    with pytest.raises(ConfigError, match=r"Numba is not installed.*pip install numba"):
        chosen_engine("numba", 1e30)


def test_operations_are_those_behind_the_first_layer() -> None:
    config = configured("widths=6,5,4", "epochs=3", path="spiking")
    assert operations_of(config, 4, 40) == 40 * 3 * 2 * 4 * (6 * 5 + 5 * 4)
    grouped = configured("widths=6,5", "epochs=3", "asking.form=groups", "loss=softmax", path="spiking")
    assert operations_of(grouped, 4, 40) == 40 * 3 * 1 * 4 * 6 * 5
    assert operations_of(configured(), 4, 40) == 0.0
