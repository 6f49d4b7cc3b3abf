"""From a configuration to the layers before the first step."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace

import torch

from neuroff.config.populations import build_population, learned_names
from neuroff.config.schema import Config
from neuroff.core.architecture import Stack, drawn
from neuroff.core.asking import Asking
from neuroff.core.signal import carried_type
from neuroff.core.synapses import Planes


def parameter_dtype(config: Config) -> torch.dtype:
    """Return the type of weights and activities: float64 where that is the precision, float32 elsewhere."""
    return carried_type(getattr(torch, config.training.precision))


def draw_stack(config: Config, planes: Planes, asking: Asking, *, blank: bool = False) -> Stack:
    """Return the layers before the first step, drawn from the configuration's seed.

    Args:
        config: the configuration.
        planes: of the images, without what the asking puts beside them.
        asking: how the network is asked about classes.
        blank: whether weights have sizes alone and no numbers, which takes no memory.

    Raises:
        ConfigError: if a layer does not fit the one below.
    """
    dtype = parameter_dtype(config)
    with torch.device("meta") if blank else nullcontext():
        stack = drawn(
            config.network.architecture,
            planes,
            asking,
            seed=config.seed,
            dtype=dtype,
            standardise=config.network.standardise,
            group_norm=config.network.group_norm,
        )
    names = learned_names(config)
    layers = tuple(
        replace(
            layer,
            gamma=torch.tensor(gamma, dtype=dtype),
            neuron={
                name: torch.tensor(getattr(build_population(config, index), name), dtype=dtype)
                for name in names
            },
        )
        for index, (layer, gamma) in enumerate(zip(stack.layers, initial_gammas(config), strict=True))
    )
    return replace(stack, layers=layers)


def initial_gammas(config: Config) -> tuple[float, ...]:
    """Return γ of every layer at the start: none in plain FF, which is the bus with γ = 0."""
    depth, collaboration = config.network.depth, config.collaboration
    return (
        (0.0,) * depth if config.variant == "ff" else collaboration.gammas or (collaboration.gamma,) * depth
    )
