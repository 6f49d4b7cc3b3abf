"""Files of integers made of networks of others."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from neuroff.chip.file import read_loihi, write_loihi
from neuroff.chip.network import run as run_chip
from neuroff.chip.program import ChipProgram
from neuroff.cli.main import run
from neuroff.errors import ExportError
from neuroff.exchange.c.running import compiled, find_compiler
from neuroff.exchange.c.source import read_c
from neuroff.exchange.netx import read_netx
from neuroff.foreign import convention_of, read_nir, values_for
from neuroff.foreign.convention import Fires
from neuroff.foreign.fixed.agreement import answers_of
from neuroff.foreign.fixed.quantise import quantise
from neuroff.foreign.fixed.resetting import with_chip_reset
from neuroff.foreign.porting import port_graph
from neuroff.foreign.running import run as run_graph
from neuroff.foreign.targets import TARGETS
from tests.foreign.fixed.test_quantise import chain
from tests.foreign.fixed.test_recurrent import recurrent
from tests.foreign.samples import NEURONS, lif, linear, small
from tests.results.checking import misfits

STEPS, SAMPLES = 30, 60
SPIKES = (np.random.default_rng(0).random((STEPS, SAMPLES, 12)) < 0.3).astype(np.uint8)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    network = chain("LIF").write(tmp_path / "network.nir")
    graph = read_nir(network, dt_ms=1.0)
    labels = answers_of(graph, run_graph(graph, values_for(graph, SPIKES)))
    np.savez(tmp_path / "spikes.npz", spikes=SPIKES, labels=labels.numpy())
    return network, tmp_path / "spikes.npz"


@pytest.mark.parametrize("target", TARGETS)
def test_the_command_writes_what_it_says(
    files: tuple[Path, Path], tmp_path: Path, target: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / f"out.{target}"
    options = ["--to", target, "--out", str(out), "--data", str(files[1]), "--dt-ms", "1", "--quantise", "8"]
    assert run(["export", str(files[0]), *options, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert misfits("export", told) == []
    assert (told["to"], told["widths"], told["bits"]) == (target, [12, 15, 7], 8)
    words = " ".join(told["notes"])
    assert "right answers: 100.00 % before" in words
    assert "does not fit truenorth-marginal" not in words
    if target in ("loihi", "c"):
        program = read_loihi(out) if target == "loihi" else read_c(out)
        assert program.widths == (12, 15, 7)
        assert program.steps == STEPS
    assert run(["export", str(files[0]), *options]) == 2
    assert "is there already" in capsys.readouterr().err


def test_calibration_alone_is_what_is_compared_too(files: tuple[Path, Path], tmp_path: Path) -> None:
    network, data = map(str, files)
    for option, name in (("--calibrate", "a"), ("--data", "b")):
        out = str(tmp_path / name)
        given = ["--to", "loihi", "--out", out, "--quantise", "8", option, data, "--dt-ms", "1"]
        assert run(["export", network, *given]) == 0
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_what_the_file_holds_computes_what_was_said(files: tuple[Path, Path], tmp_path: Path) -> None:
    graph = read_nir(files[0], dt_ms=1.0)
    values = values_for(graph, SPIKES)
    ported = port_graph(graph, "loihi", tmp_path / "n.safetensors", values)
    assert ported.same
    program = read_loihi(tmp_path / "n.safetensors")
    events: list[Any] = [each.to(torch.int32) for each in torch.from_numpy(SPIKES)]
    sent = [taken.spikes[1] for taken in run_chip(program.chip, [*events, None, None], SAMPLES)]
    counts = torch.stack(sent[2 : 2 + STEPS]).sum(0)
    assert float(counts.sum()) / SAMPLES == pytest.approx(ported.agreement.fired["n1"][1])


def test_a_reset_by_subtraction_is_made_up_for_by_the_threshold(tmp_path: Path) -> None:
    file = chain("LIF", seed=1).write(tmp_path / "network.nir")
    graph = read_nir(file, dt_ms=1.0, written_by=convention_of("nir", reset="subtract"))
    values = values_for(graph, SPIKES)
    found = with_chip_reset(graph, values, "rest")
    assert set(found.shares) == {"n0", "n1"}
    assert all(0.35 <= share <= 1.0 for share in found.shares.values())
    literal = read_nir(file, dt_ms=1.0)
    right = run_graph(graph, values)["n1"].sum()
    near = run_graph(found.graph, values)["n1"].sum()
    far = run_graph(literal, values)["n1"].sum()
    assert abs(near - right) < abs(far - right)
    ported = port_graph(graph, "c", tmp_path / "n.h", values, chip_reset="rest")
    assert ported.agreement.samples == SAMPLES // 2  # the other half chose the thresholds
    assert any("reset to rest, threshold" in note for note in ported.exported.notes)
    whole = port_graph(graph, "loihi", tmp_path / "m.safetensors", values, values)
    assert whole.agreement.samples == SAMPLES


@pytest.mark.parametrize("writer", ["snntorch", "nir"])
@pytest.mark.parametrize("kind", ["LIF", "CubaLIF", "IF"])
def test_neurons_that_subtract_do_so_late_or_at_once(tmp_path: Path, writer: str, kind: str) -> None:
    """A late subtraction of θ is one of θ/β at once, spike by spike; in integers too, to their rounding."""
    file = chain(kind, seed=1).write(tmp_path / "network.nir")
    graph = read_nir(file, dt_ms=1.0, written_by=convention_of(writer, reset="subtract"))
    values = values_for(graph, SPIKES)
    found = with_chip_reset(graph, values, "subtract")
    assert not found.shares
    right, own = run_graph(graph, values), run_graph(found.graph, values)
    assert all(torch.equal(right[name], own[name]) for name in ("n0", "n1"))
    assert 0 < right["n1"].mean() < 1
    ported = port_graph(graph, "c", tmp_path / "n.h", values)
    assert ported.same
    assert ported.agreement.samples == SAMPLES  # nothing was chosen
    assert min(ported.agreement.spikes.values()) > 0.95
    for before, after in ported.agreement.fired.values():
        assert after == pytest.approx(before, rel=0.01)
    rest = port_graph(graph, "loihi", tmp_path / "n.safetensors", values, chip_reset="rest")
    assert min(ported.agreement.spikes.values()) > min(rest.agreement.spikes.values())
    with pytest.raises(ExportError, match="a reset by subtraction"):
        port_graph(graph, "netx", tmp_path / "n.net", values, chip_reset="subtract")


@pytest.mark.skipif(find_compiler() is None, reason="there is no C compiler")
def test_a_compiler_and_a_file_give_the_spikes_of_neurons_that_subtract(tmp_path: Path) -> None:
    graph = read_nir(
        chain("LIF", seed=1).write(tmp_path / "network.nir"), dt_ms=1.0, written_by=convention_of("snntorch")
    )
    values = values_for(graph, SPIKES)
    program = port_graph(graph, "c", tmp_path / "n.h", values).program
    assert [layer.neurons.taken > 0 for layer in program.chip.layers] == [True, True]
    write_loihi(tmp_path / "n.safetensors", program)
    again = (read_c(tmp_path / "n.h"), read_loihi(tmp_path / "n.safetensors"))
    events: list[Any] = [each.to(torch.int32) for each in torch.from_numpy(SPIKES)] + [None, None]
    right = [taken.spikes for taken in run_chip(program.chip, events, SAMPLES)]
    for read in again:
        found = [taken.spikes for taken in run_chip(read.chip, events, SAMPLES)]
        assert all(
            torch.equal(a, b)
            for one, two in zip(right, found, strict=True)
            for a, b in zip(one, two, strict=True)
        )
    with compiled(program) as run_c:
        for index, sent in enumerate(run_c(events, SAMPLES)):
            assert torch.equal(sent, torch.stack([spikes[index] for spikes in right]))


@pytest.mark.parametrize("kind", ["IF", "LIF", "CubaLIF"])
@pytest.mark.parametrize("fires", ["exceeded", "reached"])
@pytest.mark.parametrize("net", [chain, recurrent])
def test_several_spikes_in_a_step_leave_as_graded_ones(
    tmp_path: Path, kind: str, fires: Fires, net: Any
) -> None:
    rule = replace(convention_of("nir", reset="subtract", spikes="many"), fires=fires)
    graph = read_nir(net(kind, seed=1).write(tmp_path / "network.nir"), dt_ms=1.0, written_by=rule)
    values = values_for(graph, SPIKES)
    assert run_graph(graph, values)["n0"].max() > 1
    with pytest.raises(ExportError, match="node 'n0': several spikes in a step"):
        quantise(graph)
    ported = port_graph(graph, "c", tmp_path / "n.h", values)
    assert ported.same
    assert max(float(each.max()) for each in run_graph(ported.quantised.graph, values).values()) > 1
    for before, after in ported.agreement.fired.values():  # their moments round
        assert after == pytest.approx(before, rel=0.02)
    write_loihi(tmp_path / "n.safetensors", ported.program)
    events: list[Any] = [each.to(torch.int32) for each in torch.from_numpy(SPIKES)] + [None, None]
    right = _emulated(ported.program, events)
    for read in (read_c(tmp_path / "n.h"), read_loihi(tmp_path / "n.safetensors")):
        assert all(torch.equal(a, b) for a, b in zip(right, _emulated(read, events), strict=True))
    if find_compiler() is not None:
        with compiled(ported.program) as run_c:
            sent = run_c(events, SAMPLES)
            assert all(torch.equal(a, b) for a, b in zip(right, sent, strict=True))
    for target in ("netx", "sanafe"):
        with pytest.raises(ExportError, match=r"a reset by subtraction|synaptic current"):
            port_graph(graph, target, tmp_path / target, values, chip_reset="subtract")
    waiting = port_graph(graph, "loihi", tmp_path / "rest", values, chip_reset="rest")
    assert max(float(each.max()) for each in run_graph(waiting.quantised.graph, values).values()) == 1


def test_biases_leave_as_netx_has_them(tmp_path: Path) -> None:
    """lava-dl's loader starts neurons at rest: biases act before the first spikes, and that is said."""
    graph = read_nir(chain("LIF", bias=0.2).write(tmp_path / "network.nir"), dt_ms=1.0)
    ported = port_graph(graph, "netx", tmp_path / "n.net", values_for(graph, SPIKES))
    assert not ported.same
    (told,) = [note for note in ported.exported.notes if "starts neurons at rest" in note]
    assert 95 < float(told.split("in ")[1].split(" %")[0]) < 100
    for layer in read_netx(tmp_path / "n.net").chip.layers:
        assert layer.neurons.bias.any()
        assert not layer.neurons.start_voltage.any()


