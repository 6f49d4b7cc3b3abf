"""Class groups: every layer has one goodness per class; the image is presented once, as it is.

A layer's N neurons stand in K groups in order, and the goodness of class k is the measure of group k alone:

    G_k = (1/N_k) Σ_{i in group k} a_i            (measure ``linear``; ``mean_squares`` has a_i²)

Where K does not divide N, the first N mod K groups have one neuron more. Nothing stands for a label in the
input, no wrong label is needed, and what a layer broadcasts and hears is K scalars a sample.

Theory: (7).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from neuroff.checks import require_whole
from neuroff.core.asking.protocol import Asking
from neuroff.core.goodness import GoodnessMeasure
from neuroff.errors import ConfigError


@dataclass(frozen=True)
class GroupAsking(Asking):
    """One goodness per class and layer, of a group of neurons each.

    Attributes:
        classes: K, at least two.

    Raises:
        ConfigError: if there are fewer classes.
    """

    classes: int

    def __post_init__(self) -> None:
        require_whole("classes", self.classes, least=2, where="GroupAsking")

    def require_room(self, neurons: int, where: str) -> None:
        """Refuse a layer with fewer neurons than classes."""
        if neurons < self.classes:
            raise ConfigError(
                f"{neurons} neurons for {self.classes} classes",
                where=where,
                expected=f"at least {self.classes}: every class has a group of neurons in every layer",
                fix="make the layer wider, or ask by labels (asking.form=label)",
            )

    def answering(self, neurons: int, answer: int) -> slice:
        """Return the neurons of a class's group."""
        size, larger = divmod(neurons, self.classes)
        start = answer * size + min(answer, larger)
        return slice(start, start + size + (answer < larger))

    def goodness(self, measure: GoodnessMeasure, activity: Tensor, candidates: Tensor) -> Tensor:
        """Return the goodness of every class, ``(K, B)``."""
        groups = [measure.value(block) for block, _ in self._blocks(activity)]
        return (groups[0] if len(groups) == 1 else torch.cat(groups, -1)).T.contiguous()

    def activity_gradient(self, measure: GoodnessMeasure, activity: Tensor, modulator: Tensor) -> Tensor:
        """Return the modulator of each neuron's class times the derivative of the group's goodness."""
        by_sample = modulator.T
        found = []
        for block, classes in self._blocks(activity):
            factors = by_sample[:, classes].reshape(-1)
            gradient = measure.gradient(block.reshape(-1, block.shape[-1]), factors)
            found.append(gradient.view(activity.shape[0], -1))
        return found[0] if len(found) == 1 else torch.cat(found, 1)

    def _blocks(self, activity: Tensor) -> Iterator[tuple[Tensor, slice]]:
        """Yield groups of one size as ``(B, groups, size)``, with the classes they belong to."""
        samples, neurons = activity.shape
        size, larger = divmod(neurons, self.classes)
        edge = larger * (size + 1)
        if larger:
            yield activity[:, :edge].reshape(samples, larger, size + 1), slice(0, larger)
        yield activity[:, edge:].reshape(samples, self.classes - larger, size), slice(larger, self.classes)
