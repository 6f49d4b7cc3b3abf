"""`neuroff.core.neurons.LIF` ↔ ``snntorch.Leaky``.

With mem the membrane potential, Θ the spike and R_t = Θ(mem_{t−1} − θ), snnTorch's Leaky computes

======================== ==================================================================
reset                    step
======================== ==================================================================
zero                     mem_t = β (1 − R_t) mem_{t−1} + I_t
subtract, delayed        mem_t = β mem_{t−1} + I_t − θ R_t
subtract, not delayed    mem_t = β mem_{t−1} + I_t − θ R_t,  then  mem_t −= θ (s_t − R_t)
======================== ==================================================================

and s_t = Θ(mem_t − θ). The first is neuroff's reset to zero. The second is neuroff's reset by subtraction
where β = 1, because it subtracts after the decay. The third is neuroff's as long as a reset leaves the
potential below the threshold: a potential of 2θ or more is still above it, and Leaky then takes θ off before
the next spike is decided. `run_leaky` notices that and refuses.

Gradients: the first two pass none through their reset, as in neuroff; the third does, in its last term.

snnTorch appends every neuron ever made to ``snntorch.SpikingNeuron.instances`` and never lets go of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from neuroff.core.neurons import LIF, ResetName
from neuroff.core.neurons.surrogate import SurrogateName
from neuroff.errors import ConfigError
from neuroff.interop.checks import checked, one_number, require_current
from neuroff.interop.library import load_library
from neuroff.interop.spike import SurrogateSpike

if TYPE_CHECKING:
    import snntorch


def to_leaky(lif: LIF) -> snntorch.Leaky:
    """Return the snnTorch neuron that computes what a neuroff population computes.

    Numbers are kept in float64; the spike function is `neuroff.interop.spike.SurrogateSpike`, so that the
    derivative, the type and the firing at v = θ are neuroff's too. The number of steps is the caller's loop.

    Args:
        lif: the population.

    Raises:
        ConfigError: if a number is out of range; Leaky would clip β without a word.
        MissingDependencyError: if snnTorch is not installed.
    """
    lif = checked(lif, "to_leaky")
    return load_library("snntorch").Leaky(
        beta=torch.tensor(lif.beta, dtype=torch.float64),
        threshold=torch.tensor(lif.threshold, dtype=torch.float64),
        spike_grad=SurrogateSpike(lif.surrogate, lif.steepness),
        reset_mechanism=lif.reset,
        reset_delay=_delayed_is_exact(lif.reset, float(lif.beta)),
    )


def from_leaky(
    leaky: snntorch.Leaky,
    steps: int,
    *,
    surrogate: SurrogateName | None = None,
    steepness: float | None = None,
) -> LIF:
    """Return the neuroff population that computes what a snnTorch neuron computes.

    Args:
        leaky: the neuron; it stays as it is.
        steps: T, which Leaky leaves to its caller.
        surrogate: name of the surrogate derivative. snnTorch hides it in a closure; only a neuron made by
            `to_leaky` tells it by itself.
        steepness: k of the surrogate derivative, such as the slope of ``snntorch.surrogate.fast_sigmoid``.

    Raises:
        ConfigError: naming what neuroff's population does not have.
        MissingDependencyError: if snnTorch is not installed.
    """
    where = "from_leaky"
    _require_leaky(leaky, where)
    _refuse_extras(leaky, where)
    reset: ResetName = leaky.reset_mechanism
    beta = one_number(leaky.beta, "beta", where)
    if leaky.reset_delay and not _delayed_is_exact(reset, beta):
        raise ConfigError(
            f"reset_delay=True with reset_mechanism='subtract' and beta = {beta:g}",
            where=where,
            expected="a threshold that is subtracted before the decay",
            fix="make the neuron with reset_delay=False",
        )
    if isinstance(leaky.spike_grad, SurrogateSpike):
        surrogate = surrogate or leaky.spike_grad.surrogate
        steepness = leaky.spike_grad.steepness if steepness is None else steepness
    if surrogate is None or steepness is None:
        raise ConfigError(
            "the neuron does not tell its surrogate derivative",
            where=where,
            expected="its name and steepness",
            fix="pass surrogate='fast_sigmoid', steepness=25.0 for snntorch.surrogate.fast_sigmoid(25); "
            "any will do if only spikes are wanted",
        )
    threshold = one_number(leaky.threshold, "threshold", where)
    return checked(LIF(steps, beta, threshold, reset, surrogate, steepness), where)


def run_leaky(leaky: snntorch.Leaky, current: Tensor) -> Tensor:
    """Run a snnTorch neuron from rest.

    Autograd passes. The membrane potential that the neuron kept for itself before is there again afterwards.

    Args:
        leaky: the neuron.
        current: I_t, ``(T, B, N)``.

    Returns:
        Spikes ``(T, B, N)``, in the type of ``current``.

    Raises:
        ConfigError: if a potential reached 2θ where the reset is subtracted and not delayed; see the module.
        MissingDependencyError: if snnTorch is not installed.
        ShapeError: if ``current`` has another shape.
    """
    where = "run_leaky"
    _require_leaky(leaky, where)
    require_current(current, where)
    if leaky.init_hidden:
        raise ConfigError(
            "init_hidden=True", where=where, expected="a neuron that takes its potential as an argument"
        )
    resets_once = leaky.reset_delay or leaky.reset_mechanism != "subtract"
    kept, potential = leaky.mem, torch.zeros_like(current[0])
    spikes = []
    try:
        for step, arriving in enumerate(current):
            fired, potential = leaky(arriving, potential)
            spikes.append(fired.to(current.dtype))
            if not resets_once and bool((potential >= leaky.threshold).any()):
                raise ConfigError(
                    f"a potential of at least 2θ at step {step}, which snnTorch's Leaky resets twice",
                    where=where,
                    expected="potentials below twice the threshold",
                    fix="use reset='zero', or weaker currents",
                )
    finally:
        leaky.mem = kept
    return torch.stack(spikes)


def _delayed_is_exact(reset: ResetName, beta: float) -> bool:
    return reset == "zero" or beta == 1.0


def _require_leaky(leaky: Any, where: str) -> None:
    if not isinstance(leaky, load_library("snntorch").Leaky):
        raise ConfigError(
            f"a {type(leaky).__name__}",
            where=where,
            expected="a snntorch.Leaky",
            fix="neurons with synaptic currents or recurrence have no counterpart in neuroff",
        )


def _refuse_extras(leaky: Any, where: str) -> None:
    """Refuse what Leaky can do and neuroff's population cannot."""
    gain = one_number(leaky.graded_spikes_factor, "graded_spikes_factor", where)
    refused = {
        "reset_mechanism='none'": leaky.reset_mechanism == "none",
        "inhibition=True": bool(leaky.inhibition),
        "state_quant": bool(leaky.state_quant),
        f"graded_spikes_factor = {gain:g}": gain != 1.0,
    }
    for name, present in refused.items():
        if present:
            raise ConfigError(
                name,
                where=where,
                expected="a neuron that is reset to zero or by subtraction, and spikes of zero and one",
                fix="such a neuron has no counterpart in neuroff",
            )
