"""The files that integers of a network of others are written to, and how each is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from neuroff.chip.file import write_loihi
from neuroff.chip.network import ChipLayer
from neuroff.chip.program import ChipProgram
from neuroff.energy import Profile
from neuroff.energy.placing.placement import Placement, place
from neuroff.energy.work import LayerWork, NetworkWork
from neuroff.errors import ExportError
from neuroff.exchange.c.source import write_c
from neuroff.exchange.sanafe.files import write_sanafe
from neuroff.foreign.graph import SpikingGraph

TARGETS: Final = ("loihi", "c", "netx", "sanafe")
"""Neuroff's emulator, a C header, lava-dl's HDF5, SANA-FE's files."""

CHAINS: Final = ("c", "netx", "sanafe")
"""Those whose layers follow each other."""

SUBTRACTING: Final = ("loihi", "c")
"""Those whose neurons can subtract: the emulator's, as Loihi 2's may be programmed, and software's."""


def with_exponents(to: str, graph: SpikingGraph) -> bool:
    """Whether weights may have an exponent of two in a file; C has one for all weights before a layer."""
    return to == "loihi" or (to == "c" and not graph.recurrent)


def write_program(
    to: str, out: Path, program: ChipProgram, values: Mapping[str, Tensor], chip: Profile
) -> tuple[Path, ...]:
    """Write a program, and return the files.

    Args:
        to: a name of `TARGETS`.
        out: the file; a folder for SANA-FE.
        program: the network.
        values: of its only input, ``(T, B, *shape)``; SANA-FE's files hold the first sample.
        chip: that SANA-FE places the network on.

    Raises:
        ExportError: naming the layer and what the target has not.
    """
    if to == "sanafe":
        return write_sanafe(out, program, presentation(program, values), chip, _placed(program, chip))
    if to == "netx":
        from neuroff.exchange.netx import write_netx  # needs h5py

        write_netx(out, program)
    else:
        (write_c if to == "c" else write_loihi)(out, program)
    return (out,)


def presentation(program: ChipProgram, values: Mapping[str, Tensor]) -> list[Tensor | None]:
    """Return what the input axons carry in every step of the first sample's presentation."""
    (spikes,) = values.values()
    return program.chip.fed([each[:1].reshape(1, -1).to(torch.int32) for each in spikes])


def _axons(layer: ChipLayer) -> int:
    return layer.synapses.axons + (0 if layer.recurrent is None else layer.recurrent.axons)


def _placed(program: ChipProgram, chip: Profile) -> Placement:
    layers = tuple(
        LayerWork(f"layer {n}", _axons(layer), layer.neurons.count, _axons(layer) * layer.neurons.count)
        for n, layer in enumerate(program.chip.layers, start=1)
    )
    placed = place(NetworkWork("program", layers, program.length), chip, weight_bit=program.bits)
    if short := [each for each in placed.shortfalls if each.kind == "wall"]:
        raise ExportError(
            "; ".join(map(str, short)),
            where=f"profile {chip.id}",
            expected="a network within the limits of the chip",
            fix="name another one with --profile",
        )
    return placed
