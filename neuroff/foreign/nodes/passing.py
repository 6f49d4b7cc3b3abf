"""Nodes that hand on what arrives: ends of graphs, and Flatten."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from neuroff.errors import ExportError
from neuroff.exchange.nir.fields import array
from neuroff.foreign.nodes.protocol import Fitted, Shape, State, require_moderate, size, words
from neuroff.hdf5.tree import Tree


@dataclass(frozen=True)
class End:
    """Where values enter or leave a graph; those of a graph within a graph are passed."""

    inputs: Shape

    @property
    def outputs(self) -> Shape:
        """The shape that arrives."""
        return self.inputs

    def start(self, samples: int) -> State:
        """Nothing is remembered."""
        return ()

    def step(self, arriving: Tensor, state: State) -> tuple[Tensor, State]:
        """Hand on what arrives."""
        return arriving, state


class Input(End):
    """Where values enter."""


class Output(End):
    """Where values leave."""


@dataclass(frozen=True)
class UnfittedEnd:
    """An end, and the shape that the file names for it."""

    made: type[End]
    shape: Shape

    def fit(self, arriving: Shape) -> Fitted:
        """Accept values of the named shape; axes of one may be missing or more."""
        if size(arriving) != size(self.shape):
            raise ExportError(
                f"values of shape {words(arriving)} reach a node of shape {words(self.shape)}",
                expected="as many of one as of the other",
            )
        return Fitted(self.made(arriving))


@dataclass(frozen=True)
class Flatten:
    """Axes joined to one."""

    inputs: Shape
    outputs: Shape

    def start(self, samples: int) -> State:
        """Nothing is remembered."""
        return ()

    def step(self, arriving: Tensor, state: State) -> tuple[Tensor, State]:
        """Return the same values, ``(B, *outputs)``."""
        return arriving.reshape(arriving.shape[0], *self.outputs), state


@dataclass(frozen=True)
class UnfittedFlatten:
    """First and last axis to be joined, counted without the axis of samples."""

    first: int
    last: int

    def fit(self, arriving: Shape) -> Fitted:
        """Join the axes; a first axis beyond those there are joins nothing."""
        axes = len(arriving)
        first = self.first + axes if self.first < 0 else self.first
        last = self.last + axes if self.last < 0 else self.last
        if not 0 <= last < axes or first < 0:
            raise ExportError(
                f"axes {self.first} to {self.last} of {words(arriving)}", expected="axes it has"
            )
        if first > last:
            return Fitted(Flatten(arriving, arriving))
        joined = (*arriving[:first], size(arriving[first : last + 1]), *arriving[last + 1 :])
        return Fitted(Flatten(arriving, joined))


def read_end(made: type[End], fields: Tree, where: str) -> UnfittedEnd:
    """Read an Input or Output.

    Raises:
        ExportError: if its shape is none.
    """
    found = array(fields, "shape", where)
    if found.ndim > 1 or found.size < 1 or found.size > 6 or found.dtype.kind not in "iu":
        raise ExportError(f"a shape {found.tolist()!r:.60}", where=where, expected="one to six whole numbers")
    return UnfittedEnd(made, require_moderate(tuple(int(length) for length in found.ravel())))


def read_flatten(fields: Tree, where: str) -> UnfittedFlatten:
    """Read a Flatten; NIR counts its axes without that of the samples.

    Raises:
        ExportError: if an axis is no whole number.
    """
    axes = []
    for key, default in (("start_dim", 1), ("end_dim", -1)):
        found = array(fields, key, where) if key in fields else None
        if found is not None and (found.size != 1 or found.dtype.kind not in "iu"):
            raise ExportError(f"{key} {found.tolist()!r:.60}", where=where, expected="one whole number")
        axes.append(default if found is None else int(found.ravel()[0]))
    return UnfittedFlatten(*axes)
