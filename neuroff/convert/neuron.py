"""The integrate-and-fire neuron of a converted network: no leak, reset by subtraction, a head start.

Under a constant current I, and from an initial potential v₀, a neuron that never reaches 2θ has fired

    n_T = max(0, ⌊(v₀ + T I) / θ⌋)

times after T steps. With v₀ = 0 the rate n_T / T is cut down to a multiple of 1/T, which loses half a spike
on average; with v₀ = θ/2 it is rounded to the nearest one (Bu et al., AAAI 2022).
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from neuroff.core.neurons import LIF
from neuroff.core.neurons.population import Response
from neuroff.errors import ConfigError


@dataclass(frozen=True)
class IntegrateAndFire:
    """Integrate-and-fire population with an initial potential.

    It is `neuroff.core.neurons.LIF` with β = 1 and reset by subtraction whose first current carries the
    initial potential, so it also learns as that does.

    Attributes:
        steps: T, the number of time steps of a presentation.
        threshold: θ_v, the potential at which a neuron fires.
        initial: v₀ / θ_v, in [0, 1).
    """

    steps: int
    threshold: float = 1.0
    initial: float = 0.5

    def __post_init__(self) -> None:
        if not 0.0 <= self.initial < 1.0:
            raise ConfigError(
                f"initial = {self.initial:g}",
                where="IntegrateAndFire",
                expected="a share of the threshold in [0, 1)",
            )

    def respond(self, drive: Tensor) -> Response:
        """Run a presentation; see `neuroff.core.neurons.LIF.respond`."""
        return self._neuron.respond(self._with_head_start(drive))

    def respond_traced(self, drive: Tensor) -> Response:
        """Run like `respond` and keep σ' ``(T, B, N)``, or the sum of e_t ``(B, N)`` for a constant drive."""
        response = self._neuron.respond_traced(self._with_head_start(drive))
        if drive.ndim == 3:
            return response
        each = response.activity.new_full(response.activity.shape, float(self.steps))
        return Response(response.activity, response.output, self._neuron.sensitivity(response, each).sum(0))

    def sensitivity(self, response: Response, activity_gradient: Tensor) -> Tensor:
        """Return dG/dI_t ``(T, B, N)``, or its sum over time ``(B, N)`` if the drive was constant."""
        return self._neuron.sensitivity(response, activity_gradient)

    @property
    def _neuron(self) -> LIF:
        return LIF(steps=self.steps, beta=1.0, threshold=self.threshold, reset="subtract")

    def _with_head_start(self, drive: Tensor) -> Tensor:
        """Return the drive ``(T, B, N)`` with v₀ in its first step."""
        over_time = drive if drive.ndim == 3 else drive.expand(self.steps, *drive.shape).clone()
        over_time[0].add_(self.initial * self.threshold)
        return over_time
