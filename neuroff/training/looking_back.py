"""The online rules, looking back over a chunk's spikes instead of going step by step.

An engine whose spikes are bytes keeps those of a chunk: quicker than advancing all layers together, twice
where the modulator comes at the end. What traces shared by all neurons would have credited is what the batch
rule gives of neurons whose gradient passes resets and refractory steps (`neuroff.core.eligibility.uncut`), so
with a modulator at the end that rule is called with them. One at every step is a factor of that step's slope.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from neuroff.core.asking import Question
from neuroff.core.collaboration import BusMemory
from neuroff.core.coupling import Coupled, coupled
from neuroff.core.eligibility import uncut
from neuroff.core.lockstep import runs_in_lockstep
from neuroff.core.loss import LayerLoss
from neuroff.core.network import Network, Presentation, goodness_so_far, propagate
from neuroff.core.readout import running_activity
from neuroff.core.rules import LayerGradient
from neuroff.core.signal import Stimulus
from neuroff.training.step import LayerStatistics, weighted


def looks_back(network: Network, *, each_step: bool) -> bool:
    """Whether a network can be learned from by looking back, and its engine gains by it.

    Args:
        network: the network.
        each_step: whether a modulator comes at every step; then influences of learned numbers, and activities
            that forget, would have to be kept for every step.
    """
    if not (network.engine.looks_back and runs_in_lockstep(network)):
        return False
    return not (each_step and (network.trace_decay != 1.0 or any(layer.neuron for layer in network.layers)))


def learn_chunk_at_steps(
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
    weight: Tensor | None = None,
) -> None:
    """Learn from a modulator at every step; arguments as `neuroff.training.step.learn_chunk` has them."""
    heard_by_all = len(network.layers) if network.bus.partners == "all" else 0
    depth = max(heard_by_all, depth or max(gradients) + 1)
    candidates, truth, steps = question.candidates, question.truth, network.population.steps
    shown = list(
        propagate(
            network,
            stimulus,
            candidates,
            depth=depth,
            traced=frozenset(gradients),
            first_drive=first_drive,
            engine=network.engine,
            over_time=True,
        )
    )
    goodness = [goodness_so_far(network, each.index, each.response, candidates) for each in shown]
    memories = [BusMemory(network.bus) for _ in shown]

    def joint(index: int, own: Tensor, heard: Sequence[Tensor]) -> Coupled:
        return coupled(network.bus, index, own, heard, network.layers[index].gamma)

    told: dict[int, list[Tensor]] = {index: [] for index in gradients}
    for now in zip(*goodness, strict=True):
        heard = [memory.hear(own) for memory, own in zip(memories, now, strict=True)]
        for index, gradient in gradients.items():
            coupling = joint(index, now[index], heard)
            modulator = losses[index].modulator(coupling.collaborative, truth) / (images * steps)
            modulator = weighted(modulator, weight)
            gradient.gamma += coupling.of_gamma(modulator)
            told[index].append(coupling.of_own(modulator))
    used = [memory.used() for memory in memories]
    for index, gradient in gradients.items():
        own = goodness[index][-1]
        lost = losses[index].value(joint(index, own, used).collaborative, truth)
        statistics[index].add(weighted(lost, weight), weighted(own, weight), truth)
        _credit(network, shown[index], told[index], stimulus, candidates, gradient)


def _credit(
    network: Network,
    shown: Presentation,
    told: Sequence[Tensor],
    stimulus: Stimulus,
    candidates: Tensor,
    gradient: LayerGradient,
) -> None:
    """Add one layer's gradient; ``told`` ``(A, B)`` are ∂L/∂G of every step."""
    response, asking, engine = shown.response, network.asking, network.engine
    if response.trace is None:
        raise ValueError("a layer learns from a traced response")
    so_far = running_activity(response.output, network.trace_decay)
    asked = asking.of_layer(shown.index)
    for slope, activity, modulator in zip(response.trace, so_far, told, strict=True):
        slope.mul_(asked.activity_gradient(network.goodness, activity, modulator))
    whole = torch.full_like(response.activity, network.population.steps)  # every step counts once
    population, synapses = network.population_of(shown.index), network.layers[shown.index].synapses
    if shown.pre is not None:
        engine.learn(gradient, uncut(population), response, whole, synapses, shown.pre, network.precision)
        return
    constant = stimulus.image.values.ndim == 2
    # The trace of a constant input is a neuron's own, and knows its resets.
    post = engine.sensitivity(population if constant else uncut(population), response, whole)
    post = post.sum(0) if constant else post
    given = engine.synapses(synapses)
    asking.add_gradient(gradient, post, stimulus, candidates, given, network.precision)
