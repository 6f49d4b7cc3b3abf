"""What travels between layers: values and one scalar gain per sample.

A dense layer sends its activity ``(B, N)``, a spiking layer its spikes ``(T, B, N)``. Both are divided by the
length of the activity, and that division is one scalar per sample, kept apart from the values: spikes stay
zeros and ones, and nothing the size of the values is computed again. The gain may change from step to step,
where it follows the spikes so far. Where no time axis stands, the same value holds at every step.

What images send before a class is asked about is a `Stimulus`; how a class is asked is `neuroff.core.asking`.

Theory: (1), (5).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from neuroff.shown import Shown


@dataclass(frozen=True)
class Rectified:
    """What values of P presentations of B images are made of: ``max(0, base_b + strength_b · columns_c)``.

    Attributes:
        base: ``(B, D)``.
        columns: ``(K, D)``, of every candidate.
        strength: ``(B,)``.
        candidates: ``(P, B)``.
    """

    base: Tensor
    columns: Tensor
    strength: Tensor
    candidates: Tensor


@dataclass(frozen=True, repr=False)
class Signal(Shown):
    """Values and their gain.

    Attributes:
        values: ``(B, D)`` constant over time, or ``(T, B, D)``.
        gain: ``(B,)`` or ``(T, B)`` factor of every value of a sample, or ``None`` where it is already in the
            values.
        rectified: what values ``(P·B, D)`` are made of, where that is known: products may use it.
    """

    values: Tensor
    gain: Tensor | None = None
    rectified: Rectified | None = None


@dataclass(frozen=True, repr=False)
class Stimulus(Shown):
    """What images send to the first layer, before they are asked about.

    Attributes:
        image: the images' signal; inputs that the asking keeps for itself are zero.
        label: ``(B,)`` or ``(T, B)``, what an input that stands for a class carries when it is asked about,
            gain included; zero where the asking has no such inputs.
    """

    image: Signal
    label: Tensor

    @property
    def samples(self) -> int:
        """Number of samples B."""
        return self.image.values.shape[-2]

    def rows(self, index: slice | Tensor) -> Stimulus:
        """Return the samples that ``index`` selects."""
        gain = None if self.image.gain is None else self.image.gain[..., index]
        return Stimulus(Signal(self.image.values[..., index, :], gain), self.label[..., index])

    def at(self, step: int) -> Stimulus:
        """Return one step of a stimulus over time."""
        return Stimulus(Signal(self.image.values[step], self.image.gain), self.label[step])


def unit_gain(activity: Tensor, target_length: float, epsilon: float) -> Tensor:
    """Return the gain that brings each sample to a given Euclidean length.

    Args:
        activity: ``(…, B, N)``.
        target_length: length after the gain: 1, or √N for a mean square of one.
        epsilon: added to the length, so that a silent sample stays finite.

    Returns:
        ``(…, B)`` gains ``target_length / (‖a‖₂ + ε)``.
    """
    gain: Tensor = target_length / (torch.linalg.vector_norm(activity, dim=-1) + epsilon)
    return gain


def carried_type(precision: torch.dtype) -> torch.dtype:
    """Return the type of what a product returns, and so of parameters and activities."""
    return torch.float64 if precision == torch.float64 else torch.float32


def product(left: Tensor, right: Tensor, precision: torch.dtype) -> Tensor:
    """Multiply two matrices in ``precision`` and return the result in the wider of both types.

    Args:
        left: ``(…, A, K)``.
        right: ``(K, C)``.
        precision: type both are rounded to before the product, which accumulates in float32 or wider.

    Returns:
        ``(…, A, C)`` in float32, or float64 if that is the precision.
    """
    result = left.to(precision) @ right.to(precision)
    return result.float() if precision == torch.bfloat16 else result
