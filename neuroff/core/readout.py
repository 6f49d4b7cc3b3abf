"""From spikes to the activity that goodness is computed from.

    z_t = λ z_{t−1} + s_t,     n_t = λ n_{t−1} + 1,     a_t = z_t / n_t

z is an exponential spike trace, as a neuron can keep it, and n_t the most it can have reached: the activity
lies in [0, 1] at every step. λ = 1 counts spikes, and the activity is the firing rate so far. The activity of
a presentation is that of its last step,

    a_{T−1} = (1/T) Σ_t c_t s_t,     c_t = T λ^{T−1−t} / n_{T−1}     (1 for the firing rate).

Theory: (4).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class RunningActivity:
    """What a readout keeps from step to step.

    Attributes:
        trace: z_t, ``(B, N)``.
        span: n_t.
    """

    trace: Tensor
    span: float = 0.0

    def advance(self, spikes: Tensor, decay: float) -> RunningActivity:
        """Return the state after one more step.

        Args:
            spikes: s_t, ``(B, N)``.
            decay: λ in (0, 1].
        """
        trace = self.trace + spikes if decay == 1.0 else torch.add(spikes, self.trace, alpha=decay)
        return RunningActivity(trace, decay * self.span + 1.0)

    @property
    def activity(self) -> Tensor:
        """a_t, ``(B, N)``; of the spikes so far alone."""
        return self.trace / self.span


def running_activity(spikes: Tensor, decay: float) -> Iterator[Tensor]:
    """Yield the activity ``(B, N)`` after every step of spikes ``(T, B, N)``; no look-ahead."""
    spikes = spikes if spikes.is_floating_point() else spikes.float()
    state = RunningActivity(torch.zeros_like(spikes[0]))
    for now in spikes:
        state = state.advance(now, decay)
        yield state.activity


def activity_of(spikes: Tensor, decay: float) -> Tensor:
    """Return the activity ``(B, N)`` of a presentation's spikes ``(T, B, N)``."""
    if decay == 1.0:
        return spikes.mean(0)
    state = RunningActivity(torch.zeros_like(spikes[0]))
    for now in spikes:
        state = state.advance(now, decay)
    return state.activity


def step_weights(steps: int, decay: float) -> tuple[float, ...]:
    """Return c_t of every step: how much its spikes count, one on average."""
    if decay == 1.0:
        return (1.0,) * steps
    powers = [decay ** (steps - 1 - t) for t in range(steps)]
    return tuple(steps * power / sum(powers) for power in powers)
