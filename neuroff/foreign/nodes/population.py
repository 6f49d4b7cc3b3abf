"""Neurons: IF, LIF, CubaLIF, which fire; LI, I, CubaLI, which do not; Threshold, which only fires."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

import torch
from torch import Tensor

from neuroff.errors import ExportError
from neuroff.foreign.convention import Convention
from neuroff.foreign.nodes.alpha import TwoCurrents
from neuroff.foreign.nodes.firing import MANY, Firing
from neuroff.foreign.nodes.membranes import CurrentBased, Integrating, Leaky, Membrane, lost
from neuroff.foreign.nodes.numbers import broadcast_to, numbers
from neuroff.foreign.nodes.protocol import Fitted, Shape, State
from neuroff.hdf5.tree import Tree

FORGETS = 0.999
"""Share of its potential that a neuron loses in a step, from which on it has no memory worth the name."""


@dataclass(frozen=True)
class Population:
    """Neurons of one kind.

    Attributes:
        inputs: their shape.
        membrane: how the potential moves; None for a Threshold, which remembers nothing.
        firing: None where they do not fire and send their potential.
        bias: added to what arrives; None for none.
        rest: whether potentials start at v_leak.
        floor: below which no potential is kept after a step; None for none.
        settled: whether the file itself says how these neurons are stepped.
    """

    inputs: Shape
    membrane: Membrane | None
    firing: Firing | None
    bias: Tensor | None = None
    rest: bool = True
    floor: Tensor | None = None
    settled: bool = False

    @property
    def kind(self) -> str:
        """NIR's name of the kind."""
        if self.membrane is None:
            return "Threshold"
        return _KIND_OF[type(self.membrane)][0 if self.firing is not None else 1]

    @property
    def sends_counts(self) -> bool:
        """Whether a neuron may fire several times in a step."""
        return self.firing is not None and self.firing.most > 1

    def under(self, rule: Convention) -> Population:
        """Return the same neurons, stepped as another writer does."""
        if self.settled:
            return self
        membrane, firing = self.membrane, self.firing
        if membrane is not None:
            membrane = membrane.under(rule, self.kind)
        if firing is not None:
            waits = rule.reset_late and membrane is not None
            many = rule.spikes == "many" and membrane is not None and bool((firing.threshold > 0).all())
            firing = replace(
                firing, reset=rule.reset, late=waits, fires=rule.fires, most=MANY if many else 1.0
            )
            if isinstance(membrane, TwoCurrents):  # which resets by itself
                firing = replace(firing, reset="none", late=False)
        floor = torch.zeros(self.inputs, dtype=torch.float64) if rule.floored and firing is not None else None
        return replace(self, membrane=membrane, firing=firing, floor=floor, rest=rule.start == "rest")

    @property
    def outputs(self) -> Shape:
        """The neurons."""
        return self.inputs

    def start(self, samples: int) -> State:
        """Return potentials (and currents), and the last spikes where a reset waits for the next step."""
        state = () if self.membrane is None else self.membrane.start(samples, self.rest)
        if self.firing is not None and self.firing.late:
            return (*state, torch.zeros(samples, *self.inputs, dtype=torch.float64))
        return state

    def step(self, arriving: Tensor, state: State) -> tuple[Tensor, State]:
        """Return spikes, or potentials of neurons that do not fire, ``(B, *inputs)``."""
        arriving = arriving.reshape(arriving.shape[0], *self.inputs)
        if self.bias is not None:
            arriving = arriving + self.bias
        firing = self.firing
        if self.membrane is None:
            assert firing is not None
            return firing.spikes(arriving), state
        fired: State = ()
        if firing is not None and firing.late:
            *held, last = state
            potential, *rest = self.membrane.step(arriving, tuple(held))
            potential = firing.after(potential, last)
            spikes = firing.spikes(potential)
            fired = (spikes,)
        else:
            potential, *rest = self.membrane.step(arriving, state)
            if firing is None:
                return potential, (potential, *rest)
            spikes = firing.spikes(potential)
            potential = firing.after(potential, spikes)
        if self.floor is not None:
            potential = torch.maximum(potential, self.floor)
        return spikes, (potential, *rest, *fired)


