"""One chunk of images: present both labels, hear the bus, and add to the learning layers' gradients."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from neuroff.core.collaboration import collaborative_goodness, gamma_gradient
from neuroff.core.loss import Loss
from neuroff.core.network import Network, Presentation, propagate
from neuroff.core.rules import LayerGradient, add_gradient, add_labelled_gradient, add_neuron_gradient
from neuroff.core.signal import LabelledSignal


@dataclass
class LayerStatistics:
    """Sums over the images of an epoch, added to in place.

    Attributes:
        totals: ``(3,)`` float64: loss, goodness of positives, goodness of negatives.
    """

    totals: Tensor

    @classmethod
    def empty(cls, device: torch.device) -> LayerStatistics:
        """Return sums over no images."""
        return cls(torch.zeros(3, dtype=torch.float64, device=device))


def learn_chunk(
    network: Network,
    loss: Loss,
    signal: LabelledSignal,
    labels: Tensor,
    gradients: dict[int, LayerGradient],
    statistics: dict[int, LayerStatistics],
    *,
    images: int,
    first_drive: Tensor | None = None,
    rate_penalty: float = 0.0,
) -> None:
    """Add one chunk to the gradients and statistics of the layers that learn.

    Args:
        network: the network.
        loss: of every layer.
        signal: the chunk's images.
        labels: ``(2, B)``, true and wrong.
        gradients: of the layers that learn, by index; added to.
        statistics: of the same layers; added to.
        images: number of images of the whole batch, over which the loss is a mean.
        first_drive: the first layer's drive by these images, where it is known.
        rate_penalty: λ of a further term of the loss, λ times the mean activity of the layer's neurons over
            both presentations. Its gradient is local: the same constant for every neuron.
    """
    learning = frozenset(gradients)
    depth = len(network.layers) if network.bus.partners == "all" else max(learning) + 1
    shown = list(propagate(network, signal, labels, depth=depth, traced=learning, first_drive=first_drive))
    messages = [presentation.message for presentation in shown]
    for index in gradients:
        own, partner = shown[index].goodness, network.bus.partner(index, messages)
        collaborative = collaborative_goodness(own, partner, network.layers[index].gamma)
        modulator = loss.modulator(collaborative) / images
        gradients[index].gamma += gamma_gradient(modulator, partner)
        _add_layer(
            network,
            shown[index],
            modulator,
            signal,
            labels,
            gradients[index],
            rate_penalty / (len(labels) * images),
        )
        sums = torch.stack((loss.value(collaborative).sum(), *own.sum(1)))
        statistics[index].totals += sums.double()


def _add_layer(
    network: Network,
    shown: Presentation,
    modulator: Tensor,
    signal: LabelledSignal,
    labels: Tensor,
    gradient: LayerGradient,
    penalty: float,
) -> None:
    response = shown.response
    activity_gradient = network.goodness.gradient(response.activity, modulator.flatten())
    if penalty:
        activity_gradient = activity_gradient + penalty / response.activity.shape[-1]
    add_neuron_gradient(gradient, response.influence, activity_gradient)
    post = network.population_of(shown.index).sensitivity(response, activity_gradient)
    if shown.pre is None:
        add_labelled_gradient(gradient, post, signal, labels, network.precision)
    else:
        add_gradient(gradient, post, shown.pre, network.precision)
