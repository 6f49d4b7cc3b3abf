"""A spiking network step by step: all layers advance together; of earlier steps only traces are kept.

This is how a chip runs the network, and what `neuroff.core.network.propagate` computes layer by layer. Each
layer hears the spikes of the layer below in the same step, with the gain of the spikes so far. For layers
that learn, the factors of the three-factor rule come along (`neuroff.core.eligibility`, ``shared``
eligibility; under a constant input the exact trace of `neuroff.core.neurons.tangent`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from neuroff.core.eligibility import InputTrace
from neuroff.core.network import Network, image_drive
from neuroff.core.neurons import LIF, AdaptiveLIF, NeuronState
from neuroff.core.neurons.step import LIFDynamics
from neuroff.core.neurons.tangent import Tangent
from neuroff.core.readout import RunningActivity
from neuroff.core.signal import Signal, Stimulus, unit_gain
from neuroff.core.synapses import Synapses
from neuroff.errors import ConfigError


@dataclass(frozen=True)
class Factors:
    """What the local rule needs of one layer at one step.

    Attributes:
        post: ``(P·B, N)``, derivative of the spike; times the trace of a constant input where ``pre`` is
            ``None``.
        pre: trace of the input; ``None`` where the input is constant and belongs to all steps together.
        bias_trace: trace of the bias's input, a scalar.
        influence: derivative of the spike by each learned number of the neurons, ``(P·B, N)``.
        synapses: what is linear in ``pre``, and learns; see `neuroff.core.synapses.Synapses.linear_part`.
    """

    post: Tensor
    pre: Signal | Stimulus | None
    bias_trace: Tensor
    influence: Mapping[str, Tensor]
    synapses: Synapses


@dataclass(frozen=True)
class Moment:
    """One layer at one step.

    Attributes:
        index: of the layer.
        spikes: ``(P·B, N)``.
        activity: ``(P·B, N)``, of the spikes so far.
        goodness: ``(A, B)``, of that activity.
        factors: for layers that learn.
    """

    index: int
    spikes: Tensor
    activity: Tensor
    goodness: Tensor
    factors: Factors | None


class _Run:
    """One layer in the middle of a presentation."""

    def __init__(self, neurons: LIF | AdaptiveLIF, like: Tensor, *, constant: bool, traced: bool) -> None:
        self._neurons = neurons
        self._state: NeuronState = neurons.rest(like)
        self._readout = RunningActivity(torch.zeros_like(like))
        self._traced = traced
        self._constant = constant
        self._tangent = Tangent.at_rest(like, neurons.learned, reach=constant)
        self._bias = InputTrace.empty(like.new_zeros(()))
        self._values: InputTrace | None = None
        self._label: InputTrace | None = None

    def advance(
        self, now: Tensor, pre: Signal | Stimulus, synapses: Synapses
    ) -> tuple[Tensor, Tensor, Factors | None]:
        """Return spikes, activity so far and factors of the next step; ``pre`` drives linear synapses."""
        neurons, before = self._neurons, self._state
        lif = neurons.at(before)
        moved = lif.step(now, before)
        self._state = neurons.after(before, moved)
        self._readout = self._readout.advance(moved.spikes, lif.trace_decay)
        if not self._traced:
            return moved.spikes, self._readout.activity, None
        slope = lif.slope(moved)
        self._tangent = self._tangent.integrate(lif, before, moved)
        influence: dict[str, Tensor] = {
            name: slope * self._tangent.of_distance(name) for name in neurons.learned
        }
        post = slope if self._tangent.reach is None else slope * self._tangent.reach
        self._tangent = self._tangent.pass_reset(lif, moved)
        self._bias = self._bias.advance(lif, torch.ones_like(self._bias.current))
        trace = None if self._constant else self._trace(lif, pre)
        return (
            moved.spikes,
            self._readout.activity,
            Factors(post, trace, self._bias.potential, influence, synapses),
        )

    def _trace(self, lif: LIFDynamics, pre: Signal | Stimulus) -> Signal | Stimulus:
        """Return the trace of the input. A gain that stays the same stays out of it."""
        if isinstance(pre, Stimulus):
            image = self._values = (self._values or InputTrace.empty(pre.image.values)).advance(
                lif, pre.image.values
            )
            label = self._label = (self._label or InputTrace.empty(pre.label)).advance(lif, pre.label)
            return Stimulus(Signal(image.potential, pre.image.gain), label.potential)
        arriving = pre.values if pre.gain is None else pre.values * pre.gain[:, None]
        values = self._values = (self._values or InputTrace.empty(arriving)).advance(lif, arriving)
        return Signal(values.potential)


def lockstep(
    network: Network,
    stimulus: Stimulus,
    candidates: Tensor,
    *,
    depth: int | None = None,
    traced: frozenset[int] = frozenset(),
    first_drive: Tensor | None = None,
) -> Iterator[list[Moment]]:
    """Present every image with its candidates step by step.

    Args:
        network: of `LIF` or `AdaptiveLIF` neurons, whose gain does not look ahead, and without black boxes.
        stimulus: the images, B of them.
        candidates: ``(P, B)``; see `neuroff.core.asking`.
        depth: number of layers to present; all by default.
        traced: layers that learn.
        first_drive: what `neuroff.core.network.image_drive` returns, where it is known already; left as it
            is.

    Yields:
        One `Moment` per layer, first to last, for every step.

    Raises:
        ConfigError: if the network cannot run step by step.
    """
    neurons = [_neurons(network, index) for index in range(len(network.layers))][:depth]
    constant = stimulus.image.values.ndim == 2
    runs: list[_Run] = []
    driven: Tensor | None = None
    for t in range(neurons[0].steps):
        moments: list[Moment] = []
        pre: Signal | Stimulus = stimulus if constant else stimulus.at(t)
        for index, population in enumerate(neurons):
            synapses = network.layers[index].synapses
            if isinstance(pre, Stimulus):
                if driven is None or not constant:
                    base = first_drive if constant and first_drive is not None else image_drive(network, pre)
                    driven = network.asking.drive(base, pre, candidates, synapses, network.precision)
                now = driven
            else:
                pre, synapses = synapses.linear_part(pre)
                now = synapses.drive(pre, network.precision)
            if t == 0:
                runs.append(_Run(population, now, constant=constant and index == 0, traced=index in traced))
            spikes, activity, factors = runs[index].advance(now, pre, synapses)
            asking = network.asking.of_layer(index)
            goodness = asking.goodness(network.goodness, activity, candidates)
            moments.append(Moment(index, spikes, activity, goodness, factors))
            pre = _outgoing(network, spikes, activity)
        yield moments


def runs_in_lockstep(network: Network) -> bool:
    """Whether a network can run step by step."""
    return not any(_problem(network, index) for index in range(len(network.layers)))


def _problem(network: Network, index: int) -> str:
    population = network.population_of(index)
    if not isinstance(population, LIF | AdaptiveLIF):
        return f"layer {index + 1} has neurons of type {type(population).__name__}"
    if network.gain == "presentation":
        return "the gain of a whole presentation looks ahead"
    if index == 0 and not network.layers[0].synapses.is_linear:
        return "the first layer's synapses are not linear in what arrives"
    if network.black_boxes:
        return "there are functions between layers that take whole presentations"
    return ""


def _neurons(network: Network, index: int) -> LIF | AdaptiveLIF:
    population, problem = network.population_of(index), _problem(network, index)
    if problem or not isinstance(population, LIF | AdaptiveLIF):
        raise ConfigError(
            problem,
            where="lockstep",
            expected="LIF or AdaptiveLIF neurons and a gain that is online or constant",
        )
    return population


def _outgoing(network: Network, spikes: Tensor, activity: Tensor) -> Signal:
    if network.gain == "online":
        target = network.target_length(activity.shape[-1])
        return Signal(spikes, unit_gain(activity, target, network.epsilon))
    fixed = network.constant_gain
    return Signal(spikes, None if fixed == 1.0 else spikes.new_full(spikes.shape[:1], fixed))
