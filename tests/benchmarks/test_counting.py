from __future__ import annotations

import json
from typing import Any

import pytest

import benchmarks.counting as counting
from benchmarks.counting import large_networks, main
from tests.energy.networks import network


def test_the_described_networks_have_a_million_neurons_and_a_billion_synapses() -> None:
    described = large_networks()
    sparse, deep = described["one sparse layer"], described["1000 dense layers"]
    assert (sparse.layers[0].neurons, sparse.layers[0].synapses) == (10**6, 10**9)
    assert (deep.neurons, deep.synapses) == (10**6, 10**9)


def test_runs_and_reports(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "large_networks", lambda: {"a small one": network(5, 4, 3)})
    assert main(["--images", "3", "--repeats", "1", "--random-images", "--json"]) == 0
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert set(result["counting"]) == {
        "dense", "spiking, constant currents", "spiking, encoded spikes"
    }  # fmt: skip
    for found in result["counting"].values():
        assert found["overhead"] > -1
        assert min(found["plain_s"], found["counted_s"]) > 0
    assert result["seconds"]["price all profiles"] > 0
    assert result["profiles"] >= 3
