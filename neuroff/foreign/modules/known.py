"""Which modules become what: by library and name of the class, so that no library has to be there."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from torch import nn

from neuroff.foreign.modules import layers, norse, sinabs, snntorch, spikingjelly
from neuroff.foreign.modules.part import Converter

CONVERTERS: Final[Mapping[tuple[str, str], Converter]] = MappingProxyType(
    {
        ("torch", "Linear"): layers.linear,
        ("torch", "Conv1d"): layers.convolution,
        ("torch", "Conv2d"): layers.convolution,
        ("torch", "AvgPool2d"): layers.mean_pool,
        ("torch", "Flatten"): layers.flatten,
        ("snntorch", "Leaky"): snntorch.leaky,
        ("snntorch", "Synaptic"): snntorch.synaptic,
        ("snntorch", "Lapicque"): snntorch.lapicque,
        ("snntorch", "Alpha"): snntorch.alpha,
        ("snntorch", "RLeaky"): snntorch.rleaky,
        ("snntorch", "RSynaptic"): snntorch.rsynaptic,
        ("norse", "LIFCell"): norse.lif,
        ("norse", "LIFBoxCell"): norse.lif_box,
        ("norse", "IAFCell"): norse.iaf,
        ("norse", "LICell"): norse.li,
        ("norse", "LIBoxCell"): norse.li_box,
        ("spikingjelly", "IFNode"): spikingjelly.integrate,
        ("spikingjelly", "LIFNode"): spikingjelly.leaky,
        ("spikingjelly", "ParametricLIFNode"): spikingjelly.parametric,
        ("sinabs", "LIFRecurrent"): sinabs.recurrent,
        ("sinabs", "LIF"): sinabs.leaky,
        ("sinabs", "SumPool2d"): sinabs.sum_pool,
    }
)
"""By package and class; a class of one's own that derives from one of these is taken for it."""

PASSED: Final = (nn.Identity, nn.Dropout, nn.Dropout1d, nn.Dropout2d)
"""Modules that do nothing to values when they are not trained."""

NORMS: Final = (nn.BatchNorm1d, nn.BatchNorm2d)
"""Modules that are folded into the weights before them."""


def converter_of(module: nn.Module) -> Converter | None:
    """Return what makes a part of a module; None where it is not known."""
    for each in type(module).__mro__:
        found = CONVERTERS.get((each.__module__.partition(".")[0], each.__name__))
        if found is not None:
            return found
    return None


def is_leaf(module: nn.Module) -> bool:
    """Whether a module is taken as a whole."""
    return isinstance(module, (*PASSED, *NORMS)) or converter_of(module) is not None
