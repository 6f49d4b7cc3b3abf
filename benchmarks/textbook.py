"""The Forward-Forward algorithm as one writes it down: full batch, overlaid copies, autograd, Adam.

Written from the formulas alone, without any code of neuroff, so that it can serve both as the rival of the
benchmarks and as the oracle of tests:

    x̂ = x / (‖x‖₂ + 1e-4)      h = relu(W x̂ + b)      G = mean_i h_i²
    L = mean over positives and negatives of softplus(θ − G⁺) and softplus(G⁻ − θ)

Layers are trained one after the other; a layer's output is the next one's input. The predicted label is the
one whose overlaid image has the largest goodness, summed over layers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import linear


@dataclass(frozen=True)
class TextbookLayer:
    """Weights ``(N, D)`` and biases ``(N,)``."""

    weight: Tensor
    bias: Tensor


@dataclass(frozen=True)
class TextbookRun:
    """Trained layers, and for each layer its loss in every epoch, before the step."""

    layers: tuple[TextbookLayer, ...]
    losses: tuple[tuple[float, ...], ...]


def overlay(images: Tensor, labels: Tensor, amplitude: float, classes: int = 10) -> Tensor:
    """Return a copy of the images ``(B, D)`` with a one-hot label of given height over the first pixels."""
    written = images.clone()
    written[:, :classes] = 0.0
    written[torch.arange(images.shape[0]), labels] = amplitude
    return written


def forward(layer: TextbookLayer, x: Tensor) -> Tensor:
    """Return h ``(B, N)`` for an input ``(B, D)`` of any length."""
    scaled = x / (x.norm(p=2, dim=1, keepdim=True) + 1e-4)
    return torch.relu(linear(scaled, layer.weight, layer.bias))


def goodness(h: Tensor) -> Tensor:
    """Return the mean of squares ``(B,)``."""
    return h.pow(2).mean(dim=1)


def loss(positive: Tensor, negative: Tensor, theta: float) -> Tensor:
    """Return the mean softplus over all positives and negatives, a scalar."""
    excess = torch.cat((theta - positive, negative - theta))
    return torch.logaddexp(excess, torch.zeros_like(excess)).mean()


def trainable(layer: TextbookLayer) -> TextbookLayer:
    """Return a copy of a layer whose tensors autograd follows."""
    return TextbookLayer(layer.weight.clone().requires_grad_(), layer.bias.clone().requires_grad_())


def adam(layer: TextbookLayer, learning_rate: float) -> torch.optim.Adam:
    """Return the layer's optimiser."""
    return torch.optim.Adam((layer.weight, layer.bias), lr=learning_rate)


def step(
    layer: TextbookLayer, optimiser: torch.optim.Optimizer, positive: Tensor, negative: Tensor, theta: float
) -> float:
    """Do one epoch: one full-batch step on both copies ``(B, D)``. Returns the loss before the step."""
    value = loss(goodness(forward(layer, positive)), goodness(forward(layer, negative)), theta)
    optimiser.zero_grad()
    torch.autograd.backward(value)
    optimiser.step()
    return float(value.detach())


def train(
    images: Tensor,
    labels: Tensor,
    initial: Sequence[TextbookLayer],
    negatives: Callable[[int, int], Tensor],
    *,
    epochs: int,
    amplitude: float,
    classes: int = 10,
    theta: float = 2.0,
    learning_rate: float = 0.03,
) -> TextbookRun:
    """Train all layers, one after the other.

    Args:
        images: ``(B, D)``, scaled, in the type to compute in; what is under the label does not matter.
        labels: ``(B,)`` true classes.
        initial: initial layers, first to last; left as they are.
        negatives: called with a layer and an epoch, both from 0; returns the wrong labels ``(B,)``.
        epochs: of each layer.
        amplitude: height of the label pixel.
        classes: number of classes.
        theta: θ.
        learning_rate: Adam's.
    """
    trained: list[TextbookLayer] = []
    losses = []
    for index, start in enumerate(initial):
        layer = trainable(start)
        optimiser = adam(layer, learning_rate)
        positive = through(trained, overlay(images, labels, amplitude, classes))
        curve = []
        for epoch in range(epochs):
            wrong = overlay(images, negatives(index, epoch), amplitude, classes)
            curve.append(step(layer, optimiser, positive, through(trained, wrong), theta))
        trained.append(TextbookLayer(layer.weight.detach(), layer.bias.detach()))
        losses.append(tuple(curve))
    return TextbookRun(tuple(trained), tuple(losses))


@torch.no_grad()
def through(layers: Sequence[TextbookLayer], x: Tensor) -> Tensor:
    """Return what comes out of the last of some layers."""
    for layer in layers:
        x = forward(layer, x)
    return x


@torch.no_grad()
def predict(layers: Sequence[TextbookLayer], images: Tensor, amplitude: float, classes: int = 10) -> Tensor:
    """Return the predicted class of every image, ``(B,)``, by one overlaid pass per label."""
    scores = []
    for label in range(classes):
        x = overlay(images, torch.full(images.shape[:1], label), amplitude, classes)
        total = torch.zeros_like(x[:, 0])
        for layer in layers:
            x = forward(layer, x)
            total = total + goodness(x)
        scores.append(total)
    return torch.stack(scores).argmax(dim=0)
