"""A stack of layers on one collaboration bus, and what happens when a labelled image is presented to it.

`propagate` is the whole path of a sample: drive, response, goodness, output, and on to the next layer.
Training runs it with two labels per image (the true one and a wrong one), prediction with all of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor

from neuroff.core.collaboration import Bus, collaborative_goodness
from neuroff.core.goodness import Goodness
from neuroff.core.layer import Layer as Layer
from neuroff.core.layer import initial_layers as initial_layers
from neuroff.core.neurons.population import Population, Response
from neuroff.core.readout import running_activity
from neuroff.core.signal import LabelledSignal, Signal, add_labels, drive, unit_gain
from neuroff.errors import ShapeError

PredictionRule = Literal["goodness", "collaborative", "last"]
Normalisation = Literal["unit", "rms"]
GainTiming = Literal["presentation", "online", "constant"]
BlackBox = Callable[[Tensor], Tensor]


def target_length(normalisation: Normalisation, width: int) -> float:
    """Return the length of an input of ``width`` values: 1 (``unit``), or √width (``rms``)."""
    return 1.0 if normalisation == "unit" else math.sqrt(width)


@dataclass(frozen=True)
class Network:
    """Layers, their neurons and their bus. Immutable but for the numbers in its tensors.

    Attributes:
        layers: first to last.
        population: the neurons of every layer that `populations` does not name.
        goodness: the goodness of every layer.
        bus: the collaboration bus.
        classes: number of labels.
        normalisation: length of a layer's input: ``unit``: 1; ``rms``: √N, a mean square of one.
        epsilon: added to the length before the division.
        precision: type of the matrix products' factors.
        black_boxes: functions applied to the output of a layer (by index) before the next layer sees it. They
            need no derivative: no gradient ever passes between layers.
        populations: neurons of layers (by index) that have their own; all take the same number of steps.
        gain: what a layer's output is multiplied by: the target length over the length of its activity in the
            whole ``presentation``, or of its activity so far at each step (``online``: no look-ahead), or a
            ``constant``, no normalisation.
        constant_gain: that constant; a chip has it in its weights.
        trace_decay: λ of the activity so far (`neuroff.core.readout`); 1 counts spikes.
    """

    layers: tuple[Layer, ...]
    population: Population
    goodness: Goodness = field(default_factory=Goodness)
    bus: Bus = field(default_factory=Bus)
    classes: int = 10
    normalisation: Normalisation = "unit"
    epsilon: float = 1e-4
    precision: torch.dtype = torch.float32
    black_boxes: Mapping[int, BlackBox] = field(default_factory=dict)
    populations: Mapping[int, Population] = field(default_factory=dict)
    gain: GainTiming = "presentation"
    constant_gain: float = 1.0
    trace_decay: float = 1.0

    @property
    def widths(self) -> tuple[int, ...]:
        """Input width and the widths of all layers."""
        return (self.layers[0].weight.shape[1], *(layer.weight.shape[0] for layer in self.layers))

    def population_of(self, index: int) -> Population:
        """Return the neurons of a layer."""
        return self.populations.get(index, self.population)

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
        message: ``(K, B)``, what partners hear of the layer: its goodness, unless the bus says otherwise.
    """

    index: int
    response: Response
    goodness: Tensor
    pre: Signal | None
    message: Tensor


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
        population = network.population_of(index)
        response = population.respond_traced(driven) if index in traced else population.respond(driven)
        goodness = network.goodness.value(response.activity).view(copies, samples)
        yield Presentation(index, response, goodness, pre, message(network, response, goodness))
        pre = outgoing(network, index, response)


def message(network: Network, response: Response, goodness: Tensor) -> Tensor:
    """Return what the partners of a layer hear of its goodness ``(K, B)``, in that shape."""
    if not network.bus.over_time or response.output.ndim == 2:
        return network.bus.sent(goodness)
    so_far = running_activity(response.output, network.trace_decay)
    over_time = torch.stack([network.goodness.value(activity).view_as(goodness) for activity in so_far])
    return network.bus.used(network.bus.heard(over_time))


def outgoing(network: Network, index: int, response: Response) -> Signal:
    """Return what layer ``index`` sends on: its output, through its black box if it has one, and its gain."""
    activity, output = response.activity, response.output
    if index in network.black_boxes:
        output = network.black_boxes[index](output)
        activity = output if output.ndim == 2 else output.mean(0)
    if network.gain == "constant":
        fixed = network.constant_gain
        return Signal(output, None if fixed == 1.0 else output.new_full(output.shape[-2:-1], fixed))
    target = network.target_length(activity.shape[-1])
    if network.gain == "online" and output.ndim == 3:
        so_far = running_activity(output, network.trace_decay)
        return Signal(output, torch.stack([unit_gain(each, target, network.epsilon) for each in so_far]))
    return Signal(output, unit_gain(activity, target, network.epsilon))


def label_scores(
    network: Network, signal: LabelledSignal, rule: PredictionRule = "goodness", depth: int | None = None
) -> Tensor:
    """Return how well every label fits every image, ``(classes, B)``.

    All labels are presented together; the images meet the first layer's weights once. See `scores_of`.
    """
    labels = torch.arange(network.classes, device=signal.label.device)[:, None].expand(-1, signal.samples)
    return scores_of(network, signal, labels, rule, depth)


def scores_of(
    network: Network,
    signal: LabelledSignal,
    labels: Tensor,
    rule: PredictionRule = "goodness",
    depth: int | None = None,
    first_drive: Tensor | None = None,
) -> Tensor:
    """Return how well given labels fit every image, ``(K, B)``.

    Args:
        network: the network.
        signal: the images.
        labels: ``(K, B)``.
        rule: ``goodness``: Σ_l G_l, the paper's rule; ``collaborative``: Σ_l C_l; ``last``: C of the last
            layer.
        depth: number of layers to use; all by default.
        first_drive: what `image_drive` returns, where it is known already; left as it is.
    """
    presented = propagate(network, signal, labels, depth=depth, first_drive=first_drive)
    goodness, messages = zip(*((each.goodness, each.message) for each in presented), strict=True)
    if rule == "goodness":
        return torch.stack(goodness).sum(0)
    collaborative = [
        collaborative_goodness(own, network.bus.partner(index, messages), network.layers[index].gamma)
        for index, own in enumerate(goodness)
    ]
    return collaborative[-1] if rule == "last" else torch.stack(collaborative).sum(0)
