"""snnTorch. Its importer (1.0.0) resets to zero whatever a neuron does, and knows float32 only.

Reset by subtraction is put back on, in the form that subtracts once: ``Leaky`` and ``Synaptic`` take θ off a
second time, before the next spike is decided, where a reset left a potential above θ.
"""

from __future__ import annotations

import contextlib
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
    with without_deprecations(), contextlib.redirect_stdout(io.StringIO()):
        network = importer.import_from_nir(file.graph)
    populations: dict[str, Any] = {name: network.get_submodule(name) for name in file.neurons}
    corrected = []
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
        return step_by_step(network, populations, spikes)

    return Simulator("snntorch", version_of("snntorch"), tuple(corrected), simulate)


def _reset_by_subtraction(population: Any) -> None:
    population.reset_mechanism = "subtract"
    population.state_function = population._base_sub
    population.mem_reset = torch.zeros_like  # the reset of the last step has been done


def _restore_numbers(populations: dict[str, Any], file: NirFile) -> None:
    """Put back what the importer rounded to float32."""
    for name, population in populations.items():
        node = file.neurons[name]
        cuba = hasattr(node, "tau_mem")
        population.beta = 1.0 - file.dt_s / numbers(node.tau_mem if cuba else node.tau)
        population.threshold = numbers(node.v_threshold)
        if cuba:
            population.alpha = 1.0 - file.dt_s / numbers(node.tau_syn)
