"""What neuroff says in a netx file of its own, in /neuroff, which other readers pass over.

A last layer that never fires has the largest threshold, which its potentials are shown not to exceed, and is
``silent``; its potentials, the neurons' v, are read.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from neuroff.chip.network import ChipLayer, ChipNetwork
from neuroff.chip.neurons import MAX_THRESHOLD
from neuroff.chip.program import FORMAT, ChipProgram
from neuroff.errors import ExportError
from neuroff.exchange.netx_planes import integers
from neuroff.exchange.nir.fields import whole
from neuroff.hdf5.tree import Tree

_WHERE = "/neuroff"


def rests(program: ChipProgram) -> bool:
    """Return whether neurons of a program are set to rest when their input comes."""
    return any(layer.neurons.rest_at for layer in program.chip.layers)


def own_fields(program: ChipProgram) -> dict[str, Any]:
    """Return what a file says of a program beside lava-dl's layout."""
    found = {"format": FORMAT, "steps": program.steps, "classes": program.classes, "bits": program.bits}
    found |= {"rests": 1} if rests(program) else {}
    found |= {"silent": 1} if program.reads_potentials else {}
    return found | ({} if program.rest is None else {"rest": program.rest.cpu().numpy()})


def threshold_of(layer: ChipLayer) -> int:
    """Return vThMant of a layer."""
    return layer.neurons.threshold_mantissa if layer.neurons.most else MAX_THRESHOLD


def own_program(layers: tuple[ChipLayer, ...], own: Tree) -> ChipProgram:
    """Return the program of a file's layers, not yet with what sets them to rest.

    Raises:
        ExportError: if a number is missing or none, or a layer that never fires has another threshold.
    """
    if "silent" in own and whole(own, "silent", _WHERE):
        layers = (*layers[:-1], *map(_silent, layers[-1:]))
    rest = integers(own, "rest", _WHERE, 1) if "rest" in own else None
    chip = ChipNetwork(layers)
    return ChipProgram(chip, whole(own, "steps", _WHERE), whole(own, "classes", _WHERE), rest=rest)


def _silent(layer: ChipLayer) -> ChipLayer:
    """Return a layer that never fires, of one that has the largest threshold."""
    if layer.neurons.threshold_mantissa != MAX_THRESHOLD:
        raise ExportError(
            f"a last layer that never fires, of vThMant {layer.neurons.threshold_mantissa}",
            where=_WHERE,
            expected=str(MAX_THRESHOLD),
        )
    return replace(layer, neurons=replace(layer.neurons, threshold_mantissa=0, most=0))
