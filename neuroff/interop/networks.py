"""A trained spiking network as an ordinary module of another library.

Both modules hold one ``nn.Linear`` and one neuron of the library per layer and return the spikes of every
layer (`neuroff.interop.stack.NeuronStack`). Their products and neurons may round in another order than
neuroff's, so a potential that lies on the threshold to the last bit may fall on either side of it. Spikes
have been equal wherever they were compared: random inputs in float64, trained digits networks in both types.
"""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from neuroff.core.network import Network
from neuroff.core.neurons import LIF, ResetName
from neuroff.errors import ConfigError
from neuroff.interop.checks import checked
from neuroff.interop.library import load_library
from neuroff.interop.norse import NorseModel, to_norse_cell
from neuroff.interop.norse_surrogate import method_of
from neuroff.interop.snntorch import to_leaky
from neuroff.interop.spike import SurrogateSpike
from neuroff.interop.stack import NeuronStack, StackNeuron, lifs_of


def to_snntorch(network: Network) -> NeuronStack:
    """Return a module of ``nn.Linear`` and snnTorch neurons whose spikes equal a network's.

    The neurons are ``snntorch.Leaky``, and ``snntorch.Synaptic`` where a layer has a synaptic current. Their
    own reset is another one where the membrane leaks (`neuroff.interop.snntorch`) or the synapse does; their
    ``state_function`` is then replaced by one that resets once and before the decay. Derivatives are
    neuroff's: its surrogate, and none through the reset.

    Args:
        network: a spiking network; the module has a copy of its weights.

    Raises:
        ConfigError: naming what the module could not express, such as refractory steps.
        MissingDependencyError: if snnTorch is not installed.
    """
    lifs = lifs_of(network, "to_snntorch")
    return NeuronStack(network, [_of_snntorch(lif) for lif in lifs], [lif.trace_decay for lif in lifs])


def to_norse(network: Network, dt_s: float = 1e-3) -> NeuronStack:
    """Return a module of ``nn.Linear`` and Norse cells whose spikes equal a network's.

    The cells are ``norse.torch.LIFBoxCell``, and ``norse.torch.LIFCell`` where a layer has a synaptic
    current. Currents are multiplied by 1 / (1 − β) before the cell, since Norse's step multiplies them by 1
    − β. Where Norse does not have the network's surrogate derivative, its ``super`` takes the place; spikes
    do not depend on it.

    Args:
        network: a spiking network; the module has a copy of its weights.
        dt_s: time step of the cells.

    Raises:
        ConfigError: naming what the module could not express: β = 1, refractory steps, or reset by
            subtraction together with a synaptic current.
        MissingDependencyError: if Norse is not installed.
    """
    lifs = lifs_of(network, "to_norse")
    return NeuronStack(network, [_of_norse(lif, dt_s) for lif in lifs], [lif.trace_decay for lif in lifs])


def _of_snntorch(lif: LIF) -> StackNeuron:
    lif = checked(lif, "to_snntorch", current_based=True)
    if lif.alpha != 0.0:
        synaptic = load_library("snntorch").Synaptic(
            alpha=_number(lif.alpha),
            beta=_number(lif.beta),
            threshold=_number(lif.threshold),
            spike_grad=SurrogateSpike(lif.surrogate, lif.steepness),
            reset_mechanism=lif.reset,
        )
        synaptic.state_function = functools.partial(_filter_reset_leak, synaptic, lif.reset)
        return StackNeuron(synaptic, lambda current: (torch.zeros_like(current), torch.zeros_like(current)))
    leaky = to_leaky(lif)
    if not leaky.reset_delay:
        leaky.reset_delay = True
        leaky.state_function = functools.partial(_reset_leak, leaky, lif.reset)
    return StackNeuron(leaky, lambda current: (torch.zeros_like(current),))


def _reset_leak(neuron: Any, reset: ResetName, current: Tensor) -> Tensor:
    """Return β ṽ + I, with ṽ what the reset leaves of the potential: neuroff's step."""
    if reset == "subtract":
        kept = neuron.mem - neuron.reset * neuron.threshold
    else:
        kept = neuron.mem * (1.0 - neuron.reset)
    potential: Tensor = current + neuron.beta * kept
    return potential


def _filter_reset_leak(synaptic: Any, reset: ResetName, current: Tensor) -> tuple[Tensor, Tensor]:
    """Return i = α i + I and β ṽ + i."""
    filtered = current + synaptic.alpha * synaptic.syn
    return filtered, _reset_leak(synaptic, reset, filtered)


def _of_norse(lif: LIF, dt_s: float) -> StackNeuron:
    lif = _with_norses_surrogate(checked(lif, "to_norse", current_based=True))
    model: NorseModel = "LIFBox" if lif.alpha == 0.0 else "LIF"
    cell = to_norse_cell(lif, dt_s, model)
    file, kind = ("lif_box", "LIFBoxCell") if model == "LIFBox" else ("lif", "LIFCell")
    module = getattr(load_library(f"norse.torch.module.{file}"), kind)(cell.parameters, dt=cell.dt_s)
    return StackNeuron(module, lambda current: (None,), cell.input_gain)


def _with_norses_surrogate(lif: LIF) -> LIF:
    try:
        method_of(lif.surrogate, lif.steepness)
    except ConfigError:
        return replace(lif, surrogate="fast_sigmoid", steepness=1.0)
    return lif


def _number(value: float | Tensor) -> Tensor:
    return torch.tensor(float(value), dtype=torch.float64)
