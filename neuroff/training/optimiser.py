"""Adam for a layer's weights and its neurons' learned numbers; descent or Adam for its collaboration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import torch
from torch import Tensor

from neuroff.core.network import Layer
from neuroff.core.neurons import NEURON_PARAMETERS, keep_in_range
from neuroff.core.plan import GammaStep, Plan
from neuroff.core.rules import LayerGradient
from neuroff.errors import RunError
from neuroff.named_tensors import taken

_ADAM: Final = (torch.optim.Adam, torch.optim.AdamW)
_ENTRIES: Final = ("step", "exp_avg", "exp_avg_sq")
"""What Adam keeps of every parameter: its steps, and the moving means of gradients and of their squares."""


class LayerOptimiser:
    """Moves one layer's parameters in place; its state is a flat mapping of tensors."""

    def __init__(self, layer: Layer, plan: Plan) -> None:
        self._layer = layer
        # fused: one pass over the weights, ten times as quick on a CPU
        self._weights = torch.optim.AdamW(
            list(layer.synapses.learned().values()),
            lr=plan.learning_rate,
            weight_decay=plan.weight_decay,
            fused=True,
        )
        self._gamma = _gamma_optimiser(layer.gamma, plan.gamma)
        self._most = None if plan.gamma is None else plan.gamma.most
        self._neuron = _neuron_optimiser(layer, plan)

    def step(self, gradient: LayerGradient, learning_rate: float) -> None:
        """Move the layer against a gradient."""
        layer = self._layer
        synapses = layer.synapses.learned()
        for name, tensor in synapses.items():
            tensor.grad = gradient.synapses[name]
        self._weights.param_groups[0]["lr"] = learning_rate
        self._weights.step()
        for tensor in synapses.values():
            tensor.grad = None
        layer.synapses.settle(gradient.synapses)
        if self._gamma is not None:
            layer.gamma.grad = gradient.gamma
            self._gamma.step()
            layer.gamma.grad = None
            if self._most is not None:
                layer.gamma.clamp_(-self._most, self._most)
        if self._neuron is not None:
            self._move_neuron(self._neuron, gradient)

    def _move_neuron(self, optimiser: torch.optim.Optimizer, gradient: LayerGradient) -> None:
        learned = self._layer.neuron
        for name, value in learned.items():
            value.grad = gradient.neuron[name]
        optimiser.step()
        for name in NEURON_PARAMETERS:
            if name in learned:
                learned[name].grad = None
                keep_in_range(name, learned[name])

    def state(self) -> dict[str, Tensor]:
        """Return the optimisers' tensors by name, such as ``weights.0.exp_avg``."""
        tensors: dict[str, Tensor] = {}
        for name, optimiser in self._named():
            for parameter, entries in optimiser.state_dict()["state"].items():
                tensors |= {
                    f"{name}.{parameter}.{key}": value for key, value in entries.items() if value is not None
                }
        return tensors

    def restore(self, tensors: Mapping[str, Tensor], where: str = "optimiser", prefix: str = "") -> int:
        """Take over what `state` returned: all of it, or nothing of an optimiser without a step.

        Args:
            tensors: by name; those of other names are ignored.
            where: file to name in errors.
            prefix: before the names.

        Returns:
            The number of steps taken.

        Raises:
            RunError: naming a tensor that is missing, of another type or shape, or that Adam cannot have.
        """
        steps = {
            restore_adam(optimiser, tensors, where, f"{prefix}{name}.")
            for name, optimiser in self._named()
            if isinstance(optimiser, _ADAM)
        }
        if len(steps) > 1:
            raise RunError(
                f"optimisers {prefix}… after {' and '.join(map(str, sorted(steps)))} steps",
                where=where,
                expected="one number of steps for all parameters of a layer",
            )
        return max(steps)

    def _named(self) -> list[tuple[str, torch.optim.Optimizer]]:
        named: list[tuple[str, torch.optim.Optimizer]] = [("weights", self._weights)]
        optional = (("gamma", self._gamma), ("neuron", self._neuron))
        return named + [(name, optimiser) for name, optimiser in optional if optimiser is not None]


def _gamma_optimiser(gamma: Tensor, step: GammaStep | None) -> torch.optim.Optimizer | None:
    if step is None:
        return None
    if step.optimiser == "adam":
        return torch.optim.Adam([gamma], lr=step.learning_rate)
    return torch.optim.SGD([gamma], lr=step.learning_rate)


def _neuron_optimiser(layer: Layer, plan: Plan) -> torch.optim.Optimizer | None:
    if not layer.neuron:
        return None
    learned = [layer.neuron[name] for name in sorted(layer.neuron)]
    return torch.optim.Adam(learned, lr=plan.neuron_learning_rate)


def restore_adam(
    optimiser: torch.optim.Optimizer, tensors: Mapping[str, Tensor], where: str, prefix: str
) -> int:
    """Give Adam back what it kept, and return its number of steps; 0 where the file has nothing of it.

    Args:
        optimiser: Adam or AdamW.
        tensors: by name, such as ``PREFIX0.exp_avg`` of the first parameter; other names are
            ignored.
        where: file to name in errors.
        prefix: before the number of a parameter.

    Raises:
        RunError: naming a tensor that is missing, of another type or shape, or that Adam cannot have.
    """
    if not any(key.startswith(prefix) for key in tensors):
        return 0
    state: dict[int, dict[str, Tensor]] = {}
    steps: set[int] = set()
    for index, parameter in enumerate(_parameters(optimiser)):
        step, mean, square = (f"{prefix}{index}.{entry}" for entry in _ENTRIES)
        steps.add(_steps(tensors, step, where))
        shape = tuple(parameter.shape)
        first, second = (taken(tensors, key, shape, parameter.dtype, where) for key in (mean, square))
        if bool(second.lt(0).any()):
            raise RunError(
                f"tensor {square!r} has a number below zero", where=where, expected="means of squares"
            )
        state[index] = dict(zip(_ENTRIES, (tensors[step], first, second), strict=True))
    if len(steps) > 1:
        raise RunError(
            f"tensors '{prefix}….step' are {' and '.join(map(str, sorted(steps)))}",
            where=where,
            expected="one number of steps for all of them",
        )
    optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})
    return steps.pop()


def entries(optimiser: torch.optim.Optimizer) -> tuple[str, ...]:
    """Return the names of what Adam keeps, once it has taken a step, such as ``0.exp_avg``."""
    numbers = range(len(_parameters(optimiser)))
    return tuple(f"{index}.{entry}" for index in numbers for entry in _ENTRIES)


def _parameters(optimiser: torch.optim.Optimizer) -> list[Tensor]:
    found: list[Tensor] = optimiser.param_groups[0]["params"]
    return found


def _steps(tensors: Mapping[str, Tensor], name: str, where: str) -> int:
    """Return a number of steps, which PyTorch keeps as a float of either length."""
    double = name in tensors and tensors[name].dtype == torch.float64
    steps = float(taken(tensors, name, (), torch.float64 if double else torch.float32, where))
    if steps < 1 or steps != int(steps):
        raise RunError(f"tensor {name!r} is {steps:g}", where=where, expected="a number of steps, from 1")
    return int(steps)
