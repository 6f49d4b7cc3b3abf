"""The local rule for loops of one's own: gradients where PyTorch's optimisers look for them."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from neuroff.core.asking.wrong import wrong_labels
from neuroff.core.module import NetworkModule
from neuroff.core.network import Network
from neuroff.core.plan import Plan
from neuroff.core.rules import LayerGradient
from neuroff.errors import ConfigError, ShapeError
from neuroff.training.online import learner
from neuroff.training.step import LayerStatistics


@torch.no_grad()
def local_gradients(
    module: NetworkModule[Network],
    images: Tensor,
    labels: Tensor,
    plan: Plan,
    *,
    wrong: Tensor | None = None,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Add to the ``grad`` of a module's parameters, as ``backward`` does, what every layer's own loss gives.

    γ has a gradient where ``plan.gamma`` says that it is learned. Everything else of the plan that is used
    is its loss, its rule and its penalty: batches, rates and steps are the caller's.

    Args:
        module: of `neuroff.Network.module`.
        images: ``(B, …)``, bytes or floats in [0, 1].
        labels: ``(B,)`` whole numbers in [0, K).
        plan: says by which loss and rule.
        wrong: ``(B,)`` wrong labels for negative data, where the network is asked by labels.
        generator: draws them, on the CPU, where they are not given.

    Returns:
        ``(L,)``, each layer's mean loss over the images.

    Raises:
        ConfigError: if wrong labels are needed and neither given nor to be drawn.
        ShapeError: if there is not one label an image.
    """
    network = module.network
    if labels.ndim != 1 or len(labels) != len(images) or not len(labels):
        raise ShapeError(
            f"{tuple(labels.shape)} labels of {tuple(images.shape)} images",
            where="local_gradients",
            expected="(B,) of (B, …), at least one",
        )
    question = network.asking.question(labels, _wrong(network, labels, wrong, generator))
    gradients = {index: LayerGradient.of(layer) for index, layer in enumerate(network.layers)}
    statistics = {index: LayerStatistics.empty(labels.device) for index in gradients}
    learn, stimulus = learner(plan), module.stimulus(images, "local")
    losses = plan.losses(len(network.layers))
    learn(network, losses, stimulus, question, gradients, statistics, images=float(len(labels)))
    for index, gradient in gradients.items():
        found = {**gradient.synapses, **gradient.neuron}
        if plan.gamma is not None:
            found["gamma"] = gradient.gamma
        _add(dict(module.layers[index].named_parameters()), found)
    return torch.stack([statistics[index].totals[0] for index in gradients]) / len(labels)


def _wrong(network: Network, labels: Tensor, wrong: Tensor | None, stream: Any) -> Tensor:
    if wrong is not None or not network.asking.contrasts:
        return labels if wrong is None else wrong
    if stream is None:
        raise ConfigError(
            "no wrong labels",
            where="local_gradients",
            expected="wrong=, one a row, or generator=, which draws them: this network is asked by labels",
        )
    return wrong_labels(labels, network.classes, stream)


def _add(parameters: dict[str, nn.Parameter], gradients: dict[str, Tensor]) -> None:
    for name, gradient in gradients.items():
        held = parameters[name]
        held.grad = gradient if held.grad is None else held.grad + gradient
