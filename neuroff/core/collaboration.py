"""The collaboration bus: layers share their goodness as scalars (NetworkFF, eqs. 5 to 7).

    C_l = G_l + γ_l · P_l,      P_l = Σ_{j≠l} w_lj (G_j − c)

``P_l`` is what partners put on the bus for layer l: one number per sample, a constant for layer l's gradient.
Under the ``literal`` reading of the threshold c = 0; under the ``centred`` one c = θ, so partners contribute
how far they stand from the threshold, which is the same as θ_l = θ (1 + γ_l Σ_j w_lj). Plain FF is γ = 0,
F-CFF a constant γ, A-CFF a γ that follows ∂L_l/∂γ_l = Σ_b m_{l,b} P_{l,b}.

Over time a layer's goodness so far, G_{j,t}, is on the bus at every step, rounded to k bits and d steps late:

    M_{j,t} = Q_k(G_{j,t−d}), and c for t < d, when nothing has arrived and nothing is added

A listener uses the last one, M_{j,T−1} (``presentation``), or all of them (``online``): a rule that learns at
every step takes M_{j,t} as it comes, one that learns at the end their mean over the steps. With neither
rounding nor delay the last one is G_j itself.

Theory: (8), (12).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor

from neuroff.checks import require_number, require_whole
from neuroff.errors import ConfigError, require_choice, shortened

Partners = Literal["trained", "all"]
PartnerWeight = Literal["mean", "one"]
BusTiming = Literal["presentation", "online"]
Coupling = Literal["added", "normalised"]


def partners_of(layer: int, layers: int, partners: Partners) -> tuple[int, ...]:
    """Return the layers whose goodness layer ``layer`` hears.

    Args:
        layer: index of the listening layer.
        layers: number of layers L.
        partners: ``trained``: the layers before it, which a sequential schedule has trained already;
            ``all``: every other layer, trained or not.
    """
    heard = range(layer) if partners == "trained" else range(layers)
    return tuple(j for j in heard if j != layer)


def partner_weight(count: int, weight: PartnerWeight) -> float:
    """Return w_lj, the same for all partners: 1 over their number (``mean``), or 1 (``one``)."""
    return 1.0 / count if weight == "mean" and count else 1.0


def partner_sum(goodness: Sequence[Tensor], weight: float, centre: float, like: Tensor) -> Tensor:
    """Return P_l, what the partners of one layer put on the bus.

    Args:
        goodness: of each partner, ``(K, B)`` or ``(B,)``.
        weight: w_lj.
        centre: c, zero or the threshold.
        like: tensor whose shape and type the result takes where there is no partner.
    """
    total = torch.zeros_like(like)
    for partner in goodness:
        total = total + weight * (partner - centre)
    return total


def collaborative_goodness(own: Tensor, partner: Tensor, gamma: Tensor) -> Tensor:
    """Return C_l = G_l + γ_l P_l (eq. 5), in the shape of ``own``.

    Args:
        own: G_l, ``(K, B)`` or ``(B,)``.
        partner: P_l, of the same shape.
        gamma: γ_l, a scalar tensor.
    """
    return own + gamma * partner


def gamma_gradient(modulator: Tensor, partner: Tensor) -> Tensor:
    """Return ∂L_l/∂γ_l = Σ_b m_b P_b (eq. 7), a scalar.

    Args:
        modulator: m_l = ∂L_l/∂C_l, ``(2, B)``.
        partner: P_l, ``(2, B)``.
    """
    return (modulator * partner).sum()


def quantised(goodness: Tensor, bits: int, span: tuple[float, float]) -> Tensor:
    """Return goodness rounded to the nearest of 2ᵏ evenly spaced values.

    Args:
        goodness: any shape.
        bits: k, at least 1.
        span: lowest and highest of these values; goodness beyond is cut off.
    """
    lowest, highest = span
    spacing = (highest - lowest) / (2**bits - 1)
    return goodness.clamp(lowest, highest).sub_(lowest).div_(spacing).round_().mul_(spacing).add_(lowest)


@dataclass(frozen=True)
class Bus:
    """How layers hear each other.

    Attributes:
        partners: whose goodness a layer hears.
        weight: w_lj.
        centre: c, subtracted from a partner's goodness.
        timing: what a listener uses: the last message of a presentation, or those of all steps.
        bits: k of a message; exact if ``None``.
        span: lowest and highest message of k bits.
        delay: d, steps until a message arrives.
        coupling: how own and partners' goodness become one (`neuroff.core.coupling`).

    Raises:
        ConfigError: naming a number out of range, or a choice that is none.
    """

    partners: Partners = "trained"
    weight: PartnerWeight = "mean"
    centre: float = 0.0
    timing: BusTiming = "presentation"
    bits: int | None = None
    span: tuple[float, float] = (0.0, 4.0)
    delay: int = 0
    coupling: Coupling = "added"

    def __post_init__(self) -> None:
        require_choice(self.partners, get_args(Partners), "partners of Bus")
        require_choice(self.weight, get_args(PartnerWeight), "weight of Bus")
        require_choice(self.timing, get_args(BusTiming), "timing of Bus")
        require_choice(self.coupling, get_args(Coupling), "coupling of Bus")
        require_number("centre", self.centre, where="Bus")
        require_whole("bits", 1 if self.bits is None else self.bits, least=1, below=53, where="Bus")
        require_whole("delay", self.delay, least=0, below=100_001, where="Bus")
        if not isinstance(self.span, tuple) or len(self.span) != 2:
            raise ConfigError(f"span = {shortened(self.span)}", where="Bus", expected="lowest and highest")
        require_number("lowest of span", self.span[0], where="Bus")
        require_number("highest of span", self.span[1], above=float(self.span[0]), where="Bus")

    @property
    def over_time(self) -> bool:
        """Whether messages depend on the goodness before the end of a presentation."""
        return self.timing == "online" or self.delay > 0

    def sent(self, goodness: Tensor) -> Tensor:
        """Return Q_k(G), or G itself where messages are exact."""
        return goodness if self.bits is None else quantised(goodness, self.bits, self.span)

    def heard(self, goodness: Tensor) -> Tensor:
        """Return what partners hear of a layer at every step.

        Args:
            goodness: G_{j,t} of the spikes up to each step, ``(T, …)``.

        Returns:
            M_{j,t}, ``(T, …)``.
        """
        late = min(self.delay, goodness.shape[0])
        silence = torch.full_like(goodness[:late], self.centre)
        return torch.cat((silence, self.sent(goodness[: goodness.shape[0] - late])))

    def used(self, messages: Tensor) -> Tensor:
        """Return what a rule that learns at the end makes of messages ``(T, …)``: the last, or their mean."""
        return messages.mean(0) if self.timing == "online" else messages[-1]

    def partner(self, layer: int, messages: Sequence[Tensor]) -> Tensor:
        """Return P_l for a layer given the messages of the layers presented so far, each ``(K, B)``.

        With the default bus a message is the goodness itself.
        """
        heard = partners_of(layer, len(messages), self.partners)
        weight = partner_weight(len(heard), self.weight)
        return partner_sum([messages[j] for j in heard], weight, self.centre, like=messages[layer])

    def heard_weight(self, layer: int, layers: int) -> float:
        """Return Σ_j w_lj over the partners of a layer, of so many layers presented."""
        heard = len(partners_of(layer, layers, self.partners))
        return heard * partner_weight(heard, self.weight)


class BusMemory:
    """What partners hear of one layer, step by step: the last few messages and their sum, whatever T is."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._under_way: deque[Tensor] = deque(maxlen=bus.delay + 1)
        self._heard: Tensor | None = None
        self._total: Tensor | None = None
        self._steps = 0

    def hear(self, goodness: Tensor) -> Tensor:
        """Return M_{j,t} after the layer's next step; ``goodness`` is G_{j,t}, any shape."""
        self._under_way.append(self._bus.sent(goodness))
        self._steps += 1
        arrived = self._steps > self._bus.delay
        self._heard = self._under_way[0] if arrived else torch.full_like(goodness, self._bus.centre)
        self._total = self._heard if self._total is None else self._total + self._heard
        return self._heard

    def used(self) -> Tensor:
        """Return what a rule that learns at the end makes of the messages so far: the last, or their mean."""
        if self._heard is None or self._total is None:
            raise ValueError("no step has been heard yet")
        return self._total / self._steps if self._bus.timing == "online" else self._heard
