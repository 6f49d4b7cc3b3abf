"""The collaboration bus: layers share their goodness as scalars (NetworkFF, eqs. 5 to 7).

    C_l = G_l + γ_l · P_l,      P_l = Σ_{j≠l} w_lj (G_j − c)

``P_l`` is what partners put on the bus for layer l: one number per sample, a constant for layer l's gradient.
Under the ``literal`` reading of the threshold c = 0; under the ``centred`` one c = θ, so partners contribute
how far they stand from the threshold, which is the same as θ_l = θ (1 + γ_l Σ_j w_lj). Plain FF is γ = 0,
F-CFF a constant γ, A-CFF a γ that follows ∂L_l/∂γ_l = Σ_b m_{l,b} P_{l,b}.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

Partners = Literal["trained", "all"]
PartnerWeight = Literal["mean", "one"]


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
