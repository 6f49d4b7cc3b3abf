"""A stack of layers as one line of text: ``conv 40x3, pool 2, conv 80x3 groups, pool 2, dense 500``.

``parts`` is what a line is made of, ``text`` reads it, ``laid`` puts it in place for images of a shape,
``stack`` draws its layers, and ``max_pool`` is what a pool of maxima does between two layers.
"""

from neuroff.core.architecture.max_pool import MaxPool
from neuroff.core.architecture.parts import ConvPart, DensePart, PoolPart
from neuroff.core.architecture.stack import Stack, drawn
from neuroff.core.architecture.text import GRAMMAR, Architecture, read_architecture

__all__ = [
    "GRAMMAR",
    "Architecture",
    "ConvPart",
    "DensePart",
    "MaxPool",
    "PoolPart",
    "Stack",
    "drawn",
    "read_architecture",
]
