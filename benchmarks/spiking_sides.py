"""One spiking training step by neuroff, and the same network and losses by snnTorch and Norse with autograd.

The rivals come in two forms. As their tutorials write it, each time step sends its input through the linear
layer and then through the neurons. ``…-hoisted`` multiplies all time steps at once before the loop, and the
constant input of the first layer only once: as fast as their own neurons and autograd allow.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from benchmarks.spiking_problem import Problem
from neuroff.config.build import build_plan, in_flight
from neuroff.core.asking import Question
from neuroff.core.engine import Engine as StepEngine
from neuroff.core.engine import EventEngine
from neuroff.core.network import Layer, Network, propagate
from neuroff.core.rules import LayerGradient
from neuroff.core.scores import class_scores
from neuroff.interop.library import load_library
from neuroff.interop.norse import to_norse_cell
from neuroff.training.online import learner
from neuroff.training.side_by_side import Sums, learn_chunks, one_thread_of_torch
from neuroff.training.state import state_of
from neuroff.training.step import LayerStatistics
from neuroff.training.team import Rows


class Engine(Protocol):
    """One side of the benchmark."""

    def gradients(self) -> list[Tensor]:
        """Return the gradients of each layer's loss by its weight and bias, layer after layer."""
        ...

    def step(self) -> None:
        """Compute the gradients and move the parameters by Adam."""
        ...

    def predict(self) -> Tensor:
        """Return the class of every image, ``(B,)``, by the sum of all layers' goodness."""
        ...


class Neuroff:
    """The closed form, as `neuroff.training.train` uses it on a batch, by loops over spikes or by PyTorch."""

    def __init__(self, problem: Problem, engine: StepEngine | None = None) -> None:
        layers = tuple(each.copied() for each in problem.layers)
        self._problem, plan = problem, build_plan(problem.config)
        self._state = state_of(layers, plan)
        self._network = replace(problem.network(layers), engine=engine or EventEngine())
        self._plan, self._learn = in_flight(plan, self._network), learner(plan)

    @torch.no_grad()
    def _layer_gradients(self) -> dict[int, LayerGradient]:
        problem, layers = self._problem, self._network.layers
        gradients = {i: LayerGradient.of(layer) for i, layer in enumerate(layers)}
        statistics = {i: LayerStatistics.empty(problem.labels.device) for i in gradients}
        dealt = enumerate(self._plan.chunks(slice(0, problem.images)))
        learn_chunks(self._learn_one, dealt, self._network, Sums(gradients, statistics))
        return gradients

    def _learn_one(self, network: Network, place: int, rows: Rows, sums: Sums) -> None:
        problem = self._problem
        signal, question = problem.signal.rows(rows), Question(problem.labels[:, rows])
        self._learn(
            network,
            self._plan.losses(len(network.layers)),
            signal,
            question,
            sums.gradients,
            sums.statistics,
            images=problem.images,
        )

    def rates(self) -> list[float]:
        """Return each layer's mean firing rate over the batch."""
        problem, network = self._problem, self._network
        return [
            float(shown.response.activity.mean())
            for shown in propagate(network, problem.signal, problem.labels, engine=network.engine)
        ]

    def predict(self) -> Tensor:
        """Return the class of every image, all labels tried."""
        return class_scores(self._network, self._problem.signal).argmax(0)

    def gradients(self) -> list[Tensor]:
        """See `Engine`."""
        return [
            tensor
            for each in self._layer_gradients().values()
            for tensor in (each.synapses["weight"], each.synapses["bias"])
        ]

    def step(self) -> None:
        """See `Engine`."""
        chunks = self._plan.chunks(slice(0, self._problem.images))
        with one_thread_of_torch(self._network, len(chunks)):
            for index, gradient in self._layer_gradients().items():
                self._state.optimisers[index].step(gradient, self._problem.config.training.learning_rate)


class Neurons(nn.Module):
    """A rival's population.

    Attributes:
        input_gain: factor that turns neuroff's currents into the library's.
        slope_gain: factor that turns the library's surrogate derivative into neuroff's.
    """

    input_gain: float = 1.0
    slope_gain: float = 1.0


class SnnTorchNeurons(Neurons):
    """A population of snnTorch's Leaky neurons; its default ``reset_delay`` is exact for a reset to zero."""

    def __init__(self, problem: Problem) -> None:
        super().__init__()
        library, lif = load_library("snntorch"), problem.lif
        surrogate = load_library("snntorch.surrogate").fast_sigmoid(lif.steepness)
        self.leaky = library.Leaky(lif.beta, lif.threshold, spike_grad=surrogate, reset_mechanism=lif.reset)

    def forward(self, current: Tensor, state: Tensor | None) -> tuple[Tensor, Any]:
        """Advance one step; the library starts a missing state at rest."""
        potential = torch.zeros_like(current) if state is None else state
        spikes, potential = self.leaky(current, potential)
        return spikes.to(current.dtype), potential  # snnTorch's surrogates return float32


class NorseNeurons(Neurons):
    """A population of Norse's LIFBox neurons, their reset detached."""

    def __init__(self, problem: Problem) -> None:
        super().__init__()
        cell = to_norse_cell(problem.lif)
        self.input_gain = cell.input_gain
        self.box = load_library("norse.torch.module.lif_box").LIFBoxCell(cell.parameters, dt=cell.dt_s)

    def forward(self, current: Tensor, state: Any) -> tuple[Tensor, Any]:
        """Advance one step; the library starts a missing state at rest."""
        spikes, state = self.box(current, state)
        return spikes, state


