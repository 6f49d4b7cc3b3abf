"""What the libraries' own importers do with a plain file: why there are flavours and corrections.

Each test belongs to one version. A later one may have mended its importer: then look at the flavour.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from neuroff.core.neurons.step import ResetName
from neuroff.core.signal import Signal
from neuroff.exchange.graph.reference import run
from neuroff.exchange.nir.flavour import Flavour
from neuroff.exchange.nir.write import write_nir
from neuroff.interop.library import load_library
from neuroff.interop.simulators.simulator import step_by_step, without_deprecations
from tests.graphs import SILENT, random_graph, random_spikes, read_out

nir = pytest.importorskip("nir")


def needs(library: str, version: str) -> None:
    try:
        found = importlib.metadata.version(library)
    except importlib.metadata.PackageNotFoundError:
        pytest.skip(f"{library} is not installed")
    if found != version:
        pytest.skip(f"a defect of {library} {version}, not of {found}")


@pytest.fixture
def plain(tmp_path: Path) -> Callable[..., Any]:
    """A file by NIR's equations, as the package nir reads it, and what it should do."""

    def make(
        kind: str, flavour: Flavour = "nir", reset: ResetName = "zero", **options: Any
    ) -> tuple[Any, torch.Tensor, dict[str, torch.Tensor]]:
        graph = random_graph(kind, reset, numeric="float32", **options)
        write_nir(graph, tmp_path / "plain.nir", flavour)
        spikes = random_spikes(1, dtype=torch.float32)
        return nir.read(tmp_path / "plain.nir"), spikes, run(graph, Signal(spikes))

    return make


def test_snntorch_leaks_where_nothing_leaks(plain: Callable[..., Any]) -> None:
    needs("snntorch", "1.0.0")
    from snntorch.import_nir import import_from_nir

    graph, _, _ = plain("if")
    for node in graph.nodes.values():
        if isinstance(node, nir.IF):
            node.r = np.ones_like(node.r)  # it refuses any other
    with without_deprecations(), contextlib.redirect_stdout(io.StringIO()):
        network = import_from_nir(graph)
    assert float(network.get_submodule("neurons1").beta) == pytest.approx(0.9)


def test_snntorch_takes_every_step_for_a_tenth_of_a_millisecond(plain: Callable[..., Any]) -> None:
    needs("snntorch", "1.0.0")
    from snntorch.import_nir import import_from_nir

    graph, _, _ = plain("lif", beta=0.5)
    with without_deprecations(), contextlib.redirect_stdout(io.StringIO()):
        network = import_from_nir(graph)
    assert float(network.get_submodule("neurons1").beta.mean()) == pytest.approx(0.95)  # 1 − 0.1 / 2


def test_norse_drops_the_gain_of_a_lif(plain: Callable[..., Any]) -> None:
    needs("norse", "1.1.0")
    from_nir = load_library("norse.torch.utils.import_nir").from_nir

    graph, spikes, expected = plain("lif", beta=0.9)
    with without_deprecations():
        network = from_nir(graph, dt=1e-3, ignore_warnings=True)
    found = step_by_step(network, {"neurons1": network.get_submodule("neurons1")}, spikes)["neurons1"]
    assert found.sum() < 0.2 * expected["neurons1"].sum()


def test_norse_resets_a_lif_to_its_value_whatever_it_is_told(plain: Callable[..., Any]) -> None:
    needs("norse", "1.1.0")
    resets = load_library("norse.torch.functional.reset")
    from_nir = load_library("norse.torch.utils.import_nir").from_nir

    graph, _, _ = plain("lif")
    with without_deprecations():
        network = from_nir(graph, dt=1e-3, ignore_warnings=True, reset_method=resets.reset_subtract)
    assert network.get_submodule("neurons1").p.reset_method is resets.reset_value


def resetting_to(plain: Callable[..., Any], kind: str, value: float) -> Any:
    graph, spikes, expected = plain(kind, beta=0.5)
    for node in graph.nodes.values():
        if hasattr(node, "v_reset"):
            node.v_reset = np.full_like(node.v_reset, value)
    return graph, spikes, expected


