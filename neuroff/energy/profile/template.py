"""The text that ``neuroff profiles new`` writes: a profile to fill in, with every table explained."""

from __future__ import annotations

from typing import Final

from neuroff.energy.profile.fields import EVIDENCE_ORDER, is_profile_id
from neuroff.errors import ProfileError

_HEAD: Final = """\
# A hardware profile for neuroff. Fill in every "", remove the leading # from the lines you need, and run
#
#     neuroff profiles check {id}.toml
#
# Numbers are in SI base units (joules, seconds, watts, bits), never pJ or ns. Absent is not zero: work
# without a price is reported as unpriced. For completion in an editor: neuroff profiles schema > schema.json
"""

_SOURCE: Final = """\
# Where figures come from. One table per source; figures name it by its key.
[[source]]
key = "first"
citation = ""  # authors, title or journal, year
locator = ""  # table, page, file or section
checked = ""  # primary: read there; transcription: read in somebody's copy; memory: recalled
#doi = ""
#url = ""
#note = ""
"""

_EVIDENCE: Final = f"""\
# evidence is how a figure was obtained, weakest first:
# {", ".join(EVIDENCE_ORDER)}.
"""

_WHOLE: Final = (
    _HEAD
    + """\
schema = "1.0"

[meta]
id = "{id}"
name = ""  # the device in print
kind = "spiking"  # spiking, dense, mixed
time_model = "clocked"  # barrier_step, realtime_step, event_async, clocked
boundary = ""  # what the figures enclose: operation, core, chip, board, wall, unstated
#node_nm = 28
#vdd_V = 0.8
#temperature_K = 298
#revision = 1
#wanted = ""  # the measurement that would give a price, where there is none
#note = ""

"""
    + _SOURCE
    + """
# Prices of events. Each table prices one count of the vocabulary (per).
"""
    + _EVIDENCE
    + """\
# scope: marginal is what one more event adds; all_in is power over event rate, so that static power and what
# includes names are inside; unstated takes nothing as included.
[energy.synop]
per = "synaptic_events"
value_J = ""  # for example 23.6e-12
#low_J = 20e-12
#high_J = 30e-12
#scope = "marginal"
#includes = ["neuron_updates_active", "traffic"]
evidence = ""
#derived = true
#factors = { power_W = 1e-3, events_Hz = 1e6 }
source = "first"
#band_source = "first"
#note = ""

# Energy that another term contains is a claimed zero; "unknown" makes it unpriced.
#[energy.neuron_update_active]
#per = "neuron_updates_active"
#included_in = "synop"

# More counts: neuron_updates_inactive, spikes_emitted, packets, axon_lookups, hops_x, hops_y, router_bits,
# chip_link_bits, macs_int8, adds_float32, host_bits_in and so on. A misspelt one is told with its nearest.
#[energy.mac_int8]
#per = "macs_int8"
#value_J = 0.23e-12
#evidence = "estimated"
#source = "first"

# Learning. A figure holds for the rule it was obtained with.
#[energy.learning.synapse_update]
#per = "synapse_updates"
#value_J = 120e-12
#evidence = "spice"
#source = "first"
#rule = "pairwise_stdp"

# Memory, the level closest to the core first, at most five. Prices are per access of access_width_bit.
#[[memory]]
#name = "synapse_sram"
#size_B = 131072
#access_width_bit = 64
#
#[memory.read]
#value_J = 10e-12
#evidence = "layout"
#source = "first"
#
#[memory.write]
#included_in = "unknown"

# Power that is multiplied by time: of the chip, of a core in use, of a core powered but idle.
#[static.chip]
#value_W = 0.1
#low_W = 0.05
#high_W = 0.2
#evidence = "measured"
#source = "first"
#
#[static.core_on]
#value_W = 1e-3
#evidence = "measured"
#source = "first"
#
#[static.core_idle]
#value_W = 1e-4
#evidence = "measured"
#source = "first"

# Energy of one clock cycle while the chip is powered; needs clock_Hz below.
#[static.clock]
#value_J = 1.78e-12
#evidence = "measured"
#source = "first"

# Seconds per event; barrier is interpolated. A real-time step that takes longer misses its deadline.
#[time]
#source = "first"
#synop_s = 3.5e-9
#neuron_update_active_s = 8.4e-9
#hop_x_s = 4.1e-9
#clock_Hz = 75e6
#realtime_step_s = 1e-3
#barrier = [{ tiles_count = 1, time_s = 113e-9 }, { tiles_count = 32, time_s = 465e-9 }]

#[io]
#host = "excluded"  # included, excluded
#first_layer = "encoded_off_chip"  # on_chip, encoded_off_chip, analog_mac

# What fits. Beyond a wall nothing fits, beyond a budget the deadline is missed.
#[limits]
#source = "first"
#neurons_per_core = { value_count = 1024, kind = "wall" }
#cores_per_chip = { value_count = 128, kind = "wall" }
#synapse_memory_per_core = { value_bit = 1048576, kind = "wall" }
#axons_in_per_core = { value_count = 4096, kind = "wall" }
#fan_in = { value_count = 4096, kind = "wall" }
#weight_min_bit = 1
#weight_max_bit = 8
#state_bit = 16
#skips_zero_weights = "never"  # never, sparse_format_only, always

#[topology]
#source = "first"
#kind = "mesh"  # single, bus, mesh, torus, tree
#tiles_x_count = 8
#tiles_y_count = 4
#cores_per_tile_count = 4
#packet_bit = 32
#routing = "xy"  # xy, multicast, table
#multicast = false

# Results of whole runs, to compare with. They are never turned into prices of events.
#[[measurement]]
#name = "mnist"
#workload = "MNIST, 784-256-10, 8 time steps"
#boundary = "chip"
#part = "total"  # total, dynamic (running minus idle), idle
#per = "inference"  # inference, training_sample, time_step, synaptic_event, spike, job
#batch_count = 1
#value_J = 1e-6
#power_W = 1e-3
#time_s = 1e-3
#rate_Hz = 1000
#evidence = "measured"
#source = "first"

# A band of energies an operation, from a workload that was measured whole; never a price.
#[[inferred]]
#name = "mnist"
#workload = "MNIST, 784-256-10, 8 time steps"
#source = "first"
#low = { energy_J = 1e-6, operations_count = 2e6, value_J = 5e-13, note = "dynamic, all operations" }
#high = { energy_J = 2e-6, operations_count = 1e6, value_J = 2e-12, note = "total, synaptic operations" }
#note = "doubts"
"""
)

