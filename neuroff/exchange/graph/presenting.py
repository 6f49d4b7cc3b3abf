"""Prediction with a graph: every image is presented as its asking says, and the best goodness wins.

What the asking writes are axons of the input like any other, so a simulator or a chip needs nothing but
spikes in and spikes out; goodness is read from spike counts. What runs the graph is an argument.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping

import torch
from torch import Tensor

from neuroff.core.asking import Asking
from neuroff.core.goodness import GoodnessMeasure
from neuroff.core.inputs import Inputs
from neuroff.core.readout import activity_of
from neuroff.core.signal import Signal, Stimulus
from neuroff.errors import ExportError, ShapeError
from neuroff.exchange.graph.graph import Graph
from neuroff.exchange.graph.neurons import Neurons

Simulate = Callable[[Tensor], Mapping[str, Tensor]]
"""Spikes ``(T, B, D)`` in, those of every neuron node ``(T, B, N)`` out, by name; each call from rest.

What leaves the network may be told beside them, ``(T, B, K)`` under the name `OUTPUT`.
"""
OUTPUT = "output"


def as_spikes(inputs: Inputs) -> Inputs:
    """Return images whose pixels arrive as spikes: evenly spread ones if the network was trained on values.

    Raises:
        ExportError: if pixels or label lie outside [0, 1].
    """
    encoder = inputs.encoder
    if encoder.encoding != "constant":
        return inputs
    if not encoder.takes_rates:
        raise ExportError(
            "pixels that are no firing rates",
            where="data.input_scale, label.amplitude",
            expected="data.input_scale=raw and label.amplitude=one",
            fix="train again with them",
        )
    return dataclasses.replace(
        inputs, encoder=dataclasses.replace(encoder, encoding="regular"), constant=None
    )


def presented(asking: Asking, images: Stimulus, candidates: Tensor) -> Signal:
    """Return images in P presentations each, presentation by presentation.

    Args:
        asking: writes the candidates.
        images: encoded images, B of them.
        candidates: ``(P, B)``.

    Returns:
        Values ``(…, P·B, D)`` without their gains, and the gains.
    """
    gain = images.image.gain
    strength = images.label if gain is None else images.label / gain
    values = asking.written(images.image.values, strength, candidates)
    return Signal(values, None if gain is None else gain.repeat(candidates.shape[0]))


def all_presented(asking: Asking, images: Stimulus) -> Tensor:
    """Return spiking images in all presentations of a prediction, ``(T, P·B, D)``, gains left out."""
    return presented(asking, images, asking.everything(images.samples)).values.round_()


def goodness_of(
    graph: Graph,
    spikes: Mapping[str, Tensor],
    asking: Asking,
    goodness: GoodnessMeasure,
    trace_decay: float = 1.0,
) -> list[Tensor]:
    """Return every layer's goodness in a prediction, ``(A, B)`` each.

    Args:
        graph: the graph.
        spikes: of its neuron nodes, ``(T, P·B, N)`` each.
        asking: how the images were presented.
        goodness: of every layer.
        trace_decay: λ of the activity that goodness is read from; 1 counts spikes.
    """
    activities = [activity_of(spikes[name].float(), trace_decay) for name, _ in graph.named(Neurons)]
    candidates = asking.everything(activities[0].shape[0] // asking.presentations)
    return [
        asking.of_layer(index).goodness(goodness, activity, candidates)
        for index, activity in enumerate(activities)
    ]


def prediction_chunks(inputs: Inputs, chunk_size: int) -> Iterator[tuple[slice, Tensor]]:
    """Yield the rows of every chunk of images, in all presentations of a prediction.

    Raises:
        ShapeError: if the images have no spikes.
    """
    for start in range(0, len(inputs), chunk_size):
        rows = slice(start, min(start + chunk_size, len(inputs)))
        images = inputs.stimulus(rows, "predict", start)
        if images.image.values.ndim != 3:
            raise ShapeError(
                "images of constant values", where="prediction_chunks", fix="use as_spikes(inputs)"
            )
        yield rows, all_presented(inputs.encoder.asking, images)


def accuracy(
    graph: Graph,
    inputs: Inputs,
    goodness: GoodnessMeasure,
    simulate: Simulate,
    *,
    trace_decay: float = 1.0,
    chunk_size: int = 50,
) -> float:
    """Return the share of spiking images whose best class by the sum of all layers' goodness is the true one.

    Args:
        graph: the graph.
        inputs: images that arrive as spikes; see `as_spikes`.
        goodness: of every layer.
        simulate: what runs the graph.
        trace_decay: see `goodness_of`.
        chunk_size: images at once.
    """
    right = 0
    for rows, spikes_in in prediction_chunks(inputs, chunk_size):
        layers = goodness_of(graph, simulate(spikes_in), inputs.encoder.asking, goodness, trace_decay)
        scores = torch.stack(layers).sum(0)
        right += int((scores.argmax(0) == inputs.labels[rows]).sum())
    return right / len(inputs)
