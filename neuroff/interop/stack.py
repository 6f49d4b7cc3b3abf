"""A trained spiking network as an ordinary module: linear layers and another library's neurons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import torch
from torch import Tensor, nn

from neuroff.core.asking import Asking
from neuroff.core.network import Layer, Network, outgoing
from neuroff.core.neurons import LIF
from neuroff.core.neurons.population import Response
from neuroff.core.readout import activity_of
from neuroff.core.signal import Signal, Stimulus
from neuroff.core.together import require_network
from neuroff.errors import ConfigError, ShapeError

InitialState = Callable[[Tensor], tuple[Any, ...]]


@dataclass(frozen=True)
class StackNeuron:
    """A neuron of another library as a stack runs it.

    Attributes:
        module: called as ``spikes, *states = module(current, *states)``.
        initial_states: the states before the first step, for currents ``(B, N)``.
        input_gain: factor of the current.
    """

    module: nn.Module
    initial_states: InitialState
    input_gain: float = 1.0


class NeuronStack(nn.Module):
    """Linear layers and spiking neurons in turn, with one gain per sample between them.

    Attributes:
        linears: one ``nn.Linear`` per layer, with the network's weights.
        neurons: one neuron per layer.
        steps: T, for inputs that do not change.
    """

    def __init__(
        self, network: Network, neurons: Sequence[StackNeuron], trace_decays: Sequence[float]
    ) -> None:
        super().__init__()
        self.linears = nn.ModuleList(_linear(layer) for layer in network.layers)
        self.neurons = nn.ModuleList(neuron.module for neuron in neurons)
        self.steps = network.population.steps
        self._how = tuple((neuron.initial_states, neuron.input_gain) for neuron in neurons)
        self._trace_decays = tuple(trace_decays)
        # What lies between layers is neuroff's; its parameters are not.
        self._between = replace(network, layers=(), populations={})

    def forward(self, presented: Tensor) -> list[Tensor]:
        """Return the spikes ``(T, B, N)`` of every layer.

        Args:
            presented: normalised images with a label, as `presented_images` makes them: ``(B, D)``, which
                stays for all T steps, or ``(T, B, D)``.

        Raises:
            ShapeError: if the input has another shape.
        """
        width = cast(nn.Linear, self.linears[0]).in_features
        if presented.ndim not in (2, 3) or presented.shape[-1] != width:
            raise ShapeError(
                f"an input of shape {tuple(presented.shape)}",
                where="NeuronStack",
                expected=f"(B, {width}) or (T, B, {width})",
                fix="make it with neuroff.interop.presented_images",
            )
        layers: list[Tensor] = []
        signal = Signal(presented)
        for index, module in enumerate(self.linears):
            linear = cast(nn.Linear, module)
            weighted = signal.values @ linear.weight.T
            current = (weighted if signal.gain is None else weighted * signal.gain[..., None]) + linear.bias
            spikes = self._run(index, current if current.ndim == 3 else current.expand(self.steps, -1, -1))
            activity = activity_of(spikes, self._trace_decays[index])
            signal = outgoing(self._between, index, Response(activity, spikes))
            layers.append(spikes)
        return layers

    def _run(self, index: int, current: Tensor) -> Tensor:
        neuron = self.neurons[index]
        initial_states, input_gain = self._how[index]
        states = initial_states(current[0])
        spikes = []
        for arriving in current * input_gain:
            fired, *states = neuron(arriving, *states)
            spikes.append(fired.to(current.dtype))
        return torch.stack(spikes)


def presented_images(asking: Asking, stimulus: Stimulus, candidates: Tensor) -> Tensor:
    """Return images in P presentations each, written out as one input.

    neuroff itself never makes these copies; an ordinary module knows nothing of askings.

    Args:
        asking: writes the candidates.
        stimulus: the encoded images, B of them.
        candidates: ``(P, B)``.

    Returns:
        ``(P·B, D)`` or ``(T, P·B, D)``, image b in its p-th presentation at row ``p·B + b``, gain included.
    """
    image = stimulus.image.values
    if stimulus.image.gain is not None:
        image = image * stimulus.image.gain[:, None]
    return asking.written(image, stimulus.label, candidates)


def lifs_of(network: Network, where: str) -> list[LIF]:
    """Return the neurons of every layer of a network that a stack can express.

    Raises:
        ConfigError: naming what it cannot.
    """
    require_network(network, where)
    if network.black_boxes:
        raise ConfigError(
            "black boxes between layers",
            where=where,
            expected="layers that reach each other directly",
            fix="put them into the module yourself",
        )
    if network.precision not in (torch.float32, torch.float64):
        raise ConfigError(
            f"products in {network.precision}",
            where=where,
            expected="float32 or float64",
            fix="dataclasses.replace(network, precision=torch.float32)",
        )
    found = []
    for index in range(len(network.layers)):
        population = network.population_of(index)
        if not isinstance(population, LIF):
            raise ConfigError(
                f"a population of type {type(population).__name__}",
                where=where,
                expected="a spiking network of neuroff.core.neurons.LIF neurons",
            )
        found.append(population)
    return found


def _linear(layer: Layer) -> nn.Linear:
    weight, bias = layer.synapses.affine()
    neurons, inputs = weight.shape
    linear = nn.Linear(inputs, neurons, device=weight.device, dtype=weight.dtype)
    with torch.no_grad():
        linear.weight.copy_(weight)
        linear.bias.copy_(bias)
    return linear
