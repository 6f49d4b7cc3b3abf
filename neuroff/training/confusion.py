"""Which class is taken for which: what accuracy alone does not tell where classes are not balanced."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from neuroff.errors import ShapeError


@dataclass(frozen=True, eq=False)
class Confusion:
    """How often each class was predicted for each.

    Attributes:
        counts: ``(C, C)`` int64: true classes in rows, predicted ones in columns.
    """

    counts: Tensor

    @property
    def accuracy(self) -> float:
        """Share of right answers."""
        return int(self.counts.diagonal().sum()) / int(self.counts.sum())

    @property
    def recall(self) -> Tensor:
        """Share of each true class that was predicted as such, ``(C,)``; NaN where there are no rows."""
        return self.counts.diagonal().double() / self.counts.sum(1)

    @property
    def precision(self) -> Tensor:
        """Share of each predicted class that is it, ``(C,)``; NaN where none was predicted."""
        return self.counts.diagonal().double() / self.counts.sum(0)

    @property
    def balanced_accuracy(self) -> float:
        """Mean recall of the classes that there are (Brodersen et al., ICPR 2010)."""
        return float(self.recall.nanmean())

    def mistaken(self, most: int) -> list[tuple[int, int, int]]:
        """Return the most frequent mistakes as true class, predicted class and how often."""
        counts = self.counts.clone().fill_diagonal_(0)
        columns = counts.shape[1]
        order = counts.flatten().argsort(descending=True, stable=True)[:most].tolist()
        found = [(at // columns, at % columns, int(counts[at // columns, at % columns])) for at in order]
        return [each for each in found if each[2]]

    def to_json(self) -> dict[str, Any]:
        """Return counts, recall and precision; null where a class never occurs."""
        return {
            "counts": self.counts.tolist(),
            "recall": _shares(self.recall),
            "precision": _shares(self.precision),
            "balanced_accuracy": self.balanced_accuracy,
        }


def confusion(predicted: Tensor, labels: Tensor, classes: int) -> Confusion:
    """Count which class was predicted for which.

    Args:
        predicted: ``(B,)`` classes.
        labels: ``(B,)`` true ones.
        classes: how many there are.

    Raises:
        ShapeError: if there is not one prediction a label.
    """
    if predicted.shape != labels.shape or predicted.ndim != 1 or not len(labels):
        raise ShapeError(
            f"{tuple(predicted.shape)} predictions of {tuple(labels.shape)} labels",
            where="confusion",
            expected="(B,) of each, at least one",
        )
    places = labels.cpu().long() * classes + predicted.cpu().long()
    return Confusion(torch.bincount(places, minlength=classes**2).reshape(classes, classes))


def _shares(values: Tensor) -> list[float | None]:
    return [None if math.isnan(value) else value for value in values.tolist()]
