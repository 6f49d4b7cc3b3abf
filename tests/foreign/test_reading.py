"""Files of others: every name and shape that is allowed, and one message for what is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from neuroff.errors import ConfigError, DataError, ExportError
from neuroff.foreign.convention import convention_of
from neuroff.foreign.reading import graph_of, read_nir
from neuroff.foreign.running import run
from neuroff.foreign.spikes import read_spikes, values_for
from neuroff.hdf5.files import write_hdf5
from tests.foreign import plain
from tests.foreign.plain import Plain
from tests.foreign.samples import INPUTS, NEURONS, end, lif, linear, small

SPIKES = np.random.default_rng(3).random((10, 2, INPUTS)) < 0.4


def spikes_of(net: Plain, spikes: Any = SPIKES, **options: Any) -> dict[str, torch.Tensor]:
    graph = graph_of(net.tree(), "file", **{"dt_ms": 1.0, **options})
    return run(graph, values_for(graph, spikes))


@pytest.mark.parametrize("name", ["in", "lambda", "a.b", "0", "ünïcode ☃", "x" * 200, "__class__", "w/../x"])
def test_a_node_may_have_any_name(tmp_path: Path, name: str) -> None:
    if "/" in name:
        pytest.skip("HDF5 names groups so that it cannot stand in a file")
    net = small()
    nodes = {name if key == "n" else key: node for key, node in net.nodes.items()}
    renamed = Plain(nodes, [("input", "w"), ("w", name), (name, "output")])
    graph = read_nir(renamed.write(tmp_path / "a.nir"), dt_ms=1.0)
    assert name in graph.populations
    found = run(graph, values_for(graph, SPIKES))[name]
    assert torch.equal(found, spikes_of(net)["n"])


def test_nodes_may_stand_in_any_order_and_edges_twice() -> None:
    net = small()
    shuffled = Plain(dict(reversed(net.nodes.items())), [*reversed(net.edges), net.edges[0]])
    assert torch.equal(spikes_of(shuffled)["n"], spikes_of(net)["n"])


def test_an_input_axis_of_one_is_dropped_and_said() -> None:
    net = small(input=end("Input", 1, INPUTS))
    graph = graph_of(net.tree(), "file", dt_ms=1.0)
    assert graph.notes == (f"w: values of shape 1×{INPUTS} reach {INPUTS} inputs: an axis of one is dropped",)
    for spikes in (SPIKES, SPIKES[:, :, None]):
        assert torch.equal(spikes_of(net, spikes)["n"], spikes_of(small())["n"])


def test_leak_and_reset_other_than_zero() -> None:
    net = small(n=lif(NEURONS, v_leak=0.2, v_reset=-0.3))
    right = plain.run(net, SPIKES, 1e-3)
    assert plain.alike(right.sent, spikes_of(net)) == []
    assert not np.array_equal(right.sent["n"], plain.run(small(), SPIKES, 1e-3).sent["n"])


def test_a_reset_that_is_missing_is_zero() -> None:
    net = small()
    del net.nodes["n"]["v_reset"]
    assert torch.equal(spikes_of(net)["n"], spikes_of(small())["n"])


def test_a_graph_within_a_graph_is_taken_apart(tmp_path: Path) -> None:
    """As snnTorch writes RLeaky: neurons and their recurrent weights in a graph of their own."""
    inner = {
        "type": "NIRGraph",
        "nodes": {
            "input": end("Input", NEURONS),
            "lif": lif(NEURONS),
            "w_rec": linear(NEURONS, NEURONS, seed=5),
            "output": end("Output", NEURONS),
        },
        "edges": [["input", "lif"], ["lif", "w_rec"], ["w_rec", "lif"], ["lif", "output"]],
    }
    outer = {**small().nodes, "n": inner}
    edges = [["input", "w"], ["w", "n"], ["n", "output"]]
    write_hdf5(tmp_path / "a.nir", {"node": {"type": "NIRGraph", "nodes": outer, "edges": edges}})
    graph = read_nir(tmp_path / "a.nir", dt_ms=1.0)
    assert graph.populations == ("n.lif",)
    assert graph.recurrent == {("n.w_rec", "n.lif")}
    flat = small(r=linear(NEURONS, NEURONS, seed=5))
    flat.edges += [("n", "r"), ("r", "n")]
    flat.late = {("r", "n")}
    right = plain.run(
        Plain({**{k: flat.nodes[k] for k in ("input", "w", "n", "r", "output")}}, flat.edges, flat.late),
        SPIKES,
        1e-3,
    )
    found = run(graph, values_for(graph, SPIKES))
    assert np.array_equal(right.sent["n"], found["n.lif"].numpy())


def test_several_inputs_take_an_array_each() -> None:
    net = small(other=end("Input", 3), w2=linear(NEURONS, 3, seed=4))
    net.edges += [("other", "w2"), ("w2", "n")]
    graph = graph_of(net.tree(), "file", dt_ms=1.0)
    second = np.random.default_rng(4).random((10, 2, 3)) < 0.5
    found = run(graph, values_for(graph, {"input": SPIKES, "other": second}))["n"]
    assert not torch.equal(found, spikes_of(small())["n"])
    with pytest.raises(DataError, match="an array for each input: '"):
        values_for(graph, {"spikes": SPIKES})
    with pytest.raises(DataError, match="different numbers of steps"):
        values_for(graph, {"input": SPIKES, "other": second[:5]})


def test_a_neuron_without_memory_is_said() -> None:
    graph = graph_of(small().tree(), "file", dt_ms=5.0)
    assert "keeps nothing of its potential; check dt_ms" in graph.notes[0]
    assert graph_of(small().tree(), "file", dt_ms=1.0).notes == ()


def test_time_constants_in_steps_are_noticed() -> None:
    net = small(n=lif(NEURONS, tau=10.0))
    (note,) = graph_of(net.tree(), "file", dt_ms=1.0).notes
    assert "tau of 10 s, 1e+04 steps; files of sinabs count time constants in steps" in note
    assert not graph_of(net.tree(), "file", dt_ms=1.0, written_by=convention_of("sinabs")).notes


def test_a_file_that_was_not_written_to_its_end_is_told() -> None:
    with pytest.raises(ExportError, match=r"not written to its end.*compression=None to nir.write"):
        graph_of({"version": "1.0.8", "node": {"nodes": {}}}, "file", dt_ms=1.0)


def test_a_file_of_nir_itself(tmp_path: Path) -> None:
    nir = pytest.importorskip("nir")
    full = {key: value for key, value in lif(NEURONS).items() if key != "type"}
    nodes = {
        "input": nir.Input({"input": np.array([INPUTS])}),
        "w": nir.Linear(small().nodes["w"]["weight"]),
        "n": nir.LIF(**full),
        "output": nir.Output({"output": np.array([NEURONS])}),
    }
    graph = nir.NIRGraph(nodes=nodes, edges=[("input", "w"), ("w", "n"), ("n", "output")])
    nir.write(tmp_path / "a.nir", graph)
    read = read_nir(tmp_path / "a.nir", dt_ms=1.0)
    assert torch.equal(run(read, values_for(read, SPIKES))["n"], spikes_of(small())["n"])


WRONG: dict[str, tuple[Plain, str]] = {
    "kind": (
        small(n={"type": "Izhikevich"}),
        "node 'n': a node of type 'Izhikevich'; expected Input, Output",
    ),
    "shape": (small(w=linear(NEURONS, 5)), "node 'w': values of shape 12 reach weights of 5 inputs"),
    "parameters": (small(n=lif(4)), "node 'n': .* of shape 4 for neurons or values of shape 6"),
    "not finite": (small(n=lif(NEURONS, r=np.nan)), "node 'n': 'r' holds a number that is not finite"),
    "short": (small(n=lif(NEURONS, tau=1e-4)), "node 'n': tau of 0.0001 s, shorter than a step of 0.001 s"),
    "negative": (small(n=lif(NEURONS, tau=-1.0)), "node 'n': tau of -1 s"),
    "missing": (small(n={"type": "LIF", "tau": np.ones(6)}), "node 'n': 'r' is missing"),
    "output": (small(output=end("Output", 9)), "node 'output': values of shape 6 reach a node of shape 9"),
    "bomb": (small(input=end("Input", 2**31)), "node 'input'|values of shape"),
    "no input": (
        Plain({"w": linear(3, 3), "output": end("Output", 3)}, [("w", "output")]),
        "no node of type Input",
    ),
    "edge": (
        Plain(small().nodes, [("input", "w"), ("w", "nowhere")]),
        "node 'nowhere': an edge 'w' → 'nowhere'",
    ),
    "loose": (Plain(small().nodes, [("input", "w"), ("w", "n")]), "node 'output': no edge leads to it"),
    "delay": (
        Plain(
            {**small().nodes, "d": {"type": "Delay", "delay": np.array([1.5e-3])}},
            [("input", "d"), ("d", "w"), ("w", "n"), ("n", "output")],
        ),
        "node 'd': delays that are no whole steps",
    ),
    "long delay": (
        Plain(
            {**small().nodes, "d": {"type": "Delay", "delay": np.array([1e9])}},
            [("input", "d"), ("d", "w"), ("w", "n"), ("n", "output")],
        ),
        "node 'd': delays of 1e[+]12 to 1e[+]12 steps",
    ),
    "sum": (
        Plain(
            {**small().nodes, "w2": linear(4, INPUTS)},
            [("input", "w"), ("input", "w2"), ("w", "n"), ("w2", "n"), ("n", "output")],
        ),
        "node 'n': values of shape",
    ),
    "padding": (
        small(
            input=end("Input", 1, INPUTS),
            w={"type": "Conv1d", "weight": np.ones((1, 1, 3)), "padding": "reflect", "stride": np.array(1)},
        ),
        "node 'w': padding 'reflect'; expected 'same', 'valid' or numbers",
    ),
    "kernel": (
        small(input=end("Input", 1, 2), w={"type": "Conv1d", "weight": np.ones((1, 1, 3))}),
        "node 'w': a kernel of 3 on values of 2",
    ),
    "stride": (
        small(
            input=end("Input", 1, INPUTS),
            w={"type": "Conv1d", "weight": np.ones((1, 1, 3)), "stride": np.array(0)},
        ),
        "node 'w': stride .0.; expected 1 whole number from 1",
    ),
    "groups": (
        small(
            input=end("Input", 1, INPUTS),
            w={"type": "Conv1d", "weight": np.ones((3, 1, 3)), "groups": np.array(2)},
        ),
        "node 'w': 3 channels in 2 groups",
    ),
    "pool": (
        small(w={"type": "SumPool2d", "kernel_size": np.array([2, 2])}),
        "node 'w': values of shape 12; expected channels and two lengths",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_is_one_message_that_names_the_node(case: str, tmp_path: Path) -> None:
    net, message = WRONG[case]
    file = net.write(tmp_path / "a.nir")
    with pytest.raises(ExportError, match=message) as found:
        read_nir(file, dt_ms=1.0)
    assert str(file) in str(found.value)


@pytest.mark.parametrize("dt_ms", [None, 0.0, -1.0, float("nan"), float("inf"), True, "1"])
def test_a_step_is_needed(dt_ms: Any) -> None:
    with pytest.raises(ConfigError, match=r"dt_ms|time step"):
        graph_of(small().tree(), "file", dt_ms=dt_ms)


@pytest.mark.parametrize(
    ("spikes", "message"),
    [
        (np.zeros((10, INPUTS)), "shape .10, 12.; expected .T, B, 12."),
        (np.zeros((10, 2, 5)), "shape .10, 2, 5."),
        (np.zeros((0, 2, INPUTS)), "expected steps and samples"),
        (np.full((3, 2, INPUTS), np.nan), "not finite"),
        (np.full((3, 2, INPUTS), "a"), "expected numbers"),
        ({"other": np.zeros((3, 2, INPUTS))}, "no array 'spikes' among 'other'"),
    ],
)
def test_data_that_do_not_fit_are_one_message(spikes: Any, message: str) -> None:
    graph = graph_of(small().tree(), "file", dt_ms=1.0)
    with pytest.raises(DataError, match=message):
        values_for(graph, spikes)


def test_files_of_spikes(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", spikes=SPIKES)
    assert np.array_equal(read_spikes(tmp_path / "a.npz")["spikes"], SPIKES)
    (tmp_path / "b.npz").write_bytes(b"no zip")
    np.savez(tmp_path / "c.npz", spikes=np.array([{}], dtype=object))
    np.save(tmp_path / "d.npy", SPIKES)
    for name, message in (
        ("b.npz", "not a readable"),
        ("c.npz", "not a readable"),
        ("d.npy", "not a readable"),
    ):
        with pytest.raises(DataError, match=message):
            read_spikes(tmp_path / name)
    with pytest.raises(DataError, match="No such file"):
        read_spikes(tmp_path / "missing.npz")
    with pytest.raises(DataError):
        read_spikes(tmp_path)
