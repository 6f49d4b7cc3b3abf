"""A stack of layers on one collaboration bus, and what happens when an image is presented to it.

`propagate` is the whole path of a sample: drive, response, goodness, output, and on to the next layer.
What is presented with each image, the candidates, is the business of `neuroff.core.asking`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal, get_args

import torch
from torch import Tensor

from neuroff.checks import require_able, require_kind, require_number, require_whole
from neuroff.core.asking import Asking, LabelAsking
from neuroff.core.checks import require_dtype
from neuroff.core.collaboration import Bus
from neuroff.core.combining import PredictionRule, combined
from neuroff.core.engine import Engine
from neuroff.core.goodness import Goodness, GoodnessMeasure
from neuroff.core.layer import Layer as Layer
from neuroff.core.layer import initial_layers as initial_layers
from neuroff.core.module import Encoding, NetworkModule
from neuroff.core.neurons.population import LearningPopulation, Population, Response
from neuroff.core.neurons.relu import ReLU
from neuroff.core.readout import running_activity
from neuroff.core.signal import Rectified, Signal, Stimulus, unit_gain
from neuroff.errors import ConfigError, ShapeError, require_choice

Normalisation = Literal["unit", "rms", "none"]
GainTiming = Literal["presentation", "online", "constant"]
BlackBox = Callable[[Tensor], Tensor]


def target_length(normalisation: Normalisation, width: int) -> float:
    """Return the length of an input of ``width`` values: 1 (``unit``), or √width (``rms``).

    Raises:
        ConfigError: if there is none, which goes with a constant gain only.
    """
    if normalisation == "none":
        raise ConfigError(
            "normalisation = none gives an input no length",
            where="Network",
            expected="gain = constant with it: nothing is divided by a length",
        )
    return 1.0 if normalisation == "unit" else math.sqrt(width)


_PROTOCOLS = (
    ("population", "respond", "neurons, such as ReLU() or LIF()"),
    ("goodness", "value", "a goodness, such as Goodness()"),
    ("asking", "goodness", "a way of asking, such as GroupAsking(10)"),
)


@dataclass(frozen=True)
class Network:
    """Layers, their neurons and their bus. Immutable but for the numbers in its tensors.

    Attributes:
        layers: first to last.
        population: the neurons of every layer that `populations` does not name.
        goodness: the goodness of every layer.
        bus: the collaboration bus.
        asking: how it is asked about classes.
        normalisation: length of a layer's input: ``unit``: 1; ``rms``: √N, a mean square of one; ``none``:
            as it comes.
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
        read_from: index of the first layer of the prediction's window (`neuroff.core.scores`); the last one
            is the network's last.
        prediction: how goodness becomes a class (`neuroff.core.combining`), unless another rule is asked for.
        engine: who computes training and prediction; what else is presented is computed by the reference.

    Raises:
        ConfigError: naming what is no part of a network, a number out of range, or a choice that is none.
    """

    layers: tuple[Layer, ...]
    population: Population
    goodness: GoodnessMeasure = field(default_factory=Goodness)
    bus: Bus = field(default_factory=Bus)
    asking: Asking = field(default_factory=lambda: LabelAsking(10))
    normalisation: Normalisation = "unit"
    epsilon: float = 1e-4
    precision: torch.dtype = torch.float32
    black_boxes: Mapping[int, BlackBox] = field(default_factory=dict)
    populations: Mapping[int, Population] = field(default_factory=dict)
    gain: GainTiming = "presentation"
    constant_gain: float = 1.0
    trace_decay: float = 1.0
    read_from: int = 0
    prediction: PredictionRule = "goodness"
    engine: Engine = field(default_factory=Engine)

    def __post_init__(self) -> None:
        require_kind("layers", self.layers, tuple, where="Network", expected="a tuple of Layer")
        for layer in self.layers:
            require_kind("one of layers", layer, Layer, where="Network")
        for name, method, expected in _PROTOCOLS:
            require_able(name, getattr(self, name), method, where="Network", expected=expected)
        require_kind("bus", self.bus, Bus, where="Network")
        require_kind("engine", self.engine, Engine, where="Network")
        require_choice(self.normalisation, get_args(Normalisation), "normalisation of Network")
        require_choice(self.gain, get_args(GainTiming), "gain of Network")
        require_choice(self.prediction, get_args(PredictionRule), "prediction of Network")
        require_dtype("precision", self.precision, where="Network")
        require_number("epsilon", self.epsilon, least=0.0, where="Network")
        require_number("constant_gain", self.constant_gain, above=0.0, where="Network")
        require_number("trace_decay", self.trace_decay, above=0.0, most=1.0, where="Network")
        require_whole("read_from", self.read_from, least=0, where="Network")

    @property
    def widths(self) -> tuple[int, ...]:
        """Input width and the widths of all layers."""
        return (self.layers[0].synapses.inputs, *(layer.synapses.neurons for layer in self.layers))

    @property
    def classes(self) -> int:
        """Number of classes K."""
        return self.asking.classes

    def population_of(self, index: int) -> Population:
        """Return the neurons of a layer, with the numbers that it has learned.

        Raises:
            ConfigError: if the layer learns numbers that its neurons do not have.
        """
        population, learned = self.populations.get(index, self.population), self.layers[index].neuron
        if not learned:
            return population
        if not isinstance(population, LearningPopulation):
            raise ConfigError(
                f"layer {index + 1} learns {', '.join(learned)} of {type(population).__name__} neurons",
                where="Network",
                expected="neurons with a method `bound`, such as LIF",
            )
        return population.bound(learned)

    def target_length(self, width: int) -> float:
        """Return the length that `normalisation` gives an input of ``width`` values."""
        return target_length(self.normalisation, width)

    def module(self, encoder: Encoding, rule: PredictionRule | None = None) -> NetworkModule[Network]:
        """Return the network as an ``nn.Module`` with parameters of its own.

        Args:
            encoder: how images become a stimulus: ``split.train.encoder`` of `neuroff.prepare`.
            rule: what the module's forward returns (`neuroff.core.combining`); the network's own without it.
        """
        return NetworkModule(self, encoder, partial(_scores, rule=rule))


def _scores(network: Network, stimulus: Stimulus, rule: PredictionRule | None) -> Tensor:
    everything = network.asking.everything(stimulus.samples, stimulus.label.device)
    shown = list(propagate(network, stimulus, everything))
    return combined(network, [each.goodness for each in shown], rule, [each.message for each in shown])


@dataclass(frozen=True)
class Presentation:
    """One layer's part in P presentations of B images, with A answers.

    Attributes:
        index: of the layer.
        response: activity ``(P·B, N)`` and output.
        goodness: ``(A, B)``.
        pre: the layer's input, or ``None`` for the first layer, whose input is the stimulus.
        message: ``(A, B)``, what partners hear of the layer: its goodness, unless the bus says otherwise.
    """

    index: int
    response: Response
    goodness: Tensor
    pre: Signal | None
    message: Tensor


def image_drive(network: Network, stimulus: Stimulus, engine: Engine | None = None) -> Tensor:
    """Return the first layer's drive by the images alone, ``(…, B, N)``.

    Args:
        network: the network.
        stimulus: the images, B of them.
        engine: who computes; by default the reference.

    Raises:
        ShapeError: if the images do not have as many values as the first layer has inputs.
    """
    synapses = network.layers[0].synapses
    values = stimulus.image.values.shape[-1]
    if values != synapses.inputs:
        raise ShapeError(
            f"images of {values} values reach a first layer of {synapses.inputs} inputs",
            where="image_drive",
            expected=f"images (…, B, {synapses.inputs})",
            fix="load the data set the network was trained on",
        )
    return (engine or Engine()).synapses(synapses).drive(stimulus.image, network.precision)


def propagate(
    network: Network,
    stimulus: Stimulus,
    candidates: Tensor,
    *,
    depth: int | None = None,
    traced: frozenset[int] = frozenset(),
    first_drive: Tensor | None = None,
    engine: Engine | None = None,
    over_time: bool = False,
) -> Iterator[Presentation]:
    """Present every image with its candidates, layer by layer.

    Args:
        network: the network.
        stimulus: the images, B of them.
        candidates: ``(P, B)``; see `neuroff.core.asking`.
        depth: number of layers to present; all by default.
        traced: layers whose response keeps the trace that learning needs.
        first_drive: what `image_drive` returns, where it is known already; left as it is.
        engine: who computes; by default the reference, whose spikes are floats.
        over_time: whether a first layer of spiking neurons answers a current that stays as it would one that
            changes: its trace has every step.

    Yields:
        One `Presentation` per layer, first to last.
    """
    asking, engine = network.asking, engine or Engine()
    pre: Signal | None = None
    parts: Rectified | None = None
    for index, layer in enumerate(network.layers[:depth]):
        population, learns = network.population_of(index), index in traced
        if pre is None:
            base = image_drive(network, stimulus, engine) if first_drive is None else first_drive
            rectifies = type(population) is ReLU and index not in network.black_boxes
            if engine.takes_parts and rectifies and len(network.layers) > 1:
                parts = asking.parts(base, stimulus, candidates, layer.synapses)
            driven = asking.drive(base, stimulus, candidates, layer.synapses, network.precision)
            if over_time and driven.ndim == 2:
                driven = driven.expand(population.steps, *driven.shape)
            response = engine.respond(population, driven, traced=learns)
        else:
            response = engine.respond_to(population, layer.synapses, pre, network.precision, traced=learns)
        goodness = asking.of_layer(index).goodness(network.goodness, response.activity, candidates)
        told = message(network, index, response, goodness, candidates)
        yield Presentation(index, response, goodness, pre, told)
        pre, parts = replace(outgoing(network, index, response), rectified=parts), None


def message(network: Network, index: int, response: Response, goodness: Tensor, candidates: Tensor) -> Tensor:
    """Return what the partners of layer ``index`` hear of its goodness ``(A, B)``, in that shape."""
    if not network.bus.over_time or response.output.ndim == 2:
        return network.bus.sent(goodness)
    return network.bus.used(network.bus.heard(goodness_so_far(network, index, response, candidates)))


def goodness_so_far(network: Network, index: int, response: Response, candidates: Tensor) -> Tensor:
    """Return the goodness of spiking layer ``index``, ``(T, A, B)`` of the spikes up to each step."""
    so_far = running_activity(response.output, network.trace_decay)
    asking = network.asking.of_layer(index)
    return torch.stack([asking.goodness(network.goodness, activity, candidates) for activity in so_far])


def outgoing(network: Network, index: int, response: Response) -> Signal:
    """Return what layer ``index`` sends on: its output, through its black box if it has one, and its gain."""
    activity, output = response.activity, response.output
    if index in network.black_boxes:
        output = network.black_boxes[index](output.to(activity.dtype))
        activity = output if output.ndim == 2 else output.mean(0)
    if network.gain == "constant":
        fixed = network.constant_gain
        return Signal(output, None if fixed == 1.0 else output.new_full(output.shape[-2:-1], fixed))
    target = network.target_length(activity.shape[-1])
    if network.gain == "online" and output.ndim == 3:
        so_far = running_activity(output, network.trace_decay)
        return Signal(output, torch.stack([unit_gain(each, target, network.epsilon) for each in so_far]))
    return Signal(output, unit_gain(activity, target, network.epsilon))
