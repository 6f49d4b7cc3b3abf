"""A stack of layers on one collaboration bus, and what happens when a labelled image is presented to it.

`propagate` is the whole path of a sample: drive, response, goodness, output, and on to the next layer.
Training runs it with two labels per image (the true one and a wrong one), prediction with all of them.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor

from neuroff.collaboration import (
    Partners,
    PartnerWeight,
    collaborative_goodness,
    partner_sum,
    partner_weight,
    partners_of,
)
from neuroff.errors import ShapeError
from neuroff.goodness import Goodness
from neuroff.population import Population, Response
from neuroff.rng import generator
from neuroff.signal import LabelledSignal, Signal, add_labels, drive, unit_gain

PredictionRule = Literal["goodness", "collaborative", "last"]
Normalisation = Literal["unit", "rms"]
BlackBox = Callable[[Tensor], Tensor]


def target_length(normalisation: Normalisation, width: int) -> float:
    """Return the length of an input of ``width`` values: 1 (``unit``), or √width (``rms``)."""
    return 1.0 if normalisation == "unit" else math.sqrt(width)


@dataclass(frozen=True)
class Layer:
    """Parameters of one layer.

    Attributes:
        weight: ``(N, D)``.
        bias: ``(N,)``.
        gamma: γ_l, a scalar, the layer's collaboration strength.
    """

    weight: Tensor
    bias: Tensor
    gamma: Tensor


@dataclass(frozen=True)
class Bus:
    """How layers hear each other; see `neuroff.collaboration`.

    Attributes:
        partners: whose goodness a layer hears.
        weight: w_lj.
        centre: c, subtracted from a partner's goodness.
    """

    partners: Partners = "trained"
    weight: PartnerWeight = "mean"
    centre: float = 0.0

    def partner(self, layer: int, goodness: Sequence[Tensor]) -> Tensor:
        """Return P_l for a layer given the goodness of the layers presented so far, each ``(K, B)``."""
        heard = [j for j in partners_of(layer, len(goodness), self.partners) if j < len(goodness)]
        weight = partner_weight(len(heard), self.weight)
        return partner_sum([goodness[j] for j in heard], weight, self.centre, like=goodness[layer])


@dataclass(frozen=True)
class Network:
    """Layers, their neurons and their bus. Immutable but for the numbers in its tensors.

    Attributes:
        layers: first to last.
        population: the neurons of every layer.
        goodness: the goodness of every layer.
        bus: the collaboration bus.
        classes: number of labels.
        normalisation: length of a layer's input: ``unit``: 1; ``rms``: √N, a mean square of one.
        epsilon: added to the length before the division.
        precision: type of the matrix products' factors.
        black_boxes: functions applied to the output of a layer (by index) before the next layer sees it. They
            need no derivative: no gradient ever passes between layers.
    """

    layers: tuple[Layer, ...]
    population: Population
    goodness: Goodness = field(default_factory=Goodness)
    bus: Bus = Bus()
    classes: int = 10
    normalisation: Normalisation = "unit"
    epsilon: float = 1e-4
    precision: torch.dtype = torch.float32
    black_boxes: Mapping[int, BlackBox] = field(default_factory=dict)

    @property
    def widths(self) -> tuple[int, ...]:
        """Input width and the widths of all layers."""
        return (self.layers[0].weight.shape[1], *(layer.weight.shape[0] for layer in self.layers))

    def target_length(self, width: int) -> float:
        """Return the length that `normalisation` gives an input of ``width`` values."""
        return target_length(self.normalisation, width)


@dataclass(frozen=True)
class Presentation:
    """One layer's part in the presentation of K labels of B images.

    Attributes:
        index: of the layer.
        response: activity ``(K·B, N)`` and output.
        goodness: ``(K, B)``.
        pre: the layer's input, or ``None`` for the first layer, whose input is the labelled image.
    """

    index: int
    response: Response
    goodness: Tensor
    pre: Signal | None


def initial_layers(widths: Sequence[int], seed: int, gamma: float, dtype: torch.dtype) -> tuple[Layer, ...]:
    """Draw weights and biases uniformly from ±1/√D, as PyTorch's linear layer does.

    Args:
        widths: input width and the widths of all layers.
        seed: seed of the run; each layer has its own stream.
        gamma: initial collaboration strength of every layer.
        dtype: type of the parameters.
    """
    layers = []
    for index, (inputs, neurons) in enumerate(itertools.pairwise(widths)):
        stream = generator(seed, "init", index)
        bound = 1.0 / math.sqrt(inputs)
        uniform = torch.rand(neurons, inputs + 1, generator=stream, dtype=dtype).mul_(2 * bound).sub_(bound)
        weight, bias = uniform[:, :-1].contiguous(), uniform[:, -1].contiguous()
        layers.append(Layer(weight, bias, torch.tensor(gamma, dtype=dtype)))
    return tuple(layers)


def image_drive(network: Network, signal: LabelledSignal) -> Tensor:
    """Return the first layer's drive by the images alone, ``(…, B, N)``.

    Raises:
        ShapeError: if the images do not have as many pixels as the first layer has inputs.
    """
    first = network.layers[0]
    pixels, inputs = signal.image.values.shape[-1], first.weight.shape[1]
    if pixels != inputs:
        raise ShapeError(
            f"images of {pixels} values reach a first layer of {inputs} inputs",
            where="image_drive",
            expected=f"images (…, B, {inputs})",
            fix="load the data set the network was trained on",
        )
    return drive(signal.image, first.weight, first.bias, network.precision)


def propagate(
    network: Network,
    signal: LabelledSignal,
    labels: Tensor,
    *,
    depth: int | None = None,
    traced: frozenset[int] = frozenset(),
    first_drive: Tensor | None = None,
) -> Iterator[Presentation]:
    """Present K labels of every image, layer by layer.

    Args:
        network: the network.
        signal: the images, B of them.
        labels: ``(K, B)`` class numbers.
        depth: number of layers to present; all by default.
        traced: layers whose response keeps the trace that learning needs.
        first_drive: what `image_drive` returns, where it is known already; left as it is.

    Yields:
        One `Presentation` per layer, first to last.
    """
    copies, samples = labels.shape
    pre: Signal | None = None
    for index, layer in enumerate(network.layers[:depth]):
        if pre is None:
            base = image_drive(network, signal) if first_drive is None else first_drive
            driven = add_labels(base, signal, labels, layer.weight)
        else:
            driven = drive(pre, layer.weight, layer.bias, network.precision)
        respond = network.population.respond_traced if index in traced else network.population.respond
        response = respond(driven)
        goodness = network.goodness.value(response.activity).view(copies, samples)
        yield Presentation(index, response, goodness, pre)
        pre = outgoing(network, index, response)


def outgoing(network: Network, index: int, response: Response) -> Signal:
    """Return what layer ``index`` sends on: its output, through its black box if it has one, and one gain."""
    activity, output = response.activity, response.output
    if index in network.black_boxes:
        output = network.black_boxes[index](output)
        activity = output if output.ndim == 2 else output.mean(0)
    return Signal(output, unit_gain(activity, network.target_length(activity.shape[-1]), network.epsilon))


def label_scores(
    network: Network, signal: LabelledSignal, rule: PredictionRule = "goodness", depth: int | None = None
) -> Tensor:
    """Return how well every label fits every image, ``(classes, B)``.

    All labels are presented together; the images meet the first layer's weights once.

    Args:
        network: the network.
        signal: the images.
        rule: ``goodness``: Σ_l G_l, the paper's rule; ``collaborative``: Σ_l C_l; ``last``: C of the last
            layer.
        depth: number of layers to use; all by default.
    """
    labels = torch.arange(network.classes, device=signal.label.device)[:, None].expand(-1, signal.samples)
    goodness = [shown.goodness for shown in propagate(network, signal, labels, depth=depth)]
    if rule == "goodness":
        return torch.stack(goodness).sum(0)
    collaborative = [
        collaborative_goodness(own, network.bus.partner(index, goodness), network.layers[index].gamma)
        for index, own in enumerate(goodness)
    ]
    return collaborative[-1] if rule == "last" else torch.stack(collaborative).sum(0)
