"""What a loaded file offers, whatever library runs it."""

from __future__ import annotations

import importlib.metadata
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from neuroff.errors import ConfigError
from neuroff.interop.library import load_library

LEAVING = "output"
"""The name under which a simulation tells what leaves the network: that of the file's output node."""


@dataclass(frozen=True)
class Simulator:
    """A network in another library.

    Attributes:
        library: name of the library.
        version: its version.
        corrected: what of the library's own import had to be put right for this file; empty if nothing.
        simulate: spikes ``(T, B, D)`` in, the spikes of every neuron ``(T, B, N)`` out, potentials of those
            that do not fire, by name of the node, and what leaves the network under `LEAVING`; every
            call starts from rest.
    """

    library: str
    version: str
    corrected: tuple[str, ...]
    simulate: Callable[[Tensor], Mapping[str, Tensor]]


@dataclass(frozen=True)
class NirFile:
    """A file as the package ``nir`` reads it.

    Attributes:
        graph: the ``nir.NIRGraph``.
        neurons: its neuron nodes that fire, by name.
        silent: those that do not fire and send their potential.
        steps: T of a presentation.
        dt_s: duration of a step in the unit of the file's time constants.
        own: what neuroff says of each population beside NIR.
    """

    graph: Any
    neurons: dict[str, Any]
    silent: dict[str, Any]
    steps: int
    dt_s: float
    own: Mapping[str, Mapping[str, Any]]

    def entering(self, spikes: Tensor) -> Tensor:
        """Return spikes ``(T, B, D)`` in the axes of the file's input, ``(T, B, *shape)``."""
        (entry,) = (node for node in self.graph.nodes.values() if type(node).__name__ == "Input")
        shape = [int(length) for length in np.ravel(entry.input_type["input"])]
        return spikes.reshape(*spikes.shape[:2], *shape)

    def resets(self) -> dict[str, str]:
        """Return how every population that fires is reset."""
        return {name: str(self.own[name]["reset"]) for name in self.neurons}


def read_file(path: Path, flavour: str) -> NirFile:
    """Read a file that `neuroff.exchange.nir.write.write_nir` wrote.

    Raises:
        ConfigError: if it was written for another library.
        MissingDependencyError: if the package ``nir`` is not installed.
    """
    nir = load_library("nir")
    about, own = _own_numbers(path)
    written_for = str(about.get("flavour", "nobody in particular"))
    if written_for != flavour:
        raise ConfigError(
            f"a file for {written_for}",
            where=str(path),
            expected=f"one for {flavour}",
            fix=f"write it with --flavour {flavour} (in Python flavour={flavour!r})",
        )
    graph = nir.read(path)  # now: files for others may hold what the nir of this library does not know

    def of(*kinds: Any) -> dict[str, Any]:
        return {name: node for name, node in graph.nodes.items() if isinstance(node, kinds)}

    neurons, silent = of(nir.IF, nir.LIF, nir.CubaLIF), of(nir.I, nir.LI)
    return NirFile(graph, neurons, silent, int(about["steps"]), float(about["step"]), own)


def _own_numbers(path: Path) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Return what neuroff wrote of the graph and of its populations, beside what NIR's readers look at."""
    with load_library("h5py").File(path, "r") as file:
        if "neuroff" not in file:
            return {}, {}
        nodes = file["neuroff/nodes"]
        return _plain(file["neuroff/graph"]), {name: _plain(nodes[name]) for name in nodes}


def _plain(group: Any) -> dict[str, Any]:
    values = {name: item[()] for name, item in group.items()}
    return {name: value.decode() if isinstance(value, bytes) else value for name, value in values.items()}


def version_of(library: str) -> str:
    """Return the installed version of a library."""
    return importlib.metadata.version(library)


@contextmanager
def recorded(modules: Mapping[str, nn.Module]) -> Iterator[dict[str, list[Tensor]]]:
    """Keep what modules send while the context lasts: the first thing each returns, call by call."""
    sent: dict[str, list[Tensor]] = {name: [] for name in modules}

    def keep(name: str) -> Any:
        def hook(_module: nn.Module, _inputs: Any, output: Any) -> None:
            sent[name].append(output[0] if isinstance(output, tuple) else output)

        return hook

    handles = [module.register_forward_hook(keep(name)) for name, module in modules.items()]
    try:
        yield sent
    finally:
        for handle in handles:
            handle.remove()


@torch.no_grad()
def step_by_step(
    network: Callable[[Tensor, Any], tuple[Any, Any]], modules: Mapping[str, nn.Module], spikes: Tensor
) -> dict[str, Tensor]:
    """Run a network that takes a step and a state at a time; return what its neurons sent, and what left."""
    state, left = None, []
    with recorded(modules) as sent:
        for arriving in spikes:
            leaving, state = network(arriving, state)
            left.append(leaving)
    told = {**sent, LEAVING: left}
    return {name: torch.stack(steps).flatten(2).to(spikes.dtype) for name, steps in told.items()}


@contextmanager
def without_deprecations() -> Iterator[None]:
    """Silence nirtorch's and PyTorch's deprecation warnings, about which a caller can do nothing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def numbers(values: Any) -> Tensor:
    """Return a parameter of a NIR node in float64; one number if all neurons have the same."""
    tensor = torch.as_tensor(values, dtype=torch.float64)
    first = tensor.reshape(-1)[0]
    return first if bool((tensor == first).all()) else tensor


def in_double(network: nn.Module) -> None:
    """Let a network compute in float64, also where its neurons send float32 spikes all the same."""
    network.double()
    for module in network.modules():
        if isinstance(module, nn.Linear | nn.Conv2d | nn.AvgPool2d | nn.LPPool2d):
            module.register_forward_pre_hook(lambda _module, inputs: tuple(x.double() for x in inputs))
