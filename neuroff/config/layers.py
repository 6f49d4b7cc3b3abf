"""From a configuration to the layers before the first step."""

from __future__ import annotations

import math
from dataclasses import replace

import torch

from neuroff.config.populations import build_population, learned_names
from neuroff.config.schema import Config
from neuroff.core.architecture import Architecture, Stack, drawn, weights_of
from neuroff.core.asking import Asking
from neuroff.core.signal import carried_type
from neuroff.core.synapses import Planes
from neuroff.device import available_bytes
from neuroff.errors import ConfigError

_KEPT = 4  # weight, gradient, two moments


def parameter_dtype(config: Config) -> torch.dtype:
    """Return the type of weights and activities: float64 where that is the precision, float32 elsewhere."""
    return carried_type(getattr(torch, config.training.precision))


def draw_stack(config: Config, planes: Planes, asking: Asking) -> Stack:
    """Return the layers before the first step, drawn from the configuration's seed.

    Args:
        config: the configuration.
        planes: of the images, without what the asking puts beside them.
        asking: how the network is asked about classes.

    Raises:
        ConfigError: if a layer does not fit the one below, or they do not fit into memory.
    """
    dtype, architecture = parameter_dtype(config), config.network.architecture
    _require_memory(config, architecture, planes, asking, dtype.itemsize)
    stack = drawn(
        architecture,
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


def _require_memory(
    config: Config, architecture: Architecture, planes: Planes, asking: Asking, itemsize: int
) -> None:
    """Refuse layers that training has no memory for, before anything is allocated.

    Raises:
        ConfigError: with the width that fits.
    """
    there = available_bytes()
    weights = weights_of(architecture, planes, asking)
    needed = _KEPT * itemsize * weights
    if there is None or needed <= there:
        return
    most = there / (_KEPT * itemsize)
    own = config.network.layers is None
    fix = f"widths of up to {_widest(most, asking.inputs(planes.size), architecture.depth):,} fit"
    raise ConfigError(
        f"{weights:,} weights, which take {needed / 2**30:,.1f} GiB to train",
        where="network.widths" if own else "network.layers",
        expected=f"at most {there / 2**30:.1f} GiB, which is what there is",
        fix=fix if own else "pool more in front of dense layers, or take fewer channels",
    )


def _widest(weights: float, inputs: int, depth: int) -> int:
    """Return the largest n for which layers of n neurons have inputs · n + (depth − 1) · n² weights."""
    between = depth - 1
    if not between:
        return int(weights / inputs)
    return int((math.sqrt(inputs**2 + 4 * between * weights) - inputs) / (2 * between))
