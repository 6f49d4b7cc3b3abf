"""A snnTorch neuron as a layer's population."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from neuroff.errors import ConfigError
from neuroff.interop.borrowed import BorrowedPopulation
from neuroff.interop.library import load_library

if TYPE_CHECKING:
    import snntorch

# Names of the states that a neuron takes and returns, in its own order.
_STATES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Leaky", ("mem",)),
    ("Lapicque", ("mem",)),
    ("Synaptic", ("syn", "mem")),
    ("Alpha", ("syn_exc", "syn_inh", "mem")),
)


def snntorch_population(neuron: snntorch.SpikingNeuron, steps: int) -> BorrowedPopulation:
    """Return a population of snnTorch neurons, for `neuroff.core.network.Network.population`.

    The neuron keeps its own parameters, reset and surrogate; neuroff does not move them, learned or not. Its
    spikes go on as they are, so a graded spike goes on graded. Unlike with `neuroff.interop.snntorch`,
    nothing is mapped, so there is nothing that neuroff's own neuron would have to have too.

    Args:
        neuron: a ``Leaky``, ``Lapicque``, ``Synaptic`` or ``Alpha``; its hidden state is left as it is.
        steps: T, the number of time steps of a presentation.

    Raises:
        ConfigError: if the neuron is of another kind or hides its state.
        MissingDependencyError: if snnTorch is not installed.
    """
    states = _states_of(neuron)

    def run(current: Tensor) -> Tensor:
        return _run(neuron, states, current)

    return BorrowedPopulation(run, steps)


def _states_of(neuron: Any) -> tuple[str, ...]:
    library = load_library("snntorch")
    where = "snntorch_population"
    for name, states in _STATES:
        # Subclasses may take other arguments.
        if type(neuron) is getattr(library, name):
            if neuron.init_hidden:
                raise ConfigError(
                    "init_hidden=True", where=where, expected="a neuron that takes its state as arguments"
                )
            return states
    raise ConfigError(
        f"a {type(neuron).__name__}",
        where=where,
        expected=" | ".join(f"snntorch.{name}" for name, _ in _STATES),
        fix="wrap other neurons yourself: neuroff.interop.BorrowedPopulation(run, steps)",
    )


def _run(neuron: snntorch.SpikingNeuron, states: Sequence[str], current: Tensor) -> Tensor:
    kept = {name: getattr(neuron, name) for name in states}
    values = [torch.zeros_like(current[0]) for _ in states]
    spikes = []
    try:
        for arriving in current:
            fired, *values = neuron(arriving, *values)
            spikes.append(fired)
    finally:
        for name, value in kept.items():
            setattr(neuron, name, value)
    return torch.stack(spikes)
