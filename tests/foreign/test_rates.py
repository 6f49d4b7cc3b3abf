"""Expectations at given rates, against networks that are run at them."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from neuroff.errors import ConfigError
from neuroff.foreign.counting import count_graph
from neuroff.foreign.rates import expected_activity
from neuroff.foreign.reading import graph_of
from neuroff.foreign.spikes import values_for
from neuroff.foreign.work import work_of
from tests.foreign.plain import Plain
from tests.foreign.samples import NEURONS, end, lif, linear, small

STEPS = 30


def convolutional() -> Plain:
    """Thresholds fire where anything at all arrives, so that their rates are known."""
    threshold = {"type": "Threshold", "threshold": np.array([1e-9])}
    nodes = {
        "input": end("Input", 2, 6, 5),
        "conv": {
            "type": "Conv2d",
            "weight": np.abs(linear(4, 12)["weight"]).reshape(4, 2, 2, 3) + 0.1,
            "bias": np.zeros(4),
            "stride": np.array([2, 1]),
            "padding": np.array([1, 0]),
            "groups": np.array(1),
            "dilation": np.array([1, 1]),
        },
        "fires": threshold,
        "flat": {"type": "Flatten", "start_dim": np.array(0)},
        "w": linear(NEURONS, 4 * 4 * 3),
        "n": lif(NEURONS),
        "output": end("Output", NEURONS),
    }
    names = list(nodes)
    return Plain(nodes, list(itertools.pairwise(names)))


def test_expectations_are_what_random_spikes_give_on_average() -> None:
    graph = graph_of(convolutional().tree(), "file", dt_ms=1.0)
    spikes = np.random.default_rng(0).random((STEPS, 400, 2, 6, 5)) < 0.07
    ran = count_graph(graph, values_for(graph, spikes))
    fires, n = (ran.per_sample(name, "sent") / ran.neurons(name) / STEPS for name in ("fires", "n"))
    expected = expected_activity(graph, {"input": 0.07, "fires": fires, "n": n}, STEPS)
    for name in ("conv", "w"):
        for what in ("operations", "events", "received"):
            right = ran.per_sample(name, what)  # neurons at the border fire less than one rate for all says
            assert expected.per_sample(name, what) == pytest.approx(right, rel=0.04), name
    assert expected.per_sample("fires", "sent") == pytest.approx(ran.per_sample("fires", "sent"))
    # Where anything that arrives makes a neuron fire, it is active as often as it fires.
    assert expected.per_sample("fires", "active") == pytest.approx(
        ran.per_sample("fires", "active"), rel=0.02
    )
    assert work_of(expected).counts()["synaptic_events"] == pytest.approx(
        work_of(ran).counts()["synaptic_events"], rel=0.04
    )


def test_recurrent_edges_carry_the_rate_of_their_neurons() -> None:
    net = small(r=linear(NEURONS, NEURONS, seed=2))
    net.edges += [("n", "r"), ("r", "n")]
    graph = graph_of(net.tree(), "file", dt_ms=1.0)
    found = expected_activity(graph, 0.1, STEPS)
    nonzero = int((net.nodes["r"]["weight"] != 0).sum())
    assert found.synaptic_operations("r") == pytest.approx(0.1 * nonzero * STEPS)
    assert found.per_sample("n", "active") <= NEURONS * STEPS


@pytest.mark.parametrize(
    ("rates", "steps", "message"),
    [
        ({"input": 0.1}, 5, "no rate of 'n'; expected input=RATE, n=RATE"),
        ({"input": 0.1, "n": 0.1, "w": 0.1}, 5, "a rate of 'w'"),
        ({"input": 0.1, "n": 1.5}, 5, "a rate 1.5 of 'n'"),
        ({"input": 0.1, "n": float("nan")}, 5, "a rate nan of 'n'"),
        (0.1, 0, "steps = 0"),
        (0.1, 2.5, "steps = 2.5"),
    ],
)
def test_what_is_no_rate_is_one_message(rates: Any, steps: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        expected_activity(graph_of(small().tree(), "file", dt_ms=1.0), rates, steps)
