"""Tallies of a forward pass: what reached each layer, what it sent, and which neurons were touched.

Every tally is an exact whole number per time step and image. The cost is one pass over the spikes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import torch
from torch import Tensor

from neuroff.core.network import Network, Presentation, propagate
from neuroff.core.signal import Signal, Stimulus
from neuroff.core.synapses import Synapses
from neuroff.counting.active import left_over

_EXACT = 2**24  # float32 holds every whole number up to here


@dataclass(frozen=True)
class LayerTally:
    """One layer's tallies, int64; ``(T, B)`` unless said otherwise, T being 1 where there is no time.

    Attributes:
        analog: whether values, not spikes, reach the layer.
        spiking: whether its neurons spike.
        gains: scalars that normalise its input, per presentation: none, one, or one per step.
        shared: spikes (or values that are not zero) of the image, which all labels share.
        own: the same of everything that differs from label to label, summed over the labels.
        shared_events: synaptic events of ``shared``: each with every neuron it reaches.
        own_events: synaptic events of ``own``.
        shared_zero: events of ``shared`` with a weight that is zero.
        own_zero: events of ``own`` with a weight that is zero.
        spikes: spikes emitted, summed over the labels; zeros for dense neurons.
        active: neuron steps with input, a bias, a spike or a potential left over from an earlier step, summed
            over the labels; zeros for dense neurons.
        fired: neurons that were active at all, for each label ``(K, B)``.
        own_of: ``own`` by label, summed over time, ``(K, B)``.
        spikes_of: spikes of each neuron over steps, labels and images, ``(N,)``.
    """

    analog: bool
    spiking: bool
    gains: int
    shared: Tensor
    own: Tensor
    shared_events: Tensor
    own_events: Tensor
    shared_zero: Tensor
    own_zero: Tensor
    spikes: Tensor
    active: Tensor
    fired: Tensor
    own_of: Tensor
    spikes_of: Tensor


def joined(parts: Sequence[LayerTally]) -> LayerTally:
    """Return the tallies of one layer over several chunks of images, chunk after chunk."""
    found: dict[str, Any] = {}
    for name in (field.name for field in fields(LayerTally)):
        each = [getattr(part, name) for part in parts]
        if isinstance(each[0], Tensor):
            found[name] = sum(each) if name == "spikes_of" else torch.cat(each, -1)
    return replace(parts[0], **found)


def zero_weights(network: Network) -> tuple[Tensor | None, ...]:
    """Return how many weights of each input are zero ``(D,)``, or ``None`` where a layer has no zero."""
    counted = []
    for layer in network.layers:
        zeros = layer.synapses.zero_fan_out()
        counted.append(zeros if bool(zeros.any()) else None)
    return tuple(counted)


def tally(
    network: Network,
    stimulus: Stimulus,
    candidates: Tensor,
    zeros: tuple[Tensor | None, ...],
    *,
    depth: int | None = None,
    fired: bool = False,
) -> Iterator[LayerTally]:
    """Present every image with its candidates and yield the tallies of each layer, first to last.

    Args:
        network: the network.
        stimulus: the images, B of them.
        candidates: ``(K, B)``; see `neuroff.core.asking`.
        zeros: of `zero_weights`.
        depth: number of layers to present; all by default.
        fired: whether to count the neurons that were active, which learning needs.
    """
    sent: Tensor | None = None  # (T, K, B), what the layer before sent
    for shown in propagate(network, stimulus, candidates, depth=depth):
        # In a function of its own, so that no large tensor outlives its layer.
        found, sent = _tally(network, stimulus, candidates, zeros[shown.index], shown, sent, fired)
        yield found


def _tally(
    network: Network,
    stimulus: Stimulus,
    candidates: Tensor,
    zero: Tensor | None,
    shown: Presentation,
    sent: Tensor | None,
    fired: bool,
) -> tuple[LayerTally, Tensor | None]:
    """Return one layer's tallies, and what it sent."""
    copies, synapses = candidates.shape[0], network.layers[shown.index].synapses
    pre = stimulus.image if shown.pre is None else shown.pre
    if shown.pre is None and network.asking.shares_image:
        arriving = _ones(pre.values, spikes=pre.values.ndim == 3)
        shared, own = _total(arriving), _own(stimulus, copies)  # (T, B), (T, K, B)
        shared_events = _events(arriving, synapses, shared)
        own_events = _own_events(own, candidates, synapses)
        shared_zero = _meets(arriving, zero, shared)
        own_zero = _own_meets(own, candidates, zero)
    else:
        boxed = (shown.index - 1) in network.black_boxes
        arriving = _arriving(network, stimulus, candidates, shown, spikes=sent is not None and not boxed)
        own = sent if sent is not None and not boxed else _by_label(_total(arriving), copies)
        shared = shared_events = shared_zero = torch.zeros_like(own[:, 0])
        own_events = _by_label(_events(arriving, synapses, own.flatten(1)), copies).sum(1)
        own_zero = _by_label(_meets(arriving, zero, own.flatten(1)), copies).sum(1)
    reached = _reached(network, stimulus, candidates, shown, arriving, shared, own)
    leaving, spikes, active = _output(network, shown, reached, stimulus, copies, own)
    found = LayerTally(
        pre.values.ndim == 2,
        shown.response.output.ndim == 3,
        _gains(network, shown, pre),
        shared,
        own.sum(1),
        shared_events,
        own_events,
        shared_zero,
        own_zero,
        spikes,
        active,
        _fired(shown, copies) if fired else own.new_zeros(copies, 0),
        own.sum(0),
        _spikes_of(shown, spikes),
    )
    return found, leaving


