"""What both directions of every mapping ask of numbers and shapes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from torch import Tensor

from neuroff.core.neurons import LIF
from neuroff.errors import ConfigError, ShapeError

_NUMBERS = ("beta", "alpha", "threshold")


def checked(population: LIF, where: str, *, current_based: bool = False) -> LIF:
    """Return a population whose numbers make sense, learned ones as the numbers they are now.

    Args:
        population: the population.
        where: function to name in errors.
        current_based: whether the other side's neuron has a synaptic current.

    Raises:
        ConfigError: naming the first that does not, or that the other side does not have.
    """
    numbers = {name: one_number(getattr(population, name), name, where) for name in _NUMBERS}
    if population.steps < 1:
        raise ConfigError(f"steps = {population.steps}", where=where, expected="at least one time step")
    for name in ("beta", "alpha"):
        if not 0.0 <= numbers[name] <= 1.0:
            raise ConfigError(
                f"{name} = {numbers[name]:g}", where=where, expected="a decay per step in [0, 1]"
            )
    for name, value in (("threshold", numbers["threshold"]), ("steepness", population.steepness)):
        if not 0.0 < value < float("inf"):
            raise ConfigError(f"{name} = {value:g}", where=where, expected="a positive number")
    if numbers["alpha"] != 0.0 and not current_based:
        raise ConfigError(
            f"alpha = {numbers['alpha']:g}", where=where, expected="0, a current that lasts one step"
        )
    if population.refractory:
        raise ConfigError(
            f"refractory = {population.refractory}",
            where=where,
            expected="0, a neuron that can fire at every step",
        )
    if population.start:
        raise ConfigError(
            f"start = {population.start:g}", where=where, expected="0, a presentation that starts at rest"
        )
    return replace(population, beta=numbers["beta"], alpha=numbers["alpha"], threshold=numbers["threshold"])


def one_number(value: Any, name: str, where: str) -> float:
    """Return a number that another library keeps as a number or a tensor.

    Raises:
        ConfigError: if it is a tensor of several numbers; a neuroff population has one for all neurons.
    """
    if isinstance(value, Tensor) and value.numel() != 1:
        raise ConfigError(
            f"{name} holds {value.numel()} numbers",
            where=where,
            expected="one number for all neurons of a population",
            fix="make one population per value",
        )
    return float(value)


def require_current(current: Tensor, where: str) -> None:
    """Refuse anything but floating-point currents over time.

    Raises:
        ShapeError: if the current is not ``(T, B, N)`` with at least one step.
    """
    if current.ndim != 3 or current.shape[0] == 0 or not current.dtype.is_floating_point:
        raise ShapeError(
            f"current of shape {tuple(current.shape)} and type {current.dtype}",
            where=where,
            expected="floating-point numbers (T, B, N) with T ≥ 1",
            fix="expand a constant current: current.expand(T, -1, -1)",
        )
