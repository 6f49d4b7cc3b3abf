"""Neurons of SpikingJelly 2.0.0, in single-step and multi-step mode: IFNode, LIFNode, ParametricLIFNode.

v ← v + (x − (v − v_rest))/τ with ``decay_input``, v ← v − (v − v_rest)/τ + x without; a spike where v ≥ θ;
v_rest is ``v_reset``, or zero where the reset is soft, by subtraction of θ, and potentials start there.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from neuroff.foreign.convention import Convention
from neuroff.foreign.modules.part import Part, neurons


def integrate(module: Any, dt_s: float) -> Part:
    """Return the part of an IFNode."""
    held = _threshold(module)
    return neurons("IF", {"r": _one(1.0 / dt_s), "v_first": held["v_reset"], **held}, _rule(module), dt_s)


def leaky(module: Any, dt_s: float) -> Part:
    """Return the part of a LIFNode."""
    return _leaky(module, float(module.tau), dt_s)


def parametric(module: Any, dt_s: float) -> Part:
    """Return the part of a ParametricLIFNode, whose 1/τ is a sigmoid."""
    return _leaky(module, 1.0 / float(module.w.detach().double().sigmoid()), dt_s)


def _leaky(module: Any, tau: float, dt_s: float) -> Part:
    rest = 0.0 if module.v_reset is None else float(module.v_reset)
    given = {
        "tau": _one(tau * dt_s),
        "r": _one(1.0 if module.decay_input else tau),
        "v_leak": _one(rest),
        **_threshold(module),
    }
    return neurons("LIF", given, _rule(module), dt_s)


def _threshold(module: Any) -> dict[str, Tensor]:
    reset = 0.0 if module.v_reset is None else float(module.v_reset)
    return {"v_threshold": _one(float(module.v_threshold)), "v_reset": _one(reset)}


def _rule(module: Any) -> Convention:
    return Convention(
        "spikingjelly", reset="subtract" if module.v_reset is None else "value", fires="reached"
    )


def _one(value: float) -> Tensor:
    return torch.full((1,), value, dtype=torch.float64)
