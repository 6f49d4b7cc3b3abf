"""Spiking neurons and the closed form of their local gradient.

One step of one neuron, with input I, synaptic current i and membrane potential v:

    i_t = α i_{t−1} + I_t            v_t = β ṽ_{t−1} + i_t            s_t = 1 if v_t ≥ θ_v else 0
    ṽ_t = v_t − θ_v s_t              (reset by subtraction)
    ṽ_t = (1 − s_t) v_t              (reset to zero)

α = 0 is the leaky integrate-and-fire neuron (LIF), α > 0 the current-based one (CuBa-LIF), β = 1 without α
the integrate-and-fire neuron (IF). One step leaves β = exp(−dt_ms / tau_mem_ms) of a potential and
α = exp(−dt_ms / tau_syn_ms) of a current. For R steps after a spike a refractory neuron keeps ṽ: it neither
leaks nor integrates its current (which goes on), and it does not fire. With o_t = 0 in those steps and 1 in
all others,

    v_t = o_t (β ṽ_{t−1} + i_t) + (1 − o_t) ṽ_{t−1}.

The activity is a readout of the spikes, a = (1/T) Σ_t c_t s_t (`neuroff.core.readout`); c_t = 1 makes it the
firing rate. A gradient enters through a surrogate derivative σ'(v_t − θ_v) in place of ds_t/dv_t. It does not
pass through the spike that resets or that starts the refractory steps. So dv_{t+1}/dv_t = d_t, with
d_t = o_{t+1} β + 1 − o_{t+1} for reset by subtraction and (1 − s_t) times that for reset to zero, and

    e_t = c_t o_t σ'(v_t − θ_v) + d_t e_{t+1},     f_t = o_t e_t + α f_{t+1},     dG/dI_t = (1/T) ∂G/∂a · f_t.

Under a constant input only Σ_t f_t is needed. That sum runs forward in time,

    Σ_t f_t = Σ_t c_t o_t σ'(v_t − θ_v) κ_t,     κ_t = d_{t−1} κ_{t−1} + o_t λ_t,     λ_t = 1 + α λ_{t−1},

so it takes one number per neuron, whatever T is: an eligibility trace.

``adaptive`` has neurons whose threshold rises with their own spikes.

``neuron`` is one step, ``lif`` a presentation; ``sensitivity`` holds the recursion backward in time,
``tangent`` those forward in time.
"""

from neuroff.core.neurons.adaptive import AdaptiveLIF
from neuroff.core.neurons.lif import LIF
from neuroff.core.neurons.parameters import (
    NEURON_PARAMETERS,
    NeuronParameter,
    keep_in_range,
)
from neuroff.core.neurons.step import LIFStep, NeuronState, ResetName

__all__ = [
    "LIF",
    "NEURON_PARAMETERS",
    "AdaptiveLIF",
    "LIFStep",
    "NeuronParameter",
    "NeuronState",
    "ResetName",
    "keep_in_range",
]
