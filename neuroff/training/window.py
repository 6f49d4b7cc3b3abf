"""The window of layers that a prediction reads, chosen on held-out images once training is over.

A layer's own goodness does not depend on the layers above it, so one pass over the images decides between all
L (L + 1)/2 windows. Those above the window's end are taken off the network: nothing runs them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from neuroff.core.inputs import Inputs
from neuroff.core.network import Network, propagate
from neuroff.errors import ConfigError
from neuroff.training.evaluate import chunk_rows


@dataclass(frozen=True)
class Window:
    """Layers that follow each other.

    Attributes:
        first: index of the first one.
        end: index after the last one.
        accuracy: share of the images that it was chosen on.
    """

    first: int
    end: int
    accuracy: float


def require_held_out(inputs: Inputs) -> None:
    """Raise ConfigError unless there are images to choose a window on."""
    if not len(inputs):
        raise ConfigError(
            "no held-out images to choose the layers of a prediction on",
            where="network.prediction=window",
            expected="some",
            fix="hold images out with data.train_count, or choose another network.prediction",
        )


@torch.no_grad()
def windows(network: Network, inputs: Inputs) -> tuple[Window, ...]:
    """Return every window of a network's layers with its accuracy, by its end and then by its first layer.

    Args:
        network: the network.
        inputs: images that it has not learned from.

    Raises:
        ConfigError: if there are none.
    """
    require_held_out(inputs)
    depth = len(network.layers)
    right = {(first, end): 0 for end in range(1, depth + 1) for first in range(end)}
    for rows in chunk_rows(network, inputs):
        stimulus = inputs.stimulus(rows, "predict", rows.start)
        candidates = network.asking.everything(stimulus.samples, stimulus.label.device)
        goodness = torch.stack([shown.goodness for shown in propagate(network, stimulus, candidates)])
        for first, end in right:
            found = goodness[first:end].sum(0).argmax(0)
            right[first, end] += int((found == inputs.labels[rows]).sum())
    return tuple(Window(first, end, hits / len(inputs)) for (first, end), hits in right.items())


def windowed(network: Network, inputs: Inputs) -> Network:
    """Return a network cut to the best window for images that it has not learned from.

    Of windows that are equally good, the one that runs the fewest layers is taken, and of these the widest.

    Raises:
        ConfigError: if there are no images.
    """
    best = max(windows(network, inputs), key=lambda each: (each.accuracy, -each.end, -each.first))
    return cut(network, best.first, best.end)


def cut(network: Network, first: int, end: int) -> Network:
    """Return a network that ends before layer ``end`` and predicts by its layers from ``first`` on.

    Raises:
        ConfigError: if it has no such layers.
    """
    if not 0 <= first < end <= len(network.layers):
        raise ConfigError(
            f"layers {first} to {end - 1}", where="window", expected=f"some of 0 to {len(network.layers) - 1}"
        )
    kept = {index: neurons for index, neurons in network.populations.items() if index < end}
    boxes = {index: box for index, box in network.black_boxes.items() if index < end - 1}
    return replace(
        network,
        layers=network.layers[:end],
        populations=kept,
        black_boxes=boxes,
        read_from=first,
        prediction="window",
    )
