"""What travels between layers: values and one scalar gain per sample.

A dense layer sends its activity ``(B, N)``, a spiking layer its spikes ``(T, B, N)``. Both are divided by the
length of the activity, and that division is one scalar per sample, kept apart from the values: spikes stay
zeros and ones, and nothing the size of the values is computed again. The gain may change from step to step,
where it follows the spikes so far. Where no time axis stands, the same value holds at every step.

The image's first columns carry the class label. All labelled copies of one image differ only there and have
the same length, so the label too is kept apart (`LabelledSignal`): a layer multiplies the image by its
weights once and adds one weight column per label.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Signal:
    """Values and their gain.

    Attributes:
        values: ``(B, D)`` constant over time, or ``(T, B, D)``.
        gain: ``(B,)`` or ``(T, B)`` factor of every value of a sample, or ``None`` where it is already in the
            values.
    """

    values: Tensor
    gain: Tensor | None = None


@dataclass(frozen=True)
class LabelledSignal:
    """An image signal whose label columns are empty, and what a label puts there.

    Attributes:
        image: the signal without a label; its first ``classes`` columns are zero.
        label: ``(B,)`` or ``(T, B)``, what the column of the presented class carries, gain included.
        classes: number of label columns.
    """

    image: Signal
    label: Tensor
    classes: int

    @property
    def samples(self) -> int:
        """Number of samples B."""
        return self.image.values.shape[-2]

    def rows(self, index: slice | Tensor) -> LabelledSignal:
        """Return the samples that ``index`` selects."""
        gain = None if self.image.gain is None else self.image.gain[..., index]
        image = Signal(self.image.values[..., index, :], gain)
        return LabelledSignal(image, self.label[..., index], self.classes)


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


def drive(signal: Signal, weight: Tensor, bias: Tensor, precision: torch.dtype) -> Tensor:
    """Return the input of each neuron, ``gain · (values Wᵀ) + b``.

    Args:
        signal: values ``(…, B, D)``.
        weight: ``(N, D)``.
        bias: ``(N,)``.
        precision: see `product`.

    Returns:
        ``(…, B, N)``, owned by the caller.
    """
    weighted = product(signal.values, weight.T, precision)
    if signal.gain is not None:
        weighted.mul_(signal.gain[..., None])
    return weighted.add_(bias)


def add_labels(image_drive: Tensor, signal: LabelledSignal, labels: Tensor, weight: Tensor) -> Tensor:
    """Add the weight columns of K labels to the drive of the images.

    Args:
        image_drive: ``(…, B, N)``, the drive of the images without a label.
        signal: the images' signal; its ``label`` says how strong a label column is driven.
        labels: ``(K, B)`` class numbers.
        weight: ``(N, D)``; its first columns belong to the labels.

    Returns:
        ``(…, K·B, N)``, sample b under its k-th label at row ``k·B + b``.
    """
    columns = weight[:, : signal.classes].T.contiguous()
    copies, samples = labels.shape
    if image_drive.ndim == 2:
        slots = label_slots(signal, labels, image_drive.dtype)
        labelled = image_drive.new_empty(copies, samples, image_drive.shape[-1])
        for k in range(copies):
            torch.addmm(image_drive, slots[k], columns, out=labelled[k])
        return labelled.flatten(0, 1)
    chosen = columns[labels]  # (K, B, N)
    labelled_drive = image_drive[:, None] + signal.label[:, None, :, None] * chosen
    return labelled_drive.reshape(image_drive.shape[0], copies * samples, -1)


def label_slots(signal: LabelledSignal, labels: Tensor, dtype: torch.dtype) -> Tensor:
    """Return what the label columns of constant signals hold, ``(K, B, classes)``."""
    slots = torch.zeros(*labels.shape, signal.classes, dtype=dtype, device=labels.device)
    strength = signal.label.to(dtype).expand(labels.shape)
    return slots.scatter_(-1, labels[..., None], strength[..., None])