def _emulated(program: ChipProgram, events: list[Any]) -> list[torch.Tensor]:
    sent = [taken.spikes for taken in run_chip(program.chip, events, SAMPLES)]
    return [torch.stack([each[index] for each in sent]) for index in range(len(program.chip.layers))]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda: (
                small(w2=linear(NEURONS, NEURONS), m=lif(NEURONS), r=linear(NEURONS, NEURONS)),
                [("n", "w2"), ("w2", "m"), ("m", "r"), ("r", "n")],
            ),
            "node 'r': an edge back from 'm' to 'n'",
        ),
        (
            lambda: (
                small(r=linear(NEURONS, NEURONS), q=linear(NEURONS, NEURONS)),
                [("n", "r"), ("r", "n"), ("n", "q"), ("q", "n")],
            ),
            "node 'n': 1 nodes of weights before it and 2 among its neurons",
        ),
        (lambda: (small(w2=linear(3, NEURONS)), [("n", "w2")]), "node 'w2': weights that no neuron follows"),
    ],
)
def test_what_is_no_chain_is_refused_by_name(tmp_path: Path, change: Any, message: str) -> None:
    net, edges = change()
    net.edges += edges
    graph = read_nir(net.write(tmp_path / "a.nir"), dt_ms=1.0)
    for target in ("c", "netx", "sanafe"):
        with pytest.raises(ExportError, match=message):
            port_graph(graph, target, tmp_path / "out", values_for(graph, SPIKES))
        assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "no spikes to compare both on"),
        (["--to", "nir", "--calibrate", "{data}", "--dt-ms", "1"], "no spikes to compare both on"),
        (["--data", "{data}"], "no time step"),
        (
            ["--data", "{data}", "--dt-ms", "1", "--to", "sanafe", "--profile", "spinnaker2"],
            "no mesh of tiles",
        ),
        (
            ["--data", "{data}", "--dt-ms", "1", "--to", "c", "--profile", "loihi1-sanafe"],
            "--profile: does noth",
        ),
        (["--data", "{bad}", "--dt-ms", "1"], "labels of shape (3,)"),
    ],
)
def test_bad_input_is_one_message(
    files: tuple[Path, Path],
    tmp_path: Path,
    options: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    bad = tmp_path / "bad.npz"
    np.savez(bad, spikes=SPIKES, labels=np.zeros(3, int))
    given = [option.format(data=files[1], bad=bad) for option in options]
    target = [] if "--to" in given else ["--to", "loihi"]
    assert run(["export", str(files[0]), *target, "--out", str(tmp_path / "o"), *given]) == 2
    assert message in " ".join(capsys.readouterr().err.split())
