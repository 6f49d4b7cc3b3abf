"""From a configuration to the neurons of its layers."""

from __future__ import annotations

from collections.abc import Mapping

from neuroff.config.schema import Config
from neuroff.core.neurons import LIF, AdaptiveLIF, NeuronParameter
from neuroff.core.neurons.population import Population
from neuroff.core.neurons.relu import ReLU
from neuroff.errors import ConfigError


def build_population(config: Config, index: int = 0) -> Population:
    """Return the neurons of a layer; `Network.population_of` gives them the numbers that it learns."""
    if config.path == "dense":
        return ReLU()
    neuron = config.neuron
    plain = LIF(
        steps=neuron.steps,
        beta=1.0 if neuron.model == "if" else neuron.betas[index] if neuron.betas else neuron.beta,
        threshold=neuron.threshold,
        reset=neuron.reset,
        surrogate=neuron.surrogate,
        steepness=neuron.steepness,
        alpha=0.0 if neuron.model != "cuba" else neuron.alphas[index] if neuron.alphas else neuron.alpha,
        refractory=neuron.refractory,
        trace_decay=neuron.trace_decay,
    )
    if neuron.adaptation:
        return AdaptiveLIF(plain, neuron.adaptation, neuron.adaptation_decay)
    return plain


def own_populations(config: Config) -> dict[int, Population]:
    """Return the neurons of every layer where layers differ in them, and nothing where they are all alike."""
    if config.path == "dense" or not (config.neuron.betas or config.neuron.alphas):
        return {}
    return {index: build_population(config, index) for index in range(config.network.depth)}


def given_populations(
    config: Config, population: Population | Mapping[int, Population] | None
) -> dict[int, Population]:
    """Return the neurons that the caller brought along, by layer."""
    if population is None:
        return {}
    depth, where = config.network.depth, "population"
    given = dict(population) if isinstance(population, Mapping) else dict.fromkeys(range(depth), population)
    if config.path == "dense":
        raise ConfigError("neurons with time steps on the dense path", where=where, expected="path=spiking")
    if learned_names(config):
        raise ConfigError(
            "neuron.learned names numbers that neurons brought along do not have",
            where=where,
            expected="no neuron.learned",
        )
    for index, neurons in given.items():
        if not 0 <= index < depth:
            raise ConfigError(f"neurons for layer {index}", where=where, expected=f"0 to {depth - 1}")
        if neurons.steps != config.neuron.steps:
            raise ConfigError(
                f"neurons of layer {index} that take {neurons.steps} steps",
                where=where,
                expected=f"neuron.steps = {config.neuron.steps}",
            )
    return given


def learned_names(config: Config) -> tuple[NeuronParameter, ...]:
    """Return the names of the neurons' learned numbers; none on the dense path."""
    return () if config.path == "dense" else tuple(sorted(set(config.neuron.learned)))
