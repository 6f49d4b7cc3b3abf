"""Networks of others whose layers are joined among themselves, in fixed point and in every file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from neuroff.chip.file import read_loihi
from neuroff.chip.network import run as run_chip
from neuroff.chip.program import ChipProgram, to_values
from neuroff.errors import ExportError
from neuroff.exchange.c.running import compiled, find_compiler
from neuroff.exchange.c.source import read_c
from neuroff.exchange.netx import read_netx
from neuroff.exchange.sanafe.read import read_sanafe
from neuroff.foreign.fixed.agreement import agreement
from neuroff.foreign.fixed.program import program_of_graph
from neuroff.foreign.fixed.quantise import quantise
from neuroff.foreign.porting import chip_agrees, port_graph
from neuroff.foreign.spikes import values_for
from tests.foreign.fixed.test_quantise import SAMPLES, STEPS, chain, graph, spikes
from tests.foreign.plain import Plain
from tests.foreign.samples import linear
from tests.foreign.strategies import DT_S

READERS = {"loihi": read_loihi, "c": read_c, "netx": read_netx, "sanafe": read_sanafe}


def recurrent(kind: str, seed: int = 0, strength: float = 0.1, **more: Any) -> Plain:
    """Two layers, each joined among its neurons by weights much smaller than those before it."""
    net = chain(kind, seed=seed, **more)
    stream = np.random.default_rng(seed)
    for index, neurons in enumerate((15, 7)):
        weights = linear(neurons, neurons, seed + 10 + index)
        weights["weight"] = weights["weight"] * strength * stream.choice([-1, 1], (neurons, neurons))
        net.nodes[f"r{index}"] = weights
        net.edges += [(f"n{index}", f"r{index}"), (f"r{index}", f"n{index}")]
    return net


def without(net: Plain) -> Plain:
    kept = {name: node for name, node in net.nodes.items() if not name.startswith("r")}
    return Plain(kept, [edge for edge in net.edges if not {"r0", "r1"} & set(edge)])


@pytest.mark.parametrize("kind", ["IF", "LIF", "CubaLIF"])
@pytest.mark.parametrize("bits", [8, 5])
@pytest.mark.parametrize("strength", [0.05, 1.0, 20.0])
@pytest.mark.parametrize("exponents", [True, False])
def test_the_emulator_gives_the_spikes_of_the_integers(
    kind: str, bits: int, strength: float, exponents: bool
) -> None:
    found = graph(recurrent(kind, strength=strength))
    quantised = quantise(found, bits, exponents=exponents)
    program = program_of_graph(quantised, STEPS)
    own = [layer.recurrent for layer in program.chip.layers]
    assert [each is not None and each.axons for each in own] == [15, 7]
    assert any(each is not None and each.exponent < 0 for each in own) == (exponents and strength == 0.05)
    values = values_for(found, spikes(12))
    assert 0.01 < agreement(found, quantised.graph, values).fired["n1"][1] / (7 * STEPS) < 1.0
    assert chip_agrees(quantised, program, values)


def test_what_recurs_matters_and_eight_bits_keep_it() -> None:
    net = recurrent("LIF", strength=0.3)
    found, plain = graph(net), graph(without(net))
    values = values_for(found, spikes(12))
    near = agreement(found, quantise(found).graph, values)
    far = agreement(found, plain, values)
    assert min(near.spikes.values()) > 0.97
    assert min(far.spikes.values()) < 0.9


@pytest.mark.parametrize("kind", ["LIF", "IF"])
@pytest.mark.parametrize("target", READERS)
def test_every_file_gives_the_emulators_spikes(tmp_path: Path, kind: str, target: str) -> None:
    found = graph(recurrent(kind))
    values = values_for(found, spikes(12))
    ported = port_graph(found, target, tmp_path / "out", values, chip_reset="rest")
    assert ported.same
    assert min(ported.agreement.spikes.values()) > 0.9
    again = READERS[target](tmp_path / "out")
    right, there = spikes_of(ported.program), spikes_of(again)
    assert sum(int(each.sum()) for each in right) > 100
    assert all(torch.equal(a, b) for a, b in zip(right, there, strict=True))
    if target == "c" and find_compiler() is not None:
        with compiled(ported.program) as run_c:
            for own, sent in zip(right, run_c(events(), SAMPLES), strict=True):
                assert torch.equal(own, sent)


def test_a_delay_and_a_vector_of_weights_recur_too(tmp_path: Path) -> None:
    net = recurrent("LIF", strength=1.0)
    net.nodes["r1"] = {"type": "Scale", "scale": np.linspace(-0.5, 0.5, 7)}
    net.nodes["d"] = {"type": "Delay", "delay": np.arange(15) % 4 * DT_S}
    net.edges = [("n0", "d") if edge == ("n0", "r0") else edge for edge in net.edges] + [("d", "r0")]
    found = graph(net)
    values = values_for(found, spikes(12))
    ported = port_graph(found, "loihi", tmp_path / "out", values)
    assert ported.same
    own = ported.program.chip.layers[0].recurrent
    assert own is not None
    assert own.delays.tolist() == [each % 4 for each in range(15)]
    again = read_loihi(tmp_path / "out")
    assert str(to_values(again)) == str(to_values(ported.program))
    for target, words in (("c", "recurrent weights with delays"), ("netx", "delays"), ("sanafe", "delays")):
        with pytest.raises(ExportError, match=words):
            port_graph(found, target, tmp_path / target, values, chip_reset="rest")
        assert not (tmp_path / target).exists()


def test_thresholds_far_above_the_weights_keep_their_scale() -> None:
    """A threshold of 17 bits bounds the unit: weights get an exponent, which the program has too."""
    net = chain("IF")
    net.nodes["n0"]["r"] = np.array(1 / DT_S)
    net.nodes["n0"]["v_threshold"] = np.array(1500.0 * net.nodes["w0"]["weight"].max())
    found = graph(net)
    quantised = quantise(found)
    assert min(quantised.units["n0"].exponents.values()) < 0
    values = values_for(found, np.ones((800, 2, 12)))
    assert agreement(found, quantised.graph, values).fired["n0"][1] > 0
    assert chip_agrees(quantised, program_of_graph(quantised, 800), values)
    plain = quantise(found, exponents=False)
    assert chip_agrees(plain, program_of_graph(plain, 800), values)


def events() -> list[Any]:
    return [torch.from_numpy(each.astype(np.int32)) for each in spikes(12)] + [None, None]


def spikes_of(program: ChipProgram) -> list[torch.Tensor]:
    sent = [taken.spikes for taken in run_chip(program.chip, events(), SAMPLES)]
    return [torch.stack([each[index] for each in sent]) for index in range(2)]
