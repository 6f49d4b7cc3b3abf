"""Which core holds which neurons: layers packed into cores and chips under a profile's limits.

Cores are filled one after the other, layer by layer; a core may hold the end of one layer and the start of
the next. What does not fit is a result, not an error: a `Shortfall` says what is needed and what there is. A
limit that is a budget is kept where it can be; where it cannot, the network fits all the same and the
shortfall says that the deadline is at risk.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from neuroff.energy.chip import BitLimit, CountLimit, Limits, Topology
from neuroff.energy.layers import LayerWork, NetworkWork

Kind = Literal["wall", "budget"]
Whole = NDArray[np.int64]
_PASSES = 8  # the number of axons out depends on the cores of the next layer, and the other way round


@dataclass(frozen=True, eq=False)
class Slices:
    """Which neurons are on which core; entry i is one run of neurons of one layer on one core.

    Attributes:
        layer: number of the layer.
        core: number of the core.
        start: the run's first neuron, counted within its layer.
        neurons: length of the run.
    """

    layer: Whole
    core: Whole
    start: Whole
    neurons: Whole

    def __len__(self) -> int:
        return int(self.layer.shape[0])

    def of(self, layer: int) -> Slices:
        """Return the slices of one layer."""
        mine = self.layer == layer
        return Slices(self.layer[mine], self.core[mine], self.start[mine], self.neurons[mine])


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Something there is not enough of.

    Attributes:
        what: the limit's name in a profile.
        layer: name of the layer that needs it; empty where it is the whole network.
        needs: how much is needed.
        has: how much there is.
        kind: ``wall``: it does not fit; ``budget``: it fits, but the deadline is at risk.
    """

    what: str
    layer: str
    needs: float
    has: float
    kind: Kind

    def __str__(self) -> str:
        """Return one line: what, needs, has."""
        where = f" ({self.layer})" if self.layer else ""
        return f"{self.what}{where}: needs {self.needs:,.0f}, has {self.has:,.0f}"

    def to_dict(self) -> dict[str, str | float]:
        """Return plain data."""
        return {name.name: getattr(self, name.name) for name in fields(self)}


@dataclass(frozen=True, slots=True)
class Room:
    """What one core (or one chip) holds, or what is left of it; infinite where a profile does not say."""

    neurons: float = math.inf
    synapses: float = math.inf
    synapse_bit: float = math.inf
    axons_in: float = math.inf
    axons_out: float = math.inf


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
    room, chip = _core_room(limits), _chip_room(limits)
    found = list(_unfit(work, limits, weight_bit))
    for shortfall in found:  # a budget that a single neuron exceeds cannot be kept
        if shortfall.what in _ROOM_OF:
            room = replace(room, **{_ROOM_OF[shortfall.what]: math.inf})
        elif shortfall.what == "synapses_per_chip":
            chip = replace(chip, synapses=math.inf)
    if any(shortfall.kind == "wall" for shortfall in found):
        return Packing(_NOTHING, _NOTHING.core, room, _needed(work, weight_bit), tuple(found))
    multicast = topology is not None and topology.multicast is True
    copies = (1,) * len(work.layers)
    for _ in range(_PASSES):
        slices, chip_of = _fill(work, room, chip, _cores_per_chip(limits), copies, weight_bit)
        following = copies if multicast else _copies(work, slices)
        if following == copies or room.axons_out == math.inf:
            break
        copies = tuple(map(max, copies, following))
        too_many = [
            Shortfall("axons_out_per_core", layer.name, count, room.axons_out, "wall")
            for layer, count in zip(work.layers, copies, strict=True)
            if count > room.axons_out
        ]
        if too_many:
            return Packing(_NOTHING, _NOTHING.core, room, _needed(work, weight_bit), (*found, *too_many))
    used = _needed(work, weight_bit, slices, copies)
    found.extend(_chips_short(limits, topology, room, used, int(chip_of[-1]) + 1, len(chip_of)))
    packed = Packing(slices, chip_of, room, used, tuple(found))
    return packed if packed.fits else replace(packed, slices=_NOTHING, chip_of=_NOTHING.core)


