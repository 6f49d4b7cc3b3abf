"""Layers on the chip, and their course through time.

All layers advance together. What layer l sends at step t reaches layer l + 1 at step t + 1, so a layer works
on an image one step later than the layer before it, and the first one a step after the input was sent. A
layer may have synapses from its own neurons too, which its spikes reach a step later as well.

Synapses from further away have delays, so that their spikes are there when the layer works on that step:
from layer a to layer b after b − a steps. Back over several layers, to be there a step of the network later,
there would be 1 + b − a steps, which are too few. Such a network takes `ChipNetwork.period` steps of the chip
for one of its own: layer l works in steps l, l + period, l + 2 period, …, and holds its state in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from neuroff.chip.layer import ChipEdge as ChipEdge
from neuroff.chip.layer import ChipLayer as ChipLayer
from neuroff.chip.neurons import NeuronState, neuron_step, neurons_at_start
from neuroff.chip.numbers import require_between
from neuroff.chip.synapses import SynapseState, synapse_step, synapses_at_start
from neuroff.errors import ExportError, ShapeError

MAX_PERIOD = 63
"""Steps of the chip for one of a network: the longest delay, and the step that every synapse takes."""


@dataclass(frozen=True, eq=False)
class ChipNetwork:
    """Layers, first to last.

    Attributes:
        layers: the layers.
        period: steps of the chip for one of the network; above 1, neurons hold their state in between.

    Raises:
        ExportError: if there are none, one does not fit what reaches it, or spikes arrive while it holds.
    """

    layers: tuple[ChipLayer, ...]
    period: int = 1

    def __post_init__(self) -> None:
        if not self.layers:
            raise ExportError("no layers", where="chip network", expected="at least one")
        require_between(self.period, 1, MAX_PERIOD, "period", "chip network")
        if self.edges[0][0].source != 0:
            raise ExportError(
                f"layer 1 from layer {self.edges[0][0].source}", where="chip network", expected="the input"
            )
        for number, edges in enumerate(self.edges, start=1):
            for edge in edges:
                self._check(number, edge)

    @property
    def unrolled(self) -> ChipNetwork:
        """The same with a matrix in place of every kernel, for what knows no other synapses."""
        layers = tuple(replace(layer, synapses=layer.synapses.unrolled) for layer in self.layers)
        return replace(self, layers=layers)

    @property
    def axons(self) -> int:
        """Number of input axons."""
        return self.layers[0].synapses.axons

    @cached_property
    def edges(self) -> tuple[tuple[ChipEdge, ...], ...]:
        """All synapses, layer by layer."""
        return tuple(layer.edges(number) for number, layer in enumerate(self.layers, start=1))

    def works(self, number: int, moment: int) -> bool:
        """Whether a layer works in a step of the chip, or holds its state."""
        return self.period == 1 or (moment >= number and (moment - number) % self.period == 0)

    def length(self, steps: int) -> int:
        """Return how many steps of the chip a presentation takes, to the last layer's last spike."""
        return self.period * (steps - 1) + len(self.layers) + 1

    def moments(self, number: int, steps: int) -> range:
        """Return the steps of the chip in which a layer works on a presentation; layer 0 is the input."""
        return range(number, number + self.period * steps, self.period)

    def fed(self, values: Sequence[Tensor]) -> list[Tensor | None]:
        """Return what the input axons carry in every step of the chip.

        Args:
            values: in every step of the network, ``(B, axons)`` integers.
        """
        events: list[Tensor | None] = [None] * self.length(len(values))
        for moment, sent in zip(self.moments(0, len(values)), values, strict=True):
            events[moment] = sent
        return events

    def _check(self, number: int, edge: ChipEdge) -> None:
        if not 0 <= edge.source <= len(self.layers):
            raise ExportError(
                f"synapses of layer {number} from layer {edge.source}",
                where="chip network",
                expected=f"0 for the input, or a layer up to {len(self.layers)}",
            )
        if edge.source == 0:
            sending, words = self.axons, "input axons"
        else:
            sending, words = self.layers[edge.source - 1].neurons.count, "neurons"
        if sending != edge.synapses.axons:
            raise ExportError(
                f"layer {number} has {edge.synapses.axons} axons and follows {sending} {words}",
                where="chip network",
                expected="as many of one as of the other",
            )
        delays = edge.synapses.delays if edge.synapses.delays.numel() else torch.zeros(1, dtype=torch.int32)
        if self.period > 1 and bool(((delays + edge.source + 1 - number) % self.period).any()):
            raise ExportError(
                f"spikes of layer {edge.source} that arrive while layer {number} holds its state",
                where="chip network",
                expected=f"delays that meet one of every {self.period} steps",
            )


@dataclass(frozen=True, eq=False)
class NetworkState:
    """State between two steps, layer by layer.

    Attributes:
        synapses: those from the layer before.
        neurons: the neurons.
        others: a layer's further synapses, in the order of `ChipLayer.edges`; empty where nothing was sent.
        moment: the step of the chip that comes.
    """

    synapses: tuple[SynapseState, ...]
    neurons: tuple[NeuronState, ...]
    others: tuple[tuple[SynapseState, ...], ...] = ()
    moment: int = 0


