from __future__ import annotations

import json

import pytest

from benchmarks import waiting
from neuroff.errors import NeuroffError


def test_a_small_try_has_all_numbers(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "_COMMANDS", (("--help",),))
    assert waiting.main(["--repeats", "1", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert all(seconds > 0 for seconds in result["processor_seconds"].values())
    assert result["processor_seconds"]["neuroff --help"] < 5
    assert "placing 10^6 neurons in 1000 layer(s)" in waiting.table(result)


def test_large_networks_are_as_large_as_they_say() -> None:
    work = waiting.layers_of(10**6, 1000)
    assert (work.neurons, work.synapses) == (10**6, 10**9)


def test_a_command_that_fails_is_named() -> None:
    with pytest.raises(NeuroffError, match="neuroff nonsense"):
        waiting.start_seconds(("nonsense",))
