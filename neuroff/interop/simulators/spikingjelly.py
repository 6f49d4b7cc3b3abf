"""SpikingJelly. Its importer (2.0.0) is right but for reset by subtraction, which a file cannot say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from neuroff.interop.library import load_library
from neuroff.interop.simulators.simulator import (
    Simulator,
    read_file,
    step_by_step,
    version_of,
    without_deprecations,
)


def load(path: Path, *, double: bool = False) -> Simulator:
    """Load a file of flavour ``spikingjelly``.

    Args:
        path: the file.
        double: whether to compute in float64.

    Raises:
        ConfigError: if the file was written for another library.
        MissingDependencyError: if SpikingJelly or nir is not installed.
    """
    importer = load_library("spikingjelly.activation_based.nir_exchange")
    file = read_file(path, "spikingjelly")
    dtype = torch.float64 if double else torch.float32
    with without_deprecations():
        network = importer.import_from_nir(file.graph, dt=file.dt_s, dtype=dtype)
    populations: dict[str, Any] = {name: network.get_submodule(name) for name in file.neurons}
    corrected = []
    for name, reset in file.resets().items():
        if reset == "subtract":
            populations[name].module.v_reset = None
            corrected.append(f"{name}: reset by subtraction; the file cannot say it")
    network.eval()

    def simulate(spikes: Tensor) -> dict[str, Tensor]:
        return step_by_step(network, populations, file.entering(spikes))

    return Simulator("spikingjelly", version_of("spikingjelly"), tuple(corrected), simulate)
