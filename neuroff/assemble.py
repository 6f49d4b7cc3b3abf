"""From a configuration to a network and its loss."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from neuroff.config import Config
from neuroff.dense import ReLU
from neuroff.goodness import Goodness
from neuroff.loss import Loss
from neuroff.network import BlackBox, Bus, Layer, Network, initial_layers
from neuroff.population import Population
from neuroff.spiking import LIF


def parameter_dtype(config: Config) -> torch.dtype:
    """Return the type of weights and activities: float64 where that is the precision, float32 elsewhere."""
    return torch.float64 if config.training.precision == "float64" else torch.float32


def build_population(config: Config) -> Population:
    """Return the neurons that the path asks for."""
    if config.path == "dense":
        return ReLU()
    neuron = config.neuron
    return LIF(neuron.steps, neuron.beta, neuron.threshold, neuron.reset, neuron.surrogate, neuron.steepness)


def build_loss(config: Config) -> Loss:
    """Return the loss every layer minimises."""
    goodness = build_goodness(config)
    training = config.training
    return Loss(training.loss, goodness.threshold(training.theta), training.loss_steepness)


def build_goodness(config: Config) -> Goodness:
    """Return the goodness of every layer."""
    return Goodness(config.network.goodness, config.network.goodness_scale)


def initial_gamma(config: Config) -> float:
    """Return γ at the start: none in plain FF, which is the bus with γ = 0."""
    return 0.0 if config.variant == "ff" else config.collaboration.gamma


def build_network(
    config: Config,
    inputs: int,
    classes: int,
    *,
    layers: tuple[Layer, ...] | None = None,
    black_boxes: Mapping[int, BlackBox] | None = None,
) -> Network:
    """Return a network.

    Args:
        config: the configuration.
        inputs: number of pixels.
        classes: number of labels.
        layers: parameters; drawn from the configuration's seed if not given.
        black_boxes: see `neuroff.network.Network`.
    """
    widths = (inputs, *config.network.widths)
    if layers is None:
        layers = initial_layers(widths, config.seed, initial_gamma(config), parameter_dtype(config))
    return Network(
        layers=layers,
        population=build_population(config),
        goodness=build_goodness(config),
        bus=build_bus(config),
        classes=classes,
        normalisation=config.network.normalisation,
        epsilon=config.network.epsilon,
        precision=getattr(torch, config.training.precision),
        black_boxes=dict(black_boxes or {}),
    )


def build_bus(config: Config) -> Bus:
    """Return the collaboration bus; plain FF hears nobody whatever the collaboration keys say."""
    if config.variant == "ff":
        return Bus()
    collaboration = config.collaboration
    centre = build_loss(config).theta if collaboration.threshold == "centred" else 0.0
    return Bus(collaboration.partners, collaboration.weight, centre)
