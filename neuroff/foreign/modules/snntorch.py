"""Neurons of snnTorch 1.0.0: Leaky, Synaptic, Alpha, Lapicque, RLeaky, RSynaptic.

mem ← β mem + x, and a spike where mem exceeds θ. With ``reset_delay`` a reset acts in the step after the
spike: by subtraction on what has decayed and arrived; to zero on Leaky before it decays, on the others after
what arrives, which is lost. Without it a reset acts at once; a potential that a subtraction leaves above θ is
not followed further, and such a module is refused. Lapicque: mem ← (1 − dt/RC) mem + (dt/C) x. What recurs in
an RLeaky is what fired the step before.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from neuroff.errors import ExportError
from neuroff.foreign.convention import Convention
from neuroff.foreign.modules.layers import convolution, matrix, wide
from neuroff.foreign.modules.part import Part, decaying, neurons, number, require
from neuroff.foreign.nodes.protocol import Unfitted
from neuroff.foreign.nodes.weights import UnfittedScale


def leaky(module: Any, dt_s: float) -> Part:
    """Return the part of a Leaky."""
    return neurons("LIF", _leaky(number(module, "beta"), module, dt_s), _rule(module, eager_zero=True), dt_s)


def synaptic(module: Any, dt_s: float) -> Part:
    """Return the part of a Synaptic."""
    return neurons("CubaLIF", _synaptic(module, dt_s), _rule(module), dt_s)


def _synaptic(module: Any, dt_s: float) -> dict[str, Tensor]:
    tau_syn, gain_syn = decaying(number(module, "alpha").clamp(0, 1), dt_s)
    given = _leaky(number(module, "beta"), module, dt_s)
    given = {("tau_mem" if key == "tau" else key): value for key, value in given.items()}
    require(module, {"a reset to zero, which clears its current too": module.reset_mechanism != "zero"})
    return given | {"tau_syn": tau_syn, "w_in": gain_syn}


def lapicque(module: Any, dt_s: float) -> Part:
    """Return the part of a Lapicque."""
    r, c, step = (number(module, name) for name in ("R", "C", "time_step"))
    given = {"tau": r * c / step * dt_s, "r": r, "v_leak": torch.zeros(1).double(), **_threshold(module)}
    return neurons("LIF", given, _rule(module), dt_s)


def rleaky(module: Any, dt_s: float) -> Part:
    """Return the part of an RLeaky."""
    kind, node, bias = _recurrent(module.recurrent, dt_s)
    given = _leaky(number(module, "beta"), module, dt_s)
    if bias is not None:
        given["bias"] = bias
    return neurons("LIF", given, _rule(module), dt_s, recurrent=(kind, node))


def alpha(module: Any, dt_s: float) -> Part:
    """Return the part of an Alpha."""
    given = {"alpha": number(module, "alpha"), "beta": number(module, "beta"), **_threshold(module)}
    return neurons("Alpha", given, _rule(module), dt_s)


def rsynaptic(module: Any, dt_s: float) -> Part:
    """Return the part of an RSynaptic."""
    kind, node, bias = _recurrent(module.recurrent, dt_s)
    given = _synaptic(module, dt_s) | ({} if bias is None else {"bias": bias})
    return neurons("CubaLIF", given, _rule(module), dt_s, recurrent=(kind, node))


def _recurrent(module: Any, dt_s: float) -> tuple[str, Unfitted, Tensor | None]:
    """Return the weights that spikes recur through, and the bias, which is there from the first step on."""
    if isinstance(module, nn.Linear):
        held = matrix(module)
        return "Linear", type(held)(held.weight, None), held.bias
    if isinstance(module, nn.Conv2d):
        (kind, node), bias = convolution(module, dt_s).nodes[""], wide(module.bias)
        return (
            kind,
            node if bias is None else _without_bias(node),
            None if bias is None else bias[:, None, None],
        )
    return "Scale", UnfittedScale(number(module, "V")), None


def _without_bias(node: Any) -> Unfitted:
    without: Unfitted = replace(node, bias=None)
    return without


def _leaky(beta: Tensor, module: Any, dt_s: float) -> dict[str, Tensor]:
    tau, gain = decaying(beta.clamp(0, 1), dt_s)
    return {"tau": tau, "r": gain, "v_leak": torch.zeros(1).double(), **_threshold(module)}


def _threshold(module: Any) -> dict[str, Tensor]:
    return {"v_threshold": number(module, "threshold"), "v_reset": torch.zeros(1).double()}


def _rule(module: Any, *, eager_zero: bool = False) -> Convention:
    graded = torch.as_tensor(getattr(module, "graded_spikes_factor", 1.0))
    require(
        module,
        {
            "inhibition": not module.inhibition,
            "a quantised state": not module.state_quant,
            "graded spikes": bool((graded == 1).all()),
        },
    )
    late = bool(getattr(module, "reset_delay", True))
    kind = module.reset_mechanism
    if kind == "subtract":
        return Convention("snntorch", reset="subtract", reset_late=late)
    if kind == "zero":
        return Convention("snntorch", reset="value", reset_late=late and not eager_zero)
    if kind == "none":
        return Convention("snntorch", reset="none")
    raise ExportError(f"reset_mechanism {kind!r}", expected="subtract | zero | none")