class SpikingJellyNeurons(Neurons):
    """A population of SpikingJelly's LIFNode, PyTorch back end; its soft sign is half the fast sigmoid."""

    def __init__(self, problem: Problem) -> None:
        super().__init__()
        neuron = load_library("spikingjelly.activation_based.neuron")
        surrogate = load_library("spikingjelly.activation_based.surrogate")
        lif = problem.lif
        self.slope_gain = 2.0
        self._make: Callable[[], nn.Module] = lambda: neuron.LIFNode(
            tau=1.0 / (1.0 - float(lif.beta)),
            decay_input=False,
            v_threshold=float(lif.threshold),
            v_reset=0.0,
            surrogate_function=surrogate.SoftSign(alpha=lif.steepness),
            detach_reset=True,
        )

    def forward(self, current: Tensor, state: Any) -> tuple[Tensor, Any]:
        """Advance one step; the node keeps its potential."""
        node = self._make() if state is None else state
        return node(current), node


class SpikingLayer(nn.Module):
    """Linear layer and neurons over T time steps."""

    def __init__(self, initial: Layer, neurons: Neurons, steps: int, *, hoisted: bool) -> None:
        super().__init__()
        outputs, inputs = initial.synapses.affine()[0].shape
        self.linear = nn.Linear(inputs, outputs, dtype=initial.synapses.affine()[0].dtype)
        with torch.no_grad():
            # Norse's currents are neuroff's times a constant, which the weights can carry.
            self.linear.weight.copy_(initial.synapses.affine()[0]).mul_(neurons.input_gain)
            self.linear.bias.copy_(initial.synapses.affine()[1]).mul_(neurons.input_gain)
        self.neurons, self.steps, self.hoisted = neurons, steps, hoisted

    def forward(self, x: Tensor) -> Tensor:
        """Return spikes ``(T, B, N)`` for inputs ``(T, B, D)``, or ``(B, D)`` that stay."""
        constant = x.ndim == 2
        currents = self.linear(x) if self.hoisted else None
        spikes, state = [], None
        for t in range(self.steps):
            if currents is None:
                current = self.linear(x if constant else x[t])
            else:
                current = currents if constant else currents[t]
            fired, state = self.neurons(current, state)
            spikes.append(fired)
        return torch.stack(spikes)


class Autograd:
    """A rival: local losses, inputs of each layer detached, one backward pass for all of them."""

    def __init__(self, problem: Problem, neurons: Callable[[Problem], Neurons], *, hoisted: bool) -> None:
        config = problem.config
        self._layers = [
            SpikingLayer(layer, neurons(problem), problem.lif.steps, hoisted=hoisted)
            for layer in problem.layers
        ]
        self._x = problem.overlaid()
        self._candidates = problem.candidates()
        self._images = problem.images
        self._theta, self._scale = config.training.theta, config.network.goodness_scale
        self._epsilon = config.network.epsilon
        self._parameters = [
            each for layer in self._layers for each in (layer.linear.weight, layer.linear.bias)
        ]
        self._optimiser = torch.optim.Adam(self._parameters, lr=config.training.learning_rate)

    def _backward(self) -> None:
        self._optimiser.zero_grad()
        x, total = self._x, torch.zeros(())
        for layer in self._layers:
            spikes = layer(x)
            rates = spikes.mean(0)
            goodness = self._scale * rates.pow(2).mean(1)
            positive, negative = goodness[: self._images], goodness[self._images :]
            total = total + softplus(torch.cat((self._theta - positive, negative - self._theta))).mean()
            with torch.no_grad():
                gain = math.sqrt(rates.shape[1]) / (rates.norm(dim=1) + self._epsilon)
                x = spikes * gain[:, None]
        torch.autograd.backward(total)

    def gradients(self) -> list[Tensor]:
        """See `Engine`; in neuroff's scale of weights."""
        self._backward()
        gain = self._layers[0].neurons.input_gain * self._layers[0].neurons.slope_gain
        return [
            torch.zeros_like(each) if each.grad is None else each.grad * gain for each in self._parameters
        ]

    def step(self) -> None:
        """See `Engine`."""
        self._backward()
        self._optimiser.step()

    @torch.no_grad()
    def predict(self) -> Tensor:
        """Return the class of every image, all labels tried one after the other."""
        scores = []
        for x in self._candidates:
            total = torch.zeros(self._images)
            for layer in self._layers:
                spikes = layer(x)
                rates = spikes.mean(0)
                total = total + self._scale * rates.pow(2).mean(1)
                gain = math.sqrt(rates.shape[1]) / (rates.norm(dim=1) + self._epsilon)
                x = spikes * gain[:, None]
            scores.append(total)
        return torch.stack(scores).argmax(0)


_RIVALS: dict[str, Callable[[Problem], Neurons]] = {
    "snntorch": SnnTorchNeurons,
    "norse": NorseNeurons,
    **({"spikingjelly": SpikingJellyNeurons} if find_spec("spikingjelly") else {}),
}


def _rival(name: str, *, hoisted: bool) -> Callable[[Problem], Engine]:
    return lambda problem: Autograd(problem, _RIVALS[name], hoisted=hoisted)


RIVALS = tuple(_RIVALS)
"""Libraries that are installed."""

ENGINES: dict[str, Callable[[Problem], Engine]] = {
    "neuroff": Neuroff,
    "neuroff-torch": lambda problem: Neuroff(problem, StepEngine()),
    **{name: _rival(name, hoisted=False) for name in RIVALS},
    **{f"{name}-hoisted": _rival(name, hoisted=True) for name in RIVALS},
}
