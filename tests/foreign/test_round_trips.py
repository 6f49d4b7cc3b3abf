"""From one simulator to the next: written by one, read by neuroff, written for another, run there."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

import neuroff
from benchmarks import round_trips
from benchmarks.round_trips import READERS, WRITERS, is_there, network, outcome, spikes
from neuroff.cli.main import run
from neuroff.errors import ExportError
from neuroff.exchange.graph.neurons import LINode
from neuroff.exchange.nir.flavour import Flavour
from neuroff.exchange.nir.read import read_nir as read_own
from neuroff.exchange.nir.write import write_nir
from neuroff.foreign import values_for
from neuroff.foreign.as_exchange import exchange_graph, runs_alike
from neuroff.foreign.reading import graph_of
from neuroff.foreign.running import run as run_graph
from tests.exchange.nir.test_read import require_same
from tests.foreign.fixed.test_quantise import chain
from tests.foreign.plain import Plain
from tests.foreign.samples import CASES, NEURONS, case, end, lif, linear, small
from tests.foreign.strategies import DT_S, SILENT, Maker
from tests.foreign.strategies import NEURONS as FIRING
from tests.narrow import as_a

PAGE = Path(__file__).parents[2] / "docs" / "porting.md"


def cells() -> dict[tuple[str, str], str]:
    """What the table of the page says, by writer and reader."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    first = next(index for index, line in enumerate(lines) if line.startswith("| trained in | neuroff |"))
    readers = [cell.strip().split(" ")[0].lower() for cell in lines[first].strip("|").split("|")[1:]]
    found: dict[tuple[str, str], str] = {}
    for line in lines[first + 2 :]:
        if not line.startswith("|"):
            break
        writer, *said = (cell.strip() for cell in line.strip("|").split("|"))
        found |= {(writer, reader): each for reader, each in zip(readers, said, strict=True)}
    return found


def test_the_page_has_every_writer_and_reader() -> None:
    assert set(cells()) == {(writer, reader) for writer in WRITERS for reader in READERS}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("writer", WRITERS)
def test_the_page_says_what_comes_of_it(writer: str, reader: str) -> None:
    for library in (WRITERS[writer][0], reader, "nir"):
        if not is_there(library):
            pytest.skip(f"{library} is not installed")
    assert outcome(writer, reader) == cells()[writer, reader]


def test_the_table_is_written_where_all_libraries_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.md"
    text = PAGE.read_text(encoding="utf-8")
    page.write_text(text.replace("| equal |", "| other |"), encoding="utf-8")
    monkeypatch.setattr(round_trips, "PAGE", page)
    monkeypatch.setattr(round_trips, "outcome", lambda writer, reader: cells()[writer, reader])
    monkeypatch.setattr(round_trips, "is_there", lambda library: library != "norse")
    assert round_trips.main(["--write"]) == 1
    assert "norse not installed" in capsys.readouterr().err
    assert page.read_text(encoding="utf-8") != text
    monkeypatch.setattr(round_trips, "is_there", lambda library: True)
    assert round_trips.main(["--write"]) == 0
    assert page.read_text(encoding="utf-8") == text


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
            lambda: (small(n=lif(NEURONS, v_threshold=-0.1)), []),
            "node 'n': a threshold below rest",
        ),
        (lambda: (small(w2=linear(3, NEURONS)), [("n", "w2")]), "node 'w2': weights that no neuron follows"),
    ],
)
def test_what_an_exporter_has_not_is_refused_by_name(change: Any, message: str) -> None:
    net, edges = change()
    net.edges += edges
    with pytest.raises(ExportError, match=message):
        exchange_graph(graph_of(net.tree(), "file", dt_ms=1.0), 10)


