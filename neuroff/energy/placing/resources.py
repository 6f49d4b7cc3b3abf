"""What cores and chips hold, what a network needs of them, and what there is not enough of."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from neuroff.energy.profile.chip import BitLimit, CountLimit, Limits, Topology
from neuroff.energy.profile.schema import Profile
from neuroff.energy.work import LayerWork, NetworkWork

Kind = Literal["wall", "budget"]
Whole = NDArray[np.int64]


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


NOTHING: Final = Slices(*(np.zeros(0, dtype=np.int64) for _ in range(4)))
"""No slices."""

ENDLESS: Final = Room()
"""Room without any limit."""

ROOM_OF: Final[Mapping[str, str]] = MappingProxyType(
    {
        "neurons_per_core": "neurons",
        "synapses_per_core": "synapses",
        "synapse_memory_per_core": "synapse_bit",
        "axons_in_per_core": "axons_in",
        "axons_out_per_core": "axons_out",
    }
)
"""The field of `Room` that each limit of a core sets."""


def _value(limit: CountLimit | BitLimit | None) -> float:
    if limit is None:
        return math.inf
    return float(limit.value_count if isinstance(limit, CountLimit) else limit.value_bit)


def core_room(limits: Limits | None) -> Room:
    """Return what a core holds."""
    if limits is None:
        return Room()
    return Room(**{room: _value(getattr(limits, name)) for name, room in ROOM_OF.items()})


def chip_room(limits: Limits | None) -> Room:
    """Return what a chip holds, beyond what its cores hold."""
    if limits is None:
        return Room()
    return Room(neurons=_value(limits.neurons_per_chip), synapses=_value(limits.synapses_per_chip))


def cores_per_chip_of(limits: Limits | None) -> float:
    """Return the cores of a chip; a chip whose cores are not described is one core."""
    if limits is None or limits.cores_per_chip is None:
        whole = limits is not None and limits.neurons_per_core is None and limits.neurons_per_chip is not None
        return 1.0 if whole else math.inf
    return float(limits.cores_per_chip.value_count)


def shares_weights(profile: Profile) -> bool:
    """Whether weights that the places of a convolution share are kept once: on processors, or as is said."""
    said = profile.limits is not None and profile.limits.weight_sharing == "conv"
    return said or profile.meta.kind == "dense"


def axons_in_of(layer: LayerWork, neurons: int) -> int:
    """Return the distinct inputs of some neurons: all where all connect, else at most one a synapse."""
    return layer.inputs if layer.connects_all else min(layer.inputs, neurons * layer.fan_in)


def unfit(work: NetworkWork, limits: Limits | None, weight_bit: int) -> Iterator[Shortfall]:
    """Yield the limits that not even one neuron of a layer fits under."""
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
            "axons_in_per_core": axons_in_of(layer, 1),
            "synapses_per_chip": layer.fan_in,
        }
        for name, needs in needed.items():
            limit: CountLimit | BitLimit | None = getattr(limits, name)
            if limit is not None and needs > _value(limit):
                yield Shortfall(name, layer.name, needs, _value(limit), limit.kind)


def chips_short(
    limits: Limits | None,
    topology: Topology | None,
    room: Room,
    used: Room,
    chips: int,
    cores: int,
) -> Iterator[Shortfall]:
    """Yield the shortfall of chips, with what the cores of all chips would have to hold."""
    lone = topology is not None and topology.kind == "single"
    limit = limits.chips if limits is not None else None
    has = float(limit.value_count) if limit is not None else (1.0 if lone else math.inf)
    kind: Kind = limit.kind if limit is not None else "wall"
    per_chip = 1.0 if lone else cores_per_chip_of(limits)
    if lone and cores > has * per_chip:
        yield from _totals(room, used, has * per_chip, kind)
        yield Shortfall("cores_per_chip", "", cores, has * per_chip, kind)
    elif chips > has:
        yield from _totals(room, used, has * per_chip, kind)
        yield Shortfall("chips", "", chips, has, kind)


def _totals(room: Room, used: Room, cores: float, kind: Kind) -> Iterator[Shortfall]:
    for what, name in ROOM_OF.items():
        needs, has = getattr(used, name), getattr(room, name) * cores
        if math.isfinite(has) and needs > has and name not in ("axons_in", "axons_out"):
            yield Shortfall(what, "", needs, has, kind)
