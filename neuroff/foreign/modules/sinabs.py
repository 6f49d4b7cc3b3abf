"""Layers of sinabs 3.1.3: IAF, LIF, ExpLeak, their recurrent and squeezed kinds, SumPool2d.

With α = exp(−1/τ), τ in steps, or learned itself (``train_alphas``):

    i ← α_syn (i + x)         x itself where there is no current
    v ← α v + (1 − α) i       with ``norm_input``; α v + i without; α is 1 for IAF
    s = ⌊v/θ⌋                 MultiSpike; at most n for MaxSpike(n); one where v ≥ θ for SingleSpike

then the reset, by s times θ or another value, or to zero, and no potential is kept below ``min_v_mem``. What
recurs is what fired the step before. Potentials start at zero.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from neuroff.errors import ExportError
from neuroff.foreign.convention import Convention
from neuroff.foreign.modules.layers import matrix
from neuroff.foreign.modules.part import Part, decaying, neurons, plain
from neuroff.foreign.nodes.convolution import Kernel
from neuroff.foreign.nodes.pooling import UnfittedPool
from neuroff.foreign.nodes.population import UnfittedPopulation
from neuroff.foreign.nodes.protocol import Shape


def leaky(module: Any, dt_s: float) -> Part:
    """Return the part of a LIF or ExpLeak, or of an IAF, whose α is 1."""
    kept = _wide(module.alpha_mem_calculated)
    fires = module.spike_fn is not None
    tau, gain = decaying(kept, dt_s)
    given = {"r": torch.ones_like(gain) if module.norm_input else gain, "v_leak": _wide(0.0)}
    if module.min_v_mem is not None:
        given["v_floor"] = _wide(module.min_v_mem)
    if fires:
        given |= {"v_threshold": _wide(module.spike_threshold), "v_reset": _wide(0.0), **_taken(module)}
    rule, most = _rule(module) if fires else (Convention("sinabs"), 1.0)
    kept_syn = module.alpha_syn_calculated
    if kept_syn is None and fires and bool((kept == 1).all()):
        given["r"] = _wide(1.0 / dt_s)
        made = neurons("IF", given, replace(rule, whole=frozenset({"IF"})), dt_s)
    elif kept_syn is None:
        made = neurons("LIF" if fires else "LI", given | {"tau": tau}, rule, dt_s)
    else:
        tau_syn, gain_syn = decaying(_wide(kept_syn), dt_s)
        current = {"tau_mem": tau, "tau_syn": tau_syn, "w_in": gain_syn * _wide(kept_syn)}
        made = neurons("CubaLIF" if fires else "CubaLI", given | current, rule, dt_s)
    ((kind, node),) = made.nodes.values()
    assert isinstance(node, UnfittedPopulation)
    return replace(made, nodes={"": (kind, replace(node, most=most))})


def recurrent(module: Any, dt_s: float) -> Part:
    """Return the part of a LIFRecurrent or IAFRecurrent."""
    weights: Any = module.rec_connect
    if not isinstance(weights, nn.Linear) or getattr(weights, "bias", None) is not None:
        raise ExportError(
            f"{type(module).__name__} with a {type(weights).__name__}, or a bias, for rec_connect",
            expected="rec_connect to be a Linear without bias: nothing recurs in the first step",
        )
    made = leaky(module, dt_s)
    return replace(
        made,
        nodes={**made.nodes, ".recurrent": ("Linear", matrix(weights))},
        edges=(("", ".recurrent"), (".recurrent", "")),
    )


def sum_pool(module: Any, dt_s: float) -> Part:
    """Return the part of a SumPool2d."""
    if module.ceil_mode:
        raise ExportError("SumPool2d with ceil_mode", expected="a sum over whole windows")
    window = _pair(module.kernel_size)
    stride = window if module.stride is None else _pair(module.stride)
    return plain("SumPool2d", UnfittedPool(window, Kernel(stride, (0, 0), (0, 0), (1, 1)), mean=False))


def _rule(module: Any) -> tuple[Convention, float]:
    """Return how neurons fire and reset, and how often they may fire in a step."""
    reset = type(module.reset_fn).__name__
    if reset not in ("MembraneSubtract", "MembraneReset"):
        raise ExportError(f"reset_fn {reset}", expected="MembraneSubtract | MembraneReset")
    if reset == "MembraneReset" and module.reset_fn.reset_value != 0:
        raise ExportError(
            f"reset_value = {module.reset_fn.reset_value:g}, which sinabs adds to every potential, of silent "
            "neurons too",
            expected="a reset to zero",
        )
    given = module.spike_fn
    kind = given.__name__ if isinstance(given, type) else type(given).__name__
    if kind not in ("SingleSpike", "MultiSpike", "MaxSpike"):
        raise ExportError(f"spike_fn {kind}", expected="SingleSpike | MultiSpike | MaxSpike")
    most = 1.0 if kind == "SingleSpike" else getattr(given, "max_num_spikes_per_bin", None) or math.inf
    rule = Convention(
        "sinabs",
        reset="subtract" if reset == "MembraneSubtract" else "value",
        fires="reached",
        spikes="one" if kind == "SingleSpike" else "many",
    )
    return rule, float(most)


def _taken(module: Any) -> dict[str, Tensor]:
    value = getattr(module.reset_fn, "subtract_value", None)
    return {} if value is None else {"v_taken": _wide(value)}


def _wide(value: Any) -> Tensor:
    wide = torch.as_tensor(value).detach().cpu().double()
    return wide.reshape(1) if wide.ndim == 0 else wide


def _pair(value: int | tuple[int, ...]) -> Shape:
    return (value, value) if isinstance(value, int) else (int(value[0]), int(value[1]))
