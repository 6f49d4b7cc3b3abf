"""Nodes of networks that others trained, a file for each family.

``passing``, ``weights``, ``convolution``, ``pooling``, ``delay`` and ``population`` are NIR's; ``protocol``
is what each of them is asked.
"""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

from neuroff.foreign.convention import Convention
from neuroff.foreign.nodes.convolution import read_convolution
from neuroff.foreign.nodes.delay import read_delay
from neuroff.foreign.nodes.passing import Input, Output, read_end, read_flatten
from neuroff.foreign.nodes.pooling import read_pool
from neuroff.foreign.nodes.population import KINDS, read_population
from neuroff.foreign.nodes.protocol import Unfitted
from neuroff.foreign.nodes.weights import read_matrix, read_scale
from neuroff.hdf5.tree import Tree

Reader = Callable[[Tree, str, float, Convention], Unfitted]


def _plain(read: Callable[[Tree, str], Unfitted]) -> Reader:
    return lambda fields, where, dt_s, rule: read(fields, where)


def _neurons(kind: str) -> Reader:
    return lambda fields, where, dt_s, rule: read_population(kind, fields, where, dt_s, rule)


READERS: Final[Mapping[str, Reader]] = MappingProxyType(
    {
        "Input": _plain(partial(read_end, Input)),
        "Output": _plain(partial(read_end, Output)),
        "Affine": _plain(read_matrix),
        "Linear": _plain(read_matrix),
        "Scale": _plain(read_scale),
        "Conv1d": _plain(partial(read_convolution, 1)),
        "Conv2d": _plain(partial(read_convolution, 2)),
        "SumPool2d": _plain(partial(read_pool, False)),
        "AvgPool2d": _plain(partial(read_pool, True)),
        "Flatten": _plain(read_flatten),
        "Delay": lambda fields, where, dt_s, rule: read_delay(fields, where, dt_s),
        **{kind: _neurons(kind) for kind in KINDS},
    }
)
"""How a node is read, by NIR's name of its kind: fields, where it stands, seconds of a step, convention."""
