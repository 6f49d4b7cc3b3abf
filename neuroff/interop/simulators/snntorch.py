"""snnTorch. Its importer (1.0.0) resets to zero whatever a neuron does, and knows float32 only.

Its versions differ in the step that they take time constants by, and in whether they scale thresholds: what
an importer made of a file is compared with the file, whatever its number, and put right where it differs. An
importer that takes ``dt`` is told it.

Reset by subtraction is put back on, in the form that subtracts once: ``Leaky`` and ``Synaptic`` take θ off a
second time, before the next spike is decided, where a reset left a potential above θ.
"""

from __future__ import annotations

import contextlib
import inspect
import io
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from neuroff.interop.library import load_library
from neuroff.interop.simulators.simulator import (
    NirFile,
    Simulator,
    in_double,
    numbers,
    read_file,
    step_by_step,
    version_of,
    without_deprecations,
)


def load(path: Path, *, double: bool = False) -> Simulator:
    """Load a file of flavour ``snntorch``.

    Args:
        path: the file.
        double: whether to compute in float64, with the numbers the file holds.

    Raises:
        ConfigError: if the file was written for another library.
        MissingDependencyError: if snnTorch or nir is not installed.
    """
    importer = load_library("snntorch.import_nir")
    file = read_file(path, "snntorch")
    asked = inspect.signature(importer.import_from_nir).parameters
    step = {"dt": file.dt_s} if "dt" in asked else {}
    with without_deprecations(), contextlib.redirect_stdout(io.StringIO()):
        network = importer.import_from_nir(file.graph, **step)
    populations: dict[str, Any] = {name: network.get_submodule(name) for name in file.neurons}
    corrected = [what for name in populations for what in _put_right(populations[name], name, file)]
    for name, reset in file.resets().items():
        if reset == "subtract":
            _reset_by_subtraction(populations[name])
            corrected.append(f"{name}: reset by subtraction, once; the importer resets to zero")
    if double:
        in_double(network)
        _restore_numbers(populations, file)

    def simulate(spikes: Tensor) -> dict[str, Tensor]:
        for population in populations.values():
            population.reset_mem()
        return step_by_step(network, populations, file.entering(spikes))

    return Simulator("snntorch", version_of("snntorch"), tuple(corrected), simulate)


def _put_right(population: Any, name: str, file: NirFile) -> list[str]:
    """Give a population the numbers of the file, and return those that the importer had otherwise."""
    done = []
    for key, right in _numbers(name, file).items():
        found = torch.as_tensor(getattr(population, key)).double()
        if not bool(torch.isclose(found, right, rtol=1e-5, atol=1e-6).all()):
            setattr(population, key, right.float())
            done.append(f"{name}: {key}, which the importer has otherwise than the file")
    return done


def _numbers(name: str, file: NirFile) -> dict[str, Tensor]:
    """Return what a population of snnTorch's has for numbers, by the file."""
    node = file.neurons[name]
    cuba = hasattr(node, "tau_mem")
    found = {
        "beta": 1.0 - file.dt_s / numbers(node.tau_mem if cuba else node.tau),
        "threshold": numbers(node.v_threshold),
    }
    return found | ({"alpha": 1.0 - file.dt_s / numbers(node.tau_syn)} if cuba else {})


def _reset_by_subtraction(population: Any) -> None:
    population.reset_mechanism = "subtract"
    population.state_function = population._base_sub
    population.mem_reset = torch.zeros_like  # the reset of the last step has been done


def _restore_numbers(populations: dict[str, Any], file: NirFile) -> None:
    """Put back what the importer rounded to float32."""
    for name, population in populations.items():
        for key, right in _numbers(name, file).items():
            setattr(population, key, right)
