"""One chunk of images: ask, hear the bus, and add to the learning layers' gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from neuroff.core.asking import Question
from neuroff.core.coupling import coupled
from neuroff.core.loss import LayerLoss
from neuroff.core.network import Network, Presentation, propagate
from neuroff.core.neurons.population import Population
from neuroff.core.rules import LayerGradient, add_neuron_gradient
from neuroff.core.signal import Stimulus


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

    def add(self, loss: Tensor, goodness: Tensor, truth: Tensor | None) -> None:
        """Add the losses ``(B,)`` of some images, and the goodness ``(A, B)`` of their answers.

        With several wrong answers their mean counts; see `neuroff.core.asking.Question` for ``truth``.
        """
        if truth is None:
            self.totals += torch.stack((loss.sum(), *goodness.sum(1))).double()
            return
        right = goodness.gather(0, truth[None]).sum()
        wrong = (goodness.sum() - right) / max(1, goodness.shape[0] - 1)
        self.totals += torch.stack((loss.sum(), right, wrong)).double()


def _as_they_are(neurons: Population) -> Population:
    return neurons


def learn_chunk(
    network: Network,
    losses: Sequence[LayerLoss],
    stimulus: Stimulus,
    question: Question,
    gradients: dict[int, LayerGradient],
    statistics: dict[int, LayerStatistics],
    *,
    images: float,
    depth: int | None = None,
    first_drive: Tensor | None = None,
    rate_penalty: float = 0.0,
    weight: Tensor | None = None,
    credited: Callable[[Population], Population] = _as_they_are,
) -> None:
    """Add one chunk to the gradients and statistics of the layers that learn.

    Args:
        network: the network.
        losses: of each layer.
        stimulus: the chunk's images.
        question: what is presented with them, and which answer is true.
        gradients: of the layers that learn, by index; added to.
        statistics: of the same layers; added to.
        images: number of images of the whole batch, over which the loss is a mean; the sum of their weights
            where they have some.
        depth: layers that are presented, or more where all are heard; those up to the last that learns.
        first_drive: the first layer's drive by these images, where it is known.
        rate_penalty: λ of a further term of the loss, λ times the mean activity of the layer's neurons over
            all presentations. Its gradient is local: the same constant for every neuron.
        weight: ``(B,)``, how much each image counts; all alike if ``None``.
        credited: the neurons whose sensitivity a layer's synapses learn from; the layer's own by default.
    """
    learning = frozenset(gradients)
    heard_by_all = len(network.layers) if network.bus.partners == "all" else 0
    depth = max(heard_by_all, depth or max(learning) + 1)
    candidates, truth = question.candidates, question.truth
    presented = propagate(
        network,
        stimulus,
        candidates,
        depth=depth,
        traced=learning,
        first_drive=first_drive,
        engine=network.engine,
    )
    messages: list[Tensor] = []
    waiting: list[Presentation] = []

    def learn(shown: Presentation) -> None:
        own, index = shown.goodness, shown.index
        joint = coupled(network.bus, index, own, messages, network.layers[index].gamma)
        modulator = weighted(losses[index].modulator(joint.collaborative, truth) / images, weight)
        gradients[index].gamma += joint.of_gamma(modulator)
        penalty = rate_penalty / (len(candidates) * images)
        neurons = credited(network.population_of(index))
        told = joint.of_own(modulator)
        _add_layer(network, shown, neurons, told, stimulus, candidates, gradients[index], penalty)
        lost = weighted(losses[index].value(joint.collaborative, truth), weight)
        statistics[index].add(lost, weighted(own, weight), truth)

    while (shown := next(presented, None)) is not None:
        messages.append(shown.message)
        if shown.index in learning:
            waiting.append(shown)
        del shown
        if heard_by_all and len(messages) < depth:
            continue  # a layer waits for what those above it say; else it learns at once, and is let go of
        while waiting:
            learn(waiting.pop(0))


def weighted(values: Tensor, weight: Tensor | None) -> Tensor:
    """Return values ``(…, B)`` times the weights of their images."""
    return values if weight is None else values * weight


def _add_layer(
    network: Network,
    shown: Presentation,
    population: Population,
    modulator: Tensor,
    stimulus: Stimulus,
    candidates: Tensor,
    gradient: LayerGradient,
    penalty: float,
) -> None:
    response, asking, engine = shown.response, network.asking, network.engine
    synapses = network.layers[shown.index].synapses
    asked = asking.of_layer(shown.index)
    activity_gradient = asked.activity_gradient(network.goodness, response.activity, modulator)
    if penalty:
        activity_gradient = activity_gradient + penalty / response.activity.shape[-1]
    add_neuron_gradient(gradient, response.influence, activity_gradient)
    if shown.pre is None:
        post = engine.sensitivity(population, response, activity_gradient)
        given = engine.synapses(synapses)
        asking.add_gradient(gradient, post, stimulus, candidates, given, network.precision)
    else:
        engine.learn(
            gradient, population, response, activity_gradient, synapses, shown.pre, network.precision
        )