_EXTENSION: Final = (
    _HEAD
    + """\
#
# This profile takes everything from {extends} except the tables written here. A term replaces the whole
# term of the same name; with included_in = "unknown" it becomes unpriced.
schema = "1.0"
extends = "{extends}"

[meta]
id = "{id}"
name = ""  # the device in print
#note = ""

"""
    + _SOURCE
    + """
# The price to replace or to add. `neuroff profiles show {extends}` lists those there are.
"""
    + _EVIDENCE
    + """\
[energy.synop]
per = "synaptic_events"
value_J = ""  # for example 23.6e-12
#low_J = 20e-12
#high_J = 30e-12
#scope = "marginal"
evidence = ""
source = "first"
#note = ""

#[static.chip]
#value_W = 0.1
#evidence = "measured"
#source = "first"
"""
)


def template(profile_id: str, *, extends: str | None = None) -> str:
    """A commented profile to fill in: lines of TOML that are optional start with ``#`` and no space.

    What must be filled in is an empty text, so that the file does not pass the check as it is.

    Args:
        profile_id: name in the catalogue, which is also the file name without ``.toml``.
        extends: name of a profile to override; the template then holds one price only.

    Raises:
        ProfileError: a name that no profile can have.
    """
    for name in (profile_id, extends):
        if name is not None and not is_profile_id(name):
            raise ProfileError(
                f"{name[:80]!r} is not a name for a profile",
                expected="at most 60 lower-case letters, digits, dots, hyphens and underscores, "
                "a letter or digit first",
            )
    text = (_WHOLE if extends is None else _EXTENSION).replace("{id}", profile_id)
    return text if extends is None else text.replace("{extends}", extends)
