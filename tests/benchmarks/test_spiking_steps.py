from __future__ import annotations

import importlib.util
import json

import pytest

from benchmarks import memory, spiking_steps
from benchmarks.images import mnist_or_random
from benchmarks.spiking_problem import make_problem
from benchmarks.spiking_sides import ENGINES

pytestmark = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("snntorch", "norse")),
    reason="snntorch or norse is not installed (neuroff[interop])",
)


def test_the_slope_is_that_of_a_line() -> None:
    assert spiking_steps.slope((5, 10, 20), (2.0, 3.0, 5.0)) == pytest.approx(0.2)


def test_a_small_try_has_all_numbers(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def own_process(*arguments: str) -> dict[str, int]:
        asked.append(arguments)
        return {"peak_bytes": 7_000_000}

    monkeypatch.setattr(spiking_steps, "json_from_own_process", own_process)
    small = ["--samples", "8", "--repeats", "1", "--random-images", "--steps", "2", "3", "--long-steps", "4"]
    assert spiking_steps.main([*small, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert len(result["processor_seconds"]["norse"]) == 2
    assert result["peak_bytes"]["neuroff, online_step"] == [7_000_000]
    assert ("--steps", "4", "--rule", "online_end") in [arguments[-4:] for arguments in asked]
    assert "per added step" in spiking_steps.table(result)


@pytest.mark.parametrize("rule", ["online_end", "online_step"])
def test_online_rules_run_as_engines(rule: str) -> None:
    problem = make_problem(mnist_or_random(8, 1, random=True), 8, steps=4, rule=rule)
    assert problem.config.neuron.rule == rule
    gradients = ENGINES["neuroff"](problem).gradients()
    assert all(gradient.abs().max() > 0 for gradient in gradients)
    assert memory.spiking("neuroff", 4, random_images=True, steps=3, rule=rule) >= 0
