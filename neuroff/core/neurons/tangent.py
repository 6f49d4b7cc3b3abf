"""The recursions forward in time: how the potential follows a constant drive and the neuron's own numbers.

Every derivative X of the potential obeys the same step, with its own source S:

    X_t = o_t (β X̃_{t−1} + S_t) + (1 − o_t) X̃_{t−1},     X̃_t = X_t or (1 − s_t) X_t, as the reset is

========== ======================================= ===================================================
of         S_t                                     besides
========== ======================================= ===================================================
drive κ    λ_t = 1 + α λ_{t−1}
β          ṽ_{t−1}
α          j_t = i_{t−1} + α j_{t−1}
θ_v        0                                       X̃_t −= s_t where θ_v is subtracted; ∂(v − θ_v) is X − 1
========== ======================================= ===================================================

A spike is a constant of its own reset, so these are exact for the gradient that the package's page defines.
They need no look-ahead: eligibility traces, one number per neuron each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from neuroff.core.neurons.parameters import NeuronParameter, scaled_sum
from neuroff.core.neurons.step import LIFDynamics, LIFStep, NeuronState


@dataclass(frozen=True)
class Tangent:
    """Derivatives at one step. What is the same for all neurons is kept as one number.

    Attributes:
        supply: λ_t.
        reach: κ_t, or ``None`` where the drive is not constant.
        parameters: derivatives of the potential by learned numbers, ``(B, N)``.
        current: j_t, where α is learned.
    """

    supply: Tensor
    reach: Tensor | None
    parameters: Mapping[NeuronParameter, Tensor]
    current: Tensor | None = None

    @classmethod
    def at_rest(cls, like: Tensor, learned: tuple[NeuronParameter, ...], *, reach: bool) -> Tangent:
        """Return the derivatives before the first step: zero."""
        none = like.new_zeros(())
        return cls(none, none if reach else None, dict.fromkeys(learned, none), none)

    def integrate(self, lif: LIFDynamics, before: NeuronState, moved: LIFStep) -> Tangent:
        """Return X_t from X̃_{t−1}.

        Args:
            lif: the neurons.
            before: their state before the step.
            moved: the step.
        """

        def carried(value: Tensor, source: Tensor) -> Tensor:
            kept = value * lif.beta
            open_value = kept.add_(source) if kept.ndim >= source.ndim else kept + source
            return open_value if moved.open is None else torch.where(moved.open, open_value, value)

        one = torch.ones_like(self.supply)
        supply = scaled_sum(one, self.supply, lif.alpha) if lif.filters else one
        current = self.current
        if "alpha" in self.parameters and before.current is not None and current is not None:
            current = scaled_sum(before.current, current, lif.alpha)
        sources = {
            "beta": before.potential,
            "alpha": current,
            "threshold": torch.zeros_like(self.supply),
        }
        parameters = {
            name: carried(value, source)
            for name, value in self.parameters.items()
            if (source := sources[name]) is not None
        }
        reach = None if self.reach is None else carried(self.reach, supply)
        return Tangent(supply, reach, parameters, current)

    def of_distance(self, name: NeuronParameter) -> Tensor:
        """Return the derivative of v_t − θ_v by a learned number."""
        return self.parameters[name] - 1.0 if name == "threshold" else self.parameters[name]

    def pass_reset(self, lif: LIFDynamics, moved: LIFStep) -> Tangent:
        """Return X̃_t from X_t."""
        if lif.reset == "zero":

            def kept(value: Tensor) -> Tensor:
                return torch.addcmul(value, value, moved.spikes, value=-1.0)

            parameters = {name: kept(value) for name, value in self.parameters.items()}
            return replace(
                self, reach=None if self.reach is None else kept(self.reach), parameters=parameters
            )
        if "threshold" not in self.parameters:
            return self
        lowered = self.parameters["threshold"] - moved.spikes
        return replace(self, parameters={**self.parameters, "threshold": lowered})
