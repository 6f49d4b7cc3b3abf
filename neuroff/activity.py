"""How much work a prediction takes, counted from a real forward pass.

Counted is the ten-label sweep as it runs: the image meets the first layer's weights once, each label adds its
own column, and every later layer is run once per label. Numbers are per image.

* A constant current is analog: the first layer's products are multiply-accumulates on the spiking path too.
* A synaptic event is one spike meeting one stored weight (dense format, so zero weights count).
* A neuron update is one neuron in one step. It is active if a spike reached the neuron or it fired, or if a
  constant current drives it; the bias is part of the neuron.
* Goodness costs one multiplication and one addition per neuron and label: the square of an activity or of a
  spike count.
* The gain between layers is one scalar broadcast to each later layer per label.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from neuroff.energy import Counts
from neuroff.errors import ShapeError
from neuroff.inputs import Inputs
from neuroff.network import Network, Presentation, propagate
from neuroff.signal import LabelledSignal


@dataclass(frozen=True)
class Activity:
    """Counts of a data set, averaged over its images.

    Attributes:
        counts: per image, for the whole label sweep.
        firing_rate: mean activity of each spiking layer over neurons, steps and labels, in spikes per neuron
            and step; empty on the dense path.
        images: number of images counted.
    """

    counts: Counts
    firing_rate: tuple[float, ...]
    images: int

    @property
    def synaptic_operations(self) -> float:
        """Synaptic events and multiply-accumulates with weights, per image."""
        return self.counts["synaptic_events"] + self.counts["macs_float32"]


def count_activity(network: Network, inputs: Inputs, *, chunk_size: int = 250) -> Activity:
    """Count the work of predicting every image.

    Args:
        network: the network.
        inputs: the images.
        chunk_size: images in flight at once.

    Raises:
        ShapeError: if there are no images, or they do not fit the network.
    """
    if not len(inputs):
        raise ShapeError("no images to count", where="count_activity", expected="at least one image")
    totals: dict[str, float] = {}
    rates = torch.zeros(len(network.layers), dtype=torch.float64)
    spiking = False
    for start in range(0, len(inputs), chunk_size):
        rows = slice(start, min(start + chunk_size, len(inputs)))
        signal = inputs.signal(rows, "predict", start)
        labels = torch.arange(network.classes, device=signal.label.device)[:, None].expand(-1, signal.samples)
        _add(totals, _image_work(network, signal))
        for shown in propagate(network, signal, labels):
            _add(totals, _layer_work(network, signal, shown))
            spiking = shown.response.output.ndim == 3
            rates[shown.index] += shown.response.activity.double().mean().cpu() * signal.samples
    images = len(inputs)
    return Activity(
        Counts({name: amount / images for name, amount in totals.items()}),
        tuple((rates / images).tolist()) if spiking else (),
        images,
    )


def _add(totals: dict[str, float], work: Iterator[tuple[str, float]]) -> None:
    for name, amount in work:
        totals[name] = totals.get(name, 0.0) + float(amount)


def _image_work(network: Network, signal: LabelledSignal) -> Iterator[tuple[str, float]]:
    """The image's share of the first layer, once for all labels."""
    neurons, inputs = network.layers[0].weight.shape
    pixels = inputs - signal.classes
    if signal.image.values.ndim == 2:
        yield "macs_float32", float(signal.samples * pixels * neurons)
    else:
        yield "synaptic_events", float(signal.image.values.count_nonzero()) * neurons


def _layer_work(network: Network, signal: LabelledSignal, shown: Presentation) -> Iterator[tuple[str, float]]:
    """One layer's work for every label, without the image's share."""
    neurons, inputs = network.layers[shown.index].weight.shape
    presentations = shown.goodness.numel()
    yield "muls_float32", float(presentations * neurons)  # goodness
    yield "adds_float32", float(presentations * neurons)
    if shown.pre is None:
        incoming = signal.image.values
        if incoming.ndim == 2:
            yield "macs_float32", float(presentations * neurons)  # one label column
        else:
            label_spikes = float(signal.label.count_nonzero()) * network.classes
            yield "synaptic_events", label_spikes * neurons
    else:
        incoming = shown.pre.values
        yield "bus_broadcasts", float(presentations)
        if incoming.ndim == 2:
            yield "macs_float32", float(presentations * neurons * inputs)
        else:
            yield "synaptic_events", float(incoming.count_nonzero()) * neurons
    output = shown.response.output
    if output.ndim == 2:
        yield "adds_float32", float(presentations * neurons)  # bias
        return
    updates = float(output.numel())
    active = _active_updates(signal, shown, output)
    yield "spikes_emitted", float(output.count_nonzero())
    yield "neuron_updates_active", active
    yield "neuron_updates_inactive", updates - active


def _active_updates(signal: LabelledSignal, shown: Presentation, output: Tensor) -> float:
    """Neuron steps with input or a spike; a layer's neurons share their inputs, all weights being stored."""
    if shown.pre is None and signal.image.values.ndim == 2:
        return float(output.numel())
    if shown.pre is None:
        image = (signal.image.values != 0).any(-1)  # (T, B)
        reached = (image | (signal.label != 0)).repeat(1, shown.goodness.shape[0])
    else:
        reached = (shown.pre.values != 0).any(-1)  # (T, K·B)
    return float(((output != 0) | reached[..., None]).count_nonzero())
