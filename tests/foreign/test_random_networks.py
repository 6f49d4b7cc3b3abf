"""Random networks of every node, step by step as plain loops over numpy step them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from neuroff.energy import list_profiles, load_profile
from neuroff.energy.pricing.deployment import deploy
from neuroff.foreign.convention import NIR, Convention
from neuroff.foreign.counting import count_graph
from neuroff.foreign.nodes.population import Population
from neuroff.foreign.nodes.protocol import Weighted
from neuroff.foreign.reading import graph_of
from neuroff.foreign.running import run
from neuroff.foreign.spikes import values_for
from neuroff.foreign.work import work_of
from tests.foreign import plain
from tests.foreign.plain import Plain
from tests.foreign.strategies import DT_S, networks

STEPS, SAMPLES = 12, 3


@st.composite
def conventions(draw: Any) -> tuple[dict[str, Any], Convention]:
    """The same in the words of the plain loops and of neuroff; as written on every third day."""
    if draw(st.integers(0, 2)) == 0:
        return {}, NIR
    subtract, late, reached, exponential, floored = (draw(st.booleans()) for _ in range(5))
    many = subtract and draw(st.booleans())
    whole = frozenset(draw(st.sets(st.sampled_from(["IF", "I", "LIF", "LI", "CubaLIF", "CubaLI"]))))
    told = {"subtract": subtract, "late": late, "reached": reached, "exponential": exponential}
    return told | {"many": many, "whole": whole, "floored": floored}, Convention(
        "drawn",
        reset="subtract" if subtract else "value",
        reset_late=late,
        fires="reached" if reached else "exceeded",
        spikes="many" if many else "one",
        decay="exponential" if exponential else "euler",
        whole=whole,
        floored=floored,
    )


@given(networks(), conventions(), st.integers(0, 2**32 - 1), st.sampled_from([0.1, 0.4]))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_spikes_and_operations_are_those_of_plain_loops(
    drawn: tuple[Plain, tuple[int, ...]], told: tuple[dict[str, Any], Convention], seed: int, rate: float
) -> None:
    net, shape = drawn
    assume(not (told[0].get("many") and net.late))  # which may grow beyond all numbers
    stream = np.random.default_rng(seed)
    spikes = (stream.random((STEPS, SAMPLES, *shape)) < rate).astype(np.float64)
    right = plain.run(net, spikes, DT_S, told[0])
    graph = graph_of(net.tree(), "random", dt_ms=DT_S * 1000, written_by=told[1])
    values = values_for(graph, spikes)
    assert graph.recurrent == net.late
    assert plain.alike(right.sent, run(graph, values)) == []
    activity = count_graph(graph, values)
    for name, node in graph.nodes.items():
        tally = activity.tallies[name]
        if isinstance(node, Weighted) and not told[0].get("many"):
            assert activity.synaptic_operations(name) * SAMPLES == pytest.approx(
                right.operations[name], abs=1e-6
            )
            assert float(tally.events.sum()) == right.stored[name]
        if isinstance(node, Population) and node.firing is not None:
            assert float(tally.sent.sum()) == right.sent[name].sum()
            assert torch.equal(tally.sent_of, torch.from_numpy(right.sent[name].sum((0, 1)).ravel()))


@given(networks(), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_priced_is_what_was_counted(drawn: tuple[Plain, tuple[int, ...]], seed: int) -> None:
    net, shape = drawn
    spikes = np.random.default_rng(seed).random((STEPS, SAMPLES, *shape)) < 0.3
    graph = graph_of(net.tree(), "random", dt_ms=DT_S * 1000)
    activity = count_graph(graph, values_for(graph, spikes))
    work = work_of(activity)
    counts = work.counts()
    operations = sum(activity.synaptic_operations(name) for name in graph.nodes)
    identities = counts["synaptic_events"] + sum(layer.products for layer in work.layers)
    met = (
        identities - counts["synaptic_events_zero_weight"] - sum(layer.zero_products for layer in work.layers)
    )
    assert met >= operations - 1e-6  # neurons without weights before them have a synapse each besides
    fired = sum(
        activity.per_sample(name, "sent")
        for name, node in graph.nodes.items()
        if isinstance(node, Population) and node.firing is not None
    )
    assert counts["spikes_emitted"] == pytest.approx(fired)
    assert sum(layer.neurons for layer in work.layers) >= sum(activity.neurons(name) for name in graph.nodes)
    for name in list_profiles():
        placed = deploy(work, load_profile(name))
        assert placed.estimate is None or placed.estimate.total_J.nominal >= 0