@st.composite
def nets(draw: Any) -> Plain:
    """Layers whose leaks and resets are anywhere below their thresholds, and perhaps a read-out."""
    make, widths = Maker(draw), draw(st.lists(st.integers(1, 6), min_size=2, max_size=4))
    last = make.add("input", end("Input", widths[0]))
    ends = draw(st.sampled_from((None, *SILENT)))
    for index, (inputs, width) in enumerate(itertools.pairwise(widths)):
        kind = ends if ends and index == len(widths) - 2 else draw(st.sampled_from(FIRING))
        affine = {"type": "Affine", "bias": make.rng.normal(0, 0.2, width)}
        before = make.add(f"w{index}", affine | {"weight": make.weight(width, inputs)}, last)
        last = make.add(f"n{index}", make.neurons(kind, (width,)), before)
    make.add("output", end("Output", widths[-1]), last)
    return make.net


@given(nets(), st.integers(0, 2**31))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_reset_and_read_out_leave_as_they_are(
    tmp_path_factory: pytest.TempPathFactory, net: Plain, seed: int
) -> None:
    found = graph_of(net.tree(), "file", dt_ms=1000 * DT_S)
    shown = np.random.default_rng(seed).random((12, 3, *net.nodes["input"]["shape"])) < 0.5
    values = values_for(found, shown)
    made = exchange_graph(found, 12)
    assert runs_alike(found, made, values)
    path = tmp_path_factory.mktemp("nir") / "a.nir"
    write_nir(made, path)
    again, anew = read_own(path), neuroff.read_nir(path)
    require_same(again, made)
    right, there = run_graph(found, values), run_graph(anew, values)
    event("does not fire" if net.nodes[found.populations[-1]]["type"] in SILENT else "fires")
    for name in (*found.populations, "output"):
        torch.testing.assert_close(there[name], right[name], rtol=1e-9, atol=1e-9)


def test_potentials_that_differ_are_told_apart() -> None:
    found = graph_of(case("leaky-readout").tree(), "file", dt_ms=1.0)
    made = exchange_graph(found, 10)
    values = values_for(found, np.random.default_rng(0).random((10, 4, 12)) < 0.4)
    assert runs_alike(found, made, values)
    read_out = as_a(LINode, made.nodes["o"])
    for other in (
        LINode(read_out.rest, beta=read_out.beta * 0.999),
        LINode(read_out.rest + 1, beta=read_out.beta),
    ):
        assert not runs_alike(found, made.with_nodes({"o": other}), values)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("flavour", get_args(Flavour))
def test_the_command_takes_every_reset_and_read_out_or_says_who_does(
    name: str, flavour: Flavour, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = tmp_path / "spikes.npz", tmp_path / "out.nir"
    np.savez(data, spikes=np.random.default_rng(0).random((20, 5, 12)) < 0.3)
    options = ["--to", "nir", "--flavour", flavour, "--data", str(data), "--dt-ms", "1", "--out", str(out)]
    code = run(["export", str(case(name).write(tmp_path / "a.nir")), *options])
    said = " ".join("".join(capsys.readouterr()).split())
    takes = {"leaky-readout": ("nir", "sinabs"), "leak-not-zero": ("nir",), "reset-not-zero": ("nir",)}[name]
    if flavour in takes:
        assert code == 0, said
        assert ("potentials of o too, to 1e-09 of the largest" in said) == (name == "leaky-readout")
        first, second = neuroff.read_nir(tmp_path / "a.nir", dt_ms=1.0), neuroff.read_nir(out)
        values = values_for(first, np.load(data)["spikes"])
        right, found = (run_graph(each, values) for each in (first, second))
        assert torch.equal(right["n"], found["n"])
        torch.testing.assert_close(right["output"], found["output"], rtol=1e-9, atol=1e-9)
    else:
        assert (code, out.exists()) == (2, False)
        assert f"--flavour {' | '.join(takes)}" in said


def test_a_reset_one_step_later_is_refused() -> None:
    pytest.importorskip("snntorch", reason="snntorch is not installed")
    graph = neuroff.from_module(network('snnTorch, `"subtract"` (its default)'), spikes())
    with pytest.raises(ExportError, match="node '1': a reset that acts a step later"):
        exchange_graph(graph, 20)