@dataclass(frozen=True, eq=False)
class ChipStep:
    """One step of the network.

    Attributes:
        state: after the step.
        spikes: of every layer, ``(B, N)`` int32.
    """

    state: NetworkState
    spikes: tuple[Tensor, ...]


@dataclass(frozen=True, eq=False)
class Trace:
    """One layer's course, int32.

    Attributes:
        current: ``(steps, B, N)``.
        voltage: ``(steps, B, N)``, after the reset.
        spikes: ``(steps, B, N)``.
    """

    current: Tensor
    voltage: Tensor
    spikes: Tensor


def at_start(network: ChipNetwork, samples: int) -> NetworkState:
    """Return the state at the start of a presentation of ``samples`` samples."""
    return NetworkState(
        tuple(synapses_at_start(layer.synapses, samples) for layer in network.layers),
        tuple(neurons_at_start(layer.neurons, samples) for layer in network.layers),
        _others_at_start(network, samples),
    )


def step(network: ChipNetwork, state: NetworkState, events: Tensor | None) -> ChipStep:
    """Advance all layers by one step.

    Args:
        network: the network.
        state: left by the step before; not changed.
        events: what the input axons carry, ``(B, axons)`` integers; ``None``: nothing.
    """
    others = state.others or _others_at_start(network, len(state.neurons[0].voltage))
    waiting = [(first, *rest) for first, rest in zip(state.synapses, others, strict=True)]
    neurons, sent = [], []
    for number, layer in enumerate(network.layers, start=1):
        moved = state.neurons[number - 1]
        if network.works(number, state.moment):
            moved, spikes = neuron_step(layer.neurons, moved, _sum(waiting[number - 1]))
        else:
            spikes = torch.zeros_like(moved.voltage)
        neurons.append(moved)
        sent.append(spikes)
    sources: tuple[Tensor | None, ...] = (events, *sent)
    synapses = [
        tuple(
            synapse_step(edge.synapses, before, sources[edge.source])
            for edge, before in zip(edges, each, strict=True)
        )
        for edges, each in zip(network.edges, waiting, strict=True)
    ]
    after = NetworkState(
        tuple(each[0] for each in synapses),
        tuple(neurons),
        tuple(each[1:] for each in synapses),
        state.moment + 1,
    )
    return ChipStep(after, tuple(sent))


def run(network: ChipNetwork, events: Iterable[Tensor | None], samples: int) -> Iterator[ChipStep]:
    """Present samples from the start and yield every step.

    Args:
        network: the network.
        events: for every step, what the input axons carry, ``(B, axons)`` integers, or ``None``.
        samples: B.

    Raises:
        ShapeError: if events are of another shape or type, or beyond the payload.
    """
    state = at_start(network, samples)
    for moment, sent in enumerate(events):
        _check_events(network, sent, samples)
        if sent is not None and moment % network.period:
            raise ShapeError(
                f"events in step {moment}",
                where="chip network",
                expected=f"input in one of every {network.period} steps, and nothing in between",
            )
        taken = step(network, state, sent)
        state = taken.state
        yield taken


def trace(network: ChipNetwork, events: Sequence[Tensor | None], samples: int) -> tuple[Trace, ...]:
    """Present samples from the start and keep the whole course of every layer; arguments as of `run`."""
    steps = list(run(network, events, samples))
    return tuple(
        Trace(
            torch.stack([taken.state.neurons[index].current for taken in steps]),
            torch.stack([taken.state.neurons[index].voltage for taken in steps]),
            torch.stack([taken.spikes[index] for taken in steps]),
        )
        for index in range(len(network.layers))
    )


def _others_at_start(network: ChipNetwork, samples: int) -> tuple[tuple[SynapseState, ...], ...]:
    return tuple(
        tuple(synapses_at_start(edge.synapses, samples) for edge in edges[1:]) for edges in network.edges
    )


def _sum(states: Sequence[SynapseState]) -> Tensor | None:
    """Return what all synapses of a layer deliver; None: nothing."""
    total: Tensor | None = None
    for state in states:
        if state.collected is not None:
            total = state.collected if total is None else total + state.collected
    return total


def _check_events(network: ChipNetwork, events: Tensor | None, samples: int) -> None:
    if events is None:
        return
    first = network.layers[0].synapses
    limit = 2**first.payload_bits - 1 if first.payload_bits else None
    whole_numbers = not (events.dtype.is_floating_point or events.dtype.is_complex)
    fits = tuple(events.shape) == (samples, network.axons) and whole_numbers
    if fits and limit is not None and events.numel():
        least, most = (int(edge) for edge in torch.aminmax(events))
        fits = -limit <= least and most <= limit
    if not fits:
        bound = "" if limit is None else f" of magnitude up to {limit}"
        raise ShapeError(
            f"events of shape {tuple(events.shape)} and {events.dtype}, or beyond the payload",
            where="chip network",
            expected=f"integers{bound} of shape ({samples}, {network.axons})",
        )
