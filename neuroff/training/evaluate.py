"""Prediction and accuracy over many images, in chunks."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from neuroff.checks import require_whole
from neuroff.core.flight import images_at_once
from neuroff.core.inputs import Inputs
from neuroff.core.network import Network
from neuroff.core.scores import PredictionRule, class_scores
from neuroff.core.together import require_images
from neuroff.errors import ShapeError
from neuroff.training.side_by_side import beside_each_other


def predict(
    network: Network,
    inputs: Inputs,
    rule: PredictionRule | None = None,
    *,
    depth: int | None = None,
    chunk_size: int | None = None,
) -> Tensor:
    """Return the predicted class of every image, ``(B,)``.

    Args:
        network: the network.
        inputs: the images.
        rule: see `neuroff.core.combining`; the network's own without it.
        depth: number of layers to use; all by default.
        chunk_size: images in flight at once; by default what keeps a layer's numbers near the processor.

    Raises:
        ShapeError: if there are no images, or they do not fit the network.
    """
    parts = scored(network, inputs, rule, depth, chunk_size)
    return torch.cat([scores.argmax(0) for _, scores in parts])


def accuracy(
    network: Network, inputs: Inputs, rule: PredictionRule | None = None, *, depth: int | None = None
) -> float:
    """Return the share of images whose predicted class is the true one.

    Args:
        network: trained, or not yet.
        inputs: prepared images, such as ``split.test``.
        rule: how goodness becomes a class (`neuroff.core.combining`); the network's own without it, which is
            that of its configuration or of the plan that it was trained by.
        depth: number of layers to use; all by default.

    Raises:
        ShapeError: if there are no images, or they do not fit the network.
        ConfigError: if they were prepared for another way of asking, or there is no such rule.
    """
    return float((predict(network, inputs, rule, depth=depth) == inputs.labels).double().mean())


def goodness_margin(network: Network, inputs: Inputs, rule: PredictionRule | None = None) -> float:
    """Return by how much the true label's score exceeds the best wrong one's, mean over the images."""
    return margin(all_scores(network, inputs, rule), inputs.labels)


def all_scores(network: Network, inputs: Inputs, rule: PredictionRule | None = None) -> Tensor:
    """Return the score of every class for every image, ``(classes, B)``."""
    return torch.cat([scores for _, scores in scored(network, inputs, rule)], 1)


def margin(scores: Tensor, labels: Tensor) -> float:
    """Return by how much the true label's score exceeds the best wrong one's, mean over images.

    Args:
        scores: ``(classes, B)``.
        labels: ``(B,)`` true ones.
    """
    true = scores.gather(0, labels[None])[0]
    wrong = scores.scatter(0, labels[None], float("-inf")).amax(0)
    return float((true - wrong).double().mean())


def scored(
    network: Network,
    inputs: Inputs,
    rule: PredictionRule | None,
    depth: int | None = None,
    chunk_size: int | None = None,
) -> Iterator[tuple[slice, Tensor]]:
    """Yield the rows of every chunk and their class scores, ``(classes, B)``."""

    def one(network: Network, rows: slice) -> Tensor:
        with torch.set_grad_enabled(learns):  # each thread has a switch of its own
            return class_scores(network, inputs.stimulus(rows, "predict", rows.start), rule, depth)

    learns = torch.is_grad_enabled()
    chunks = list(chunk_rows(network, inputs, chunk_size))
    if depth is not None:
        require_whole("depth", depth, least=1, below=len(network.layers) + 1, where="predict")
    yield from zip(chunks, beside_each_other(one, chunks, network), strict=True)


def chunk_rows(network: Network, inputs: Inputs, chunk_size: int | None = None) -> Iterator[slice]:
    """Yield the rows of images that are presented at once, by default few enough to be quick.

    Raises:
        ShapeError: if there are no images.
        ConfigError: if they were prepared for another way of asking.
    """
    require_images(network, inputs, "predict")
    if not len(inputs):
        raise ShapeError("no images to predict", where="predict", expected="at least one image")
    inputs.require_asking(network.asking, "predict")
    if chunk_size is not None:
        require_whole("chunk_size", chunk_size, least=1, where="predict")
    size = chunk_size or images_at_once(network, network.asking.presentations)
    for start in range(0, len(inputs), size):
        yield slice(start, min(start + size, len(inputs)))
