"""Memory traffic of a forward pass by level, after Lemaire et al., ICONIP 2022 (arXiv 2210.13107).

For a fully connected layer with θ incoming spikes, N neurons, T steps and K presentations:

============== =================================== =====================================
data           spiking layer                       dense layer
============== =================================== =====================================
weights        one read per synaptic event         one read per multiply-accumulate
bias           N T K reads                         N K reads
potentials     events + N T K reads and writes     none
inputs         θ reads of an address               one read per input and presentation
outputs        one write of an address per spike   N K writes
============== =================================== =====================================

A constant current is added once per presentation (the products), kept, and read at every step in place of the
bias. Each kind of data lives in the closest level that holds all of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from neuroff.energy.counts import Counts
from neuroff.energy.profile.coefficients import MemoryLevel
from neuroff.energy.work import LayerWork, NetworkWork


@dataclass(frozen=True, slots=True)
class NumberBits:
    """Widths of what is stored.

    Attributes:
        weight: of a weight, in bits.
        state: of a membrane potential, a bias or a kept current, in bits.
        value: of an analog value between dense layers, in bits.
    """

    weight: int = 8
    state: int = 32
    value: int = 8


@dataclass(frozen=True, slots=True)
class DataTraffic:
    """Traffic of one kind of data, per sample.

    Attributes:
        kind: ``weights``, ``state`` or ``messages`` (inputs and outputs).
        size_bit: what has to be kept, all layers together.
        reads_bit: bits read.
        writes_bit: bits written.
    """

    kind: str
    size_bit: float
    reads_bit: float
    writes_bit: float


@dataclass(frozen=True, slots=True)
class MemoryUse:
    """Where data live, and the traffic of each level.

    Attributes:
        counts: ``mem_reads_bit_level*`` and ``mem_writes_bit_level*``, per sample.
        homes: kind of data and name of the level it lives in.
        too_large: kinds of data that no level is known to hold; they are put in the last one.
    """

    counts: Counts
    homes: tuple[tuple[str, str], ...] = ()
    too_large: tuple[str, ...] = ()


def data_traffic(
    work: NetworkWork, bits: NumberBits | None = None, *, shared: bool = False
) -> tuple[DataTraffic, ...]:
    """Return the traffic of a forward pass by kind of data.

    Args:
        work: the network and its events.
        bits: widths of what is stored.
        shared: whether weights that synapses share are kept once.
    """
    width = bits or NumberBits()
    layers = [list(_of_layer(work, layer, width, shared)) for layer in work.layers]
    return tuple(
        DataTraffic(
            kinds[0].kind,
            math.fsum(entry.size_bit for entry in kinds),
            math.fsum(entry.reads_bit for entry in kinds),
            math.fsum(entry.writes_bit for entry in kinds),
        )
        for kinds in zip(*layers, strict=True)
    )


def memory_use(traffic: Sequence[DataTraffic], levels: Sequence[MemoryLevel], cores: int = 1) -> MemoryUse:
    """Assign data to memory levels and count what each level reads and writes.

    Args:
        traffic: of `data_traffic`.
        levels: ordered, closest first; none means that no memory is priced, so none is counted.
        cores: over how many cores, each with memory of its own, the data are spread.
    """
    if not levels:
        return MemoryUse(Counts())
    counts: dict[str, float] = {}
    homes, too_large = [], []
    for entry in traffic:
        needed = entry.size_bit / max(cores, 1)
        holding = [
            number
            for number, level in enumerate(levels, start=1)
            if level.size_B is None or 8 * level.size_B >= needed
        ]
        number = holding[0] if holding else len(levels)
        if not holding:
            too_large.append(entry.kind)
        homes.append((entry.kind, levels[number - 1].name))
        for verb, amount in (("reads", entry.reads_bit), ("writes", entry.writes_bit)):
            name = f"mem_{verb}_bit_level{number}"
            counts[name] = counts.get(name, 0.0) + amount
    return MemoryUse(Counts(counts), tuple(homes), tuple(too_large))


def _of_layer(work: NetworkWork, layer: LayerWork, bits: NumberBits, shared: bool) -> Iterator[DataTraffic]:
    shown = work.presentations
    updates = layer.neurons * work.steps * shown
    events = math.fsum(layer.events)
    met = events + layer.products
    weight = layer.synapse_bits(bits.weight)
    kept = layer.weights if shared and layer.weights is not None else layer.synapses
    yield DataTraffic("weights", kept * weight, met * weight, 0.0)
    if layer.spiking:
        current = layer.neurons * shown if layer.products else 0.0
        size = layer.neurons * bits.state * (3 if layer.products else 2)
        reads, writes = (events + 2 * updates) * bits.state, (events + updates + current) * bits.state
    else:
        size, reads, writes = layer.neurons * bits.state, layer.neurons * shown * bits.state, 0.0
    yield DataTraffic("state", float(size), float(reads), float(writes))
    if layer.products:
        into = bits.value
        arriving = layer.inputs * shown
    else:
        into = _address_bit(layer.inputs)
        arriving = math.fsum(layer.received)
    out = _address_bit(layer.neurons) if layer.spiking else bits.value
    leaving = math.fsum(layer.spikes) if layer.spiking else layer.neurons * shown
    yield DataTraffic(
        "messages", float(max(layer.inputs * into, layer.neurons * out)), arriving * into, leaving * out
    )


def _address_bit(neurons: int) -> int:
    return max(1, math.ceil(math.log2(neurons)))
