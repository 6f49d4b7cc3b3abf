"""How a layer's own goodness and its partners' become the collaborative goodness C, and C's derivatives.

========== ===================================== ======================= ===============================
coupling   C_l                                   ∂C_l/∂G_l               ∂C_l/∂γ_l
========== ===================================== ======================= ===============================
added      G_l + γ_l P_l (NetworkFF, eq. 5)      1                       P_l
normalised (G_l + γ_l P_l) / (1 + |γ_l| W_l)     1 / (1 + |γ_l| W_l)     (P_l − ± W_l C_l) / (1 + |γ_l| W_l)
========== ===================================== ======================= ===============================

with P_l what the bus carries to layer l, W_l the sum of its partners' weights and ± the sign of γ_l. Added
goodness grows with γ, which makes a loss over classes as much steeper as a lower temperature would: a learned
γ rises for that alone. A normalised one is a mean, so γ only says whom to listen to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from neuroff.core.collaboration import Bus, collaborative_goodness, gamma_gradient


@dataclass(frozen=True, eq=False)
class Coupled:
    """One layer's collaborative goodness.

    Attributes:
        collaborative: C_l, ``(A, B)``.
        partner: P_l, ``(A, B)``.
        total: W_l with the sign of γ_l, where the coupling is normalised.
        divisor: 1 + |γ_l| W_l, where the coupling is normalised.
    """

    collaborative: Tensor
    partner: Tensor
    total: Tensor | None = None
    divisor: Tensor | None = None

    def of_own(self, modulator: Tensor) -> Tensor:
        """Return ∂L/∂G_l of a modulator m_l = ∂L/∂C_l: what the layer's neurons are told."""
        return modulator if self.divisor is None else modulator / self.divisor

    def of_gamma(self, modulator: Tensor) -> Tensor:
        """Return ∂L/∂γ_l of a modulator, a scalar (eq. 7)."""
        if self.divisor is None or self.total is None:
            return gamma_gradient(modulator, self.partner)
        return gamma_gradient(modulator, self.partner - self.total * self.collaborative) / self.divisor


def coupled(bus: Bus, layer: int, own: Tensor, messages: Sequence[Tensor], gamma: Tensor) -> Coupled:
    """Return a layer's collaborative goodness.

    Args:
        bus: who is heard, and how it is coupled.
        layer: its index.
        own: G_l, ``(A, B)``.
        messages: of the layers presented so far, ``(A, B)`` each.
        gamma: γ_l, a scalar tensor.
    """
    partner = bus.partner(layer, messages)
    added = collaborative_goodness(own, partner, gamma)
    heard = bus.heard_weight(layer, len(messages))
    if bus.coupling == "added" or not heard:
        return Coupled(added, partner)
    divisor = 1.0 + gamma.abs() * heard
    return Coupled(added / divisor, partner, gamma.sign() * heard, divisor)
