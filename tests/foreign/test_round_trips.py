"""From one simulator to the next: written by one, read by neuroff, written for another, run there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import neuroff
from neuroff.cli.main import run
from neuroff.errors import ExportError
from neuroff.exchange.nir.write import write_nir
from neuroff.foreign import values_for
from neuroff.foreign.as_exchange import exchange_graph, same_spikes
from neuroff.foreign.graph import SpikingGraph
from neuroff.foreign.reading import graph_of
from neuroff.foreign.running import run as run_graph
from neuroff.interop.simulators.libraries import load
from tests.foreign.fixed.test_quantise import chain
from tests.foreign.samples import NEURONS, lif, linear, small
from tests.foreign.test_modules import enlarged, spikes

INPUTS = 12


def snntorch(reset: str) -> Callable[[], nn.Module]:
    def make() -> nn.Module:
        snn: Any = pytest.importorskip("snntorch", reason="snntorch is not installed")
        options = {"init_hidden": True, "reset_mechanism": reset}
        return nn.Sequential(
            nn.Linear(INPUTS, 8),
            snn.Leaky(beta=0.75, **options),
            nn.Linear(8, 6),
            snn.Leaky(beta=0.5, **options),
        )

    return make


def norse() -> nn.Module:
    library = pytest.importorskip("norse.torch", reason="norse is not installed")

    def number(value: float) -> Tensor:
        return torch.tensor(value)

    return library.SequentialState(  # type: ignore[no-any-return]
        nn.Linear(INPUTS, 8),
        library.LIFBoxCell(library.LIFBoxParameters(tau_mem_inv=number(300.0), v_th=number(0.3))),
        nn.Linear(8, 6),
        library.IAFCell(library.IAFParameters(v_th=number(1.5))),
    )


def spikingjelly(reset: float | None) -> Callable[[], nn.Module]:
    def make() -> nn.Module:
        neuron = pytest.importorskip(
            "spikingjelly.activation_based.neuron", reason="spikingjelly is not installed"
        )
        return nn.Sequential(
            nn.Linear(INPUTS, 8),
            neuron.LIFNode(tau=2.0, v_reset=reset, decay_input=False),
            nn.Linear(8, 6),
            neuron.LIFNode(tau=4.0, v_reset=reset, decay_input=False),
        )

    return make


WRITERS: dict[str, Callable[[], nn.Module]] = {
    "snntorch, reset to zero": snntorch("zero"),
    "norse": norse,
    "spikingjelly, hard reset": spikingjelly(0.0),
    "spikingjelly, soft reset": spikingjelly(None),
}
READERS = ("neuroff", "snntorch", "norse", "sinabs", "spikingjelly")


def written(name: str) -> tuple[SpikingGraph, Tensor]:
    example = spikes(INPUTS)
    network = enlarged(WRITERS[name](), 2.0)
    return neuroff.from_module(network, example), example


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("writer", WRITERS)
def test_every_spike_is_the_same_wherever_it_is_read(writer: str, reader: str, tmp_path: Path) -> None:
    graph, example = written(writer)
    made = exchange_graph(graph, len(example))
    assert same_spikes(graph, made, values_for(graph, example))
    if reader == "neuroff":
        return
    pytest.importorskip(reader, reason=f"{reader} is not installed")
    pytest.importorskip("nir")
    write_nir(made, tmp_path / "a.nir", reader)  # type: ignore[arg-type]
    simulator = load(reader, tmp_path / "a.nir", double=True)  # type: ignore[arg-type]
    found = simulator.simulate(example.double())
    right = run_graph(graph, values_for(graph, example))
    cleaned = {f"n{name}": right[name] for name in graph.populations}
    assert set(found) == set(cleaned)
    for name, sent in cleaned.items():
        assert torch.equal(found[name].double(), sent), name


def test_the_command_writes_a_file_for_another(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network = chain("LIF").write(tmp_path / "network.nir")
    data = tmp_path / "spikes.npz"
    np.savez(data, spikes=(np.random.default_rng(0).random((20, 5, 12)) < 0.3).astype(np.uint8))
    out = tmp_path / "other.nir"
    options = ["--to", "nir", "--flavour", "norse", "--data", str(data), "--dt-ms", "1", "--out", str(out)]
    assert run(["export", str(network), *options]) == 0
    assert "every spike of 5 samples is that of the file" in capsys.readouterr().out
    first, second = neuroff.read_nir(network, dt_ms=1.0), neuroff.read_nir(out)
    values = torch.from_numpy(np.load(data)["spikes"])
    right, found = (run_graph(each, values_for(each, values)) for each in (first, second))
    assert torch.equal(right["n1"], found["n1"])
    assert run(["export", str(network), *options]) == 2
    assert "is there already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--to", "nir", "--quantise", "4"], "--bits: does nothing for --to nir"),
        (["--to", "c", "--flavour", "norse"], "--flavour: does nothing for --to c"),
        (["--to", "c", "--spikes"], "--spikes: does nothing for --to c of network.nir"),
    ],
)
def test_options_that_would_do_nothing_are_refused(
    given: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    network, out = chain("LIF").write(tmp_path / "network.nir"), tmp_path / "out"
    assert run(["export", str(network), *given, "--data", "spikes.npz", "--out", str(out)]) == 2
    assert message in " ".join(capsys.readouterr().err.split())
    assert not out.exists()


def test_names_that_are_no_names_elsewhere_are_made_ones() -> None:
    net = chain("LIF")
    for old, new in (("n0", "in"), ("w1", "0.weight"), ("n1", "lambda")):
        net.nodes = {new if key == old else key: node for key, node in net.nodes.items()}
        net.edges = [tuple(new if end == old else end for end in edge) for edge in net.edges]  # type: ignore[misc]
    made = exchange_graph(graph_of(net.tree(), "file", dt_ms=1.0), 10)
    assert set(made.nodes) == {"input", "w0", "in_", "n0_weight", "lambda_", "output"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda: (small(r=linear(NEURONS, NEURONS)), [("n", "r"), ("r", "n")]),
            "node 'n': an edge that leads back",
        ),
        (lambda: (small(n=lif(NEURONS, v_reset=-0.3)), []), "node 'n': a reset to a value other than rest"),
        (lambda: (small(w2=linear(3, NEURONS)), [("n", "w2")]), "node 'w2': weights that no neuron follows"),
    ],
)
def test_what_an_exporter_has_not_is_refused_by_name(change: Any, message: str) -> None:
    net, edges = change()
    net.edges += edges
    with pytest.raises(ExportError, match=message):
        exchange_graph(graph_of(net.tree(), "file", dt_ms=1.0), 10)


def test_a_reset_one_step_later_is_refused() -> None:
    graph = neuroff.from_module(enlarged(snntorch("subtract")(), 2.0), spikes(INPUTS))
    with pytest.raises(ExportError, match="node '1': a reset that acts a step later"):
        exchange_graph(graph, 20)
