"""The large random graph, small."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.any_network import CHANNELS, large

RESULT = Path(__file__).parents[2] / "docs" / "results" / "any-network.json"


def test_a_random_graph_is_counted_and_placed() -> None:
    told = large(populations=6, side=8)
    assert told["neurons"] == 6 * CHANNELS * 8 * 8
    assert told["recurrent_edges"] > 0
    assert told["spikes"] > 0
    assert told["synapses"] > told["neurons"]
    assert told["cores"] > 1


def test_the_kept_result_meets_its_bars() -> None:
    told = json.loads(RESULT.read_text(encoding="utf-8"))
    assert told["large"]["neurons"] >= 10**6
    assert sum(told["large"][part] for part in ("read_s", "count_s", "place_s")) < 10
    assert told["large"]["peak_MB"] < 2048
    assert told["tests"]["files"] >= 10**5
    assert told["tests"]["exit_code"] == 0
