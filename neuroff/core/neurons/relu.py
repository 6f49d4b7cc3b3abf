"""The rate-coded reference: a population of rectified linear neurons, h = max(0, W x̂ + b).

Theory: (2), (13).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from neuroff.core.neurons.population import Response


@dataclass(frozen=True)
class ReLU:
    """Rectified linear population; activity and output are the same numbers (NetworkFF, eq. 2)."""

    @property
    def steps(self) -> int:
        """One: a dense presentation has no time."""
        return 1

    def respond(self, drive: Tensor) -> Response:
        """Rectify a drive ``(B, N)`` in place."""
        activity = drive.relu_()
        return Response(activity, activity)

    def respond_traced(self, drive: Tensor) -> Response:
        """Rectify a drive ``(B, N)`` in place; the activity is its own trace."""
        return self.respond(drive)

    def sensitivity(self, response: Response, activity_gradient: Tensor) -> Tensor:
        """Pass the gradient ``(B, N)`` where the neuron is active, zero elsewhere; in place."""
        torch.ops.aten.threshold_backward.grad_input(
            activity_gradient, response.activity, 0, grad_input=activity_gradient
        )
        return activity_gradient
