"""Wrong labels: which ones negative data carries."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

NegativeLabels = Literal["fixed", "redrawn", "permuted", "hard"]
DrawnBy = Literal["stage", "layer"]


def wrong_labels(labels: Tensor, classes: int, generator: torch.Generator) -> Tensor:
    """Draw for every sample a class that is not its own, all wrong classes alike.

    Args:
        labels: ``(B,)`` true classes.
        classes: number of classes, at least two.
        generator: source of randomness, on the CPU.

    Returns:
        ``(B,)``, on the device of ``labels``; never equal to ``labels``.
    """
    shift = torch.randint(1, classes, labels.shape, generator=generator).to(labels.device)
    return (labels + shift) % classes


def permuted_labels(labels: Tensor, generator: torch.Generator) -> Tensor:
    """Return the labels in another order, as the best-known public code does; about a tenth stay true."""
    order = torch.randperm(labels.shape[0], generator=generator)
    return labels[order.to(labels.device)]


def hard_labels(scores: Tensor, labels: Tensor, hardness: float, generator: torch.Generator) -> Tensor:
    """Draw for every sample a wrong class, the likelier the better the network thinks it fits.

    The odds of class k are exp(hardness · score_k): with hardness 0 all wrong classes are alike, with a large
    one it is the best-fitting of them. Hinton (arXiv 2212.13345, section 3.3) draws negative labels so.

    Args:
        scores: ``(classes, B)``; −∞ where a class is out of the question.
        labels: ``(B,)`` true classes.
        hardness: see above.
        generator: source of randomness, on the CPU.

    Returns:
        ``(B,)``, on the device of ``labels``; never equal to ``labels``.
    """
    uniform = torch.rand(scores.shape, generator=generator, dtype=torch.float64).to(scores.device)
    gumbel = -torch.log(-torch.log(uniform.clamp(1e-300, 1 - 1e-16)))
    # Out of the question stays so where hardness is 0 too.
    fits = (hardness * scores.double()).masked_fill_(scores.isneginf(), float("-inf"))
    noisy = fits + gumbel
    return noisy.scatter_(0, labels[None], float("-inf")).argmax(0)
