"""Edges back over several layers, layers side by side, and several ways to one layer, on the chip."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neuroff.chip.file import read_loihi
from neuroff.chip.network import ChipEdge, ChipLayer, ChipNetwork
from neuroff.chip.network import run as run_chip
from neuroff.chip.neurons import ChipNeurons
from neuroff.chip.program import from_values, to_values
from neuroff.chip.synapses import ChipSynapses
from neuroff.errors import ExportError, ShapeError
from neuroff.foreign.fixed.agreement import agreement
from neuroff.foreign.fixed.program import program_of_graph
from neuroff.foreign.fixed.quantise import quantise
from neuroff.foreign.porting import chip_agrees, chip_share, port_graph
from neuroff.foreign.running import run
from neuroff.foreign.spikes import values_for
from tests.foreign.fixed.test_quantise import STEPS, chain, graph, spikes
from tests.foreign.plain import Plain
from tests.foreign.samples import end, linear
from tests.foreign.strategies import DT_S


def loop(
    kind: str = "LIF", *, over: int = 1, delay: int = 0, bias: float = 0.0, strength: float = 0.5
) -> Plain:
    """A chain of ``over`` + 1 layers, joined from the last back to the first."""
    widths = (12, 9, *[8] * over)
    net = chain(kind, widths, bias=bias)
    weights = linear(9, 8, seed=20)
    weights["weight"] = weights["weight"] * strength
    net.nodes["r"] = weights
    last = f"n{over}"
    if delay:
        net.nodes["d"] = {"type": "Delay", "delay": np.array(delay * DT_S)}
        net.edges += [(last, "d")]
        last = "d"
    net.edges += [(last, "r"), ("r", "n0")]
    return net


@pytest.mark.parametrize("kind", ["IF", "LIF", "CubaLIF"])
@pytest.mark.parametrize("over", [1, 2, 4])
@pytest.mark.parametrize("bias", [0.0, 0.1])
def test_what_returns_over_layers_arrives_one_step_later(kind: str, over: int, bias: float) -> None:
    found = graph(loop(kind, over=over, bias=bias))
    quantised = quantise(found)
    program = program_of_graph(quantised, STEPS)
    assert program.chip.period == over + 1
    values = values_for(found, spikes(12))
    assert 0.01 < agreement(found, quantised.graph, values).fired[f"n{over}"][1] / (8 * STEPS) < 1.0
    assert chip_agrees(quantised, program, values)


def test_what_returns_matters() -> None:
    net = loop(over=2)
    without = Plain({k: v for k, v in net.nodes.items() if k != "r"}, [e for e in net.edges if "r" not in e])
    values = values_for(graph(net), spikes(12))
    right, other = (run(graph(each), values) for each in (net, without))
    assert not torch.equal(right["n0"], other["n0"])
    quantised = quantise(graph(net))
    stripped = program_of_graph(quantise(graph(without)), STEPS)
    assert stripped.chip.period == 1
    assert chip_share(quantised, program_of_graph(quantised, STEPS), values) == 1.0
    assert agreement(graph(net), quantised.graph, values).spikes["n0"] > 0.95


@pytest.mark.parametrize(("delay", "period"), [(1, 2), (2, 1), (5, 1)])
def test_a_delay_on_the_way_back_leaves_time(delay: int, period: int) -> None:
    found = graph(loop(over=2, delay=delay))
    quantised = quantise(found)
    program = program_of_graph(quantised, STEPS, hold=period > 1)
    assert program.chip.period == period
    assert program.length == period * (STEPS - 1) + 3 + 1
    assert chip_agrees(quantised, program, values_for(found, spikes(12)))


@st.composite
def nets(draw: Any) -> Plain:
    """Layers, each reached from some before it, and edges from any layer to any other."""
    stream = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    layers = draw(st.integers(1, 4))
    widths = [12, *(draw(st.integers(1, 6)) for _ in range(layers))]
    net = Plain({"input": end("Input", 12)}, [])
    names = ["input", *(f"n{index}" for index in range(layers))]
    for place in range(1, layers + 1):
        kind = draw(st.sampled_from(["IF", "LIF", "CubaLIF"]))
        net.nodes[names[place]] = chain(kind).nodes["n0"]
    extra = draw(
        st.lists(st.tuples(st.integers(0, layers), st.integers(1, layers), st.integers(0, 3)), max_size=5)
    )
    first = [
        (draw(st.integers(0, place - 1)), place, draw(st.sampled_from([0, 0, 2])))
        for place in range(1, layers + 1)
    ]
    for number, (source, target, delay) in enumerate(first + extra):
        weights = f"w{number}"
        net.nodes[weights] = linear(widths[target], widths[source], int(stream.integers(2**31)))
        weight = net.nodes[weights]["weight"] * float(draw(st.sampled_from([0.05, 0.5, 1.0])))
        weight[0, 0] = 0.5  # never all zero
        net.nodes[weights]["weight"] = weight
        last = names[source]
        if delay:
            each = draw(st.booleans())
            steps = stream.integers(0, delay + 1, widths[source]) if each else np.array(delay)
            net.nodes[f"d{number}"] = {"type": "Delay", "delay": np.asarray(steps * DT_S)}
            net.edges.append((last, f"d{number}"))
            last = f"d{number}"
        net.edges += [(last, weights), (weights, names[target])]
    net.nodes["output"] = end("Output", widths[-1])
    net.edges.append((names[-1], "output"))
    return net


@given(nets(), st.sampled_from([4, 8]), st.integers(0, 100))
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_layers_joined_in_any_way(net: Plain, bits: int, seed: int) -> None:
    found = graph(net)
    values = values_for(found, spikes(12, seed=seed)[:15, :5])
    quantised = quantise(found, bits)
    program = program_of_graph(quantised, 15)
    assert chip_agrees(quantised, program, values)
    assert str(to_values(from_values(*to_values(program)))) == str(to_values(program))


def test_the_file_holds_it_and_says_so(tmp_path: Path) -> None:
    found = graph(loop(over=2))
    values = values_for(found, spikes(12))
    ported = port_graph(found, "loihi", tmp_path / "out", values)
    assert ported.same
    assert any("3 steps of the chip are one of the network" in note for note in ported.exported.notes)
    again = read_loihi(tmp_path / "out")
    assert again.chip.period == 3
    assert chip_agrees(ported.quantised, again, values)


@pytest.mark.parametrize("target", ["c", "netx", "sanafe"])
def test_files_of_chains_name_the_edge(tmp_path: Path, target: str) -> None:
    found = graph(loop(over=1))
    with pytest.raises(ExportError, match=r"node 'r': an edge back from 'n1' to 'n0'.*--to loihi"):
        port_graph(found, target, tmp_path / "out", values_for(found, spikes(12)), chip_reset="rest")
    assert not (tmp_path / "out").exists()


def test_neurons_that_cannot_hold_are_told(tmp_path: Path) -> None:
    found = graph(loop(over=2))
    with pytest.raises(ExportError, match=r"node 'r': an edge back over 2 layers.*a delay of 2 steps"):
        port_graph(found, "loihi", tmp_path / "out", values_for(found, spikes(12)), chip_reset="rest")
    assert not (tmp_path / "out").exists()


def test_a_delay_too_long_is_told() -> None:
    with pytest.raises(ExportError, match=r"node 'r': a delay of 63 steps of the chip from 'n1'"):
        program_of_graph(quantise(graph(loop(over=1, delay=64))), STEPS)


def some_neurons(count: int) -> ChipNeurons:
    zeros = torch.zeros(count, dtype=torch.int32)
    return ChipNeurons(zeros, zeros, 4095, 100, 10)


def weights(neurons: int, axons: int, **more: Any) -> ChipSynapses:
    return ChipSynapses(torch.full((neurons, axons), 64, dtype=torch.int32), **more)


def test_a_network_whose_parts_do_not_meet_is_refused() -> None:
    first = ChipLayer(weights(2, 3), some_neurons(2))
    with pytest.raises(ExportError, match="synapses of layer 2 from layer 5"):
        ChipNetwork((first, ChipLayer(weights(2, 2), some_neurons(2), others=(ChipEdge(5, weights(2, 2)),))))
    with pytest.raises(ExportError, match="layer 2 has 2 axons and follows 3 input axons"):
        ChipNetwork((first, ChipLayer(weights(2, 2), some_neurons(2), source=0)))
    with pytest.raises(ExportError, match="layer 1 from layer 1"):
        ChipNetwork((ChipLayer(weights(2, 2), some_neurons(2), source=1),))
    with pytest.raises(ExportError, match="arrive while layer 1 holds its state"):
        ChipNetwork((ChipLayer(weights(2, 3), some_neurons(2), weights(2, 2)),), period=2)
    late = weights(2, 2, delays=torch.ones(2, dtype=torch.int32))
    network = ChipNetwork((ChipLayer(weights(2, 3), some_neurons(2), late),), period=2)
    with pytest.raises(ShapeError, match="events in step 1"):
        list(run_chip(network, [None, torch.zeros(1, 3, dtype=torch.int32)], 1))
