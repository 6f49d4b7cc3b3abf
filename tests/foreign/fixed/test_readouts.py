"""Networks of others whose last layer does not fire, as integers and in every file: potentials to the bit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neuroff.chip.file import read_loihi
from neuroff.chip.network import run as run_chip
from neuroff.chip.program import ChipProgram
from neuroff.chip.reach import MAX_REACH
from neuroff.cli.main import run as run_command
from neuroff.errors import ExportError
from neuroff.exchange.c.running import classifying, find_compiler, potentials
from neuroff.exchange.c.source import read_c
from neuroff.exchange.netx import read_netx
from neuroff.exchange.sanafe.read import read_sanafe
from neuroff.foreign.counting import count_graph
from neuroff.foreign.fixed.agreement import agreement, answers_of
from neuroff.foreign.fixed.program import program_of_graph
from neuroff.foreign.fixed.quantise import quantise
from neuroff.foreign.porting import chip_agrees, port_graph
from neuroff.foreign.running import recorded, run
from neuroff.foreign.spikes import values_for
from neuroff.foreign.targets import TARGETS
from neuroff.foreign.work import work_of
from tests.foreign.fixed.test_quantise import SAMPLES, STEPS, chain, graph, spikes
from tests.foreign.fixed.test_recurrent import recurrent
from tests.foreign.plain import Plain
from tests.foreign.samples import case, end, lif, linear
from tests.foreign.strategies import DT_S, SILENT

READERS: dict[str, Any] = {"loihi": read_loihi, "c": read_c, "netx": read_netx, "sanafe": read_sanafe}
FIRING = {"LI": "LIF", "I": "IF", "CubaLI": "CubaLIF"}


def net(kind: str, seed: int = 0, bias: float = 0.0, leaks: bool = False, **more: Any) -> Plain:
    """A layer that fires and one that does not; ``leaks``: each neuron of the last at rest elsewhere."""
    made = chain(FIRING[kind], seed=seed, bias=bias, **more)
    last = {key: value for key, value in made.nodes["n1"].items() if key not in ("v_threshold", "v_reset")}
    made.nodes["n1"] = {**last, "type": kind}
    if leaks and kind != "I":
        made.nodes["n1"]["v_leak"] = np.random.default_rng(seed).normal(0, 3.0, 7)
    return made


def slow(kind: str) -> Plain:
    """Many weights before neurons that forget slowly: sums that 24 bits do not hold without an exponent."""
    made = net(kind, widths=(12, 900, 7))
    tau = {"LI": "tau", "CubaLI": "tau_mem"}.get(kind)
    return made if tau is None else _with(made, {tau: np.array(60 * DT_S)})


def _with(made: Plain, changed: dict[str, Any]) -> Plain:
    made.nodes["n1"] |= changed
    return made


def emulated(program: ChipProgram, samples: int, shown: Any) -> torch.Tensor:
    """Potentials of the last layer while it works, ``(T, B, N)``."""
    events = program.chip.fed([torch.from_numpy(each.astype(np.int32)) for each in shown])
    taken = list(run_chip(program.chip, events, samples))
    depth = len(program.chip.layers)
    moments = program.chip.moments(depth, program.steps)
    assert not any(each.spikes[-1].any() for each in taken)
    return torch.stack([taken[moment].state.neurons[-1].voltage for moment in moments])


@pytest.mark.parametrize("kind", SILENT)
@pytest.mark.parametrize("bits", [8, 5])
@pytest.mark.parametrize("bias", [0.0, 0.2])
@pytest.mark.parametrize("exponents", [True, False])
def test_the_emulator_has_the_potentials_of_the_integers(
    kind: str, bits: int, bias: float, exponents: bool
) -> None:
    found = graph(net(kind, bias=bias, leaks=True))
    quantised = quantise(found, bits, exponents=exponents, steps=STEPS)
    values = values_for(found, spikes(12))
    program = program_of_graph(quantised, STEPS)
    assert chip_agrees(quantised, program, values)
    near = agreement(found, quantised.graph, values)
    assert near.answers > (0.8 if exponents and bits == 8 else 0.5)
    own = recorded(quantised.graph, values)["n1"]["voltages"]
    assert torch.equal(emulated(program, SAMPLES, spikes(12)).double(), own)
    assert own.abs().max() <= MAX_REACH


def test_potentials_that_differ_are_no_agreement() -> None:
    found = graph(net("LI"))
    quantised, values = quantise(found, steps=STEPS), values_for(found, spikes(12))
    other = program_of_graph(quantise(graph(net("LI", seed=1)), steps=STEPS), STEPS)
    own = program_of_graph(quantised, STEPS)
    layers = (own.chip.layers[0], other.chip.layers[1])
    mixed = ChipProgram(type(own.chip)(layers), STEPS, 0)
    assert chip_agrees(quantised, own, values)
    assert not chip_agrees(quantised, mixed, values)


@pytest.mark.parametrize("kind", SILENT)
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("leaks", [False, True])
def test_every_file_gives_the_emulators_potentials(
    tmp_path: Path, kind: str, target: str, leaks: bool
) -> None:
    found = graph(net(kind, leaks=leaks))
    shown = spikes(12)
    values = values_for(found, shown)
    if target == "sanafe" and kind == "CubaLI":
        with pytest.raises(ExportError, match=r"memory of the synaptic current.*--to loihi .* has them"):
            port_graph(found, target, tmp_path / "out", values)
        return
    ported = port_graph(found, target, tmp_path / "out", values)
    assert ported.same
    assert any("n1: potentials are read" in note for note in ported.exported.notes)
    right = emulated(ported.program, SAMPLES, shown)
    again = READERS[target](tmp_path / "out")
    assert again.reads_potentials
    assert torch.equal(emulated(again, SAMPLES, shown), right)
    if target == "c" and find_compiler() is not None:
        events = ported.program.chip.fed([torch.from_numpy(each.astype(np.int32)) for each in shown])
        with potentials(again) as read, classifying(again) as classes:
            told = read(events, SAMPLES)
            assert torch.equal(told[2:], right)
            integers = ported.quantised.graph
            assert torch.equal(classes(events, SAMPLES), answers_of(integers, run(integers, values)))


@pytest.mark.parametrize("kind", SILENT)
@pytest.mark.parametrize("large", [False, True])
def test_whatever_arrives_24_bits_hold_it(kind: str, large: bool) -> None:
    """All at once, or for every neuron those of one sign: what saturates would show no further growth."""
    found = graph(slow(kind) if large else net(kind))
    quantised = quantise(found, steps=STEPS)
    (key,) = quantised.units["n1"].weights
    weight = quantised.units["n1"].weights[key]
    program = program_of_graph(quantised, STEPS)
    last = ChipProgram(type(program.chip)((program.chip.layers[1],)), STEPS, 0)
    worst = torch.cat([weight > 0, weight < 0, weight.ne(0)]).expand(STEPS, -1, -1).numpy()
    reached = int(emulated(last, worst.shape[1], worst).abs().max())
    assert reached <= MAX_REACH
    halved = quantised.units["n1"].halved
    assert (halved > 0) == large
    assert halved == 0 or reached > 0.3 * MAX_REACH  # not halved more often than needed


@pytest.mark.parametrize("target", TARGETS)
def test_a_read_out_behind_a_layer_that_is_joined_to_itself(tmp_path: Path, target: str) -> None:
    made = recurrent("LIF")
    silent = {key: value for key, value in made.nodes["n1"].items() if key not in ("v_threshold", "v_reset")}
    nodes = {name: node for name, node in made.nodes.items() if name != "r1"} | {
        "n1": {**silent, "type": "LI"}
    }
    found = graph(Plain(nodes, [edge for edge in made.edges if "r1" not in edge]))
    ported = port_graph(found, target, tmp_path / "out", values_for(found, spikes(12)))
    assert ported.same
    assert ported.agreement.answers > 0.9


def test_a_read_out_beside_another_layer_is_loihis_alone(tmp_path: Path) -> None:
    made = case("leaky-readout")
    made.nodes |= {"w3": linear(5, 8, seed=4), "m": lif(5), "other": end("Output", 5)}
    made.edges += [("n", "w3"), ("w3", "m"), ("m", "other")]
    found = graph(made)
    values = values_for(found, spikes(12))
    assert port_graph(found, "loihi", tmp_path / "out", values).same
    with pytest.raises(ExportError, match="--to loihi has others"):
        port_graph(found, "c", tmp_path / "other", values)


def test_a_read_out_without_an_end_is_said_where_no_steps_are() -> None:
    found = graph(net("I"))
    assert not quantise(found).units["n1"].bounded
    assert any("nothing bounds its potentials" in note for note in quantise(found).notes)
    assert quantise(found, steps=STEPS).units["n1"].bounded
    assert quantise(graph(net("LI"))).units["n1"].bounded


def test_bits_that_a_target_without_exponents_loses_are_said(tmp_path: Path) -> None:
    found = graph(slow("LI"))
    values = values_for(found, spikes(12))
    for target, words in (("netx", True), ("sanafe", True), ("loihi", False), ("c", False)):
        notes = port_graph(found, target, tmp_path / target, values).exported.notes
        assert any("bits less, which this target has no exponent for" in each for each in notes) == words


@given(st.sampled_from(SILENT), st.integers(0, 10**6), st.integers(2, 8), st.integers(1, 30), st.booleans())
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_read_out_is_the_emulators(kind: str, seed: int, bits: int, steps: int, leaks: bool) -> None:
    widths = tuple(np.random.default_rng(seed).integers(1, 30, 4).tolist())
    found = graph(net(kind, seed, 0.3, False, widths=(*widths[:2], 7) if leaks else widths[:3]))
    quantised = quantise(found, bits, steps=steps)
    values = values_for(found, spikes(widths[0], seed)[:steps, :4])
    program = program_of_graph(quantised, steps)
    assert chip_agrees(quantised, program, values)


def test_potentials_are_no_spikes() -> None:
    found = graph(case("leaky-readout"))
    activity = count_graph(found, values_for(found, spikes(12)))
    layers = {layer.name: layer for layer in work_of(activity).layers}
    assert sum(layers["n"].spikes) > 10
    assert (sum(layers["o"].spikes), layers["o"].spikes_of) == (0.0, None)
    assert sum(layers["o"].events) > 10  # what its weights are met by


@pytest.mark.parametrize("target", TARGETS)
def test_the_command_takes_a_leaky_read_out(
    tmp_path: Path, target: str, capsys: pytest.CaptureFixture[str]
) -> None:
    network, data, out = case("leaky-readout").write(tmp_path / "n.nir"), tmp_path / "s.npz", tmp_path / "out"
    shown = spikes(12)
    right = graph(case("leaky-readout"))
    labels = answers_of(right, run(right, values_for(right, shown)))
    np.savez(data, spikes=shown.astype(np.uint8), labels=labels.numpy())
    options = ["--to", target, "--data", str(data), "--dt-ms", "1", "--out", str(out), "--json"]
    assert run_command(["export", str(network), *options]) == 0
    words = " ".join(json.loads(capsys.readouterr().out)["notes"])
    assert "right answers: 100.00 % before" in words
    assert "o: potentials are read" in words
    assert "the chip's emulator does as" not in words  # in every neuron-step
    assert READERS[target](out).widths == (12, 8, 6)
