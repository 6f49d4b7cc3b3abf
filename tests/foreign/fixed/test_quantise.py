"""Networks of others in fixed point: the chip's arithmetic, and how little it loses."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neuroff.chip import numbers as chip_numbers
from neuroff.errors import ExportError
from neuroff.foreign.fixed import integers
from neuroff.foreign.fixed.agreement import agreement
from neuroff.foreign.fixed.program import program_of_graph
from neuroff.foreign.fixed.quantise import quantise
from neuroff.foreign.graph import SpikingGraph
from neuroff.foreign.porting import chip_agrees
from neuroff.foreign.reading import graph_of
from neuroff.foreign.spikes import values_for
from tests.foreign.plain import Plain
from tests.foreign.samples import NEURONS, end, lif, linear, small
from tests.foreign.strategies import DT_S, networks

STEPS, SAMPLES = 40, 20


def graph(net: Plain) -> SpikingGraph:
    return graph_of(net.tree(), "file", dt_ms=DT_S * 1000)


def spikes(inputs: int, seed: int = 0, rate: float = 0.3) -> Any:
    return np.random.default_rng(seed).random((STEPS, SAMPLES, inputs)) < rate


def chain(kind: str, widths: tuple[int, ...] = (12, 15, 7), bias: float = 0.0, seed: int = 0) -> Plain:
    stream = np.random.default_rng(seed)
    nodes: dict[str, Any] = {"input": end("Input", widths[0])}
    edges, last = [], "input"
    for index, (inputs, neurons) in enumerate(itertools.pairwise(widths)):
        weights = linear(neurons, inputs, seed + index)
        if bias:
            weights |= {"type": "Affine", "bias": stream.normal(0, bias, neurons)}
        population = {"r": np.array(1.5), "v_threshold": np.array(0.8), "v_reset": np.array(0.0)}
        if kind == "IF":
            population["r"] = np.array(0.3 / DT_S)
        else:
            population["v_leak"] = np.array(0.0)
            taus = ("tau",) if kind == "LIF" else ("tau_syn", "tau_mem")
            population |= {tau: np.array((3 + 2 * place) * DT_S) for place, tau in enumerate(taus)}
        nodes |= {f"w{index}": weights, f"n{index}": {"type": kind, **population}}
        edges += [(last, f"w{index}"), (f"w{index}", f"n{index}")]
        last = f"n{index}"
    nodes["output"] = end("Output", widths[-1])
    return Plain(nodes, [*edges, (last, "output")])


@given(st.lists(st.integers(-(2**24), 2**24), min_size=1, max_size=20), st.integers(0, 4096))
def test_the_arithmetic_is_the_chips(states: list[int], decay: int) -> None:
    exact, wide = torch.tensor(states, dtype=torch.int32), torch.tensor(states, dtype=torch.float64)
    parts = torch.tensor(float(decay), dtype=torch.float64)
    assert torch.equal(integers.decayed(wide, parts), chip_numbers.decayed(exact, 4096 - decay).double())
    assert torch.equal(integers.wrapped(wide), chip_numbers.wrapped(exact).double())
    assert torch.equal(integers.saturated(wide), chip_numbers.saturated(exact).double())


@pytest.mark.parametrize("kind", ["IF", "LIF", "CubaLIF"])
@pytest.mark.parametrize("bits", [8, 5])
@pytest.mark.parametrize("seed", range(3))
def test_the_emulator_of_the_chip_gives_the_same_spikes(kind: str, bits: int, seed: int) -> None:
    """`neuroff.chip` is bit-exact with lava-nc: so are networks of others."""
    found = graph(chain(kind, seed=seed))
    quantised = quantise(found, bits)
    values = values_for(found, spikes(12, seed))
    assert 0.01 < agreement(found, quantised.graph, values).fired["n1"][1] / (7 * STEPS) < 1.0
    assert chip_agrees(quantised, program_of_graph(quantised, STEPS), values)


@pytest.mark.parametrize("kind", ["IF", "LIF", "CubaLIF"])
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("strong", [False, True])
def test_biases_wait_for_the_spikes_in_deep_chains(kind: str, seed: int, strong: bool) -> None:
    """A layer waits a step longer than the one before: till then its bias is undone, exactly.

    Strong ones are of several thresholds: no start below the threshold waits under them.
    """
    bias = (4.0 if kind == "IF" else 2.0) if strong else (0.02 if kind == "IF" else 0.1)
    found = graph(chain(kind, (12, 30, 40, 30, 7), bias=bias, seed=seed))
    quantised = quantise(found)
    values = values_for(found, spikes(12, seed, rate=0.5))
    assert agreement(found, quantised.graph, values).fired["n3"][1] > 1.0
    program = program_of_graph(quantised, STEPS)
    assert any(layer.neurons.rest_at for layer in program.chip.layers) == strong
    assert chip_agrees(quantised, program, values)


def test_delays_are_the_chips(tmp_path: Path) -> None:
    net = chain("LIF")
    net.nodes["d"] = {"type": "Delay", "delay": np.arange(15) % 4 * DT_S}
    net.edges = [("n0", "d") if edge == ("n0", "w1") else edge for edge in net.edges] + [("d", "w1")]
    found = graph(net)
    quantised = quantise(found)
    assert chip_agrees(quantised, program_of_graph(quantised, STEPS), values_for(found, spikes(12)))


@pytest.mark.parametrize("kind", ["IF", "LIF", "CubaLIF"])
def test_biases_agree_closely(kind: str) -> None:
    found = graph(chain(kind, bias=0.2))
    values = values_for(found, spikes(12))
    near = agreement(found, quantise(found).graph, values)
    assert min(near.spikes.values()) > 0.97


def test_more_bits_agree_more() -> None:
    found = graph(chain("LIF"))
    values = values_for(found, spikes(12))
    shares = [agreement(found, quantise(found, bits).graph, values).spikes["n1"] for bits in (2, 4, 8)]
    assert shares[0] < shares[1] < shares[2]
    assert shares[2] > 0.95


def test_recurrent_networks_and_read_outs_keep_their_answers() -> None:
    net = small(
        r=linear(NEURONS, NEURONS, seed=2), w2=linear(3, NEURONS, seed=3), o=lif(3), output=end("Output", 3)
    )
    net.nodes["o"]["type"] = "LI"
    order = ("input", "w", "n", "r", "w2", "o", "output")
    edges = [("input", "w"), ("w", "n"), ("n", "r"), ("r", "n"), ("n", "w2"), ("w2", "o"), ("o", "output")]
    found = graph(Plain({name: net.nodes[name] for name in order}, edges, {("r", "n")}))
    values = values_for(found, spikes(12))
    near = agreement(found, quantise(found).graph, values)
    assert near.spikes["n"] > 0.95
    assert near.answers == 1.0
    assert chip_agrees(quantise(found), program_of_graph(quantise(found), STEPS), values)


def test_leaks_and_resets_are_counted_from_rest() -> None:
    net = small(n=lif(NEURONS, v_leak=0.3, v_reset=-0.2))
    found = graph(net)
    quantised = quantise(found)
    assert any("reset to a value other than rest" in note for note in quantised.notes)
    assert agreement(found, quantised.graph, values_for(found, spikes(12))).spikes["n"] > 0.97
    with pytest.raises(ExportError, match="node 'n': a reset that is late, missing, or to a value other"):
        program_of_graph(quantised, STEPS)


@given(networks(), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_network_is_quantised_or_refused_by_name(drawn: tuple[Plain, tuple[int, ...]], seed: int) -> None:
    net, shape = drawn
    found = graph(net)
    try:
        quantised = quantise(found, 8)
    except ExportError:
        with pytest.raises(ExportError, match="node '"):
            quantise(found, 8)
        return
    values = values_for(found, np.random.default_rng(seed).random((10, 2, *shape)) < 0.3)
    near = agreement(found, quantised.graph, values)
    assert all(share > 0.5 for share in near.spikes.values())


def test_weights_that_are_shared_or_follow_weights_are_refused() -> None:
    net = small(v=linear(NEURONS, NEURONS))
    net.edges = [("input", "w"), ("w", "v"), ("v", "n"), ("n", "output")]
    with pytest.raises(ExportError, match="node 'w': weights whose sums reach other weights"):
        quantise(graph(net))
    net = small(m=lif(NEURONS))
    net.edges += [("w", "m")]
    with pytest.raises(ExportError, match="weights 'w' that another population has too"):
        quantise(graph(net))
    with pytest.raises(ExportError, match="node 'n': neurons of kind Threshold, which no chip has"):
        quantise(graph(small(n={"type": "Threshold", "threshold": np.array(1.0)})))
    with pytest.raises(ExportError, match="bits = 9"):
        quantise(graph(small()), 9)
