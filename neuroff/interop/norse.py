"""`neuroff.core.neurons.LIF` ↔ Norse's ``LIFBox`` and ``LIF``.

Norse integrates τ dv/dt = v_leak − v + i by Euler steps. With a = dt · tau_mem_inv and v_leak = 0, a step is

    v_t = v_{t−1} + a (i_t − v_{t−1}) = (1 − a) v_{t−1} + a i_t,      s_t = 1 if v_t > v_th else 0,

then the reset. That is neuroff's step with β = 1 − a and i_t = I_t / (1 − β): currents are multiplied by an
input gain, `NorseCell.input_gain`, or the weights before them once and for all. β here is 1 − dt/τ, not
exp(−dt/τ): a neuron is mapped by its decay per step, not by its time constant.

``LIFBox`` takes the current as it comes. ``LIF`` filters it, i_t = (1 − dt · tau_syn_inv) i_{t−1} + I_t, as
neuroff's current-based neuron does with α = 1 − dt · tau_syn_inv; with α = 0 it is LIFBox.

Both sides round differently in the last bit, so a potential that lies on the threshold to the last bit may
fire on one side only. Norse's own resets let a gradient through; `to_norse_cell` gives LIFBox resets that
let none through, as in neuroff.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from neuroff.checks import require_number
from neuroff.core.neurons import LIF, ResetName
from neuroff.core.neurons.surrogate import SurrogateName
from neuroff.errors import ConfigError
from neuroff.interop.checks import checked, one_number, require_current
from neuroff.interop.library import load_library
from neuroff.interop.norse_surrogate import method_of, surrogate_of

NorseModel = Literal["LIFBox", "LIF"]
_ROUNDING = 1e-12


@dataclass(frozen=True)
class NorseCell:
    """A Norse neuron: what its step functions and cells take.

    Attributes:
        parameters: Norse's ``LIFBoxParameters`` or ``LIFParameters``.
        dt_s: time step.
    """

    parameters: Any
    dt_s: float = 1e-3

    @property
    def input_gain(self) -> float:
        """Factor that turns neuroff's currents into Norse's, 1 / (dt · tau_mem_inv) = 1 / (1 − β)."""
        return 1.0 / (self.dt_s * one_number(self.parameters.tau_mem_inv, "tau_mem_inv", "NorseCell"))


def reset_to_value(spikes: Tensor, potential: Tensor, value: Tensor, threshold: Tensor) -> Tensor:
    """Set the potential of neurons that fired to a value; a ``reset_method`` that passes no gradient."""
    fired = spikes.detach()
    return (1 - fired) * potential + fired * value


def reset_by_subtraction(spikes: Tensor, potential: Tensor, value: Tensor, threshold: Tensor) -> Tensor:
    """Take the threshold off neurons that fired; a ``reset_method`` that passes no gradient."""
    return potential - spikes.detach() * threshold


def to_norse_cell(lif: LIF, dt_s: float = 1e-3, model: NorseModel = "LIFBox") -> NorseCell:
    """Return the Norse neuron that computes what a neuroff population computes.

    ``norse.torch.LIFBoxCell(cell.parameters, dt=cell.dt_s)`` makes a module of it.

    Args:
        lif: the population.
        dt_s: time step; Norse's rates are multiplied by it wherever they occur, so any will do.
        model: ``LIFBox``, or ``LIF``, which has a synaptic current.

    Raises:
        ConfigError: naming what Norse's neuron does not have: β = 1, most surrogates, and in ``LIF`` reset by
            subtraction.
        MissingDependencyError: if Norse is not installed.
    """
    where = "to_norse_cell"
    lif = checked(lif, where, current_based=model == "LIF")
    require_number("dt_s", dt_s, above=0.0, where=where)
    if lif.beta == 1.0:
        raise ConfigError(
            "beta = 1, a neuron that does not leak and takes no current in Norse's equation",
            where=where,
            expected="beta below 1",
        )
    if model == "LIF" and lif.reset != "zero":
        raise ConfigError(
            f"reset {lif.reset!r}",
            where=where,
            expected="reset 'zero' for Norse's LIF",
            fix="use model='LIFBox'",
        )
    method, alpha = method_of(lif.surrogate, lif.steepness)
    shared = {
        "tau_mem_inv": _number((1.0 - float(lif.beta)) / dt_s),
        "v_leak": _number(0.0),
        "v_th": _number(float(lif.threshold)),
        "v_reset": _number(0.0),
        "method": method,
        "alpha": _number(alpha),
    }
    if model == "LIF":
        functional = load_library("norse.torch.functional.lif")
        return NorseCell(
            functional.LIFParameters(tau_syn_inv=_number((1.0 - float(lif.alpha)) / dt_s), **shared), dt_s
        )
    functional = load_library("norse.torch.functional.lif_box")
    reset = reset_to_value if lif.reset == "zero" else reset_by_subtraction
    return NorseCell(functional.LIFBoxParameters(**shared, reset_method=reset), dt_s)


def from_norse_cell(
    cell: NorseCell,
    steps: int,
    *,
    surrogate: SurrogateName | None = None,
    steepness: float | None = None,
) -> LIF:
    """Return the neuroff population that computes what a Norse neuron computes.

    Its currents are Norse's divided by `NorseCell.input_gain`.

    Args:
        cell: the neuron; put Norse's parameters and time step into one.
        steps: T, which Norse takes from its input.
        surrogate: name of the surrogate derivative, where Norse's method has no counterpart.
        steepness: k of that derivative.

    Raises:
        ConfigError: naming what neuroff's population does not have.
        MissingDependencyError: if Norse is not installed.
    """
    where = "from_norse_cell"
    parameters = cell.parameters
    reset = _reset_name(cell, where)
    leak = one_number(parameters.v_leak, "v_leak", where)
    if leak != 0.0:
        raise ConfigError(
            f"v_leak = {leak:g}",
            where=where,
            expected="0",
            fix="shift v_th, v_reset and v_leak by the same voltage",
        )
    if surrogate is None or steepness is None:
        alpha = one_number(parameters.alpha, "alpha", where)
        surrogate, steepness = surrogate_of(parameters.method, alpha)
    beta = 1.0 - cell.dt_s * one_number(parameters.tau_mem_inv, "tau_mem_inv", where)
    if not 0.0 <= beta < 1.0:
        raise ConfigError(
            f"dt_s · tau_mem_inv = {1.0 - beta:g}",
            where=where,
            expected="above 0 and at most 1",
            fix="change dt_s",
        )
    threshold = one_number(parameters.v_th, "v_th", where)
    neuron = LIF(steps, beta, threshold, reset, surrogate, steepness, _alpha(cell, where))
    return checked(neuron, where, current_based=True)


def run_norse_cell(cell: NorseCell, current: Tensor) -> Tensor:
    """Run a Norse neuron from rest; autograd passes.

    Args:
        cell: the neuron.
        current: I_t in neuroff's scale, ``(T, B, N)``; multiplied by the input gain here.

    Returns:
        Spikes ``(T, B, N)``.

    Raises:
        ConfigError: if the parameters are of neither model.
        MissingDependencyError: if Norse is not installed.
        ShapeError: if ``current`` has another shape.
    """
    require_current(current, "run_norse_cell")
    model = _model(cell, "run_norse_cell")
    rest = torch.zeros_like(current[0])
    if model == "LIF":
        functional = load_library("norse.torch.functional.lif")
        advance, state = functional.lif_feed_forward_step, functional.LIFFeedForwardState(v=rest, i=rest)
    else:
        functional = load_library("norse.torch.functional.lif_box")
        advance, state = functional.lif_box_feed_forward_step, functional.LIFBoxFeedForwardState(v=rest)
    spikes = []
    for arriving in current * cell.input_gain:
        fired, state = advance(arriving, state, cell.parameters, cell.dt_s)
        spikes.append(fired)
    return torch.stack(spikes)


def _number(value: float) -> Tensor:
    return torch.tensor(value, dtype=torch.float64)


def _model(cell: NorseCell, where: str) -> NorseModel:
    if isinstance(cell.parameters, load_library("norse.torch.functional.lif_box").LIFBoxParameters):
        return "LIFBox"
    if isinstance(cell.parameters, load_library("norse.torch.functional.lif").LIFParameters):
        return "LIF"
    raise ConfigError(
        f"parameters of type {type(cell.parameters).__name__}",
        where=where,
        expected="Norse's LIFBoxParameters or LIFParameters",
    )


def _reset_name(cell: NorseCell, where: str) -> ResetName:
    parameters, model = cell.parameters, _model(cell, where)
    if model == "LIFBox":
        own = load_library("norse.torch.functional.reset")
        if parameters.reset_method in (own.reset_subtract, reset_by_subtraction):
            return "subtract"
        if parameters.reset_method not in (own.reset_value, reset_to_value):
            raise ConfigError(
                "a reset_method that is not one of Norse's",
                where=where,
                expected="reset_value or reset_subtract",
            )
    value = one_number(parameters.v_reset, "v_reset", where)
    if value != 0.0:
        raise ConfigError(f"v_reset = {value:g}", where=where, expected="0, which is also where v_leak lies")
    return "zero"


def _alpha(cell: NorseCell, where: str) -> float:
    """Return what a step leaves of the synaptic current; nothing in LIFBox, which has none."""
    if _model(cell, where) == "LIFBox":
        return 0.0
    kept = 1.0 - cell.dt_s * one_number(cell.parameters.tau_syn_inv, "tau_syn_inv", where)
    return 0.0 if abs(kept) < _ROUNDING else kept
