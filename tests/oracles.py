"""Independent ways to the same numbers: automatic differentiation, one layer at a time, no factoring."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from neuroff.core.collaboration import Bus
from neuroff.core.goodness import Goodness
from neuroff.core.network import Network
from neuroff.core.neurons import LIF
from neuroff.core.neurons.surrogate import surrogate_derivative
from tests.narrow import as_a


def overlaid(images: Tensor, labels: Tensor, classes: int, amplitude: float) -> Tensor:
    """Write one label into each image: the copy that neuroff never makes."""
    written = images.clone()
    written[:, :classes] = 0
    written[torch.arange(images.shape[0]), labels] = amplitude
    return written


def normalised(values: Tensor, rates: Tensor, target: float, epsilon: float) -> Tensor:
    gain: Tensor = target / (rates.norm(dim=-1) + epsilon)
    return values * gain[:, None]


def goodness_of(activity: Tensor, name: str, scale: float) -> Tensor:
    if name == "linear":
        return scale * activity.mean(1)
    squares = activity.pow(2)
    if name == "mean_squares":
        return scale * squares.mean(1)
    return scale * squares.sum(1) * (1 if name == "sum_squares" else -1)


class SurrogateSpike(torch.autograd.Function):
    """A step forward, a surrogate derivative backward."""

    @staticmethod
    def forward(
        ctx: Any,
        distance: torch.Tensor,
        name: str,
        steepness: float,
    ) -> torch.Tensor:
        ctx.save_for_backward(distance)
        ctx.name, ctx.steepness = name, steepness
        return (distance >= 0).to(distance.dtype)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        (distance,) = ctx.saved_tensors
        return gradient * surrogate_derivative(distance, ctx.name, ctx.steepness), None, None


def lif_through_time(current: Tensor, lif: LIF) -> Tensor:
    """Spikes (T, B, N) of a spiking layer whose gradient autograd carries through time, reset detached.

    Refractory steps are counted from the spikes so far; β, α and the threshold may carry a gradient.
    """
    potential = torch.zeros_like(current[0])
    synaptic = torch.zeros_like(current[0])
    spikes: list[Tensor] = []
    for t, step in enumerate(current):
        synaptic = lif.alpha * synaptic + step
        moved = lif.beta * potential + synaptic
        waits = torch.zeros_like(step, dtype=torch.bool)
        for earlier in spikes[max(0, t - lif.refractory) :] if lif.refractory else ():
            waits = waits | (earlier.detach() > 0)
        moved = torch.where(waits, potential, moved)
        spike = SurrogateSpike.apply(moved - lif.threshold, lif.surrogate, lif.steepness)  # type: ignore[no-untyped-call]
        spike = torch.where(waits, torch.zeros_like(spike), spike)
        spikes.append(spike)
        after_spike = moved - lif.threshold if lif.reset == "subtract" else torch.zeros_like(moved)
        potential = torch.where(spike.detach() > 0, after_spike, moved)
    return torch.stack(spikes)


def activity_through_time(spikes: Tensor, decay: float) -> Tensor:
    """Activity of spikes (T, B, N) written as a weighted mean: late spikes count more where λ < 1."""
    weights = torch.tensor([decay ** (len(spikes) - 1 - t) for t in range(len(spikes))], dtype=spikes.dtype)
    return (weights[:, None, None] * spikes).sum(0) / weights.sum()


def so_far(spikes: Tensor, decay: float) -> Tensor:
    """Activity (T, B, N) after every step, of the spikes up to it."""
    return torch.stack([activity_through_time(spikes[: t + 1], decay) for t in range(len(spikes))])


def sent_on(output: Tensor, activity: Tensor, network: Network) -> Tensor:
    """What the next layer receives of a layer's output, gain included."""
    if network.gain == "constant":
        return network.constant_gain * output
    target, epsilon = network.target_length(activity.shape[-1]), network.epsilon
    if network.gain == "online" and output.ndim == 3:
        running = so_far(output, network.trace_decay)
        return torch.stack(
            [normalised(now, rates, target, epsilon) for now, rates in zip(output, running, strict=True)]
        )
    return normalised(output, activity, target, epsilon)


def rounded(value: Tensor, bus: Bus) -> Tensor:
    """The nearest of the bus's 2ᵏ messages, by search."""
    if bus.bits is None:
        return value
    low, high = bus.span
    levels = torch.linspace(low, high, 2**bus.bits, dtype=value.dtype)
    return levels[(value[..., None] - levels).abs().argmin(-1)]


def heard_of(output: Tensor, goodness: Tensor, network: Network, name: str) -> Tensor:
    """What partners hear of a layer in one presentation, (B,): late, rounded, at the end or on average."""
    bus = network.bus
    if output.ndim == 2 or (bus.timing == "presentation" and not bus.delay):
        return rounded(goodness, bus)
    running = [
        goodness_of(rates, name, as_a(Goodness, network.goodness).scale)
        for rates in so_far(output, network.trace_decay)
    ]
    neutral = torch.full_like(goodness, bus.centre)
    messages = [
        rounded(running[t - bus.delay], bus) if t >= bus.delay else neutral for t in range(len(running))
    ]
    return (
        messages[-1]
        if bus.timing == "presentation"
        else sum(messages, torch.zeros_like(neutral)) / len(messages)
    )
