"""One training step of a convolutional network by neuroff, and of the same network and losses with autograd.

Rivals: PyTorch for dense layers; snnTorch's Leaky neurons for spiking ones, as its tutorials write it, every
step through the convolution (``snntorch``), and with all steps in one convolution and the first layer's
constant input in one of its own (``snntorch-hoisted``). Layers see each other's values, no gradient passes
between them, and every layer has the cross-entropy of a fixed random read-out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, cross_entropy, max_pool2d

from neuroff.config import Config
from neuroff.config.build import build
from neuroff.config.inputs import prepare
from neuroff.config.overrides import apply_settings
from neuroff.config.presets import preset
from neuroff.config.schema import Path
from neuroff.core.asking import RandomAsking
from neuroff.core.inputs import Inputs, Split
from neuroff.core.layer import Layer
from neuroff.core.network import Network
from neuroff.core.plan import Plan
from neuroff.core.rules import LayerGradient
from neuroff.core.synapses import Conv, Pooled
from neuroff.data import DataSet
from neuroff.interop.library import load_library
from neuroff.training.online import learner
from neuroff.training.state import state_of
from neuroff.training.step import LayerStatistics

LAYERS: dict[Path, str] = {
    "dense": "conv 48x3, maxpool 2, conv 96x3, maxpool 2, conv 192x3",
    "spiking": "conv 24x5, pool 2, conv 48x3, pool 2, conv 192x3",
}
_SPIKING = ("neuron.model=lif", "beta=0.9", "reset=zero", "surrogate=fast_sigmoid", "steepness=1")


@dataclass(frozen=True)
class Problem:
    """A batch of images, and a network to learn them.

    Attributes:
        config: neuroff's configuration of it.
        split: the images.
        network: before the first step; engines copy its layers.
        plan: how it learns.
    """

    config: Config
    split: Split
    network: Network
    plan: Plan

    @property
    def inputs(self) -> Inputs:
        """The batch."""
        return self.split.train

    def layers(self) -> tuple[Layer, ...]:
        """Return the layers before the first step, copied."""
        return tuple(layer.copied() for layer in self.network.layers)


def make_problem(
    dataset: DataSet, images: int, path: Path, *, precision: str = "float32", layers: str | None = None
) -> Problem:
    """Return the problem on the first so many images.

    Args:
        dataset: the images.
        images: of a batch.
        path: dense or spiking.
        precision: type of the numbers.
        layers: the stack; that of the preset without.
    """
    settings = [
        f"network.layers={layers or LAYERS[path]}",
        f"train_count={images}",
        f"precision={precision}",
        "standardise=false",
        "weight_decay=0",
        "learning_rate_decay=constant",
        "training.shift=0",
        *(("engine=numba",) if path == "spiking" and precision == "float32" else ()),
        *(_SPIKING if path == "spiking" else ()),
    ]
    config = apply_settings(preset("conv", path=path), settings)
    split = prepare(dataset, config)
    network, plan = build(config, split)
    return Problem(config, split, network, plan)


class Engine(Protocol):
    """One side of the benchmark."""

    def gradients(self) -> list[Tensor]:
        """Return the gradients of each layer's loss by its weight and bias, layer after layer."""
        ...

    def step(self) -> None:
        """Compute the gradients and move the parameters by Adam."""
        ...


class Neuroff:
    """The closed form, as `neuroff.training.train` uses it on a batch."""

    def __init__(self, problem: Problem) -> None:
        self._problem, self._plan = problem, problem.plan
        layers = problem.layers()
        self._state = state_of(layers, problem.plan)
        self._network = replace(problem.network, layers=layers)
        self._learn = learner(problem.plan)

    @torch.no_grad()
    def _layer_gradients(self) -> dict[int, LayerGradient]:
        network, inputs = self._network, self._problem.inputs
        gradients = {index: LayerGradient.of(layer) for index, layer in enumerate(network.layers)}
        statistics = {index: LayerStatistics.empty(inputs.labels.device) for index in gradients}
        for rows in self._plan.chunks(slice(0, len(inputs))):
            labels = inputs.labels[rows]
            question = network.asking.question(labels, labels)
            stimulus, images = inputs.stimulus(rows), float(len(inputs))
            self._learn(
                network,
                self._plan.losses(len(network.layers)),
                stimulus,
                question,
                gradients,
                statistics,
                images=images,
            )
        return gradients

    def gradients(self) -> list[Tensor]:
        """See `Engine`."""
        found = self._layer_gradients().values()
        return [tensor for each in found for tensor in (each.synapses["weight"], each.synapses["bias"])]

    def step(self) -> None:
        """See `Engine`."""
        for index, gradient in self._layer_gradients().items():
            self._state.optimisers[index].step(gradient, self._plan.learning_rate)


