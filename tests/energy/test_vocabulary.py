from __future__ import annotations

from neuroff.energy import VOCABULARY
from neuroff.energy.vocabulary import DTYPES, GROUPS, MEMORY_LEVELS, expand, nearest, parts_of


def test_names_are_identifiers_and_every_entry_is_described() -> None:
    for name, kind in VOCABULARY.items():
        assert name.isidentifier()
        assert name.islower()
        assert kind.description
        assert kind.unit
        assert kind.group in GROUPS


def test_group_names_and_count_names_are_distinct() -> None:
    assert not set(GROUPS) & set(VOCABULARY)


def test_every_dtype_and_level_has_its_counts() -> None:
    for dtype in DTYPES:
        assert {f"macs_{dtype}", f"adds_{dtype}", f"muls_{dtype}"} <= set(VOCABULARY)
    for level in MEMORY_LEVELS:
        assert {f"mem_reads_bit_level{level}", f"mem_writes_bit_level{level}"} <= set(VOCABULARY)


def test_names_that_reports_rely_on() -> None:
    needed = (
        "synaptic_events neuron_updates_active neuron_updates_inactive spikes_emitted packets axon_lookups "
        "intra_tile_packets hops_x hops_y chip_link_bits router_bits synapse_updates trace_updates "
        "learning_epochs bus_broadcasts host_bits_in host_bits_out macs_float32"
    )
    assert set(needed.split()) <= set(VOCABULARY)


def test_shares_point_at_a_total_of_one_level() -> None:
    for kind in VOCABULARY.values():
        if kind.part_of is not None:
            assert VOCABULARY[kind.part_of].part_of is None
    assert "synaptic_events_sparse" in parts_of("synaptic_events")
    assert parts_of("packets") == ()


def test_expand() -> None:
    assert expand("packets") == {"packets"}
    assert expand("synaptic_events") == {"synaptic_events", *parts_of("synaptic_events")}
    assert expand("time") == {"chip_seconds", "core_seconds_on", "core_seconds_idle"}
    assert expand("nonsense") == set()


def test_nearest() -> None:
    assert nearest("synaptic_event", VOCABULARY) == "synaptic_events"
    assert nearest("zzzz", VOCABULARY) is None
