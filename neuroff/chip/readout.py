"""How a class is read from spike counts, in whole numbers, after a presentation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from neuroff.errors import ExportError

MAX_CLASSES = 2**15


@dataclass(frozen=True, eq=False)
class Readout:
    """Scores of classes: every neuron's spikes count for one class, so much each.

    Attributes:
        classes: K.
        answers: of every layer, ``(N,)`` int32: the class that a neuron counts for.
        shares: of every layer, ``(N,)`` int32: what a spike is worth; 0 in layers that are not read.

    Raises:
        ExportError: if a number is out of range.
    """

    classes: int
    answers: tuple[Tensor, ...]
    shares: tuple[Tensor, ...]

    def __post_init__(self) -> None:
        if not 2 <= self.classes <= MAX_CLASSES:
            raise ExportError(f"{self.classes} classes", where="read-out", expected=f"2 to {MAX_CLASSES}")
        for answers, shares in zip(self.answers, self.shares, strict=True):
            if answers.shape != shares.shape or answers.ndim != 1:
                raise ExportError(
                    f"{tuple(answers.shape)} classes and {tuple(shares.shape)} shares",
                    where="read-out",
                    expected="one of each for every neuron",
                )
            if answers.numel() and not 0 <= int(answers.min()) <= int(answers.max()) < self.classes:
                raise ExportError("a class that there is not", where="read-out", expected="0 to K − 1")
            if bool((shares.abs() > 2**15).any()):
                raise ExportError("a share beyond 16 bits", where="read-out", expected="small whole numbers")

    def scores(self, counts: Sequence[Tensor]) -> Tensor:
        """Return the scores ``(K, B)`` int64 of every layer's spike counts, ``(B, N)`` each."""
        total = torch.zeros(self.classes, counts[0].shape[0], dtype=torch.int64)
        for answers, shares, counted in zip(self.answers, self.shares, counts, strict=True):
            total.index_add_(0, answers.long(), (counted.long() * shares.long()).T)
        return total


def readout_of(weights: dict[int, Tensor], widths: Sequence[int]) -> Readout | None:
    """Return the read-out of whole-numbered weights, or None where a neuron counts for several classes.

    Args:
        weights: of the layers that are read, ``(K, N)`` by index.
        widths: neurons of every layer.
    """
    classes = next(iter(weights.values())).shape[0]
    answers, shares = [], []
    for index, width in enumerate(widths):
        weight = weights.get(index, torch.zeros(classes, width, dtype=torch.float64))
        if not torch.equal(weight, weight.round()) or bool((weight.ne(0).sum(0) > 1).any()):
            return None
        answers.append(weight.abs().argmax(0).to(torch.int32))
        shares.append(weight.sum(0).to(torch.int32))
    return Readout(classes, tuple(answers), tuple(shares))
