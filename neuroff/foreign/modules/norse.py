"""Neurons of Norse 1.1.0, step by step: LIFCell, LIFBoxCell, IAFCell, LICell, LIBoxCell."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from neuroff.errors import ExportError
from neuroff.foreign.convention import WRITERS, Convention
from neuroff.foreign.modules.part import Part, neurons, number

_WHOLE = WRITERS["norse"]


def lif(module: Any, dt_s: float) -> Part:
    """Return the part of a LIFCell: i ← (1 − dt/τ_syn) i + x, whole; v ← v + dt/τ_mem (v_leak − v + i)."""
    return neurons(
        "CubaLIF",
        _current(module) | _membrane(module, "tau_mem") | _threshold(module),
        _rule(module),
        _dt(module),
    )


def lif_box(module: Any, dt_s: float) -> Part:
    """Return the part of a LIFBoxCell."""
    return neurons("LIF", _membrane(module, "tau") | _threshold(module), _rule(module), _dt(module))


def iaf(module: Any, dt_s: float) -> Part:
    """Return the part of an IAFCell, which adds what arrives whole."""
    given = {"r": torch.ones(1).double(), **_threshold(module)}
    return neurons("IF", given, _rule(module), _dt(module))


def li(module: Any, dt_s: float) -> Part:
    """Return the part of an LICell."""
    return neurons("CubaLI", _current(module) | _membrane(module, "tau_mem"), _WHOLE, _dt(module))


def li_box(module: Any, dt_s: float) -> Part:
    """Return the part of an LIBoxCell."""
    return neurons("LI", _membrane(module, "tau"), _WHOLE, _dt(module))


def _dt(module: Any) -> float:
    return float(module.dt)


def _current(module: Any) -> dict[str, Tensor]:
    return {"tau_syn": 1.0 / number(module.p, "tau_syn_inv"), "w_in": torch.ones(1).double()}


def _membrane(module: Any, tau: str) -> dict[str, Tensor]:
    return {
        tau: 1.0 / number(module.p, "tau_mem_inv"),
        "v_leak": number(module.p, "v_leak"),
        "r": torch.ones(1).double(),
    }


def _threshold(module: Any) -> dict[str, Tensor]:
    return {"v_threshold": number(module.p, "v_th"), "v_reset": number(module.p, "v_reset")}


def _rule(module: Any) -> Convention:
    method = getattr(getattr(module.p, "reset_method", None), "__name__", "reset_value")
    if method == "reset_value":
        return _WHOLE
    if method == "reset_subtract":
        return replace(_WHOLE, reset="subtract")
    raise ExportError(f"reset_method {method}", expected="reset_value | reset_subtract")
