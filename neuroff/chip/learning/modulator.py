"""Goodness that a chip can count, its collaboration, and the modulator that a layer broadcasts.

All in integers. With the spike counts n_i of a layer's neurons in a presentation:

    G = Σ n_i  (linear)    or    G = (Σ n_i²) >> shift  (squared)
    C_l = G_l + (g_l · Σ_{j≠l} (G_j − θ_j)) >> q,            γ_l = g_l / 2^q
    m = clip( 2^(k−1) + (± (θ − C) >> slope), 0, 2^k − 1 ) << (7 − k)

with + in a positive presentation and − in a negative one. The last line is a sigmoid in straight pieces: an
addition, a shift and a clip, which any neuron of the chip does. It has k bits and is sent as a graded spike
of 7 bits to the neurons of the layer; a positive presentation's on one channel, a negative one's on another.
A message that is d steps late tells of the spikes up to d steps before the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, get_args

import torch
from torch import Tensor

from neuroff.chip.learning.rounding import shifted
from neuroff.chip.numbers import require_between
from neuroff.errors import require_choice

CountedGoodness = Literal["linear", "squared"]
MODULATOR_BITS = 7
MAX_GAMMA = 127
_MOST = 2**23


@dataclass(frozen=True)
class Modulator:
    """From spike counts to a layer's broadcast.

    Attributes:
        goodness: how counts add up.
        shift: of a squared goodness, to the right.
        theta: θ, in the units of the goodness.
        slope: in powers of two: the modulator rises by one in 2^slope units of goodness.
        bits: k, in [1, 7].
        delay: d, in steps.
    """

    theta: int
    slope: int
    goodness: CountedGoodness = "squared"
    shift: int = 0
    bits: int = MODULATOR_BITS
    delay: int = 0

    def __post_init__(self) -> None:
        require_choice(self.goodness, get_args(CountedGoodness), "goodness")
        require_between(self.theta, 0, _MOST, "theta", "modulator")
        require_between(self.slope, 0, 16, "slope", "modulator")
        require_between(self.shift, 0, 16, "shift", "modulator")
        require_between(self.bits, 1, MODULATOR_BITS, "bits", "modulator")
        require_between(self.delay, 0, 62, "delay", "modulator")

    @property
    def scalars(self) -> int:
        """Scalars that are broadcast to the layer in a presentation."""
        return 1

    def require_groups(self, neurons: int, where: str) -> None:
        """A layer of any width has one goodness."""

    def text(self) -> str:
        """Return the modulator in the chip's notation."""
        counted = "Σ n" if self.goodness == "linear" else f"(Σ n²) >> {self.shift}" if self.shift else "Σ n²"
        half, most = 1 << (self.bits - 1), (1 << self.bits) - 1
        late = f", {self.delay} steps late" if self.delay else ""
        return (
            f"m = clip({half} ± (({self.theta} - C) >> {self.slope}), 0, {most}) << "
            f"{MODULATOR_BITS - self.bits}, C from G = {counted}{late}"
        )

    def counted(self, counts: Tensor) -> Tensor:
        """Return G ``(B,)`` of spike counts ``(B, N)``, int32."""
        if self.goodness == "linear":
            return counts.sum(-1, dtype=torch.int32)
        return counts.square().sum(-1, dtype=torch.int32) >> self.shift

    def heard(self, spikes: Tensor) -> Tensor:
        """Return the goodness ``(B,)`` that has arrived at the end, of spikes ``(T, B, N)``."""
        arrived = spikes[: max(spikes.shape[0] - self.delay, 0)]
        return self.counted(arrived.sum(0, dtype=torch.int32))

    def value(self, collaborative: Tensor, positive: Tensor) -> Tensor:
        """Return m ``(B,)`` in [0, 127].

        Args:
            collaborative: C, ``(B,)`` int32.
            positive: ``(B,)`` bool, which presentations are positive.
        """
        short = self.theta - collaborative
        towards = torch.where(positive, short, -short) >> self.slope
        level = (towards + (1 << (self.bits - 1))).clamp_(0, (1 << self.bits) - 1)
        return level << (MODULATOR_BITS - self.bits)


class LayerModulator(Protocol):
    """From spike counts to what is broadcast to a layer: `Modulator`, or of class groups (`groups`)."""

    @property
    def theta(self) -> int:
        """θ, subtracted from what partners hear."""
        ...

    @property
    def scalars(self) -> int:
        """Scalars that are broadcast to the layer in a presentation."""
        ...

    def require_groups(self, neurons: int, where: str) -> None:
        """Refuse a layer that has no goodness of this kind."""
        ...

    def text(self) -> str:
        """Return the modulator in the chip's notation."""
        ...

    def counted(self, counts: Tensor) -> Tensor:
        """Return G of spike counts ``(B, N)``."""
        ...

    def heard(self, spikes: Tensor) -> Tensor:
        """Return the goodness that has arrived at the end, of spikes ``(T, B, N)``."""
        ...

    def value(self, collaborative: Tensor, positive: Tensor) -> Tensor:
        """Return m in [0, 127], in the shape of C."""
        ...


@dataclass(frozen=True)
class Collaboration:
    """How layers share their goodness.

    Attributes:
        gamma: g at the start, in [0, 127]: γ = g / 2^q.
        shift: q.
        adaptive_shift: learn g by Δg = round(± m P / 2^this) after every presentation; ``None``: g stays.
    """

    gamma: int = 0
    shift: int = 7
    adaptive_shift: int | None = None

    def __post_init__(self) -> None:
        require_between(self.gamma, 0, MAX_GAMMA, "gamma", "collaboration")
        require_between(self.shift, 0, 16, "shift", "collaboration")
        if self.adaptive_shift is not None:
            require_between(self.adaptive_shift, 0, 24, "adaptive_shift", "collaboration")

    def partner(self, heard: list[Tensor], thetas: tuple[int, ...], layer: int) -> Tensor:
        """Return P_l = Σ_{j≠l} (G_j − θ_j), ``(B,)`` int32, from what is heard of all layers, and their θ."""
        total = torch.zeros_like(heard[layer])
        for index, goodness in enumerate(heard):
            if index != layer:
                total += goodness - thetas[index]
        return total

    def collaborative(self, own: Tensor, partner: Tensor, gamma: int) -> Tensor:
        """Return C_l = G_l + (g P_l) >> q, ``(B,)``."""
        return own + ((gamma * partner) >> self.shift)

    def moved(
        self, gamma: int, modulator: Tensor, partner: Tensor, positive: Tensor, generator: torch.Generator
    ) -> int:
        """Return g after learning from presentations ``(B,)``: a step against ∂L/∂γ = ∓ m P."""
        if self.adaptive_shift is None:
            return gamma
        pulls = torch.where(positive, modulator, -modulator) * partner.clamp(-(2**22), 2**22)
        step = int(shifted(pulls, self.adaptive_shift, "stochastic", generator).sum())
        return min(MAX_GAMMA, max(0, gamma + step))
