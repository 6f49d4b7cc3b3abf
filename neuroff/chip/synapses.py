"""Synapses in the chip's integers: 8-bit weights, one exponent a layer, delays in steps.

Weights are a matrix, or a kernel that all places share (`neuroff.chip.windows`). What a layer delivers at
step t was collected at step t − 1. An axon with delay d hands its spike to the synapses d steps after it was
sent, so it reaches the neurons d + 1 steps after.

    a_{t+1} = ⌊ (Σ_j w_ij s_{j, t−d_j}) · 2^exponent ⌋

Weights are stored in at most 8 bits. With both signs, one of them is the sign's, and the weight is an even
number in [−256, 254]; with one sign it is a number in [0, 255] or [−255, 0]. Of b bits, the lowest 8 − b (one
more with both signs) are cleared (lava-nc 0.10.0, lava/utils/weightutils.py).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal, get_args

import torch
from torch import Tensor

from neuroff.chip.checks import require_member
from neuroff.chip.numbers import require_between, scaled, whole
from neuroff.chip.windows import Windows
from neuroff.errors import ExportError

SignMode = Literal["mixed", "excitatory", "inhibitory"]
WEIGHT_BITS = 8
MAX_DELAY = 62
MAX_PAYLOAD_BITS = 16
_INT32_LIMIT = 2**31


def weight_step(bits: int, sign: SignMode) -> int:
    """Return the distance between two neighbouring weights of ``bits`` bits."""
    return 1 << (WEIGHT_BITS - bits + (sign == "mixed"))


def weight_range(bits: int, sign: SignMode) -> tuple[int, int]:
    """Return the least and the greatest weight of ``bits`` bits."""
    step = weight_step(bits, sign)
    largest = 2**WEIGHT_BITS // step * step
    if sign == "mixed":
        return -largest, largest - step
    edge = (2**WEIGHT_BITS - 1) // step * step
    return (0, edge) if sign == "excitatory" else (-edge, 0)


def stored(weight: Tensor, bits: int, sign: SignMode) -> Tensor:
    """Return what the chip keeps of integer weights: clipped, the low bits cleared.

    Bits are cleared toward −∞ with both signs and toward zero with one, as the chip's two's complement and
    sign-magnitude formats have it.
    """
    step = weight_step(bits, sign)
    if sign == "inhibitory":
        return -stored(-weight, bits, "excitatory")
    low = -(2**WEIGHT_BITS) if sign == "mixed" else 0
    return weight.clamp(low, 2**WEIGHT_BITS - 1).div(step, rounding_mode="floor").mul(step).to(torch.int32)


@dataclass(frozen=True, eq=False)
class ChipSynapses:
    """A layer's synapses.

    Attributes:
        weight: ``(N, D)`` integers, or a kernel ``(O, C/groups, h, w)``; stored as `stored` says.
        exponent: of the layer's sums, in [−8, 7].
        bits: of a weight, in [1, 8].
        sign: both signs or one.
        payload_bits: of a graded spike, in [1, 16]; 0: a spike is a spike whatever it carries.
        delays: ``(D,)``, in [0, 62]; no delays if empty.
        windows: where the kernel lies; ``None``: a matrix.

    Raises:
        ExportError: if a number is out of range, or sums could leave 32 bits.
    """

    weight: Tensor
    exponent: int = 0
    bits: int = WEIGHT_BITS
    sign: SignMode = "mixed"
    payload_bits: int = 0
    delays: Tensor = field(default_factory=lambda: torch.empty(0, dtype=torch.int32))
    windows: Windows | None = None

    def __post_init__(self) -> None:
        where = "chip synapses"
        require_between(self.exponent, -8, 7, "exponent", where)
        require_between(self.bits, 1, WEIGHT_BITS, "bits", where)
        require_between(self.payload_bits, 0, MAX_PAYLOAD_BITS, "payload_bits", where)
        require_member(self.sign, get_args(SignMode), "sign", where)
        axes = 2 if self.windows is None else 4
        if self.weight.ndim != axes or 0 in self.weight.shape:
            raise ExportError(
                f"weights of shape {tuple(self.weight.shape)}",
                where=where,
                expected="(neurons, axons)" if axes == 2 else "(channels, channels / groups, height, width)",
            )
        if self.windows is not None:
            self.windows.conv(self.weight)
        shape = tuple(self.weight.shape)
        integers = whole(self.weight, "weight", where, -(2**31), 2**31 - 1, shape)
        object.__setattr__(self, "weight", stored(integers, self.bits, self.sign))
        if self.delays.numel():
            checked = whole(self.delays, "delays", where, 0, MAX_DELAY, (self.axons,))
            object.__setattr__(self, "delays", checked.to(self.weight.device))
        if self.largest_sum >= _INT32_LIMIT:
            raise ExportError(
                f"a sum of up to {self.largest_sum}", where=where, expected="sums that fit 32 bits",
                fix="use fewer axons, smaller weights or fewer payload bits",
            )  # fmt: skip

    @property
    def neurons(self) -> int:
        """Number of neurons N."""
        return self.weight.shape[0] if self.windows is None else self.windows.conv(self.weight).neurons

    @property
    def axons(self) -> int:
        """Number of input axons D."""
        return self.weight.shape[1] if self.windows is None else self.windows.planes.size

    @cached_property
    def matrix(self) -> Tensor:
        """``(N, D)`` integers: the weights, those that are shared at every place."""
        return self.weight if self.windows is None else self.windows.unrolled(self.weight)

    @property
    def unrolled(self) -> ChipSynapses:
        """The same with a matrix."""
        return self if self.windows is None else replace(self, weight=self.matrix, windows=None)

    def zero_fan_out(self, reach: Tensor) -> Tensor:
        """Return how many neurons each axon reaches by a weight of zero, ``(D,)`` int64.

        Args:
            reach: how many it reaches at all, ``(D,)``.
        """
        if self.windows is None:
            return self.weight.eq(0).sum(0) - (self.neurons - reach)
        return self.windows.synapses(self.weight.float()).zero_fan_out()

    @cached_property
    def longest_delay(self) -> int:
        """The longest delay of an axon."""
        return int(self.delays.max()) if self.delays.numel() else 0

    @cached_property
    def largest_sum(self) -> int:
        """An upper bound of |Σ_j w_ij s_j| over neurons and inputs, before the exponent."""
        payload = max(2**self.payload_bits - 1, 1)
        met = 1 if self.windows is None else math.prod(self.windows.pool)
        most = int(self.weight.abs().flatten(1).sum(1, dtype=torch.int64).max())
        return most * met * int(payload)

    @cached_property
    def factors(self) -> Tensor:
        """``(D, N)`` or the kernel, in a floating-point type whose sums are exact, whatever their order.

        All products and partial sums are integers of magnitude at most `largest_sum`, and float32 holds
        every integer up to 2²⁴ (float64: 2⁵³, and sums stay below 2³¹). So no rounding happens anywhere,
        blocked, fused or in parallel, on any device. Reduced-precision products (TF32, bfloat16) do not
        change that for spikes and payloads of at most 8 bits: a weight is −256, or has at most 8 bits beside
        its sign and the cleared ones, which is what the significand of bfloat16 holds.
        """
        exact = self.largest_sum <= 2**24 and self.payload_bits <= 8
        weight = self.weight.T if self.windows is None else self.weight
        return weight.to(torch.float32 if exact else torch.float64).contiguous()

    def sums(self, carried: Tensor) -> Tensor:
        """Return W s, ``(B, N)``, whole numbers in floating point."""
        shown = carried.to(self.factors.dtype)
        return shown @ self.factors if self.windows is None else self.windows.sums(self.factors, shown)


@dataclass(frozen=True, eq=False)
class SynapseState:
    """State of a layer's synapses between two steps.

    Attributes:
        collected: ``(B, N)`` int32, delivered at the next step; ``None``: nothing.
        sent: spikes ``(B, D)`` of the steps before, the latest first, as many as the longest delay.
    """

    collected: Tensor | None = None
    sent: tuple[Tensor, ...] = ()


def synapses_at_start(synapses: ChipSynapses, samples: int) -> SynapseState:
    """Return the state at the start of a presentation: nothing on its way."""
    nothing = synapses.weight.new_zeros(samples, synapses.axons)
    return SynapseState(None, (nothing,) * synapses.longest_delay)


def collect(synapses: ChipSynapses, spikes: Tensor) -> Tensor:
    """Return ⌊(W s) · 2^exponent⌋, ``(B, N)`` int32.

    Args:
        synapses: the weights.
        spikes: ``(B, D)`` integers, of magnitude below 2^payload_bits where spikes are graded.
    """
    carried = spikes if synapses.payload_bits else spikes.ne(0)
    return scaled(synapses.sums(carried).to(torch.int32), synapses.exponent)


def synapse_step(synapses: ChipSynapses, state: SynapseState, spikes: Tensor | None) -> SynapseState:
    """Take in the spikes of one step.

    Args:
        synapses: the parameters.
        state: left by the step before, whose ``collected`` has been delivered; not changed.
        spikes: ``(B, D)`` integers; ``None``: none.
    """
    if not state.sent:
        return SynapseState(None if spikes is None else collect(synapses, spikes))
    now = torch.zeros_like(state.sent[0]) if spikes is None else spikes.to(torch.int32)
    line = (now, *state.sent)
    arriving = torch.stack(line).gather(0, synapses.delays.long().expand(1, *now.shape))[0]
    return SynapseState(collect(synapses, arriving), line[:-1])
