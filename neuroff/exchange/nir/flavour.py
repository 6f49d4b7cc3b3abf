"""How each simulator reads a NIR neuron, and so what a file for it has to say.

NIR (Pedersen et al., Nature Communications 15, 8122, 2024) writes neurons as differential equations. With
Euler steps of dt and rest at zero, its LIF computes v_t = (1 − dt/τ) ṽ_{t−1} + (dt r/τ) x_t, fires where
v_t > θ and resets to a value; a time step, reset by subtraction and firing at v_t = θ it does not know.
Libraries differ:

============== ========================================================================================
``nir``        the equations as they are written, with the graph's ``dt_ms``; no reset by subtraction; the
               only one with resets to a value other than rest
``snntorch``   dt = 0.1 ms whatever the file says; an IF neuron is a LIF neuron with τ = 2⁶⁰ dt, because the
               importer gives nir.IF a leak of 0.9; one threshold per population
``norse``      every neuron is a CubaLIF, whose r the importer applies; r of nir.LIF it drops
``sinabs``     τ in steps with decay exp(−1/τ), r ignored; current i_t = α (i_{t−1} + w_in x_t), w_in = 1/α;
               of neurons that do not fire LI, an I as one of τ = 2⁶⁰ steps
``spikingjelly`` the equations as written, one value per parameter and population; fires where v_t ≥ θ;
               neurons start at v_reset
============== ========================================================================================

Where a library fires above the threshold only, the next number below θ is written, and the other way round.
neuroff's own numbers stand beside, in a group of their own, so that reading a file back is exact. sinabs
3.1.3 reads with nir 1.0.4, whose neurons know no v_reset: a file for sinabs has none, which is zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import get_args

import numpy as np

from neuroff.chip.checks import FloatArray, require_member
from neuroff.choices import Flavour as Flavour
from neuroff.errors import ExportError, in_both
from neuroff.exchange.graph.graph import Graph, Numeric
from neuroff.exchange.graph.neurons import (
    CubaLIFNode,
    CubaLINode,
    IFNode,
    INode,
    LIFNode,
    LINode,
    Neurons,
    Silent,
)

SNNTORCH_STEP_S = 1e-4
ENDLESS = 2.0**60
"""Time constant of what does not decay, in steps: 1 − 1/τ and exp(−1/τ) are 1 in float64."""
DEPTH_FIRST: tuple[Flavour, ...] = ("norse", "sinabs")
"""Whose importer (nirtorch's GraphExecutor) runs nodes as it finds them walking down from the input."""
ADDS_UP: tuple[Flavour, ...] = ("norse", "sinabs")
"""Whose importer knows sums of windows (SumPool2d) and no means: these go into the weights that follow."""
OVER_ROWS: tuple[Flavour, ...] = ("nir", "spikingjelly")
"""Whose reader takes Conv1d; others get a Conv2d on planes of height one (sinabs 3.1.3 stops at a Conv1d)."""
WHOLE_TIME: tuple[Flavour, ...] = ("sinabs",)
"""Whose importer runs all steps of one node before the next: nothing arrives a step later."""
PAIRS_FAIL: tuple[Flavour, ...] = ("snntorch",)
"""Whose importer fails where neurons and weights are joined both ways, with nothing between."""
_ANY_RESET: tuple[Flavour, ...] = ("nir",)
_SILENT: tuple[Flavour, ...] = ("nir", "sinabs")
_FIRES_WHEN_REACHED = ("sinabs", "spikingjelly")
_UNIFORM = {
    "snntorch": ("v_threshold",),
    "spikingjelly": ("v_threshold", "r", "w_in", "tau", "tau_mem", "tau_syn"),
}


_RESETS: Mapping[str, str] = MappingProxyType(
    {
        "snntorch": "its importer takes every v_reset for zero",
        "norse": "its importer takes every v_reset for zero",
        "sinabs": "its nir knows no v_reset",
        "spikingjelly": "its neurons start at v_reset too",
    }
)
"""Why a flavour has no reset to a value other than rest."""
_SUBTRACTING: Mapping[str, str] = MappingProxyType(
    {
        "norse": "pass reset_method=norse.torch.functional.reset.reset_subtract to from_nir",
        "spikingjelly": "set v_reset = None on every neuron after import_from_nir",
        "snntorch": "its neurons subtract a step late, which no attribute mends",
    }
)
"""How the neurons of an importer are made to subtract."""


def set_right(graph: Graph, flavour: Flavour, file: str) -> tuple[str, ...]:
    """Return what of a reader's import has to be put right, because a file cannot say it; empty if nothing.

    Args:
        graph: that is written.
        flavour: who will read it.
        file: its name.
    """
    resets = {name: node.reset for name, node in graph.nodes.items() if isinstance(node, Neurons)}
    subtracting = [name for name, reset in resets.items() if reset == "subtract"]
    by_neuroff = f"neuroff.interop.simulators.libraries.load({flavour!r}, {file!r}) does it"
    found = []
    if flavour in _SUBTRACTING and subtracting:
        found.append(
            f"{', '.join(subtracting)}: reset by subtraction, which a NIR file cannot say; {flavour}'s "
            f"importer resets to zero, and spikes differ until it is told: {_SUBTRACTING[flavour]}; "
            f"{by_neuroff}"
        )
    if flavour == "sinabs" and resets:
        reset = (
            "" if len(subtracting) == len(resets) else " and reset_fn = MembraneReset() where it is to zero"
        )
        found.append(
            "sinabs' importer lets neurons send several spikes in a step and subtracts: set spike_fn = "
            f"SingleSpike{reset} after from_nir; {by_neuroff}"
        )
    return tuple(found)


def step_s(graph: Graph, flavour: Flavour) -> float:
    """Return the duration of a step in the unit a flavour's time constants are written in."""
    require_member(flavour, get_args(Flavour), "flavour", "NIR")
    if flavour == "snntorch":
        return SNNTORCH_STEP_S
    return 1.0 if flavour == "sinabs" else graph.dt_ms / 1000.0


def nir_neurons(
    name: str, node: Neurons | Silent, flavour: Flavour, dt_s: float, numeric: Numeric
) -> tuple[str, dict[str, FloatArray]]:
    """Return the type and the parameters of a NIR node that does as ``node`` does.

    Args:
        name: of the node, for errors.
        node: the neurons.
        flavour: who will read it.
        dt_s: see `step_s`.
        numeric: the type in which potentials meet the threshold.

    Raises:
        ExportError: naming what the flavour cannot express.
    """
    where = f"node {name!r}"
    if isinstance(node, Silent):
        return _silent(node, flavour, dt_s, where)
    if flavour == "nir" and node.reset == "subtract":
        raise ExportError(
            "reset by subtraction",
            where=where,
            expected="reset to zero: NIR's neurons reset to a value",
            fix="name the simulator the file is for, such as --flavour sinabs (in Python "
            "flavour='sinabs'); see docs/porting.md",
        )
    if node.value is not None and flavour not in _ANY_RESET:
        raise ExportError(
            "a reset to a value other than rest",
            where=where,
            expected=f"a reset to rest, or by subtraction: {_RESETS[flavour]}",
            fix=in_both("flavour", *_ANY_RESET),
        )
    if node.refractory:
        raise ExportError(
            f"{node.refractory} refractory steps",
            where=where,
            expected="none: NIR's neurons do not wait",
            fix="train with neuron.refractory=0",
        )
    kind, numbers = _parameters(node, flavour, dt_s, where)
    zeros = np.zeros(node.inputs)
    numbers["v_threshold"] = _threshold(node, flavour, numeric)
    if flavour != "sinabs":
        numbers["v_reset"] = zeros if node.value is None else node.value
    if kind != "IF":
        numbers["v_leak"] = zeros
    for field in _UNIFORM.get(flavour, ()):
        if field in numbers and (numbers[field] != numbers[field][0]).any():
            raise ExportError(
                f"{field} differs between neurons",
                where=where,
                expected=f"one value for all: {flavour} knows no other populations",
                fix="make one population per value, or use another flavour",
            )
    return kind, numbers


def _silent(node: Silent, flavour: Flavour, dt_s: float, where: str) -> tuple[str, dict[str, FloatArray]]:
    """Return the type and the parameters of a NIR node that sends its potential."""
    if flavour not in _SILENT or (flavour == "sinabs" and isinstance(node, CubaLINode)):
        raise ExportError(
            f"neurons that do not fire ({type(node).__name__.removesuffix('Node')})",
            where=where,
            expected=f"neurons that fire: {flavour}'s importer knows no such node",
            fix=in_both("flavour", *(("nir",) if flavour in _SILENT else _SILENT)),
        )
    if node.rest.any() and (flavour != "nir" or isinstance(node, INode)):
        raise ExportError(
            "neurons that do not fire and rest at other than zero",
            where=where,
            expected="a potential that starts at zero",
            fix="" if flavour == "nir" else in_both("flavour", "nir"),
        )
    kind, numbers = _parameters(node, flavour, dt_s, where)
    if flavour == "sinabs":  # which knows no I
        return "LI", {"tau": ENDLESS * np.ones(node.inputs), **numbers, "v_leak": node.rest}
    kind = kind.removesuffix("F")
    return kind, numbers if kind == "I" else {**numbers, "v_leak": node.rest}


def _parameters(
    node: Neurons | Silent, flavour: Flavour, dt_s: float, where: str
) -> tuple[str, dict[str, FloatArray]]:
    ones = np.ones(node.inputs)
    if flavour == "sinabs":
        return _sinabs(node, ones, where)
    if isinstance(node, CubaLIFNode | CubaLINode):
        return "CubaLIF", _cuba(_steps(node.alpha), _steps(node.beta), dt_s)
    if isinstance(node, LIFNode | LINode):
        tau = _steps(node.beta)
        # Norse drops r of nir.LIF; SpikingJelly's LIF needs a decay above 0. A current of one step is none.
        if flavour == "norse" or (flavour == "spikingjelly" and (node.beta == 0.0).all()):
            return "CubaLIF", _cuba(ones, tau, dt_s)
        return "LIF", {"tau": tau * dt_s, "r": tau}
    if isinstance(node, IFNode | INode):
        if flavour == "norse":
            return "CubaLIF", _cuba(ones, ENDLESS * ones, dt_s)
        if flavour == "snntorch":
            return "LIF", {"tau": ENDLESS * dt_s * ones, "r": ENDLESS * ones}
        return "IF", {"r": ones / dt_s}
    raise ExportError(f"a {type(node).__name__}", where=where, expected="neurons that NIR has")


def _cuba(tau_syn: FloatArray, tau_mem: FloatArray, dt_s: float) -> dict[str, FloatArray]:
    """Return the parameters of a nir.CubaLIF whose gains are one; time constants in steps."""
    return {"tau_syn": tau_syn * dt_s, "tau_mem": tau_mem * dt_s, "r": tau_mem, "w_in": tau_syn}


def _sinabs(node: Neurons | Silent, ones: FloatArray, where: str) -> tuple[str, dict[str, FloatArray]]:
    if isinstance(node, CubaLIFNode):
        if (node.alpha == 0.0).any():
            raise ExportError(
                "alpha = 0",
                where=where,
                expected="alpha above 0: sinabs' current decays before it reaches the potential",
                fix="use a LIFNode, which is the same neuron",
            )
        tau_syn, tau_mem = _exponential(node.alpha), _exponential(node.beta)
        return "CubaLIF", {"tau_syn": tau_syn, "tau_mem": tau_mem, "r": ones, "w_in": 1.0 / node.alpha}
    if isinstance(node, LIFNode | LINode):
        return "LIF", {"tau": _exponential(node.beta), "r": ones}
    return "IF", {"r": ones}


def _steps(decay: FloatArray) -> FloatArray:
    """Return τ/dt = 1 / (1 − decay)."""
    kept = decay == 1.0
    return np.where(kept, ENDLESS, 1.0 / (1.0 - np.where(kept, 0.0, decay)))


def _exponential(decay: FloatArray) -> FloatArray:
    """Return τ/dt = −1 / ln decay; zero for no memory."""
    tau = np.where(decay == 1.0, ENDLESS, 0.0)
    between = (decay > 0.0) & (decay < 1.0)
    tau[between] = -1.0 / np.log(decay[between])
    return tau


def _threshold(node: Neurons, flavour: Flavour, numeric: Numeric) -> FloatArray:
    library = "reached" if flavour in _FIRES_WHEN_REACHED else "exceeded"
    if node.fires == library:
        return node.threshold
    towards = -np.inf if library == "exceeded" else np.inf
    rounded = node.threshold.astype(numeric)
    neighbour: FloatArray = np.nextafter(rounded, np.asarray(towards, dtype=numeric)).astype(np.float64)
    return neighbour
