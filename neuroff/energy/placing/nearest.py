"""The nearest setting with which a network would fit a device that is too small for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from neuroff.energy.placing.placement import place
from neuroff.energy.profile.schema import Profile
from neuroff.energy.work import LayerWork, NetworkWork

_OF_PLANES: Final = "network.layers with fewer channels, a larger stride or pool"
Fits = Callable[[int], bool]


def nearest_fit(work: NetworkWork, profile: Profile, weight_bit: int) -> str:
    """Return in words what would fit: narrower layers, or fewer inputs; as many as the device takes.

    Widths shrink together, by one factor; the number of inputs stays, as long as any width fits with it.

    Args:
        work: the network; its sizes are looked at.
        profile: a device that it does not fit.
        weight_bit: bits of a stored weight.

    Returns:
        The setting, empty if nothing of these helps. Convolutions have channels and no widths: what makes
        them smaller is said, without a number.
    """
    limits = profile.limits
    if limits is not None and limits.weight_max_bit is not None and limits.weight_max_bit < weight_bit:
        return ""
    if any(layer.weights is not None for layer in work.layers):
        return _OF_PLANES
    inputs = work.layers[0].inputs
    widest = max(layer.neurons for layer in work.layers)
    width = _largest(widest, lambda most: _fits(work, profile, weight_bit, inputs, most / widest))
    if width:
        return f"widths={','.join(map(str, _widths(work, width / widest)))}"
    few = _largest(inputs, lambda most: _fits(work, profile, weight_bit, most, 1 / widest))
    if not few:
        return ""
    width = _largest(widest, lambda most: _fits(work, profile, weight_bit, few, most / widest))
    return f"{few} inputs, widths={','.join(map(str, _widths(work, width / widest)))}"


def _largest(most: int, fits: Fits) -> int:
    """Return the largest whole number up to ``most`` that fits, 0 if not even 1 does."""
    low, high = 0, most + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def _widths(work: NetworkWork, factor: float) -> list[int]:
    return [max(1, int(layer.neurons * factor + 1e-9)) for layer in work.layers]


def _fits(work: NetworkWork, profile: Profile, weight_bit: int, inputs: int, factor: float) -> bool:
    sizes = [inputs, *_widths(work, factor)]
    layers = tuple(
        LayerWork(layer.name, before, neurons, before * neurons)
        for layer, before, neurons in zip(work.layers, sizes, sizes[1:], strict=False)
    )
    smaller = replace(work, layers=layers, arrows=None, outside=None)
    return place(smaller, profile, weight_bit=weight_bit).fits
