"""The large random graph, small."""

from __future__ import annotations

from benchmarks.any_network import CHANNELS, large


def test_a_random_graph_is_counted_and_placed() -> None:
    told = large(populations=6, side=8)
    assert told["neurons"] == 6 * CHANNELS * 8 * 8
    assert told["recurrent_edges"] > 0
    assert told["spikes"] > 0
    assert told["synapses"] > told["neurons"]
    assert told["cores"] > 1
