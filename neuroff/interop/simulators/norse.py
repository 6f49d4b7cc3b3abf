"""Norse. Its importer (1.1.0) drops r of nir.LIF, the reset of all but CubaLIF, and knows float32 only.

Files for Norse hold nothing but CubaLIF nodes, whose r and w_in it applies. The reset, which is one argument
of the importer for a whole network, is set population by population.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

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
    """Load a file of flavour ``norse``.

    Args:
        path: the file.
        double: whether to compute in float64, with the numbers the file holds.

    Raises:
        ConfigError: if the file was written for another library.
        MissingDependencyError: if Norse or nir is not installed.
    """
    importer = load_library("norse.torch.utils.import_nir")
    resets = load_library("norse.torch.functional.reset")
    file = read_file(path, "norse")
    with without_deprecations():
        network = importer.from_nir(file.graph, dt=file.dt_s)
    populations: dict[str, Any] = {name: network.get_submodule(name) for name in file.neurons}
    if double:
        in_double(network)
        _restore_numbers(populations, file)
    corrected = []
    for name, reset in file.resets().items():
        if reset == "subtract":
            box = populations[name].lif
            box.p = box.p._replace(reset_method=resets.reset_subtract)
            corrected.append(f"{name}: reset by subtraction; the file cannot say it")

    def simulate(spikes: Tensor) -> dict[str, Tensor]:
        return step_by_step(network, populations, file.entering(spikes))

    return Simulator("norse", version_of("norse"), tuple(corrected), simulate)


def _restore_numbers(populations: dict[str, Any], file: NirFile) -> None:
    """Put back what the importer rounded to float32."""
    for name, population in populations.items():
        node = file.neurons[name]
        population.w_in, population.r = numbers(node.w_in), numbers(node.r)
        synapse, box = population.synapse, population.lif
        synapse.p = synapse.p._replace(tau_mem_inv=1.0 / numbers(node.tau_syn), v_leak=numbers(node.v_leak))
        box.p = box.p._replace(
            tau_mem_inv=1.0 / numbers(node.tau_mem),
            v_leak=numbers(node.v_leak),
            v_th=numbers(node.v_threshold),
        )