@pytest.mark.parametrize("kind", ["lif", "cuba"])
def test_norse_and_snntorch_take_every_reset_for_one_to_zero(plain: Callable[..., Any], kind: str) -> None:
    needs("norse", "1.1.0")
    needs("snntorch", "1.0.0")
    from snntorch.import_nir import import_from_nir

    from_nir = load_library("norse.torch.utils.import_nir").from_nir
    graph, _, _ = resetting_to(plain, kind, -0.5)
    with without_deprecations(), contextlib.redirect_stdout(io.StringIO()):
        population = from_nir(graph, dt=1e-3, ignore_warnings=True).get_submodule("neurons1")
        for node in graph.nodes.values():
            if isinstance(node, nir.CubaLIF):
                node.r = node.tau_mem / 1e-4  # snnTorch's step
        other = import_from_nir(graph).get_submodule("neurons1")
    assert float((population.lif.p if kind == "cuba" else population.p).v_reset) == 0.0
    assert other.reset_mechanism == "zero"


@pytest.mark.parametrize("kind", ["if", "cuba"])
def test_spikingjelly_starts_at_the_value_of_the_reset(plain: Callable[..., Any], kind: str) -> None:
    needs("spikingjelly", "2.0.0")
    from spikingjelly.activation_based.nir_exchange import import_from_nir

    graph, _, _ = resetting_to(plain, kind, -0.5)
    with without_deprecations():
        network = import_from_nir(graph, dt=1e-3, dtype=torch.float32)
    assert float(network.get_submodule("neurons1").module.v) == -0.5


@pytest.mark.parametrize("kind", SILENT)
@pytest.mark.parametrize("library", ["norse", "snntorch", "spikingjelly"])
def test_importers_that_know_no_neurons_which_do_not_fire(tmp_path: Path, library: str, kind: str) -> None:
    needs(library, {"norse": "1.1.0", "snntorch": "1.0.0", "spikingjelly": "2.0.0"}[library])
    module, name = {
        "norse": ("norse.torch.utils.import_nir", "from_nir"),
        "snntorch": ("snntorch.import_nir", "import_from_nir"),
        "spikingjelly": ("spikingjelly.activation_based.nir_exchange", "import_from_nir"),
    }[library]
    write_nir(read_out(random_graph("lif", "zero", numeric="float32"), kind), tmp_path / "a.nir")
    graph = nir.read(tmp_path / "a.nir")
    for node in graph.nodes.values():
        if isinstance(node, nir.LIF):
            node.tau, node.r = np.full_like(node.tau, 2e-3), np.full_like(node.r, 1.0)
    load = getattr(load_library(module), name)
    with (
        without_deprecations(),
        contextlib.redirect_stdout(io.StringIO()),
        pytest.raises((AttributeError, ValueError, KeyError), match=r"Unknown node type|silent|NoneType"),
    ):
        assert load(graph).get_submodule("silent").forward  # norse leaves it out, the others stop


def test_sinabs_sends_several_spikes_and_subtracts(plain: Callable[..., Any]) -> None:
    needs("sinabs", "3.1.3")
    from sinabs.activation import MembraneSubtract, MultiSpike
    from sinabs.nir import from_nir

    graph, _, _ = plain("lif", "sinabs")
    with without_deprecations():
        population = from_nir(graph, num_timesteps=25).get_submodule("neurons1")
    assert population.spike_fn is MultiSpike
    assert isinstance(population.reset_fn, MembraneSubtract)


def test_sinabs_has_no_current_based_neurons(plain: Callable[..., Any]) -> None:
    needs("sinabs", "3.1.3")
    from sinabs.nir import from_nir

    graph, _, _ = plain("cuba", "sinabs")
    with without_deprecations(), pytest.raises(KeyError, match="neurons1"):
        from_nir(graph, num_timesteps=25)


def test_spikingjelly_fires_at_the_threshold(plain: Callable[..., Any]) -> None:
    """NIR's equation says above it; the flavour takes that into account."""
    needs("spikingjelly", "2.0.0")
    surrogate = pytest.importorskip("spikingjelly.activation_based.surrogate")
    assert surrogate.heaviside(torch.zeros(1)).item() == 1.0
