"""Neurons of a graph.

With x_t what reaches a node at step t, one step is

============= ===============================================
`LIFNode`     v_t = β ṽ_{t−1} + x_t
`CubaLIFNode` i_t = α i_{t−1} + x_t,  v_t = β ṽ_{t−1} + i_t
`IFNode`      v_t = ṽ_{t−1} + x_t
============= ===============================================

A neuron starts at v = i = 0 and sends s_t = 1 if v_t ≥ θ (``reached``) or v_t > θ (``exceeded``), else 0.
Then ṽ_t = v_t − θ s_t (``subtract``), (1 − s_t) v_t (``zero``) or, where s_t = 1, a number (``value``). The
current of `CubaLIFNode` is not reset. For R refractory steps after a spike v_t = ṽ_{t−1}, and the neuron does
not fire.

`INode`, `LINode` and `CubaLINode` are the same neurons without a threshold. They send ρ + v_t, with ρ the
potential that they rest at.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

from neuroff.chip.checks import FloatArray, floats, require_member, require_range, require_width
from neuroff.errors import ExportError, shortened

Fires = Literal["reached", "exceeded"]
Reset = Literal["subtract", "zero", "value"]
MAX_REFRACTORY = 100_000


@dataclass(frozen=True, eq=False)
class Neurons:
    """What all kinds of neurons that fire have.

    Attributes:
        threshold: θ, ``(N,)``, float64, positive.
        reset: by subtraction of θ, to zero, or to ``value``.
        fires: when θ is ``reached``, as in neuroff, or when it is ``exceeded``, as in NIR.
        refractory: R, steps after a spike in which a neuron waits.
        value: ``(N,)``, float64, the potential after a spike, where the reset is to a value; else None.
    """

    threshold: FloatArray
    reset: Reset = "subtract"
    fires: Fires = "reached"
    refractory: int = 0
    value: FloatArray | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        kind = type(self).__name__
        object.__setattr__(self, "threshold", _parameter(self.threshold, "threshold", kind))
        require_range(self.threshold, "threshold", kind, low=0.0, open_low=True)
        require_member(self.reset, get_args(Reset), "reset", kind)
        require_member(self.fires, get_args(Fires), "fires", kind)
        if not isinstance(self.refractory, int) or not 0 <= self.refractory <= MAX_REFRACTORY:
            raise ExportError(
                f"refractory = {shortened(self.refractory)}",
                where=kind,
                expected=f"a whole number of steps from 0 to {MAX_REFRACTORY}",
            )
        if (self.value is not None) != (self.reset == "value"):
            raise ExportError(
                f"reset = {self.reset!r} {'without' if self.value is None else 'beside'} a value",
                where=kind,
                expected="a value if and only if the reset is to one",
            )
        if self.value is not None:
            object.__setattr__(self, "value", _for_each(self, self.value, "value"))

    @property
    def inputs(self) -> int:
        """N."""
        return int(self.threshold.shape[0])

    @property
    def outputs(self) -> int:
        """N."""
        return int(self.threshold.shape[0])


@dataclass(frozen=True, eq=False)
class IFNode(Neurons):
    """Integrate-and-fire neurons."""


@dataclass(frozen=True, eq=False)
class LIFNode(Neurons):
    """Leaky integrate-and-fire neurons.

    Attributes:
        beta: β, ``(N,)``, float64, what a step leaves of the potential, in [0, 1].
    """

    beta: FloatArray = field(kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "beta", _decay(self, self.beta, "beta"))


@dataclass(frozen=True, eq=False)
class CubaLIFNode(Neurons):
    """Current-based leaky integrate-and-fire neurons.

    Attributes:
        alpha: α, ``(N,)``, float64, what a step leaves of the synaptic current, in [0, 1].
        beta: β, ``(N,)``, float64, what a step leaves of the potential, in [0, 1].
    """

    alpha: FloatArray = field(kw_only=True)
    beta: FloatArray = field(kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "alpha", _decay(self, self.alpha, "alpha"))
        object.__setattr__(self, "beta", _decay(self, self.beta, "beta"))


@dataclass(frozen=True, eq=False)
class Silent:
    """What all kinds of neurons that do not fire have: read-outs, which send their potential.

    Attributes:
        rest: ρ, ``(N,)``, float64, the potential that they start at.
    """

    rest: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "rest", _parameter(self.rest, "rest", type(self).__name__))

    @property
    def inputs(self) -> int:
        """N."""
        return int(self.rest.shape[0])

    @property
    def outputs(self) -> int:
        """N."""
        return int(self.rest.shape[0])


@dataclass(frozen=True, eq=False)
class INode(Silent):
    """Integrators."""


@dataclass(frozen=True, eq=False)
class LINode(Silent):
    """Leaky integrators.

    Attributes:
        beta: β, ``(N,)``, float64, what a step leaves of the potential, counted from rest, in [0, 1].
    """

    beta: FloatArray = field(kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "beta", _decay(self, self.beta, "beta"))


@dataclass(frozen=True, eq=False)
class CubaLINode(Silent):
    """Current-based leaky integrators.

    Attributes:
        alpha: α, ``(N,)``, float64, what a step leaves of the synaptic current, in [0, 1].
        beta: β, ``(N,)``, float64, what a step leaves of the potential, counted from rest, in [0, 1].
    """

    alpha: FloatArray = field(kw_only=True)
    beta: FloatArray = field(kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "alpha", _decay(self, self.alpha, "alpha"))
        object.__setattr__(self, "beta", _decay(self, self.beta, "beta"))


def _parameter(value: FloatArray, name: str, where: str) -> FloatArray:
    array = floats(value, name, where, 1)
    if array.dtype != "float64":
        raise ExportError(f"{name} of {array.dtype}", where=where, expected="float64")
    return array


def _for_each(node: Neurons | Silent, value: FloatArray, name: str) -> FloatArray:
    kind = type(node).__name__
    values = _parameter(value, name, kind)
    require_width(values, node.inputs, name, kind)
    return values


def _decay(node: Neurons | Silent, value: FloatArray, name: str) -> FloatArray:
    decay = _for_each(node, value, name)
    require_range(decay, name, type(node).__name__, low=0.0, high=1.0)
    return decay
