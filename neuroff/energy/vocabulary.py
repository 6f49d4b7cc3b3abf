"""The closed vocabulary of counts: what can be counted, and so what a coefficient can price.

A profile binds each coefficient to exactly one of these names, and the counting code reports only
these names, so a price can never meet the wrong kind of event unnoticed.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

Group = Literal["event", "traffic", "arithmetic", "memory", "learning", "io", "time"]

GROUPS: Final[tuple[Group, ...]] = ("event", "traffic", "arithmetic", "memory", "learning", "io", "time")

DTYPES: Final = ("int8", "int16", "int32", "float16", "bfloat16", "float32", "float64")
"""Number formats with their own arithmetic counts, for example ``macs_int8``."""

MEMORY_LEVELS: Final = (1, 2, 3, 4, 5)
"""Memory levels with their own traffic counts; level n is the n-th ``[[memory]]`` table of a profile."""


@dataclass(frozen=True, slots=True)
class CountKind:
    """One entry of the vocabulary.

    Attributes:
        description: what is counted, in one phrase.
        unit: what one of them is, for example ``"event"``, ``"bit"`` or ``"s"``.
        group: the kind of work; an all-in coefficient may name a whole group it contains.
        part_of: the total this count is a share of. Shares of one total are disjoint.
    """

    description: str
    unit: str
    group: Group
    part_of: str | None = None


def _events() -> Iterator[tuple[str, CountKind]]:
    total = "synaptic_events"
    yield total, CountKind("spikes times the stored fan-out each one reaches", "event", "event")
    for suffix, stored in (
        ("dense", "a non-zero weight stored in dense format"),
        ("sparse", "a weight stored in sparse format"),
        ("conv", "a weight shared by convolution"),
        ("zero_weight", "a stored weight that is zero"),
    ):
        yield f"{total}_{suffix}", CountKind(f"synaptic events through {stored}", "event", "event", total)
    yield (
        "neuron_updates_active",
        CountKind("neuron-steps in which the neuron received input or spiked", "update", "event"),
    )
    yield (
        "neuron_updates_inactive",
        CountKind("neuron-steps without input and without a spike", "update", "event"),
    )
    yield "spikes_emitted", CountKind("spikes that neurons emitted", "spike", "event")
    yield "neuron_resets", CountKind("neurons whose state was cleared between samples", "neuron", "event")


def _traffic() -> Iterator[tuple[str, CountKind]]:
    yield "packets", CountKind("spike packets sent, one per destination core", "packet", "traffic")
    yield "axon_lookups", CountKind("packets looked up on arrival at a core", "lookup", "traffic")
    yield "intra_tile_packets", CountKind("packets that stay within their tile", "packet", "traffic")
    yield "hops_x", CountKind("tile-to-tile hops in the x (east-west) direction", "hop", "traffic")
    yield "hops_y", CountKind("tile-to-tile hops in the y (north-south) direction", "hop", "traffic")
    yield "router_bits", CountKind("bits that passed through a router", "bit", "traffic")
    yield "chip_link_bits", CountKind("bits that crossed from chip to chip", "bit", "traffic")
    yield (
        "bus_broadcasts",
        CountKind("scalars broadcast to a layer: collaboration sums, modulators, gains", "scalar", "traffic"),
    )


def _arithmetic() -> Iterator[tuple[str, CountKind]]:
    for plural, what in (
        ("macs", "multiply-accumulates"),
        ("adds", "additions outside a multiply-accumulate"),
        ("muls", "multiplications outside a multiply-accumulate"),
    ):
        for dtype in DTYPES:
            yield f"{plural}_{dtype}", CountKind(f"{dtype} {what}", "operation", "arithmetic")
    yield "cycles", CountKind("clock cycles", "cycle", "arithmetic")


def _memory() -> Iterator[tuple[str, CountKind]]:
    for level in MEMORY_LEVELS:
        for plural, verb in (("reads", "read from"), ("writes", "written to")):
            yield (
                f"mem_{plural}_bit_level{level}",
                CountKind(f"bits {verb} memory level {level} (1 is the closest)", "bit", "memory"),
            )


def _learning() -> Iterator[tuple[str, CountKind]]:
    yield "synapse_updates", CountKind("synapses touched by the learning rule", "update", "learning")
    yield "trace_updates", CountKind("updates of presynaptic or postsynaptic traces", "update", "learning")
    yield "learning_epochs", CountKind("learning phases run on the chip", "epoch", "learning")
    yield "optimiser_reads_bit", CountKind("bits of optimiser state read", "bit", "learning")
    yield "optimiser_writes_bit", CountKind("bits of optimiser state written", "bit", "learning")


def _io_and_time() -> Iterator[tuple[str, CountKind]]:
    yield "host_bits_in", CountKind("bits sent by the host", "bit", "io")
    yield "host_bits_out", CountKind("bits sent to the host", "bit", "io")
    yield "program_bits", CountKind("bits of weights and configuration loaded", "bit", "io")
    yield "chip_seconds", CountKind("run time times chips powered", "s", "time")
    yield "core_seconds_on", CountKind("run time summed over cores in use", "s", "time")
    yield "core_seconds_idle", CountKind("run time summed over cores powered but not in use", "s", "time")


VOCABULARY: Final[Mapping[str, CountKind]] = MappingProxyType(
    dict([*_events(), *_traffic(), *_arithmetic(), *_memory(), *_learning(), *_io_and_time()])
)
"""Every count there is, by name, in reporting order."""


def parts_of(total: str) -> tuple[str, ...]:
    """Names of the disjoint shares of a total, empty where it has none."""
    return tuple(name for name, kind in VOCABULARY.items() if kind.part_of == total)


def expand(name: str) -> frozenset[str]:
    """Counts meant by a count name or by a group name; empty for an unknown name."""
    if name in VOCABULARY:
        return frozenset({name, *parts_of(name)})
    return frozenset(count for count, kind in VOCABULARY.items() if kind.group == name)


def nearest(name: str, candidates: Mapping[str, object] | tuple[str, ...]) -> str | None:
    """The candidate spelled most like ``name``, or None when none comes close."""
    close = difflib.get_close_matches(name[:80], list(candidates)[:300], n=1, cutoff=0.6)
    return close[0] if close else None
