"""Files of neuroff's own, with and without its metadata, read as anyone's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace as replace_graph
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import torch

from neuroff.core.signal import Signal
from neuroff.errors import ConfigError, ExportError
from neuroff.exchange.graph.graph import Graph
from neuroff.exchange.graph.reference import run as run_graph
from neuroff.exchange.nir.flavour import Flavour
from neuroff.exchange.nir.write import write_nir
from neuroff.foreign.convention import WRITERS, convention_of
from neuroff.foreign.reading import read_nir
from neuroff.foreign.running import run
from neuroff.foreign.spikes import values_for
from tests.graphs import KINDS, RESETS, SILENT, random_graph, random_spikes, read_out

h5py: Any = pytest.importorskip("h5py")


def plain(
    folder: Path, change: Callable[[Any], object] = lambda nodes: None, kind: str = "lif"
) -> tuple[Path, Graph]:
    """A file without anything of neuroff's own, and what it was."""
    graph = random_graph(kind, "zero", numeric="float64", fires="exceeded")
    path = folder / "plain.nir"
    write_nir(graph, path)
    with h5py.File(path, "a") as file:
        del file["neuroff"]
        change(file["node/nodes"])
    return path, graph


def same(found: dict[str, torch.Tensor], graph: Graph, spikes: torch.Tensor) -> None:
    for name, expected in run_graph(graph, Signal(spikes)).items():
        assert 0.02 < expected.mean() < 0.98
        assert torch.equal(found[name], expected.double())


@pytest.mark.parametrize("kind", KINDS)
def test_by_the_equations_alone(tmp_path: Path, kind: str) -> None:
    path, graph = plain(tmp_path, kind=kind)
    spikes = random_spikes(0, dtype=torch.float64)
    read = read_nir(path, dt_ms=1.0)
    same(run(read, values_for(read, spikes)), graph, spikes)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("reset", [*RESETS, "value"])
@pytest.mark.parametrize("fires", ["reached", "exceeded"])
@pytest.mark.parametrize("flavour", get_args(Flavour))
def test_with_what_the_file_says_of_its_neurons(
    tmp_path: Path, kind: str, reset: Any, fires: Any, flavour: Flavour
) -> None:
    """Whoever it is for: time constants in steps and thresholds moved by a digit are not what is read."""
    graph = replace_graph(random_graph(kind, reset, numeric="float64", fires=fires), dt_ms=0.7)
    if reset == ("subtract" if flavour == "nir" else "value"):
        with pytest.raises(ExportError, match=r"reset by subtraction|a reset to a value other than rest"):
            write_nir(graph, tmp_path / "own.nir", flavour)
        return
    write_nir(graph, tmp_path / "own.nir", flavour)
    spikes = random_spikes(0, dtype=torch.float64)
    read = read_nir(tmp_path / "own.nir")
    assert read.dt_ms == pytest.approx(graph.dt_ms)
    same(run(read, values_for(read, spikes)), graph, spikes)


@pytest.mark.parametrize("rests", [False, True])
@pytest.mark.parametrize("kind", SILENT)
@pytest.mark.parametrize("flavour", ["nir", "sinabs"])
def test_what_does_not_fire_sends_the_same_potentials(
    tmp_path: Path, kind: str, flavour: Flavour, rests: bool
) -> None:
    graph = read_out(random_graph("lif", "zero"), kind, rests=rests)
    if (flavour == "sinabs" and (kind == "cubali" or rests)) or (kind == "i" and rests):
        with pytest.raises(ExportError, match="neurons that do not fire"):
            write_nir(graph, tmp_path / "own.nir", flavour)
        return
    write_nir(graph, tmp_path / "own.nir", flavour)
    spikes = random_spikes(0, dtype=torch.float64)
    read = read_nir(tmp_path / "own.nir")
    found, expected = run(read, values_for(read, spikes)), run_graph(graph, Signal(spikes))
    assert torch.equal(found["neurons2"], expected["neurons2"])
    for name in ("silent", "output"):
        torch.testing.assert_close(found[name], expected["silent"], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("writer", WRITERS)
def test_whoever_is_said_to_have_written_it(tmp_path: Path, writer: str) -> None:
    """The file says all of it: a convention that is named changes nothing."""
    graph = read_out(random_graph("cuba", "value"), "li")
    write_nir(graph, tmp_path / "own.nir")
    spikes = random_spikes(0, dtype=torch.float64)
    read = read_nir(tmp_path / "own.nir", written_by=convention_of(writer))
    found, expected = run(read, values_for(read, spikes)), run_graph(graph, Signal(spikes))
    assert torch.equal(found["neurons2"], expected["neurons2"])
    torch.testing.assert_close(found["output"], expected["silent"], rtol=1e-12, atol=1e-12)


def test_numbers_that_are_not_nirs_and_another_step_are_refused(tmp_path: Path) -> None:
    write_nir(read_out(random_graph("lif", "value"), "li"), tmp_path / "own.nir")
    for other in (2, "x", np.nan):
        with pytest.raises(ConfigError, match=r"dt_ms = .*; expected 1, as the file says"):
            read_nir(tmp_path / "own.nir", dt_ms=other)  # type: ignore[arg-type]
    assert read_nir(tmp_path / "own.nir", dt_ms=np.nextafter(1.0, 2.0)).dt_ms == 1.0
    with h5py.File(tmp_path / "own.nir", "a") as file:
        replace(file["node/nodes/silent"], "tau", np.full(5, 0.5))
    with pytest.raises(ExportError, match="node 'silent': NIR's tau and neuroff's metadata disagree"):
        read_nir(tmp_path / "own.nir")


def replace(group: Any, name: str, value: Any) -> None:
    del group[name]
    group[name] = value


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda n: replace(n["neurons1"], "tau", np.full(17, 1e-4)), "shorter than a step"),
        (lambda n: replace(n["neurons1"], "tau", np.full(17, np.nan)), "not finite"),
        (lambda n: replace(n["neurons1"], "tau", np.ones(16)), "tau of shape 16 for neurons"),
        (lambda n: replace(n["neurons1"], "r", np.full(17, np.inf)), "not finite"),
        (lambda n: n["neurons1"].pop("tau"), "'tau' is missing"),
        (lambda n: replace(n["affine1"], "weight", np.full((17, 12), np.nan, "f4")), "not finite"),
        (lambda n: replace(n["affine1"], "weight", np.ones((17, 11), "f4")), "12 reach weights of 11 inputs"),
        (lambda n: replace(n["affine1"], "weight", np.ones((2, 17, 12), "f4")), "expected a matrix"),
        (lambda n: replace(n["affine1"], "weight", "heavy"), "'weight' is"),
        (lambda n: replace(n["affine1"], "bias", np.ones(3, "f4")), "3 biases for 17 rows"),
        (lambda n: replace(n["input"], "shape", np.array([2**40])), "values of shape"),
        (lambda n: replace(n["input"], "shape", np.array([-12])), "values of shape"),
        (lambda n: replace(n["output"], "shape", np.array([9.5])), "whole numbers"),
        (lambda n: replace(n["neurons1"], "type", 7), "a text"),
        (lambda n: n["neurons1"].pop("type"), "a text"),
    ],
)
def test_what_is_refused(tmp_path: Path, change: Callable[[Any], object], message: str) -> None:
    path, _ = plain(tmp_path, change)
    with pytest.raises(ExportError, match=message) as caught:
        read_nir(path, dt_ms=1.0)
    assert str(path) in str(caught.value)
