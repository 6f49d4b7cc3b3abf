"""Class groups on the chip: from spike counts to K broadcast scalars, and learning from one presentation.

With the spikes n_k of class k's neurons in a presentation, and C_k after collaboration (`modulator`):

    G_k = Σ_{i in group k} n_i
    d_k = clip((C_k − C_y + margin) >> slope, 0, 127)   for the R wrong classes of highest C, else 0
    m_y = clip(Σ_k d_k, 0, 127),   m_k = d_k

The true class y's scalar m_y goes to the channel that adds (y2), those of its rivals to the one that takes
away (y3): the gradient of a squared hinge on the margin between y and its rivals, in additions, shifts and
clips. A softmax would need exponentials and a division; the hinge needs a comparison, and says nothing once y
is ahead.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from neuroff.chip.learning.events import LearningEvents, learned, passed
from neuroff.chip.learning.learner import LearnerState, channels, present, write
from neuroff.chip.learning.plan import LearningPlan
from neuroff.chip.numbers import require_between
from neuroff.errors import ConfigError
from neuroff.rng import generator

_MOST = 127


@dataclass(frozen=True)
class GroupModulator:
    """From spike counts to a layer's K scalars.

    Attributes:
        classes: K, a divisor of the layer's neurons.
        margin: spikes by which the true class is to lead.
        slope: in powers of two: a scalar rises by one in 2^slope spikes.
        rivals: R, wrong classes that are told.
        delay: of a message, in steps.
    """

    classes: int
    margin: int
    slope: int = 0
    rivals: int = 1
    delay: int = 0

    def __post_init__(self) -> None:
        require_between(self.classes, 2, 2**15, "classes", "modulator")
        require_between(self.margin, 0, 2**15, "margin", "modulator")
        require_between(self.slope, 0, 16, "slope", "modulator")
        require_between(self.rivals, 1, self.classes - 1, "rivals", "modulator")
        require_between(self.delay, 0, 62, "delay", "modulator")

    @property
    def theta(self) -> int:
        """No threshold: classes are compared with each other."""
        return 0

    @property
    def scalars(self) -> int:
        """Scalars that are broadcast to the layer in a presentation."""
        return self.classes

    def require_groups(self, neurons: int, where: str) -> None:
        """Refuse a layer whose neurons are no whole groups: spikes are counted, not averaged.

        Raises:
            ConfigError: naming widths that are.
        """
        if neurons % self.classes or not neurons:
            near = max(1, round(neurons / self.classes)) * self.classes
            raise ConfigError(
                f"{neurons} neurons for {self.classes} classes",
                where=where,
                expected="groups of one size, such as "
                f"{near} neurons: learning on the chip compares numbers of spikes",
            )

    def text(self) -> str:
        """Return the modulator in the chip's notation."""
        late = f", {self.delay} steps late" if self.delay else ""
        return (
            f"m of the {self.rivals} best wrong classes = "
            f"clip((C_k - C_y + {self.margin}) >> {self.slope}, 0, {_MOST}), of y their sum, "
            f"at most {_MOST}, C from G = Σ n of each class{late}"
        )

    def counted(self, counts: Tensor) -> Tensor:
        """Return G ``(B, K)`` of spike counts ``(B, N)``, int32."""
        return counts.view(counts.shape[0], self.classes, -1).sum(2, dtype=torch.int32)

    def heard(self, spikes: Tensor) -> Tensor:
        """Return the goodness ``(B, K)`` that has arrived at the end, of spikes ``(T, B, N)``."""
        arrived = spikes[: max(spikes.shape[0] - self.delay, 0)]
        return self.counted(arrived.sum(0, dtype=torch.int32))

    def value(self, collaborative: Tensor, positive: Tensor) -> Tensor:
        """Return m ``(B, K)`` in [0, 127].

        Args:
            collaborative: C, ``(B, K)`` int32.
            positive: ``(B, K)`` bool, true at the true class.
        """
        true = collaborative.masked_select(positive)[:, None]
        behind = ((collaborative - true + self.margin) >> self.slope).clamp_(0, _MOST)
        wrong = collaborative.masked_fill(positive, torch.iinfo(torch.int32).min)
        told = torch.zeros_like(positive).scatter_(1, wrong.topk(self.rivals, 1).indices, value=True)
        pushed = behind * told
        return torch.where(positive, pushed.sum(1, keepdim=True).clamp_(max=_MOST), pushed).to(torch.int32)


def learn_groups(
    plan: LearningPlan, state: LearnerState, images: Tensor, labels: Tensor, shared: Tensor | None = None
) -> LearningEvents:
    """Present images once, learn from them and return what that took; ``state`` moves.

    Args:
        plan: the network, its modulators of this module.
        state: weights and γ.
        images: spikes ``(T, B, D)``.
        labels: ``(B,)`` true classes.
        shared: of `present`.
    """
    stream = generator(plan.seed, "chip learning", state.presentations)
    sent = present(plan, state, images, labels[None], shared)
    events = LearningEvents(presentations=len(labels))
    heard = [layer.modulator.heard(own) for layer, own in zip(plan.layers, sent, strict=True)]
    positive = torch.nn.functional.one_hot(labels, plan.images.classes).bool()
    for index, layer in enumerate(plan.layers):
        partner = plan.collaboration.partner(heard, plan.thetas, index)
        collaborative = plan.collaboration.collaborative(heard[index], partner, state.gammas[index])
        modulator = layer.modulator.value(collaborative, positive)
        size = layer.neurons // plan.images.classes
        told, adds = (each.repeat_interleave(size, 1) for each in (modulator, positive))
        before = sent[index - 1] if index else images
        pre = layer.pre.after(before, stream)
        post = channels(layer, sent[index], told, adds, stream)
        write(layer, state.weights[index], pre, post, stream)
        events = events + passed(before, sent[index])
        events = events + learned(before, sent[index], pre, post.values(), plan.scalars)
        if len(plan.layers) > 1:
            state.gammas[index] = plan.collaboration.moved(
                state.gammas[index], modulator, partner, positive, stream
            )
    state.presentations += len(labels)
    return events