_NOTHING = Slices(*(np.zeros(0, dtype=np.int64) for _ in range(4)))


_ROOM_OF = {
    "neurons_per_core": "neurons",
    "synapses_per_core": "synapses",
    "synapse_memory_per_core": "synapse_bit",
    "axons_in_per_core": "axons_in",
    "axons_out_per_core": "axons_out",
}


def _value(limit: CountLimit | BitLimit | None) -> float:
    if limit is None:
        return math.inf
    return float(limit.value_count if isinstance(limit, CountLimit) else limit.value_bit)


def _core_room(limits: Limits | None) -> Room:
    if limits is None:
        return Room()
    return Room(**{room: _value(getattr(limits, name)) for name, room in _ROOM_OF.items()})


def _chip_room(limits: Limits | None) -> Room:
    if limits is None:
        return Room()
    return Room(neurons=_value(limits.neurons_per_chip), synapses=_value(limits.synapses_per_chip))


def _cores_per_chip(limits: Limits | None) -> float:
    """Cores of a chip; a chip whose cores are not described is one core."""
    if limits is None or limits.cores_per_chip is None:
        whole = limits is not None and limits.neurons_per_core is None and limits.neurons_per_chip is not None
        return 1.0 if whole else math.inf
    return float(limits.cores_per_chip.value_count)


def _axons_in(layer: LayerWork, neurons: int) -> int:
    """Distinct inputs of some neurons: all in dense format, at most one per synapse in sparse format."""
    return layer.inputs if layer.weight_format == "dense" else min(layer.inputs, neurons * layer.fan_in)


def _unfit(work: NetworkWork, limits: Limits | None, weight_bit: int) -> Iterator[Shortfall]:
    """What not even one neuron of a layer fits under."""
    if limits is None:
        return
    if limits.weight_max_bit is not None and weight_bit > limits.weight_max_bit:
        yield Shortfall("weight_max_bit", "", weight_bit, limits.weight_max_bit, "wall")
    for layer in work.layers:
        needed = {
            "fan_in": layer.fan_in,
            "fan_out": layer.fan_out,
            "synapses_per_core": layer.fan_in,
            "synapse_memory_per_core": layer.fan_in * layer.synapse_bits(weight_bit),
            "axons_in_per_core": _axons_in(layer, 1),
            "synapses_per_chip": layer.fan_in,
        }
        for name, needs in needed.items():
            limit: CountLimit | BitLimit | None = getattr(limits, name)
            if limit is not None and needs > _value(limit):
                yield Shortfall(name, layer.name, needs, _value(limit), limit.kind)


