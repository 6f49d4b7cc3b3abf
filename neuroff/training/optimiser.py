"""Adam for a layer's weights and its neurons' learned numbers; descent or Adam for its collaboration."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from neuroff.core.network import Layer
from neuroff.core.neurons import NEURON_PARAMETERS, keep_in_range
from neuroff.core.plan import GammaStep, Plan
from neuroff.core.rules import LayerGradient


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

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Take over what `state` returned.

        Raises:
            ValueError: if a tensor does not have the shape of what it belongs to.
        """
        for name, optimiser in self._named():
            current = optimiser.state_dict()
            state: dict[int, dict[str, Tensor]] = {}
            for key, value in tensors.items():
                group, parameter, entry = key.split(".")
                if group == name:
                    owner = optimiser.param_groups[0]["params"][int(parameter)]
                    if value.ndim and value.shape != owner.shape:
                        raise ValueError(f"optimiser tensor {key} of shape {tuple(value.shape)}")
                    state.setdefault(int(parameter), {})[entry] = value
            optimiser.load_state_dict({"state": state, "param_groups": current["param_groups"]})

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
