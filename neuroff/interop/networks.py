"""A trained spiking network as an ordinary module of another library.

Both modules hold one ``nn.Linear`` and one neuron of the library per layer and return the spikes of every
layer (`neuroff.interop.stack.NeuronStack`). Their products and neurons round in another order than
neuroff's, so a potential that lies on the threshold to the last bits may fall on either side of it: in
float64 spikes have been equal wherever they were compared, in float32 a few in a million may move by a step.
"""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from neuroff.errors import ConfigError
from neuroff.interop.checks import checked
from neuroff.interop.library import load_library
from neuroff.interop.norse import to_norse_cell
from neuroff.interop.norse_surrogate import method_of
from neuroff.interop.snntorch import to_leaky
from neuroff.interop.stack import NeuronStack, lif_of
from neuroff.network import Network
from neuroff.spiking import LIF

if TYPE_CHECKING:
    import snntorch


def to_snntorch(network: Network) -> NeuronStack:
    """Return a module of ``nn.Linear`` and ``snntorch.Leaky`` whose spikes equal a network's.

    Where the threshold is subtracted and the membrane leaks, Leaky's own step is another one once a potential
    reaches 2θ (`neuroff.interop.snntorch`); its ``state_function`` is then replaced by one that subtracts
    once and before the decay. Derivatives are neuroff's: its surrogate, and none through the reset.

    Args:
        network: a spiking network; the module has a copy of its weights.

    Raises:
        ConfigError: naming what the module could not express.
        MissingDependencyError: if snnTorch is not installed.
    """
    lif = lif_of(network, "to_snntorch")
    neurons = [_leaky(lif) for _ in network.layers]
    return NeuronStack(network, neurons, torch.zeros_like, 1.0, lif.steps)


def to_norse(network: Network, dt_s: float = 1e-3) -> NeuronStack:
    """Return a module of ``nn.Linear`` and ``norse.torch.LIFBoxCell`` whose spikes equal a network's.

    Currents are multiplied by 1 / (1 − β) before the cell, since Norse's step multiplies them by 1 − β. Where
    Norse does not have the network's surrogate derivative, its ``super`` takes the place; spikes do not
    depend on it.

    Args:
        network: a spiking network; the module has a copy of its weights.
        dt_s: time step of the cells.

    Raises:
        ConfigError: naming what the module could not express: β = 1, above all.
        MissingDependencyError: if Norse is not installed.
    """
    lif = lif_of(network, "to_norse")
    cell = to_norse_cell(_with_norses_surrogate(lif), dt_s)
    module = load_library("norse.torch.module.lif_box").LIFBoxCell
    neurons = [module(cell.parameters, dt=cell.dt_s) for _ in network.layers]
    return NeuronStack(network, neurons, _no_state, cell.input_gain, lif.steps)


def _leaky(lif: LIF) -> snntorch.Leaky:
    leaky = to_leaky(checked(lif, "to_snntorch"))
    if not leaky.reset_delay:
        leaky.reset_delay = True
        leaky.state_function = functools.partial(_subtract_then_leak, leaky)
    return leaky


def _subtract_then_leak(leaky: snntorch.Leaky, current: Tensor) -> Tensor:
    """Return β (mem − θ R) + I: neuroff's step."""
    kept = leaky.mem - leaky.reset * leaky.threshold
    potential: Tensor = current + leaky.beta * kept
    return potential


def _with_norses_surrogate(lif: LIF) -> LIF:
    try:
        method_of(lif.surrogate, lif.steepness)
    except ConfigError:
        return replace(lif, surrogate="fast_sigmoid", steepness=1.0)
    return lif


def _no_state(current: Tensor) -> None:
    """Norse's cells make their own initial state."""
