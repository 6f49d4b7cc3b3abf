"""Recordings beside a network: NIR's data files, against the package nir and from hands that are not ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch

from neuroff.cli.main import run
from neuroff.errors import ExportError
from neuroff.exchange.nir.recordings import read_recordings, write_recordings
from neuroff.foreign import read_nir, read_spikes, values_for
from neuroff.foreign.running import recorded
from tests.foreign.samples import INPUTS, NEURONS, small

DT_S, STEPS, SAMPLES = 1e-3, 30, 4
SPIKES = np.random.default_rng(0).random((STEPS, SAMPLES, INPUTS)) < 0.3


def by_name(path: Path, dt_s: float = DT_S) -> dict[tuple[str, str], Any]:
    return {(each.node, each.name): each.values for each in read_recordings(path, dt_s)}


def test_what_is_written_is_what_nir_reads_and_what_comes_back(tmp_path: Path) -> None:
    nir = pytest.importorskip("nir")
    stream = np.random.default_rng(1)
    given: dict[str, dict[str, Any]] = {
        "input": {"spikes": SPIKES},
        "n": {"voltages": stream.normal(size=(STEPS, SAMPLES, 2, 3))},
    }
    write_recordings(tmp_path / "a.nir", given, DT_S)
    theirs = nir.read_data(tmp_path / "a.nir").nodes
    assert np.array_equal(theirs["input"].observables["spikes"].data, SPIKES.transpose(1, 0, 2))
    assert theirs["input"].observables["spikes"].data.dtype == bool
    assert theirs["n"].observables["voltages"].dt == DT_S
    ours = by_name(tmp_path / "a.nir")
    assert np.array_equal(ours["input", "spikes"], SPIKES)
    assert np.array_equal(ours["n", "voltages"], given["n"]["voltages"].reshape(STEPS, SAMPLES, 6))


def test_events_of_nir_become_steps(tmp_path: Path) -> None:
    nir = pytest.importorskip("nir")
    gridded = nir.TimeGriddedData(SPIKES.transpose(1, 0, 2), DT_S)
    events = gridded.to_event(STEPS * INPUTS)
    valued = nir.ValuedEventData(
        events.idx, events.time, events.n_neurons, events.t_max, np.full(events.idx.shape, 2.5)
    )
    data = nir.NIRNodeData({"spikes": events, "currents": valued})
    nir.write_data(tmp_path / "a.nir", nir.NIRGraphData({"input": data}))
    found = by_name(tmp_path / "a.nir")
    assert np.array_equal(found["input", "spikes"], SPIKES)
    assert np.array_equal(found["input", "currents"], SPIKES * 2.5)


def test_a_recording_travels_with_its_network(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was recorded of the inputs runs the network again, to the same spikes and the same counts."""
    network, data, out = small().write(tmp_path / "a.nir"), tmp_path / "s.npz", tmp_path / "recorded.nir"
    np.savez(data, spikes=SPIKES)
    options = ["--dt-ms", "1", "--profile", "loihi1-davies2018", "--json"]
    assert run(["energy", str(network), "--data", str(data), "--record", str(out), *options]) == 0
    first = json.loads(capsys.readouterr().out)
    assert run(["energy", str(network), "--data", str(out), *options]) == 0
    second = json.loads(capsys.readouterr().out)
    assert first["nodes"] == second["nodes"]
    graph = read_nir(network, dt_ms=1.0)
    seen = recorded(graph, values_for(graph, read_spikes(out, 1.0)))
    kept = by_name(out)
    assert np.array_equal(seen["n"]["spikes"].numpy(), kept["n", "spikes"])
    assert torch.equal(seen["n"]["voltages"], torch.from_numpy(kept["n", "voltages"]))
    assert kept["n", "voltages"].shape == (STEPS, SAMPLES, NEURONS)
    assert (kept["n", "voltages"][kept["n", "spikes"] > 0] == 0).all()  # after the reset
    assert run(["energy", str(network), "--data", str(data), "--record", str(out), *options]) == 2
    assert "is there already" in capsys.readouterr().err
    assert (
        run(["energy", str(network), "--rates", "0.1", "--steps", "5", "--record", str(out), *options]) == 2
    )
    assert "nothing runs at given rates" in capsys.readouterr().err


def damaged(change: Any) -> Any:
    def make(path: Path) -> None:
        with h5py.File(path, "w") as file:
            file.attrs["__type__"] = "NIRGraphData"
            node = file.create_group("nodes/input")
            node.attrs["__type__"] = "NIRNodeData"
            spikes = node.create_group("observables/spikes")
            spikes.attrs.update({"__type__": "EventData", "n_neurons": 3, "t_max": 0.01})
            spikes["idx"], spikes["time"] = np.array([[0, 2, -1]]), np.array([[0.0, 0.004, np.inf]])
            change(file, spikes)

    return make


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda file, spikes: file.attrs.modify("__type__", "Other"), "no recordings"),
        (lambda file, spikes: spikes.attrs.modify("__type__", "Other"), "data of type 'Other'"),
        (lambda file, spikes: spikes.attrs.modify("n_neurons", 2), "events beyond its neurons or its time"),
        (lambda file, spikes: spikes.attrs.modify("t_max", 0.003), "events beyond its neurons or its time"),
        (lambda file, spikes: spikes.attrs.modify("t_max", 1e9), "at most 268435456 values"),
        (lambda file, spikes: spikes.attrs.modify("n_neurons", -1), "n_neurons = "),
        (lambda file, spikes: spikes.attrs.__delitem__("t_max"), "t_max = None"),
        (lambda file, spikes: spikes.attrs.create("t_max", np.ones(9)), "an attribute that is no single"),
        (lambda file, spikes: spikes.__delitem__("idx"), "'idx'"),
        (lambda file, spikes: spikes.attrs.modify("__type__", "TimeGriddedData"), "dt = None"),
    ],
)
def test_what_is_no_recording_is_one_message(tmp_path: Path, change: Any, message: str) -> None:
    damaged(change)(tmp_path / "a.nir")
    with pytest.raises(ExportError, match=message) as raised:
        read_recordings(tmp_path / "a.nir", DT_S)
    assert str(tmp_path / "a.nir") in str(raised.value)


def test_another_step_is_told_with_what_to_do(tmp_path: Path) -> None:
    write_recordings(tmp_path / "a.nir", {"input": {"spikes": SPIKES}}, 5e-4)
    with pytest.raises(ExportError, match=r"steps of 0.5 ms for a network of 1 ms a step.*--dt-ms 0.5"):
        read_recordings(tmp_path / "a.nir", DT_S)
