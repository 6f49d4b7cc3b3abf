"""Which core holds which neurons: layers packed into cores and chips under a profile's limits.

Cores are filled one after the other, layer by layer; a core may hold the end of one layer and the start of
the next. What does not fit is a result, not an error: a `Shortfall` says what is needed and what there is. A
limit that is a budget is kept where it can be; where it cannot, the network fits all the same and the
shortfall says that the deadline is at risk.

Where a profile's device shares the weights of convolutions, a core keeps a kernel once, however many of its
places are there.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Final

import numpy as np

from neuroff.energy.placing.resources import (
    ENDLESS,
    NOTHING,
    ROOM_OF,
    Room,
    Shortfall,
    Slices,
    Whole,
    axons_in_of,
    chip_room,
    chips_short,
    core_room,
    cores_per_chip_of,
    unfit,
)
from neuroff.energy.profile.chip import Limits, Topology
from neuroff.energy.work import LayerWork, NetworkWork

MOST_CORES: Final = 2**20
"""Of one placement: more than any neuromorphic machine has, and few enough to be placed one by one."""


@dataclass(frozen=True, slots=True)
class Packing:
    """Slices on numbered cores, and the chip of every core.

    Attributes:
        slices: layer by layer; empty where the network does not fit.
        chip_of: chip of each core.
        room: what a core holds.
        used: what the network takes of all cores together.
        shortfalls: walls that keep it from fitting, and budgets that are exceeded.
    """

    slices: Slices
    chip_of: Whole
    room: Room
    used: Room
    shortfalls: tuple[Shortfall, ...]

    @property
    def fits(self) -> bool:
        """Whether no wall stands in the way."""
        return not any(shortfall.kind == "wall" for shortfall in self.shortfalls)


def pack(
    work: NetworkWork, limits: Limits | None, topology: Topology | None, *, weight_bit: int = 8
) -> Packing:
    """Pack a network into cores.

    Args:
        work: the network.
        limits: of the device; nothing is limited without.
        topology: of the device; says whether a spike takes one axon or one per destination core.
        weight_bit: bits of a weight.
    """
    room, chip = core_room(limits), chip_room(limits)
    found = list(unfit(work, limits, weight_bit))
    kernels = _kernels(work, limits, weight_bit)
    for shortfall in found:  # a budget that a single neuron exceeds cannot be kept
        if shortfall.what in ROOM_OF:
            room = replace(room, **{ROOM_OF[shortfall.what]: math.inf})
        elif shortfall.what == "synapses_per_chip":
            chip = replace(chip, synapses=math.inf)
    found.extend(_too_many_cores(room, _needed(work, weight_bit, kernels)))
    if any(shortfall.kind == "wall" for shortfall in found):
        return Packing(NOTHING, NOTHING.core, room, _needed(work, weight_bit, kernels), tuple(found))
    multicast = topology is not None and topology.multicast is True
    copies = (1,) * len(work.layers)
    # How many axons out a neuron takes depends on the cores of the next layer, and the other way round.
    for _ in range(len(work.layers) + 2):
        slices, chip_of = _fill(work, room, chip, cores_per_chip_of(limits), copies, weight_bit, kernels)
        following = copies if multicast else _copies(work, slices)
        if following == copies or room.axons_out == math.inf:
            break
        copies = tuple(map(max, copies, following))
        too_many = tuple(_too_many_axons(work, limits, copies))
        if too_many and too_many[0].kind == "budget":
            found.extend(too_many)
            room = replace(room, axons_out=math.inf)
        elif too_many:
            needed = _needed(work, weight_bit, kernels)
            return Packing(NOTHING, NOTHING.core, room, needed, (*found, *too_many))
    used = _needed(work, weight_bit, kernels, slices, copies)
    found.extend(chips_short(limits, topology, room, used, int(chip_of[-1]) + 1, len(chip_of)))
    packed = Packing(slices, chip_of, room, used, tuple(found))
    return packed if packed.fits else replace(packed, slices=NOTHING, chip_of=NOTHING.core)


def _fill(
    work: NetworkWork,
    room: Room,
    chip: Room,
    cores_per_chip: float,
    copies: tuple[int, ...],
    weight_bit: int,
    kernels: tuple[float, ...],
) -> tuple[Slices, Whole]:
    """Fill cores in order; every layer has been found to fit one neuron at a time."""
    runs: list[Whole] = []
    chip_starts = [0]  # first core of each chip
    core, core_left, chip_left, fresh = 0, room, chip, True
    for index, layer in enumerate(work.layers):
        start = 0
        bits = layer.fan_in * layer.synapse_bits(weight_bit)
        kernel = kernels[index]
        whole = _fitting(layer, room, bits, kernel, copies[index])
        while start < layer.neurons:
            left = layer.neurons - start
            if fresh and chip == ENDLESS and whole < left:  # many full cores at once
                full = int(left // whole)
                steps = np.arange(full, dtype=np.int64)
                runs.append(_runs(index, core + steps, start + steps * int(whole), int(whole)))
                core, start = core + full, start + full * int(whole)
                continue
            on_chip = min(chip_left.neurons, chip_left.synapses // layer.fan_in)
            fitting = int(min(left, _fitting(layer, core_left, bits, kernel, copies[index]), on_chip))
            if fitting:
                here = np.array([core], dtype=np.int64)
                runs.append(_runs(index, here, np.full_like(here, start), fitting))
                core_left = _without(core_left, layer, fitting, bits, kernel, copies[index])
                chip_left = _off_chip(chip_left, layer, fitting)
                start, fresh = start + fitting, False
                continue
            if not fresh:
                core, core_left, fresh = core + 1, room, True
            if on_chip < 1 or core - chip_starts[-1] >= cores_per_chip:
                chip_starts.append(core)
                chip_left = chip
    slices = Slices(*np.concatenate(runs, axis=1))
    number = np.arange(int(slices.core[-1]) + 1, dtype=np.int64)
    if chip == ENDLESS:
        return slices, number // int(min(cores_per_chip, len(number)))
    return slices, np.searchsorted(np.array(chip_starts), number, side="right") - 1


def _runs(layer: int, cores: Whole, starts: Whole, neurons: int) -> Whole:
    """Return runs of equal length on some cores, four rows in the order of `Slices`."""
    return np.stack((np.full_like(cores, layer), cores, starts, np.full_like(cores, neurons)))


def _off_chip(left: Room, layer: LayerWork, neurons: int) -> Room:
    return replace(left, neurons=left.neurons - neurons, synapses=left.synapses - neurons * layer.fan_in)


def _kernels(work: NetworkWork, limits: Limits | None, weight_bit: int) -> tuple[float, ...]:
    """Return `kernel_bits` of every layer."""
    return tuple(kernel_bits(layer, limits, weight_bit) for layer in work.layers)


def kernel_bits(layer: LayerWork, limits: Limits | None, weight_bit: int) -> float:
    """Return the most bits of weights that a layer takes of one core; endless where none are shared.

    Args:
        layer: the layer.
        limits: of the device, which say whether it shares weights.
        weight_bit: bits of a weight.
    """
    shared = limits is not None and limits.weight_sharing == "conv"
    return (
        layer.weights * layer.synapse_bits(weight_bit) if shared and layer.weights is not None else math.inf
    )


def _fitting(layer: LayerWork, left: Room, bits: float, kernel: float, copies: int) -> float:
    inputs = math.inf if left.axons_in >= layer.inputs else left.axons_in // layer.fan_in
    if layer.connects_all and left.axons_in < layer.inputs:
        inputs = 0
    return min(
        left.neurons,
        left.synapses // layer.fan_in,
        math.inf if kernel <= left.synapse_bit else left.synapse_bit // bits,
        inputs,
        left.axons_out // copies,
    )


def _without(left: Room, layer: LayerWork, neurons: int, bits: float, kernel: float, copies: int) -> Room:
    return Room(
        left.neurons - neurons,
        left.synapses - neurons * layer.fan_in,
        left.synapse_bit - min(neurons * bits, kernel),
        left.axons_in - axons_in_of(layer, neurons),
        left.axons_out - neurons * copies,
    )


def _too_many_cores(room: Room, needed: Room) -> Iterator[Shortfall]:
    """What would take more cores than are placed, however they are filled."""
    shares = (getattr(needed, each.name) / getattr(room, each.name) for each in fields(room))
    if (least := max(shares)) > MOST_CORES:
        yield Shortfall("cores", "", math.ceil(least), MOST_CORES, "wall")


def _too_many_axons(work: NetworkWork, limits: Limits | None, copies: tuple[int, ...]) -> Iterator[Shortfall]:
    """Layers of which a single neuron sends to more cores than a core has axons."""
    limit = limits.axons_out_per_core if limits is not None else None
    if limit is not None:
        for layer, count in zip(work.layers, copies, strict=True):
            if count > limit.value_count:
                yield Shortfall("axons_out_per_core", layer.name, count, limit.value_count, limit.kind)


def _copies(work: NetworkWork, slices: Slices) -> tuple[int, ...]:
    """Return to how many cores a neuron of each layer sends."""
    cores = np.bincount(slices.layer, minlength=len(work.layers) + 1).tolist()
    reached = [0] * len(work.layers)
    for source, target in work.wiring:
        layer, most = work.layers[target], cores[target]
        reached[source] += most if layer.connects_all else min(most, layer.fan_out)
    return tuple(max(1, count) for count in reached)


def _needed(
    work: NetworkWork,
    weight_bit: int,
    kernels: tuple[float, ...],
    slices: Slices | None = None,
    copies: tuple[int, ...] | None = None,
) -> Room:
    """What the network takes of everything; axons only where the slices are known."""
    layers = work.layers
    axons_in = axons_out = memory = 0.0
    for index, layer in enumerate(layers):
        bits, runs = layer.fan_in * layer.synapse_bits(weight_bit), np.array([layer.neurons])
        if slices is not None:
            runs = slices.of(index).neurons
        memory += float(np.minimum(runs * bits, kernels[index]).sum())
        if slices is not None and copies is not None:
            on_cores = slices.of(index).neurons
            sparse = np.minimum(layer.inputs, on_cores * layer.fan_in).sum()
            axons_in += layer.inputs * len(on_cores) if layer.connects_all else float(sparse)
            axons_out += layer.neurons * copies[index]
    return Room(
        neurons=work.neurons,
        synapses=sum(layer.neurons * layer.fan_in for layer in layers),
        synapse_bit=memory,
        axons_in=axons_in,
        axons_out=axons_out,
    )