def _arriving(
    network: Network, stimulus: Stimulus, candidates: Tensor, shown: Presentation, *, spikes: bool
) -> Tensor:
    """Return which inputs of a layer are there in every presentation, ``(T, K·B, D)``."""
    if shown.pre is not None:
        return _ones(shown.pre.values, spikes=spikes)
    values = network.asking.written(stimulus.image.values, stimulus.label, candidates)
    return _ones(values, spikes=values.ndim == 3)


def _gains(network: Network, shown: Presentation, pre: Signal) -> int:
    """Return how many scalars normalise a layer's input; a constant gain between layers is in the weights."""
    own = network.layers[shown.index].synapses.sample_scalars * pre.values[..., 0, 0].numel()
    if pre.gain is None or (shown.pre is not None and network.gain == "constant"):
        return own
    return own + pre.gain[..., 0].numel()


def _reached(
    network: Network,
    stimulus: Stimulus,
    candidates: Tensor,
    shown: Presentation,
    arriving: Tensor,
    shared: Tensor,
    own: Tensor,
) -> Tensor:
    """Return which neurons an input reaches: ``(T, K, B)`` where it is all or none, else ``(T, K·B, N)``."""
    synapses = network.layers[shown.index].synapses
    if synapses.connects_all:
        return (shared[:, None] > 0) | (own > 0)
    if shown.pre is None and network.asking.shares_image:
        label = stimulus.label if stimulus.label.ndim == 2 else stimulus.label[None]
        arriving = network.asking.written(arriving, label.ne(0), candidates)
    return synapses.reached(arriving)


def _output(
    network: Network, shown: Presentation, reached: Tensor, stimulus: Stimulus, copies: int, own: Tensor
) -> tuple[Tensor | None, Tensor, Tensor]:
    """Return what the layer sent ``(T, K, B)``, and its spikes and active updates ``(T, B)``."""
    output, neurons = shown.response.output, network.layers[shown.index].synapses.neurons
    if output.ndim == 2:
        none = torch.zeros_like(own[:, 0])
        return None, none, none
    sent = _by_label(_total(output), copies)
    if shown.pre is None and stimulus.image.values.ndim == 2:
        active = torch.full_like(sent, neurons)
    else:
        busy = reached.flatten(1)[..., None] if reached.shape == sent.shape else reached
        active = _by_label(_total(left_over(network, shown.index, output, busy)), copies)
    return sent, sent.sum(1), active.sum(1)


def _ones(values: Tensor, *, spikes: bool) -> Tensor:
    """Return 1 where a value is not zero, ``(T, B, D)``, T = 1 where there is no time; spikes as they are."""
    timed = values if values.ndim == 3 else values[None]
    return timed if spikes else torch.ne(timed, 0, out=torch.empty_like(timed))


def _by_label(totals: Tensor, copies: int) -> Tensor:
    """Return ``(T, K·B)`` as ``(T, K, B)``."""
    return totals.view(totals.shape[0], copies, -1)


def _total(ones: Tensor) -> Tensor:
    """Return how many values of each sample are not zero, ``(T, B)``."""
    return ones.sum(-1).to(torch.int64)


def _own(stimulus: Stimulus, copies: int) -> Tensor:
    """Return what the asking's own inputs carry, ``(T, K, B)``: one spike or value in every presentation."""
    label = stimulus.label if stimulus.label.ndim == 2 else stimulus.label[None]
    return (label != 0).to(torch.int64)[:, None].expand(-1, copies, -1)


def _events(ones: Tensor, synapses: Synapses, totals: Tensor) -> Tensor:
    """Return how many synapses the non-zero values of each sample meet, in the shape of ``totals``."""
    if synapses.connects_all:
        return totals * synapses.neurons
    met = torch.mv(ones.flatten(0, 1).double(), synapses.fan_out().double())
    return met.to(torch.int64).view_as(totals)


def _own_events(own: Tensor, candidates: Tensor, synapses: Synapses) -> Tensor:
    """Return the synapses that the asking's own inputs meet, ``(T, B)``."""
    if synapses.connects_all:
        return own.sum(1) * synapses.neurons
    return (own * synapses.fan_out()[candidates]).sum(1)


def _meets(ones: Tensor, zero: Tensor | None, like: Tensor) -> Tensor:
    """Return how many zero weights the non-zero values of each sample meet, in the shape of ``like``."""
    if zero is None:
        return torch.zeros_like(like)
    exact = ones.dtype == torch.float64 or int(zero.sum()) < _EXACT
    wide = ones if exact else ones.double()
    return torch.mv(wide.flatten(0, 1), zero.to(wide.dtype)).to(torch.int64).view_as(like)


def _own_meets(own: Tensor, candidates: Tensor, zero: Tensor | None) -> Tensor:
    """Return how many zero weights the asking's own inputs meet, ``(T, B)``."""
    return torch.zeros_like(own[:, 0]) if zero is None else (own * zero[candidates]).sum(1)


def _fired(shown: Presentation, copies: int) -> Tensor:
    return (shown.response.activity != 0).sum(-1).view(copies, -1)


def _spikes_of(shown: Presentation, spikes: Tensor) -> Tensor:
    output, activity = shown.response.output, shown.response.activity
    if output.ndim == 2:
        return torch.zeros(activity.shape[-1], dtype=torch.int64)
    # A firing rate times T is whole again, and there are T times fewer rates than spikes.
    counted = (activity.sum(0, dtype=torch.float64) * output.shape[0]).round().to(torch.int64)
    if torch.equal(counted.sum(), spikes.sum()):
        return counted
    return output.sum((0, 1), dtype=torch.float64).to(torch.int64)  # the activity is a trace, not a rate
