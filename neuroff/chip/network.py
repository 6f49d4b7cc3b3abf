"""Layers that follow each other on the chip, and their course through time.

All layers advance together. What layer l sends at step t reaches layer l + 1 at step t + 1, so a layer works
on an image one step later than the layer before it, and the first one a step after the input was sent. A
layer may have synapses from its own neurons too, which its spikes reach a step later as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from neuroff.chip.neurons import ChipNeurons, NeuronState, neuron_step, neurons_at_start
from neuroff.chip.synapses import ChipSynapses, SynapseState, synapse_step, synapses_at_start
from neuroff.errors import ExportError, ShapeError


@dataclass(frozen=True, eq=False)
class ChipLayer:
    """Synapses and the neurons they reach.

    Attributes:
        synapses: from the layer before.
        neurons: of the layer.
        recurrent: from the layer's own neurons; None without.

    Raises:
        ExportError: if they do not fit, or their sums could leave 32 bits.
    """

    synapses: ChipSynapses
    neurons: ChipNeurons
    recurrent: ChipSynapses | None = None

    def __post_init__(self) -> None:
        count = self.neurons.count
        if self.recurrent is not None:
            if (self.recurrent.neurons, self.recurrent.axons) != (count, count):
                raise ExportError(
                    f"recurrent synapses from {self.recurrent.axons} onto {self.recurrent.neurons} neurons "
                    f"in a layer of {count}",
                    where="chip layer",
                    expected="one number",
                )
            most = sum(_largest(each) for each in (self.synapses, self.recurrent))
            if most >= 2**31:
                raise ExportError(f"a sum of up to {most}", where="chip layer", expected="sums of 32 bits")
        if self.synapses.neurons != self.neurons.count:
            raise ExportError(
                f"synapses onto {self.synapses.neurons} neurons, and {self.neurons.count} neurons",
                where="chip layer",
                expected="one number",
            )


@dataclass(frozen=True, eq=False)
class ChipNetwork:
    """Layers, first to last.

    Raises:
        ExportError: if there are none, or one does not fit the one before.
    """

    layers: tuple[ChipLayer, ...]

    def __post_init__(self) -> None:
        if not self.layers:
            raise ExportError("no layers", where="chip network", expected="at least one")
        for number, (before, after) in enumerate(pairwise(self.layers), start=2):
            if before.neurons.count != after.synapses.axons:
                raise ExportError(
                    f"layer {number} has {after.synapses.axons} axons and follows "
                    f"{before.neurons.count} neurons",
                    where="chip network",
                    expected="as many of one as of the other",
                )

    @property
    def axons(self) -> int:
        """Number of input axons."""
        return self.layers[0].synapses.axons


@dataclass(frozen=True, eq=False)
class NetworkState:
    """State between two steps, layer by layer.

    Attributes:
        synapses: those from the layer before.
        neurons: the neurons.
        recurrent: a layer's synapses from its own neurons; None where it has none, or nothing was sent.
    """

    synapses: tuple[SynapseState, ...]
    neurons: tuple[NeuronState, ...]
    recurrent: tuple[SynapseState | None, ...] = ()


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
        tuple(
            None if layer.recurrent is None else synapses_at_start(layer.recurrent, samples)
            for layer in network.layers
        ),
    )


def step(network: ChipNetwork, state: NetworkState, events: Tensor | None) -> ChipStep:
    """Advance all layers by one step.

    Args:
        network: the network.
        state: left by the step before; not changed.
        events: what the input axons carry, ``(B, axons)`` integers; ``None``: nothing.
    """
    synapses, neurons, recurrent, sent = [], [], [], []
    before = events
    returning = state.recurrent or (None,) * len(network.layers)
    for layer, collected, resting, own in zip(
        network.layers, state.synapses, state.neurons, returning, strict=True
    ):
        moved, spikes = neuron_step(layer.neurons, resting, _both(collected, own))
        synapses.append(synapse_step(layer.synapses, collected, before))
        recurrent.append(_returned(layer.recurrent, own, spikes))
        neurons.append(moved)
        sent.append(spikes)
        before = spikes
    return ChipStep(NetworkState(tuple(synapses), tuple(neurons), tuple(recurrent)), tuple(sent))


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
    for sent in events:
        _check_events(network, sent, samples)
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


def _returned(
    synapses: ChipSynapses | None, state: SynapseState | None, spikes: Tensor
) -> SynapseState | None:
    """Take in what a layer's own neurons sent."""
    if synapses is None:
        return None
    return synapse_step(synapses, state or synapses_at_start(synapses, len(spikes)), spikes)


def _both(collected: SynapseState, own: SynapseState | None) -> Tensor | None:
    """Return what both kinds of synapses deliver; None: nothing."""
    if own is None or own.collected is None:
        return collected.collected
    return own.collected if collected.collected is None else collected.collected + own.collected


def _largest(synapses: ChipSynapses) -> int:
    """Return an upper bound of the sums that synapses deliver."""
    return synapses.largest_sum << max(synapses.exponent, 0)


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