@dataclass(frozen=True)
class UnfittedPopulation:
    """Neurons before their number is known.

    Attributes:
        kind: NIR's name.
        given: parameters by NIR's names, in any shape; some have a ``bias`` too, a ``v_floor`` below which no
            potential is kept, ``v_taken`` by a spike, and neurons without a leak ``v_first``, where
            potentials start.
        convention: how they are stepped.
        dt_s: duration of a step.
        settled: whether no other convention is possible.
        most: spikes in a step, where they may be several and are limited.
    """

    kind: str
    given: Mapping[str, Tensor]
    convention: Convention
    dt_s: float
    settled: bool = False
    most: float = math.inf

    def fit(self, arriving: Shape) -> Fitted:
        """Take as many values as there are neurons; a parameter may be given once for all."""
        p = {key: broadcast_to(value, arriving, key) for key, value in self.given.items()}
        membrane = _MEMBRANES[self.kind](p, self.dt_s)
        firing = None
        if "v_threshold" in p:
            firing = Firing(p["v_threshold"], p["v_reset"], taken=p.get("v_taken"))
            if self.convention.spikes == "many" and not bool((firing.threshold > 0).all()):
                raise ExportError(
                    "several spikes in a step and a threshold that is not above zero",
                    expected="thresholds above 0",
                )
        made = Population(arriving, membrane, firing, p.get("bias")).under(self.convention)
        made = replace(made, floor=p.get("v_floor", made.floor))
        if made.firing is not None:
            firing = replace(made.firing, most=min(self.most, made.firing.most))
            made = replace(made, firing=firing)
        return Fitted(replace(made, settled=self.settled), self._memory(p))

    def _memory(self, p: Mapping[str, Tensor]) -> str:
        for key in ("tau", "tau_mem"):
            shortest_s = float(p[key].min()) if key in p and p[key].numel() else math.inf
            step = torch.tensor(self.dt_s / shortest_s).double()
            if float(lost(step, self.convention.decay == "exponential")) > FORGETS:
                return (
                    f"{key} of {shortest_s * 1000:.3g} ms is hardly more than a step of "
                    f"{self.dt_s * 1000:.3g} ms: the neuron keeps nothing of its potential; check dt_ms"
                )
            if self.convention.writer == "nir" and 1.0 <= shortest_s < 1e6:
                return (
                    f"{key} of {shortest_s:.3g} s, {shortest_s / self.dt_s:.3g} steps; files of sinabs count "
                    "time constants in steps: --written-by sinabs, if it is one"
                )
        return ""


def _integrating(p: Mapping[str, Tensor], dt_s: float) -> Membrane:
    return Integrating(dt_s * p["r"], p.get("v_first", torch.zeros_like(p["r"])))


def _leaky(p: Mapping[str, Tensor], dt_s: float) -> Membrane:
    return Leaky(dt_s / p["tau"], p["v_leak"], p["r"])


def _current_based(p: Mapping[str, Tensor], dt_s: float) -> Membrane:
    potential = Leaky(dt_s / p["tau_mem"], p["v_leak"], p["r"])
    return CurrentBased(dt_s / p["tau_syn"], p["w_in"], potential)


def _two_currents(p: Mapping[str, Tensor], dt_s: float) -> Membrane:
    return TwoCurrents(p["alpha"], p["beta"], p["v_threshold"])


def _none(p: Mapping[str, Tensor], dt_s: float) -> None:
    return None


_KIND_OF: Final[Mapping[type, tuple[str, str]]] = MappingProxyType(
    {
        Integrating: ("IF", "I"),
        Leaky: ("LIF", "LI"),
        CurrentBased: ("CubaLIF", "CubaLI"),
        TwoCurrents: ("Alpha", "Alpha"),
    }
)
"""NIR's names by membrane: of neurons that fire, and of those that do not; Alpha is none of NIR's."""

_MEMBRANES: Final[Mapping[str, Callable[[Mapping[str, Tensor], float], Membrane | None]]] = MappingProxyType(
    {
        "IF": _integrating,
        "I": _integrating,
        "LIF": _leaky,
        "LI": _leaky,
        "CubaLIF": _current_based,
        "CubaLI": _current_based,
        "Threshold": _none,
        "Alpha": _two_currents,
    }
)

_LEAKY = ("tau", "r", "v_leak")
_CUBA = ("tau_syn", "tau_mem", "r", "v_leak")
_NAMES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "IF": ("r", "v_threshold"),
        "I": ("r",),
        "LIF": (*_LEAKY, "v_threshold"),
        "LI": _LEAKY,
        "CubaLIF": (*_CUBA, "v_threshold"),
        "CubaLI": _CUBA,
        "Threshold": ("threshold",),
    }
)
KINDS: Final = tuple(_NAMES)
"""NIR's kinds of neurons."""


def read_population(kind: str, fields: Tree, where: str, dt_s: float, rule: Convention) -> UnfittedPopulation:
    """Read neurons.

    Args:
        kind: one of `KINDS`.
        fields: of the node.
        where: for messages.
        dt_s: duration of a step.
        rule: what the file does not say.

    Raises:
        ExportError: if a parameter is missing or cannot be.
    """
    given = {key: numbers(fields, key, where) for key in _NAMES[kind]}
    if kind == "Threshold":
        given = {"v_threshold": given["threshold"]}
    if "v_threshold" in given:
        given["v_reset"] = (
            numbers(fields, "v_reset", where) if "v_reset" in fields else torch.zeros(1).double()
        )
    if kind in ("CubaLIF", "CubaLI"):
        given["w_in"] = numbers(fields, "w_in", where) if "w_in" in fields else torch.ones(1).double()
    for key in ("tau", "tau_syn", "tau_mem"):
        least = 0.0 if rule.decay == "exponential" else dt_s * (1 - 1e-6)
        if key in given and not bool((given[key] >= least).all() & (given[key] > 0).all()):
            raise ExportError(
                f"{key} of {float(given[key].min()):.4g} s, shorter than a step of {dt_s:.4g} s",
                where=where,
                expected="a time constant of a step or more: Euler steps do not come back from less"
                if least
                else "a time constant above 0",
                fix="check dt_ms, and say who wrote the file: --written-by norse, whose time constants are "
                "multiplied by dt, sinabs, whose are in steps, …",
            )
    return UnfittedPopulation(kind, MappingProxyType(given), rule, dt_s)