def _fill(
    work: NetworkWork,
    room: Room,
    chip: Room,
    cores_per_chip: float,
    copies: tuple[int, ...],
    weight_bit: int,
) -> tuple[Slices, Whole]:
    """Fill cores in order; every layer has been found to fit one neuron at a time."""
    runs: list[Whole] = []
    chip_starts = [0]  # first core of each chip
    core, core_left, chip_left, fresh = 0, room, chip, True
    for index, layer in enumerate(work.layers):
        start = 0
        bits = layer.fan_in * layer.synapse_bits(weight_bit)
        whole = _fitting(layer, room, bits, copies[index])
        while start < layer.neurons:
            left = layer.neurons - start
            if fresh and chip == _ENDLESS and whole < left:  # many full cores at once
                full = int(left // whole)
                steps = np.arange(full, dtype=np.int64)
                runs.append(_runs(index, core + steps, start + steps * int(whole), int(whole)))
                core, start = core + full, start + full * int(whole)
                continue
            on_chip = min(chip_left.neurons, chip_left.synapses // layer.fan_in)
            fitting = int(min(left, _fitting(layer, core_left, bits, copies[index]), on_chip))
            if fitting:
                here = np.array([core], dtype=np.int64)
                runs.append(_runs(index, here, np.full_like(here, start), fitting))
                core_left = _without(core_left, layer, fitting, bits, copies[index])
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
    if chip == _ENDLESS:
        return slices, number // int(min(cores_per_chip, len(number)))
    return slices, np.searchsorted(np.array(chip_starts), number, side="right") - 1


_ENDLESS = Room()


def _runs(layer: int, cores: Whole, starts: Whole, neurons: int) -> Whole:
    """Return runs of equal length on some cores, four rows in the order of `Slices`."""
    return np.stack((np.full_like(cores, layer), cores, starts, np.full_like(cores, neurons)))


def _off_chip(left: Room, layer: LayerWork, neurons: int) -> Room:
    return replace(left, neurons=left.neurons - neurons, synapses=left.synapses - neurons * layer.fan_in)


def _fitting(layer: LayerWork, left: Room, bits: float, copies: int) -> float:
    inputs = math.inf if left.axons_in >= layer.inputs else left.axons_in // layer.fan_in
    if layer.weight_format == "dense" and left.axons_in < layer.inputs:
        inputs = 0
    return min(
        left.neurons,
        left.synapses // layer.fan_in,
        left.synapse_bit // bits,
        inputs,
        left.axons_out // copies,
    )


def _without(left: Room, layer: LayerWork, neurons: int, bits: float, copies: int) -> Room:
    return Room(
        left.neurons - neurons,
        left.synapses - neurons * layer.fan_in,
        left.synapse_bit - neurons * bits,
        left.axons_in - _axons_in(layer, neurons),
        left.axons_out - neurons * copies,
    )


def _copies(work: NetworkWork, slices: Slices) -> tuple[int, ...]:
    """Return to how many cores a neuron of each layer sends."""
    cores = np.bincount(slices.layer, minlength=len(work.layers) + 1).tolist()
    reached = []
    for index in range(len(work.layers)):
        following = work.layers[index + 1] if index + 1 < len(work.layers) else None
        most = cores[index + 1]
        sparse = following is not None and following.weight_format == "sparse"
        reached.append(max(1, min(most, following.fan_out) if following is not None and sparse else most))
    return tuple(reached)


def _needed(
    work: NetworkWork,
    weight_bit: int,
    slices: Slices | None = None,
    copies: tuple[int, ...] | None = None,
) -> Room:
    """What the network takes of everything; axons only where the slices are known."""
    layers = work.layers
    axons_in = axons_out = 0.0
    for index, layer in enumerate(layers):
        if slices is not None and copies is not None:
            on_cores = slices.of(index).neurons
            sparse = np.minimum(layer.inputs, on_cores * layer.fan_in).sum()
            axons_in += layer.inputs * len(on_cores) if layer.weight_format == "dense" else float(sparse)
            axons_out += layer.neurons * copies[index]
    return Room(
        neurons=work.neurons,
        synapses=sum(layer.neurons * layer.fan_in for layer in layers),
        synapse_bit=math.fsum(
            layer.neurons * layer.fan_in * layer.synapse_bits(weight_bit) for layer in layers
        ),
        axons_in=axons_in,
        axons_out=axons_out,
    )


def _chips_short(
    limits: Limits | None,
    topology: Topology | None,
    room: Room,
    used: Room,
    chips: int,
    cores: int,
) -> Iterator[Shortfall]:
    """Too many chips; with what the cores of all chips would have to hold."""
    lone = topology is not None and topology.kind == "single"
    limit = limits.chips if limits is not None else None
    has = float(limit.value_count) if limit is not None else (1.0 if lone else math.inf)
    kind: Kind = limit.kind if limit is not None else "wall"
    per_chip = 1.0 if lone else _cores_per_chip(limits)
    if lone and cores > has * per_chip:
        yield from _totals(room, used, has * per_chip, kind)
        yield Shortfall("cores_per_chip", "", cores, has * per_chip, kind)
    elif chips > has:
        yield from _totals(room, used, has * per_chip, kind)
        yield Shortfall("chips", "", chips, has, kind)


def _totals(room: Room, used: Room, cores: float, kind: Kind) -> Iterator[Shortfall]:
    for what, name in _ROOM_OF.items():
        needs, has = getattr(used, name), getattr(room, name) * cores
        if math.isfinite(has) and needs > has and name not in ("axons_in", "axons_out"):
            yield Shortfall(what, "", needs, has, kind)
