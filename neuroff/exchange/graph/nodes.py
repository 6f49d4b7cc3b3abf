"""What a graph is made of, but for its neurons (`neurons`).

With x_t what reaches a node at step t, the sum over its incoming edges, a node sends

=============== ===================================================================================
`AffineNode`    W x_t + b
`ScaleNode`     g ⊙ x_t
`DelayNode`     x_{t−d}, zero before; one d per axon
`NormaliseNode` ℓ / (‖a‖₂ + ε) · x_t with a the activity of x (`neuroff.core.readout`): one gain per sample
=============== ===================================================================================
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from neuroff.chip.checks import (
    FloatArray,
    IntArray,
    floats,
    require_member,
    require_width,
    whole_numbers,
    width_of,
)
from neuroff.errors import ExportError, shortened

Carries = Literal["spikes", "values"]
Timing = Literal["presentation", "online"]
MAX_DELAY = 2**20


@dataclass(frozen=True, eq=False)
class InputNode:
    """Where a presentation enters.

    Attributes:
        width: number of axons.
        carries: ``spikes``, zeros and ones, or ``values``, analog numbers at every step.
        host_gain: whether the host multiplies each sample by a gain of its own on the way in.
    """

    width: int
    carries: Carries = "spikes"
    host_gain: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "width", width_of(self.width, "InputNode"))
        require_member(self.carries, get_args(Carries), "carries", "InputNode")

    @property
    def inputs(self) -> int:
        """Number of axons."""
        return self.width

    @property
    def outputs(self) -> int:
        """Number of axons."""
        return self.width


@dataclass(frozen=True, eq=False)
class OutputNode:
    """Where spikes leave.

    Attributes:
        width: number of axons.
    """

    width: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "width", width_of(self.width, "OutputNode"))

    @property
    def inputs(self) -> int:
        """Number of axons."""
        return self.width

    @property
    def outputs(self) -> int:
        """Number of axons."""
        return self.width


@dataclass(frozen=True, eq=False)
class AffineNode:
    """Synapses.

    Attributes:
        weight: W, ``(N, D)``.
        bias: b, ``(N,)``, added at every step.
    """

    weight: FloatArray
    bias: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "weight", floats(self.weight, "weight", "AffineNode", 2))
        object.__setattr__(self, "bias", floats(self.bias, "bias", "AffineNode", 1))
        require_width(self.bias, self.weight.shape[0], "bias", "AffineNode")
        if self.weight.dtype != self.bias.dtype:
            raise ExportError(
                f"weight of {self.weight.dtype} and bias of {self.bias.dtype}",
                where="AffineNode",
                expected="one type",
            )

    @property
    def inputs(self) -> int:
        """D."""
        return int(self.weight.shape[1])

    @property
    def outputs(self) -> int:
        """N."""
        return int(self.weight.shape[0])


@dataclass(frozen=True, eq=False)
class ScaleNode:
    """A fixed gain per axon.

    Attributes:
        gain: g, ``(N,)``.
    """

    gain: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "gain", floats(self.gain, "gain", "ScaleNode", 1))

    @property
    def inputs(self) -> int:
        """N."""
        return int(self.gain.shape[0])

    @property
    def outputs(self) -> int:
        """N."""
        return int(self.gain.shape[0])


@dataclass(frozen=True, eq=False)
class DelayNode:
    """Axonal delays.

    Attributes:
        steps: d, ``(N,)`` whole numbers of steps.
    """

    steps: IntArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", whole_numbers(self.steps, "steps", "DelayNode", 0, MAX_DELAY))

    @property
    def inputs(self) -> int:
        """N."""
        return int(self.steps.shape[0])

    @property
    def outputs(self) -> int:
        """N."""
        return int(self.steps.shape[0])


@dataclass(frozen=True, eq=False)
class NormaliseNode:
    """Divisive normalisation, one gain per sample.

    Attributes:
        width: N.
        length: ℓ, the length of the activity after the gain.
        epsilon: ε, added to the length before the division.
        timing: by the activity of the whole ``presentation``, or at every step by that so far (``online``).
        trace_decay: λ of the activity; 1 is the firing rate.
    """

    width: int
    length: float
    epsilon: float
    timing: Timing = "presentation"
    trace_decay: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "width", width_of(self.width, "NormaliseNode"))
        require_member(self.timing, get_args(Timing), "timing", "NormaliseNode")
        for name, highest in (("length", math.inf), ("epsilon", math.inf), ("trace_decay", 1.0)):
            value = getattr(self, name)
            if not isinstance(value, float) or not 0.0 < value <= highest or value == math.inf:
                raise ExportError(
                    f"{name} = {shortened(value)}",
                    where="NormaliseNode",
                    expected=f"a positive number{' of at most 1' if highest == 1.0 else ''}",
                )

    @property
    def inputs(self) -> int:
        """N."""
        return self.width

    @property
    def outputs(self) -> int:
        """N."""
        return self.width
