"""Prediction with a graph: every label is presented with every image, and the best goodness wins.

The label's neurons are axons of the input like any other, so a simulator or a chip needs nothing but spikes
in and spikes out; goodness is read from spike counts. What runs the graph is an argument.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping

import torch
from torch import Tensor

from neuroff.config import Config
from neuroff.config.inputs import Inputs
from neuroff.core.goodness import Goodness
from neuroff.core.readout import activity_of
from neuroff.core.signal import LabelledSignal, Signal
from neuroff.errors import ExportError, ShapeError
from neuroff.exchange.graph.graph import Graph
from neuroff.exchange.graph.neurons import Neurons

Simulate = Callable[[Tensor], Mapping[str, Tensor]]
"""Spikes ``(T, B, D)`` in, those of every neuron node ``(T, B, N)`` out, by name; each call from rest."""


def as_spikes(inputs: Inputs) -> Inputs:
    """Return images whose pixels arrive as spikes: evenly spread ones if the network was trained on values.

    Raises:
        ExportError: if pixels or label lie outside [0, 1].
    """
    encoder = inputs.encoder
    if encoder.encoding != "constant":
        return inputs
    if encoder.config.data.input_scale != "raw" or encoder.config.label.amplitude != "one":
        raise ExportError(
            "pixels that are no firing rates",
            where="data.input_scale, label.amplitude",
            expected="data.input_scale=raw and label.amplitude=one",
            fix="train again with them",
        )
    neuron = encoder.config.neuron.model_copy(update={"encoding": "regular"})
    config: Config = encoder.config.model_copy(update={"neuron": neuron})
    return dataclasses.replace(inputs, encoder=dataclasses.replace(encoder, config=config), constant=None)


def presented(images: LabelledSignal, labels: Tensor) -> Signal:
    """Return images with K labels each, label by label.

    Args:
        images: encoded images, B of them.
        labels: ``(K, B)`` class numbers.

    Returns:
        Values ``(…, K·B, D)`` whose label axons carry what the presented class's does, and their gains.
    """
    copies = labels.shape[0]
    values, gain = images.image.values, images.image.gain
    strength = images.label if gain is None else images.label / gain
    repeated = values.repeat(*[1] * (values.ndim - 2), copies, 1)
    slots = labels.flatten().expand(*repeated.shape[:-1])[..., None]
    strength = strength.to(values.dtype).repeat(*[1] * (strength.ndim - 1), copies)
    repeated.scatter_(-1, slots, strength[..., None].expand(slots.shape))
    return Signal(repeated, None if gain is None else gain.repeat(copies))


def sweep(graph: Graph, images: LabelledSignal) -> Tensor:
    """Return spiking images with every label each, ``(T, K·B, D)``, gains left out."""
    labels = torch.arange(graph.label_axons)[:, None].expand(-1, images.samples)
    return presented(images, labels).values.round_()


def goodness_of(
    graph: Graph, spikes: Mapping[str, Tensor], goodness: Goodness, trace_decay: float = 1.0
) -> Tensor:
    """Return the sum of all layers' goodness of a sweep, ``(K, B)``.

    Args:
        graph: the graph.
        spikes: of its neuron nodes, ``(T, K·B, N)`` each.
        goodness: of every layer.
        trace_decay: λ of the activity that goodness is read from; 1 counts spikes.
    """
    activities = (activity_of(spikes[name].float(), trace_decay) for name, _ in graph.named(Neurons))
    layers = [goodness.value(activity) for activity in activities]
    return torch.stack(layers).sum(0).view(graph.label_axons, -1)


def sweeps(graph: Graph, inputs: Inputs, chunk_size: int) -> Iterator[tuple[slice, Tensor]]:
    """Yield the rows of every chunk of images, and their sweep.

    Raises:
        ShapeError: if the images have no spikes or do not fit the graph.
    """
    for start in range(0, len(inputs), chunk_size):
        rows = slice(start, min(start + chunk_size, len(inputs)))
        images = inputs.signal(rows, "predict", start)
        if images.image.values.ndim != 3:
            raise ShapeError("images of constant values", where="sweeps", fix="use as_spikes(inputs)")
        yield rows, sweep(graph, images)


def accuracy(
    graph: Graph,
    inputs: Inputs,
    goodness: Goodness,
    simulate: Simulate,
    *,
    trace_decay: float = 1.0,
    chunk_size: int = 50,
) -> float:
    """Return the share of spiking images whose best label is the true one.

    Args:
        graph: the graph.
        inputs: images that arrive as spikes; see `as_spikes`.
        goodness: of every layer.
        simulate: what runs the graph.
        trace_decay: see `goodness_of`.
        chunk_size: images at once.
    """
    right = 0
    for rows, spikes_in in sweeps(graph, inputs, chunk_size):
        scores = goodness_of(graph, simulate(spikes_in), goodness, trace_decay)
        right += int((scores.argmax(0) == inputs.labels[rows]).sum())
    return right / len(inputs)
