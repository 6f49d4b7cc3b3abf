"""Independent ways to the same numbers: automatic differentiation, one layer at a time, no factoring."""

from __future__ import annotations

import torch
from torch import Tensor

from neuroff.surrogate import surrogate_derivative


def overlaid(images: Tensor, labels: Tensor, classes: int, amplitude: float) -> Tensor:
    """Write one label into each image: the copy that neuroff never makes."""
    written = images.clone()
    written[:, :classes] = 0
    written[torch.arange(images.shape[0]), labels] = amplitude
    return written


def normalised(values: Tensor, rates: Tensor, target: float, epsilon: float) -> Tensor:
    return values * (target / (rates.norm(dim=-1) + epsilon))[:, None]


def goodness_of(activity: Tensor, name: str, scale: float) -> Tensor:
    squares = activity.pow(2)
    if name == "mean_squares":
        return scale * squares.mean(1)
    return scale * squares.sum(1) * (1 if name == "sum_squares" else -1)


class SurrogateSpike(torch.autograd.Function):
    """A step forward, a surrogate derivative backward."""

    @staticmethod
    def forward(ctx, distance, name, steepness):
        ctx.save_for_backward(distance)
        ctx.name, ctx.steepness = name, steepness
        return (distance >= 0).to(distance.dtype)

    @staticmethod
    def backward(ctx, gradient):
        (distance,) = ctx.saved_tensors
        return gradient * surrogate_derivative(distance, ctx.name, ctx.steepness), None, None


def lif_through_time(current: Tensor, lif) -> Tensor:
    """Spikes (T, B, N) of a LIF layer whose gradient autograd carries through time, reset detached."""
    potential = torch.zeros_like(current[0])
    spikes = []
    for step in current:
        potential = lif.beta * potential + step
        spike = SurrogateSpike.apply(potential - lif.threshold, lif.surrogate, lif.steepness)
        spikes.append(spike)
        after_spike = potential - lif.threshold if lif.reset == "subtract" else torch.zeros_like(potential)
        potential = torch.where(spike.detach() > 0, after_spike, potential)
    return torch.stack(spikes)
