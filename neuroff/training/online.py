"""One chunk of images learned while the spikes run: memory that does not grow with the number of steps.

``online_end`` hears the modulator when the presentation ends. A chip keeps a tag per synapse until then
(`neuroff.core.eligibility`); for a batch of samples those tags would be as many weight matrices. So the
presentation is run twice: the first time for its modulators, the second time, the same to the bit, to add up
the updates. Loops over spikes look back instead (`neuroff.training.looking_back`).
``online_step`` hears a modulator at every step and needs one run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Literal

from torch import Tensor

from neuroff.core.asking import Question
from neuroff.core.collaboration import BusMemory
from neuroff.core.coupling import Coupled, coupled
from neuroff.core.eligibility import uncut
from neuroff.core.lockstep import Moment, lockstep
from neuroff.core.loss import LayerLoss
from neuroff.core.network import Network
from neuroff.core.plan import Plan
from neuroff.core.readout import step_weights
from neuroff.core.rules import LayerGradient, add_gradient, add_neuron_gradient
from neuroff.core.signal import Stimulus
from neuroff.training.looking_back import learn_chunk_at_steps, looks_back
from neuroff.training.step import LayerStatistics, learn_chunk, weighted


class _Sums:
    """The gradients of a chunk in the making; what meets a constant input waits for the last step."""

    def __init__(
        self,
        network: Network,
        stimulus: Stimulus,
        candidates: Tensor,
        gradients: dict[int, LayerGradient],
    ) -> None:
        self._network, self._stimulus, self._candidates = network, stimulus, candidates
        self._gradients = gradients
        self._waiting: Tensor | None = None

    def add(self, moment: Moment, activity_gradient: Tensor) -> None:
        """Add one layer's step; ``activity_gradient`` is ``(K·B, N)``, share of the step included."""
        factors, precision = moment.factors, self._network.precision
        if factors is None:
            raise ValueError("a layer learns from the factors of a traced run")
        gradient = self._gradients[moment.index]
        add_neuron_gradient(gradient, factors.influence, activity_gradient)
        post = factors.post * activity_gradient
        if factors.pre is None:
            self._waiting = post if self._waiting is None else self._waiting.add_(post)
        elif isinstance(factors.pre, Stimulus):
            self._add_first(gradient, post, factors.pre, factors.bias_trace)
        else:
            add_gradient(
                gradient, post, factors.pre, factors.synapses, precision, bias_trace=factors.bias_trace
            )

    def close(self) -> None:
        """Multiply what waited with the constant input."""
        if self._waiting is not None:
            self._add_first(self._gradients[0], self._waiting, self._stimulus, None)

    def _add_first(
        self, gradient: LayerGradient, post: Tensor, pre: Stimulus, bias_trace: Tensor | None
    ) -> None:
        network = self._network
        network.asking.add_gradient(
            gradient, post, pre, self._candidates, network.layers[0].synapses, network.precision, bias_trace
        )


def learn_chunk_online(
    network: Network,
    losses: Sequence[LayerLoss],
    stimulus: Stimulus,
    question: Question,
    gradients: dict[int, LayerGradient],
    statistics: dict[int, LayerStatistics],
    *,
    images: float,
    depth: int | None = None,
    modulator: Literal["end", "step"],
    first_drive: Tensor | None = None,
    weight: Tensor | None = None,
) -> None:
    """Add one chunk to the gradients and statistics of the layers that learn.

    Args:
        network: the network; see `neuroff.core.lockstep.lockstep`.
        losses: of each layer.
        stimulus: the chunk's images.
        question: what is presented with them, and which answer is true.
        gradients: of the layers that learn, by index; added to.
        statistics: of the same layers; added to.
        images: number of images of the whole batch, over which the loss is a mean.
        modulator: when it arrives.
        depth: layers that are presented, or more where all are heard; those up to the last that learns.
        first_drive: the first layer's drive by these images, where it is known.
        weight: ``(B,)``, how much each image counts; all alike if ``None``.
    """
    learning = frozenset(gradients)
    heard_by_all = len(network.layers) if network.bus.partners == "all" else 0
    depth = max(heard_by_all, depth or max(learning) + 1)
    steps, each_step = network.population.steps, modulator == "step"
    candidates, truth = question.candidates, question.truth
    sums = _Sums(network, stimulus, candidates, gradients)
    memories = [BusMemory(network.bus) for _ in range(depth)]

    def present(traced: frozenset[int]) -> Iterator[list[Moment]]:
        return lockstep(network, stimulus, candidates, depth=depth, traced=traced, first_drive=first_drive)

    def joint(index: int, moments: Sequence[Moment], heard: Sequence[Tensor]) -> Coupled:
        return coupled(network.bus, index, moments[index].goodness, heard, network.layers[index].gamma)

    def modulated(index: int, moments: Sequence[Moment], heard: Sequence[Tensor], share: float) -> Tensor:
        """Return ∂L/∂a ``(K·B, N)`` at the activity so far, and move the sum of γ's gradient."""
        now = joint(index, moments, heard)
        factor = weighted(losses[index].modulator(now.collaborative, truth) / share, weight)
        gradients[index].gamma += now.of_gamma(factor)
        told = now.of_own(factor)
        asked = network.asking.of_layer(index)
        return asked.activity_gradient(network.goodness, moments[index].activity, told)

    moments: Sequence[Moment] = ()
    for moments in present(learning if each_step else frozenset()):
        heard = [memory.hear(moment.goodness) for memory, moment in zip(memories, moments, strict=True)]
        if each_step:
            for index in learning:
                sums.add(moments[index], modulated(index, moments, heard, images * steps))
    used = [memory.used() for memory in memories]
    for index in learning:
        value = joint(index, moments, used).collaborative
        goodness = weighted(moments[index].goodness, weight)
        lost = losses[index].value(value, truth)
        statistics[index].add(weighted(lost, weight), goodness, truth)
    if not each_step:
        final = {index: modulated(index, moments, used, images) for index in learning}
        weights = step_weights(steps, network.trace_decay)
        for step_weight, moments in zip(weights, present(learning), strict=True):
            for index in learning:
                sums.add(moments[index], final[index] * (step_weight / steps))
    sums.close()


def learner(plan: Plan) -> Callable[..., None]:
    """Return what learns a chunk by a plan's rule: `learn_chunk`, or its counterpart for it."""
    if plan.rule == "batch":
        return partial(learn_chunk, rate_penalty=plan.rate_penalty)
    return partial(_learn_online, modulator="end" if plan.rule == "online_end" else "step")


def _learn_online(network: Network, *given: Any, modulator: Literal["end", "step"], **options: Any) -> None:
    """Learn while the spikes run, or look back over them where that is quicker and credits the same."""
    if not looks_back(network, each_step=modulator == "step"):
        learn_chunk_online(network, *given, modulator=modulator, **options)
    elif modulator == "step":
        learn_chunk_at_steps(network, *given, **options)
    else:
        learn_chunk(network, *given, credited=uncut, **options)
