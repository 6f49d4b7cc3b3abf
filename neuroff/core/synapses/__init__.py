"""How pre-synaptic values become the drive of neurons.

``protocol`` is what everyone else asks; ``dense`` fills it in with one matrix, ``conv`` with windows that
neurons share. ``pooled``, ``standardised``, ``group_normalised`` and ``label_plane`` are a `front` of either:
means, channels of mean zero and variance one over training images or in groups of each sample, a label as a
plane beside an image's. Other synapses are a class of their own with
the same methods: nothing outside this room knows what they are made of.
"""

from neuroff.core.synapses.conv import Conv, initial_conv
from neuroff.core.synapses.dense import Dense, initial_dense
from neuroff.core.synapses.front import Front
from neuroff.core.synapses.group_normalised import GroupNormalised
from neuroff.core.synapses.label_plane import LabelPlane
from neuroff.core.synapses.planes import Planes
from neuroff.core.synapses.pooled import Pooled
from neuroff.core.synapses.protocol import Synapses
from neuroff.core.synapses.standardised import Standardised

__all__ = [
    "Conv",
    "Dense",
    "Front",
    "GroupNormalised",
    "LabelPlane",
    "Planes",
    "Pooled",
    "Standardised",
    "Synapses",
    "initial_conv",
    "initial_dense",
]
