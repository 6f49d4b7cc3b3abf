from __future__ import annotations

import json

import pytest

from benchmarks import spiking_kinds


def test_every_kind_has_the_same_gradient_by_loops_and_by_products(
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = ["--samples", "12", "--repeats", "1", "--random-images"]
    assert spiking_kinds.main([*given, "--json"]) == 0
    cases = json.loads(capsys.readouterr().out)["cases"]
    assert [case["kind"] for case in cases] == list(spiking_kinds.KINDS)
    assert max(case["relative_gradient_error"] for case in cases) < 1e-4
    assert all(min(case["rates"]) > 0 for case in cases)
    assert len({case["relative_gradient_error"] for case in cases}) > 3  # each is what it says
    assert spiking_kinds.main(given) == 0
    assert "an online rule, modulator at every step" in capsys.readouterr().out
