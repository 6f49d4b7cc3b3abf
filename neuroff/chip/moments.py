"""What the weights of a layer see: the second moment of inputs, over places too where those share weights.

A kernel of a convolution sees a window of ``D = C/groups · h · w`` inputs at each of its places; all that its
rounding disturbs is a function of the mean of x xᵀ over windows, ``(groups, D, D)``.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import unfold

from neuroff.chip.windows import share
from neuroff.core.signal import Signal
from neuroff.core.synapses import Conv, Pooled, Synapses


def kernels(synapses: Synapses) -> Tensor:
    """Return weights as a spike meets them, ``(groups, N, D)``; groups is 1 but for convolutions."""
    weight = synapses.tensors()["weight"] / share(synapses)
    return weight.flatten(1).view(_groups(synapses), -1, weight[0].numel())


def nothing_seen(synapses: Synapses, *, with_one: bool = False) -> Tensor:
    """Return a second moment to add to, ``(groups, D, D)``; D + 1 with a one behind the inputs."""
    groups, _, inputs = kernels(synapses).shape
    size = inputs + with_one
    return synapses.tensors()["weight"].new_zeros(groups, size, size)


def add_moment(moment: Tensor, synapses: Synapses, values: Tensor) -> None:
    """Add the sum of x xᵀ over values ``(P, D)``, and over places, to a second moment in place.

    Args:
        moment: of `nothing_seen`.
        synapses: of the layer.
        values: that it receives. Means of windows in front are counted as such.
    """
    seen = _seen(synapses, values)
    if moment.shape[2] > seen.shape[2]:
        seen = torch.cat((seen, seen.new_ones(*seen.shape[:2], 1)), 2)
    torch.baddbmm(moment, seen.mT, seen, out=moment)


def _seen(synapses: Synapses, values: Tensor) -> Tensor:
    """Return what kernels see, ``(groups, P · places, D)``."""
    if isinstance(synapses, Pooled):
        return _seen(synapses.behind, synapses.shown(Signal(values)).values)
    if isinstance(synapses, Conv):
        shown = unfold(
            synapses.planes.of(values), synapses.window, padding=synapses.padding, stride=synapses.stride
        )
        groups = shown.view(len(values), synapses.groups, -1, shown.shape[2])
        return groups.permute(1, 0, 3, 2).flatten(1, 2)
    return values[None]


def _groups(synapses: Synapses) -> int:
    if isinstance(synapses, Pooled):
        return _groups(synapses.behind)
    return synapses.groups if isinstance(synapses, Conv) else 1
