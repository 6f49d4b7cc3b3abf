"""Units: what one of the chip's integers is worth in the trained network.

A layer's drive is W x + b. With x = payload unit · X for integers X (spikes, or payloads of graded spikes),
W = weight unit · W_int, and the chip's current u = 2⁶ · 2^exponent · W_int X,

    u = S · W x,     S = 2⁶ · 2^exponent / (weight unit · payload unit).

S also turns the threshold and the bias into integers. A fixed gain of the input is a factor of W, so it
changes the unit and costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from neuroff.chip.neurons import MAX_BIAS_EXPONENT, MAX_BIAS_MANTISSA, MAX_THRESHOLD
from neuroff.chip.numbers import ALIGN_BITS, STATE_LIMIT
from neuroff.chip.synapses import MAX_PAYLOAD_BITS, weight_range, weight_step
from neuroff.chip.windows import share
from neuroff.core.network import Layer
from neuroff.errors import ExportError

LEAST_EXPONENT = -8
HEADROOM = 2.0
"""The current may grow to this multiple of the largest one seen before it wraps."""
_CLIPS = tuple(1.0 - 0.05 * index for index in range(17))
"""Shares of the largest weight that are tried as the largest weight on the chip."""


@dataclass(frozen=True)
class LayerScale:
    """Units of one layer.

    Attributes:
        weight_unit: what an integer weight of 1 is worth.
        exponent: of the layer's sums.
        bits: of a weight.
        payload_unit: what a payload of 1 is worth; 1 for spikes.
        payload_bits: of a graded spike; 0 for spikes.
    """

    weight_unit: float
    exponent: int
    bits: int
    payload_unit: float = 1.0
    payload_bits: int = 0

    @property
    def state_unit(self) -> float:
        """S: integer units of current and potential per unit of drive."""
        return 2.0 ** (ALIGN_BITS + self.exponent) / (self.weight_unit * self.payload_unit)

    def integer_weight(self, weight: Tensor) -> Tensor:
        """Return the nearest weights the chip can hold, int32."""
        step = weight_step(self.bits, "mixed")
        low, high = weight_range(self.bits, "mixed")
        levels = torch.round(weight.double() / (self.weight_unit * step)).mul_(step)
        return levels.clamp_(low, high).to(torch.int32)

    def weight_bounds(self) -> tuple[float, float]:
        """Return the least and the greatest weight the chip can hold, in the network's units."""
        low, high = weight_range(self.bits, "mixed")
        return low * self.weight_unit, high * self.weight_unit

    def bias_bound(self) -> float:
        """Return the greatest bias the chip can hold, in the network's units."""
        return (MAX_BIAS_MANTISSA << MAX_BIAS_EXPONENT) / self.state_unit

    def integer_bias(self, bias: Tensor) -> tuple[Tensor, Tensor]:
        """Return mantissas and exponents of the nearest biases the chip can hold, int32 ``(N,)`` each."""
        wanted = bias.double() * self.state_unit
        exponent = torch.zeros_like(wanted)
        for _ in range(MAX_BIAS_EXPONENT):
            exponent += torch.round(wanted / 2**exponent).abs() > MAX_BIAS_MANTISSA
        mantissa = torch.round(wanted / 2**exponent).clamp_(-MAX_BIAS_MANTISSA, MAX_BIAS_MANTISSA)
        return mantissa.to(torch.int32), exponent.to(torch.int32)

    def payloads(self, values: Tensor) -> Tensor:
        """Return the payloads nearest to input values, whole numbers in the values' type."""
        limit = 2**self.payload_bits - 1
        return torch.round(values / self.payload_unit).clamp_(-limit, limit)


def quantised_layer(layer: Layer, scale: LayerScale) -> Layer:
    """Return a layer whose parameters are what the chip can hold, in floating point."""
    met = share(layer.synapses)

    def rounded(weight: Tensor) -> Tensor:
        return scale.integer_weight(weight / met).to(weight.dtype).mul_(scale.weight_unit * met)

    def rounded_bias(bias: Tensor) -> Tensor:
        mantissa, exponent = scale.integer_bias(bias)
        return ((mantissa << exponent).double() / scale.state_unit).to(bias.dtype)

    return layer.mapped(rounded, rounded_bias)


def payload_unit(largest: float, bits: int) -> float:
    """Return the unit with which an input of magnitude ``largest`` is the largest payload.

    Raises:
        ExportError: if there are too few or too many bits.
    """
    if not 1 <= bits <= MAX_PAYLOAD_BITS:
        raise ExportError(f"payload_bits = {bits}", where="loihi", expected=f"1 to {MAX_PAYLOAD_BITS}")
    return max(largest, 1e-12) / ((1 << bits) - 1)


def best_weight_unit(weight: Tensor, second_moment: Tensor, bits: int) -> float:
    """Return the unit with which rounding disturbs a layer's drive least.

    The mean square of the disturbance of drives E x is the trace of E M Eᵀ, with E the weights' rounding
    errors and M the mean of x xᵀ over training inputs, and over places where those share weights.

    Args:
        weight: ``(G, N, D)``, as a spike meets it; G groups of neurons that see inputs of their own.
        second_moment: M, ``(G, D, D)``.
        bits: of a weight.
    """
    largest = max(float(weight.abs().max()), 1e-12)
    most = weight_range(bits, "mixed")[1]
    units = [clip * largest / most for clip in _CLIPS]

    def disturbance(unit: float) -> float:
        rounded = LayerScale(unit, 0, bits).integer_weight(weight).to(weight.dtype).mul_(unit)
        error = weight - rounded
        return float((error @ second_moment).mul_(error).sum())

    best: float = min(units, key=disturbance)
    return best


def with_exponent(
    scale: LayerScale, layer: Layer, threshold: float, largest_drive: float, least: int = LEAST_EXPONENT
) -> LayerScale:
    """Return a scale with the largest exponent that leaves threshold, bias and current in range.

    Where that is below the least one there is, weights have a larger unit instead, and fewer bits in use.

    Args:
        scale: units; its exponent is ignored.
        layer: parameters.
        threshold: of the trained neurons.
        largest_drive: largest magnitude of the layer's drive on training images.
        least: exponent, in [−8, 7].

    Raises:
        ExportError: if there is none.
    """
    largest_bias = float(layer.synapses.tensors()["bias"].abs().max())
    for exponent in range(7, LEAST_EXPONENT - 1, -1):
        tried = replace(scale, exponent=exponent)
        unit = tried.state_unit
        if (
            threshold * unit / 2**ALIGN_BITS <= MAX_THRESHOLD
            and HEADROOM * largest_drive * unit < STATE_LIMIT
            and HEADROOM * largest_bias * unit < MAX_BIAS_MANTISSA << MAX_BIAS_EXPONENT
        ):
            coarser = 2.0 ** max(least - exponent, 0)
            return replace(tried, weight_unit=scale.weight_unit * coarser, exponent=max(exponent, least))
    raise ExportError(
        f"no weight exponent from −8 to 7 keeps a drive of {largest_drive:.3g} in 24 bits",
        where="loihi",
        expected="currents, biases and thresholds within the chip's ranges",
        fix="use fewer payload bits or more weight bits",
    )


def threshold_mantissa(scale: LayerScale, threshold: float) -> int:
    """Return the threshold in units of 2⁶, the nearest one in range."""
    return max(0, min(MAX_THRESHOLD, round(threshold * scale.state_unit / 2**ALIGN_BITS)))
