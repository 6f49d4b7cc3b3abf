"""sinabs, whose importer (3.1.3) needs the most correction.

It resets by subtraction whatever the file says, lets a neuron send several spikes in a step, keeps the
potential of nir.IF above −θ, and stops with a KeyError at a nir.CubaLIF.

The populations are set right after the import. A CubaLIF node is imported as the LIF it would be without its
current, which is then given back: i_t = α (i_{t−1} + w_in x_t), as sinabs computes it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from neuroff.interop.library import load_library
from neuroff.interop.simulators.simulator import (
    LEAVING,
    Simulator,
    in_double,
    numbers,
    read_file,
    recorded,
    version_of,
    without_deprecations,
)


def load(path: Path, *, double: bool = False) -> Simulator:
    """Load a file of flavour ``sinabs``.

    Args:
        path: the file.
        double: whether to compute in float64, with the numbers the file holds.

    Raises:
        ConfigError: if the file was written for another library.
        MissingDependencyError: if sinabs or nir is not installed.
    """
    importer = load_library("sinabs.nir")
    file = read_file(path, "sinabs")
    for name, node in file.neurons.items():
        if hasattr(node, "tau_syn"):
            file.graph.nodes[name] = _without_current(node)
        if hasattr(node, "tau_syn") or hasattr(node, "tau"):
            # it is zero, and the importer asks for the truth of whole planes of it
            file.graph.nodes[name].v_leak = np.zeros(1)
    with without_deprecations():
        network = importer.from_nir(file.graph, num_timesteps=file.steps)
    nodes = {**file.neurons, **file.silent}
    populations: dict[str, Any] = {name: network.get_submodule(name) for name in nodes}
    corrected = []
    for name, reset in file.resets().items():
        corrected += [f"{name}: {what}" for what in _set_right(populations[name], file.neurons[name], reset)]
    if double:
        in_double(network)
        for name, population in populations.items():
            _restore_numbers(population, nodes[name])

    @torch.no_grad()
    def simulate(spikes: Tensor) -> dict[str, Tensor]:
        steps, samples = spikes.shape[:2]
        for name, population in populations.items():
            rest = spikes.new_zeros(samples, *nodes[name].r.shape)
            for state in dict(population.named_buffers()):
                setattr(population, state, rest.clone())
        with recorded(populations) as sent:
            left = network(file.entering(spikes).transpose(0, 1).flatten(0, 1))
        told = {name: out[0] for name, out in sent.items()}
        told[LEAVING] = left[0] if isinstance(left, tuple) else left
        return {
            name: out.reshape(samples, steps, -1).transpose(0, 1).to(spikes.dtype)
            for name, out in told.items()
        }

    return Simulator("sinabs", version_of("sinabs"), tuple(corrected), simulate)


def _without_current(node: Any) -> Any:
    return load_library("nir").LIF(
        tau=node.tau_mem,
        r=node.r,
        v_leak=node.v_leak,
        v_threshold=node.v_threshold,
        metadata=node.metadata,
    )


def _set_right(population: Any, node: Any, reset: str) -> list[str]:
    """Make a population do what its node says, and return what had to be done."""
    activation = load_library("sinabs.activation")
    population.spike_fn = activation.SingleSpike
    done = ["one spike per step at most; the importer lets a neuron send several"]
    if reset == "zero":
        population.reset_fn = activation.MembraneReset()
        done.append("reset to zero; the importer subtracts the threshold")
    if population.min_v_mem is not None:
        population.min_v_mem = None
        done.append("no lower bound of the potential; the importer sets one at minus the threshold")
    if hasattr(node, "tau_syn"):
        weight = numbers(node.w_in)
        population.tau_syn = nn.Parameter(numbers(node.tau_syn).float())
        population.register_buffer("i_syn", torch.zeros(()))
        population.register_forward_pre_hook(
            lambda _module, inputs: tuple(x * weight.to(x.dtype) for x in inputs)
        )
        done.append("its synaptic current; the importer has no CubaLIF")
    return done


def _restore_numbers(population: Any, node: Any) -> None:
    """Put back what the importer rounded to float32."""
    if hasattr(node, "v_threshold"):
        population.spike_threshold = nn.Parameter(numbers(node.v_threshold), requires_grad=False)
    if hasattr(node, "tau_syn"):
        population.tau_mem = nn.Parameter(numbers(node.tau_mem))
        population.tau_syn = nn.Parameter(numbers(node.tau_syn))
    elif hasattr(node, "tau"):
        population.tau_mem = nn.Parameter(numbers(node.tau))
