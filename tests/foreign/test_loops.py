"""Edges that lead back, as a NIR file: in neuroff, and in each reader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

import neuroff
from benchmarks.round_trips import is_there
from neuroff.choices import Library
from neuroff.cli.main import run as run_command
from neuroff.errors import ExportError
from neuroff.exchange.graph.graph import Graph
from neuroff.exchange.nir.read import read_nir as read_own
from neuroff.exchange.nir.write import write_nir
from neuroff.foreign.as_exchange import exchange_graph, runs_alike
from neuroff.foreign.running import run
from neuroff.foreign.spikes import values_for
from neuroff.interop.simulators.libraries import load
from tests.foreign.fixed.test_loops import loop, nets
from tests.foreign.fixed.test_quantise import STEPS, graph, spikes
from tests.foreign.fixed.test_recurrent import recurrent
from tests.foreign.plain import Plain
from tests.foreign.samples import linear

NETS: dict[str, Callable[[], Plain]] = {
    "own": lambda: recurrent("LIF", strength=0.5),
    "own, CubaLIF": lambda: recurrent("CubaLIF", strength=0.5),
    "own, IF": lambda: recurrent("IF", strength=0.5),
    "over one layer": loop,
    "over three layers": lambda: loop(over=3),
}


@pytest.mark.parametrize("name", NETS)
@pytest.mark.parametrize("library", sorted({*get_args(Library)} - {"sinabs"}))  # refused, see below
def test_every_reader_gives_the_same_spikes(name: str, library: Any, tmp_path: Path) -> None:
    for needed in (library, "nir"):
        if not is_there(needed):
            pytest.skip(f"{needed} is not installed")
    found = graph(NETS[name]())
    right = run(found, values_for(found, spikes(12)))
    write_nir(exchange_graph(found, STEPS), tmp_path / "a.nir", library)
    there = load(library, tmp_path / "a.nir", double=True)
    assert there.corrected == ()
    sent = there.simulate(torch.from_numpy(spikes(12)).double())
    for population in found.populations:
        assert right[population].any()
        assert torch.equal(sent[population].double(), right[population])


@given(nets(), st.integers(0, 100))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_network_leaves_as_it_is_or_is_refused(net: Plain, seed: int) -> None:
    found = graph(net)
    values = values_for(found, spikes(12, seed=seed)[:15, :5])
    made, refused = None, ""
    try:
        made = exchange_graph(found, 15)
    except ExportError as error:
        refused = error.what
    if made is None:
        assert refused == "leads nowhere" or "can be entered elsewhere too" in refused
    assume(made is not None)
    assert made is not None
    event("recurrent" if made.recurrent else "forward")
    assert runs_alike(found, made, values)


@pytest.mark.parametrize("name", NETS)
def test_the_file_is_read_back_as_it_is(name: str, tmp_path: Path) -> None:
    found = graph(NETS[name]())
    made = exchange_graph(found, STEPS)
    write_nir(made, tmp_path / "a.nir")
    again, anew = read_own(tmp_path / "a.nir"), neuroff.read_nir(tmp_path / "a.nir")
    assert (again.recurrent, anew.recurrent) == (made.recurrent, found.recurrent)
    values = values_for(found, spikes(12))
    right, there = run(found, values), run(anew, values)
    assert runs_alike(found, again, values)
    assert all(torch.equal(right[each], there[each]) for each in found.populations)


def test_a_late_edge_is_not_one_in_time() -> None:
    """The oracle of exporters and the machine of graphs know nothing of each other."""
    found = graph(loop())
    made = exchange_graph(found, STEPS)
    values = values_for(found, spikes(12))
    other = {name: node for name, node in made.nodes.items() if name != "r"}
    without = Graph(other, tuple(e for e in made.edges if "r" not in e), STEPS, made.dt_ms, "float64")
    assert runs_alike(found, made, values)
    assert not runs_alike(found, without, values)


def test_a_loop_with_two_ways_in_is_refused() -> None:
    net = loop()
    nodes = net.nodes | {"skip": linear(8, 12, seed=5)}
    found = graph(Plain(nodes, [("input", "skip"), ("skip", "n1"), *net.edges]))
    with pytest.raises(ExportError, match="node 'w1': an edge to 'n1', which a loop has that can be entered"):
        exchange_graph(found, STEPS)


def test_a_graph_says_which_of_its_edges_lead_back() -> None:
    made = exchange_graph(graph(loop()), STEPS)
    with pytest.raises(ExportError, match="an edge of every loop among the recurrent ones"):
        replace(made, recurrent=frozenset())
    with pytest.raises(ExportError, match="a recurrent edge"):
        replace(made, recurrent=frozenset({("r", "nowhere")}))


def test_the_command_names_the_edge_that_sinabs_cannot_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    network, data, out = loop().write(tmp_path / "n.nir"), tmp_path / "spikes.npz", tmp_path / "out.nir"
    np.savez(data, spikes=spikes(12).astype(np.uint8))
    options = ["--to", "nir", "--data", str(data), "--dt-ms", "1", "--out", str(out)]
    assert run_command(["export", str(network), *options, "--flavour", "sinabs"]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "node 'n0': an edge that leads back, from 'r'" in said
    assert "sinabs runs all steps of one layer before the next" in said
    assert not out.exists()
    assert run_command(["export", str(network), *options]) == 0
    assert "every spike of 20 samples is that of the file" in capsys.readouterr().out
    assert out.exists()
