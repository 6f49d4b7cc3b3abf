"""Parts of a profile that describe the device rather than price it: time, limits, topology, I/O."""

from __future__ import annotations

from typing import Annotated, Final, Literal, get_args

from pydantic import Field

from neuroff.energy.profile.fields import (
    Boundary,
    PositiveBits,
    PositiveCount,
    ProfileId,
    Seconds,
    ShortText,
    SourceKey,
    Strict,
    Text,
)

Checked = Literal["memory", "transcription", "primary"]
"""How a figure was read, weakest first."""

_CHECK_ORDER: Final[tuple[Checked, ...]] = get_args(Checked)


class Meta(Strict):
    """``[meta]``: what is described, and where its boundary runs.

    Attributes:
        id: name in the catalogue, the file name without ``.toml``.
        name: name in print.
        kind: what the device runs.
        time_model: what starts the next time step.
        boundary: what the figures enclose.
        node_nm: name of the process node in nanometres; absent when not stated.
        vdd_V: supply voltage in volts; absent when not stated.
        temperature_K: temperature in kelvin; absent when not stated.
        revision: raised with every change of a figure.
        wanted: the measurement that would give a price, where there is none.
        note: what a reader must know before using the numbers.
    """

    id: ProfileId
    name: ShortText
    kind: Literal["spiking", "dense", "mixed"]
    time_model: Literal["barrier_step", "realtime_step", "event_async", "clocked"]
    boundary: Boundary
    node_nm: Annotated[float, Field(gt=0, le=1e5)] | None = None
    vdd_V: Annotated[float, Field(gt=0, le=1e3)] | None = None
    temperature_K: Annotated[float, Field(gt=0, le=1e4)] | None = None
    revision: Annotated[int, Field(ge=1, le=10**6)] = 1
    wanted: ShortText | None = None
    note: Text | None = None


class Source(Strict):
    """``[[source]]``: where figures come from, and how that was checked.

    Attributes:
        key: short name that coefficients refer to.
        citation: authors, title or journal, year.
        locator: table, page, file or section.
        checked: ``primary`` when read in the source itself, ``transcription`` when read in somebody
            else's copy, ``memory`` when recalled and not verified.
        doi: digital object identifier, without a resolver address.
        url: address of a web page or file.
        note: what else is known about the source.
    """

    key: SourceKey
    citation: Text
    locator: ShortText
    checked: Checked
    doi: ShortText | None = None
    url: ShortText | None = None
    note: Text | None = None


def weakest_check(sources: tuple[Source, ...]) -> Checked:
    """How the least verified of some sources was read; there is at least one."""
    return min((source.checked for source in sources), key=_CHECK_ORDER.index)


class BarrierPoint(Strict):
    """One point of the barrier curve: synchronising ``tiles_count`` tiles takes ``time_s`` seconds."""

    tiles_count: PositiveCount
    time_s: Seconds


class Timing(Strict):
    """``[time]``: seconds per event, all from one source; absent means not stated.

    ``realtime_step_s`` is the length of a time step that is tied to wall time: a step that takes
    longer misses its deadline. ``barrier`` is interpolated between its points. ``clock_Hz`` is the
    clock that the figures hold for. The times of a stored format stand instead of ``synop_s``.
    """

    source: ShortText
    synop_s: Seconds | None = None
    synop_dense_s: Seconds | None = None
    synop_sparse_s: Seconds | None = None
    synop_conv_s: Seconds | None = None
    neuron_update_active_s: Seconds | None = None
    neuron_update_inactive_s: Seconds | None = None
    spike_emit_s: Seconds | None = None
    synapse_update_s: Seconds | None = None
    packet_out_s: Seconds | None = None
    axon_lookup_s: Seconds | None = None
    intra_tile_packet_s: Seconds | None = None
    hop_x_s: Seconds | None = None
    hop_y_s: Seconds | None = None
    realtime_step_s: Seconds | None = None
    clock_Hz: Annotated[float, Field(gt=0, le=1e15)] | None = None
    barrier: Annotated[tuple[BarrierPoint, ...], Field(strict=False, max_length=1000)] = ()
    note: Text | None = None


class CountLimit(Strict):
    """How many of something there are: beyond a ``wall`` nothing fits, beyond a ``budget`` time runs out."""

    value_count: PositiveCount
    kind: Literal["wall", "budget"]


class BitLimit(Strict):
    """How many bits of something there are, ``kind`` as in :class:`CountLimit`."""

    value_bit: PositiveBits
    kind: Literal["wall", "budget"]


class Limits(Strict):
    """``[limits]``: what fits, all from one source; an absent limit is not known, not absent on the chip.

    ``payload_bit`` is how large a number a spike carries; spikes carry none where it is absent.
    """

    source: ShortText
    neurons_per_core: CountLimit | None = None
    cores_per_chip: CountLimit | None = None
    chips: CountLimit | None = None
    neurons_per_chip: CountLimit | None = None
    synapses_per_chip: CountLimit | None = None
    synapses_per_core: CountLimit | None = None
    synapse_memory_per_core: BitLimit | None = None
    axons_in_per_core: CountLimit | None = None
    axons_out_per_core: CountLimit | None = None
    fan_in: CountLimit | None = None
    fan_out: CountLimit | None = None
    delay_steps: CountLimit | None = None
    learning_epoch_steps: CountLimit | None = None
    weight_min_bit: PositiveBits | None = None
    weight_max_bit: PositiveBits | None = None
    state_bit: PositiveBits | None = None
    trace_bit: PositiveBits | None = None
    payload_bit: PositiveBits | None = None
    weight_sharing: Literal["none", "conv"] | None = None
    skips_zero_weights: Literal["never", "sparse_format_only", "always"] | None = None
    note: Text | None = None


class Topology(Strict):
    """``[topology]``: how cores are joined."""

    source: ShortText
    kind: Literal["single", "bus", "mesh", "torus", "tree"]
    tiles_x_count: PositiveCount | None = None
    tiles_y_count: PositiveCount | None = None
    cores_per_tile_count: PositiveCount | None = None
    chips_per_board_count: PositiveCount | None = None
    packet_bit: PositiveBits | None = None
    routing: Literal["xy", "multicast", "table"] | None = None
    multicast: bool | None = None
    note: Text | None = None


class HostInterface(Strict):
    """``[io]``: what enters from outside, and whether the host is inside the boundary."""

    host: Literal["included", "excluded"] = "excluded"
    first_layer: Literal["on_chip", "encoded_off_chip", "analog_mac"] | None = None
    note: Text | None = None
