"""Spike traces of few bits: what a synapse remembers of a presentation.

A trace starts a presentation at zero. At every step it keeps a share of itself, then an impulse is added
where a spike is, and it saturates:

    x ← round( x · kept / 4096 ),    x ← min( x + round(impulse / 256), 2^bits − 1 )  where s = 1

Both are rounded stochastically. An impulse has 8 fractional bits and traces have 7 bits on Loihi (lava-nc
0.10.0, lava/magma/core/learning/constants.py). With kept = 4096 a trace is a saturating count of spikes, the
pre-synaptic factor of a rate; with an impulse of the whole range it says whether there was a spike at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

import torch
from torch import Tensor

from neuroff.checks import require_whole
from neuroff.chip.learning.rounding import Rounding, shifted
from neuroff.chip.numbers import DECAY_BITS, DECAY_UNITY, require_between
from neuroff.errors import require_choice

IMPULSE_BITS = 8
MAX_TRACE_BITS = 7


@dataclass(frozen=True)
class Trace:
    """How a trace follows spikes.

    Attributes:
        impulse: added by a spike, in units of 1/256, in [0, 127 · 256].
        bits: width, in [1, 7].
        kept: of 4096 parts, what a step leaves of the trace.
        rounding: of decays and of impulses.

    Raises:
        ExportError: if a number is out of range.
    """

    impulse: int
    bits: int = MAX_TRACE_BITS
    kept: int = DECAY_UNITY
    rounding: Rounding = "stochastic"

    def __post_init__(self) -> None:
        require_between(self.bits, 1, MAX_TRACE_BITS, "bits", "trace")
        require_between(self.impulse, 0, 127 << IMPULSE_BITS, "impulse", "trace")
        require_between(self.kept, 0, DECAY_UNITY, "kept", "trace")
        require_choice(self.rounding, get_args(Rounding), "trace, rounding")

    @property
    def most(self) -> int:
        """The largest value, 2^bits − 1."""
        return (1 << self.bits) - 1

    def after(self, spikes: Tensor, generator: torch.Generator) -> Tensor:
        """Return the trace at the end of a presentation.

        Args:
            spikes: ``(T, …)``, zeros and ones.
            generator: source of randomness; whole impulses without decay draw nothing.

        Returns:
            ``(…)`` int32 in [0, 2^bits − 1].
        """
        whole = self.impulse % (1 << IMPULSE_BITS) == 0 or self.rounding == "nearest"
        if self.kept == DECAY_UNITY and whole:
            added = (self.impulse + (1 << (IMPULSE_BITS - 1))) >> IMPULSE_BITS
            counts: Tensor = spikes.sum(0, dtype=torch.int32)
            return counts.mul_(added).clamp_(max=self.most)
        trace = torch.zeros(spikes.shape[1:], dtype=torch.int32)
        impulse = torch.full_like(trace, self.impulse)
        for spiking in spikes:
            if self.kept < DECAY_UNITY:
                trace = shifted(trace * self.kept, DECAY_BITS, self.rounding, generator)
            added_here = shifted(impulse, IMPULSE_BITS, self.rounding, generator)
            trace = (trace + added_here * spiking.to(torch.int32)).clamp_(max=self.most)
        return trace


def counting_trace(
    full_count: int, bits: int = MAX_TRACE_BITS, rounding: Rounding = "stochastic", *, of: int = 1
) -> Trace:
    """Return a trace without decay that is near its end after ``full_count`` spikes.

    Impulses are multiples of ``of``, whole numbers, or a fraction: the first of these that fits. By a
    fraction spikes are counted with a probability. The rule drops low bits of products: ``of`` spares them.
    """
    require_whole("full_count", full_count, least=1, where="counting_trace")
    require_between(bits, 1, MAX_TRACE_BITS, "bits", "counting_trace")
    require_whole("of", of, least=1, where="counting_trace")
    impulse = min(((2**bits - 1) << IMPULSE_BITS) // full_count, 127 << IMPULSE_BITS)
    grids = (of << IMPULSE_BITS, 1 << IMPULSE_BITS, 1)
    return Trace(next(impulse // grid * grid for grid in grids if impulse >= grid), bits, rounding=rounding)