class _Convolution(nn.Module):
    """A convolution with neuroff's weights, behind its pool."""

    def __init__(self, layer: Layer, pool: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        synapses = layer.synapses
        conv = synapses.behind if isinstance(synapses, Pooled) else synapses
        assert isinstance(conv, Conv)
        self.pool = pool
        self.conv = nn.Conv2d(
            conv.planes.channels,
            conv.leaving.channels,
            conv.window,
            conv.stride,
            conv.padding,
            dtype=conv.weight.dtype,
        )
        with torch.no_grad():
            self.conv.weight.copy_(conv.weight)
            self.conv.bias.copy_(conv.bias)  # type: ignore[union-attr]

    def forward(self, images: Tensor) -> Tensor:
        """Return what drives the neurons."""
        found: Tensor = self.conv(self.pool(images))
        return found


class Autograd:
    """A rival: local losses, inputs of each layer detached, one backward pass for all of them."""

    def __init__(self, problem: Problem, *, hoisted: bool = False) -> None:
        config, network = problem.config, problem.network
        assert isinstance(network.asking, RandomAsking)
        self._spiking, self._hoisted = config.path == "spiking", hoisted
        self._layers = [
            _Convolution(layer, _pool(config, index)) for index, layer in enumerate(network.layers)
        ]
        shape = problem.inputs.planes
        assert shape is not None
        self._x = problem.inputs.stimulus(slice(0, len(problem.inputs))).image.values.view(-1, *shape.shape)
        self._labels, self._loss = problem.inputs.labels, config.training
        dtype = self._x.dtype
        widths = network.widths[1:]
        self._read = [
            network.asking.readout(width).to(dtype) * config.network.goodness_scale for width in widths
        ]
        parameters = (each for layer in self._layers for each in (layer.conv.weight, layer.conv.bias))
        self._parameters = [each for each in parameters if each is not None]
        self._optimiser = torch.optim.Adam(self._parameters, lr=config.training.learning_rate)
        self._steps = config.neuron.steps if self._spiking else 1
        if self._spiking:
            library, neuron = load_library("snntorch"), config.neuron
            surrogate = load_library("snntorch.surrogate").fast_sigmoid(neuron.steepness)
            make = library.Leaky
            self._neurons = [
                make(neuron.beta, neuron.threshold, spike_grad=surrogate, reset_mechanism="zero")
                for _ in network.layers
            ]

    def _activity(self, index: int, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return a layer's activity ``(B, N)`` and output."""
        layer = self._layers[index]
        if not self._spiking:
            output = torch.relu(layer(x))
            return output.flatten(1), output
        constant = index == 0
        currents = None
        if self._hoisted:
            currents = layer(x) if constant else layer(x.flatten(0, 1)).unflatten(0, x.shape[:2])
        spikes, potential = [], None
        for t in range(self._steps):
            current = (
                layer(x if constant else x[t]) if currents is None else currents if constant else currents[t]
            )
            potential = torch.zeros_like(current) if potential is None else potential
            fired, potential = self._neurons[index](current, potential)
            spikes.append(fired.to(current.dtype))
        stacked = torch.stack(spikes)
        return stacked.mean(0).flatten(1), stacked

    def _backward(self) -> None:
        self._optimiser.zero_grad()
        x, total = self._x, torch.zeros((), dtype=self._x.dtype)
        training = self._loss
        for index, read in enumerate(self._read):
            activity, output = self._activity(index, x)
            total = total + cross_entropy(
                training.loss_steepness * (activity @ read.T),
                self._labels,
                label_smoothing=training.label_smoothing,
            )
            x = output.detach()
        torch.autograd.backward(total)

    def gradients(self) -> list[Tensor]:
        """See `Engine`."""
        self._backward()
        return [torch.zeros_like(each) if each.grad is None else each.grad for each in self._parameters]

    def step(self) -> None:
        """See `Engine`."""
        self._backward()
        self._optimiser.step()


def _pool(config: Config, index: int) -> Callable[[Tensor], Tensor]:
    if not index or config.network.layers is None or "pool 2" not in config.network.layers:
        return lambda images: images
    if "maxpool" in config.network.layers:
        return lambda images: max_pool2d(images, 2)
    return lambda images: avg_pool2d(images, 2)


ENGINES: dict[Path, dict[str, Callable[[Problem], Any]]] = {
    "dense": {"neuroff": Neuroff, "pytorch": Autograd},
    "spiking": {
        "neuroff": Neuroff,
        "snntorch": Autograd,
        "snntorch-hoisted": lambda problem: Autograd(problem, hoisted=True),
    },
}
