"""A network of others in SANA-FE: the same spikes as its integers, and the same counts."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch

from neuroff.chip.network import run as run_chip
from neuroff.foreign import convention_of, read_nir, values_for
from neuroff.foreign.porting import port_graph
from neuroff.foreign.targets import presentation
from tests.energy.placing.test_sanafe import PYTHON, RUN
from tests.foreign.fixed.test_quantise import chain
from tests.foreign.fixed.test_readouts import net
from tests.foreign.fixed.test_recurrent import recurrent

POTENTIALS = """
import sys
import sanafe

arch = sanafe.load_arch(sys.argv[1])
chip = sanafe.SpikingChip(arch)
chip.load(sanafe.load_net(sys.argv[2], arch))
chip.sim(int(sys.argv[3]), spike_trace=sys.argv[4], potential_trace=sys.argv[5])
"""
SPIKES = (np.random.default_rng(0).random((20, 3, 12)) < 0.3).astype(np.uint8)


@pytest.mark.skipif(PYTHON is None, reason="the simulator sanafe is not installed")
@pytest.mark.parametrize("kind", ["LIF", "IF"])
@pytest.mark.parametrize(("writer", "joined"), [("nir", False), ("snntorch", False), ("nir", True)])
def test_spikes_and_synaptic_events_are_sanafes(tmp_path: Path, kind: str, writer: str, joined: bool) -> None:
    """Synaptic events are counted by SANA-FE itself; neuroff's are spikes times stored synapses."""
    graph = read_nir(
        (recurrent if joined else chain)(kind, seed=1).write(tmp_path / "a.nir"),
        dt_ms=1.0,
        written_by=convention_of(writer),
    )
    values = values_for(graph, SPIKES)
    ported = port_graph(graph, "sanafe", tmp_path / "files", values, values)
    arch, network = ported.exported.files
    program = ported.program
    trace, out = tmp_path / "spikes.csv", tmp_path / "out.json"
    assert PYTHON is not None
    done = subprocess.run(
        [PYTHON, "-c", RUN, str(arch), str(network), str(program.length), str(trace), str(out)],
        capture_output=True,
        text=True,
        timeout=120,
        env={"OMP_NUM_THREADS": "1", "PATH": os.environ["PATH"]},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    given = presentation(program, values)
    sent = [taken.spikes for taken in run_chip(program.chip, given, 1)]
    own = {
        (f"layer{layer}.{int(neuron)}", step)
        for step, spikes in enumerate(sent, start=1)
        for layer, fired in enumerate(spikes, start=1)
        for neuron in torch.nonzero(fired[0])
    }
    rows = [line.split(",") for line in trace.read_text().splitlines()[1:]]
    theirs = {(name, int(step)) for name, step in rows if not name.startswith("input")}
    assert len(own) > 20
    assert own == theirs
    found = json.loads(out.read_text())
    inputs = int(sum(0 if each is None else int(each.sum()) for each in given))
    assert found["neurons_fired"] == len(own) + inputs
    first, second = (sum(int(spikes[index].sum()) for spikes in sent) for index in range(2))
    events = inputs * 15 + first * 7 + (first * 15 + second * 7 if joined else 0)
    assert found["spikes"] == events


@pytest.mark.skipif(PYTHON is None, reason="the simulator sanafe is not installed")
@pytest.mark.parametrize("kind", ["LI", "I"])
def test_potentials_of_a_read_out_are_sanafes(tmp_path: Path, kind: str) -> None:
    graph = read_nir(net(kind, seed=1).write(tmp_path / "a.nir"), dt_ms=1.0)
    values = values_for(graph, SPIKES)
    ported = port_graph(graph, "sanafe", tmp_path / "files", values, values)
    program, (spikes, potentials) = ported.program, (tmp_path / "spikes.csv", tmp_path / "potentials.csv")
    given = [*map(str, ported.exported.files), str(program.length), str(spikes), str(potentials)]
    assert PYTHON is not None
    done = subprocess.run(
        [PYTHON, "-c", POTENTIALS, *given],
        capture_output=True,
        text=True,
        timeout=120,
        env={"OMP_NUM_THREADS": "1", "PATH": os.environ["PATH"]},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    fired = {line.split(".")[0] for line in spikes.read_text().splitlines()[1:]}
    assert fired == {"input", "layer1"}
    head, *rows = [line.strip(",").split(",") for line in potentials.read_text().splitlines()]
    assert head[1:] == [f"neuron layer2.{n}" for n in range(7)]
    theirs = np.array([[float(each) for each in row[1:]] for row in rows])
    own = [
        taken.state.neurons[1].voltage[0]
        for taken in run_chip(program.chip, presentation(program, values), 1)
    ]
    expected = torch.stack(own).numpy() / 2**6
    assert np.abs(expected).max() > 100
    printed = np.array([[float(f"{each:.6g}") for each in row] for row in expected])  # six digits
    assert np.array_equal(theirs, printed)
