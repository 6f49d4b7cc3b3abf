"""How long a sample takes: per step, the slowest core or the busiest link, and the barrier behind them.

    t_step = max(busiest core, busiest link) + barrier(tiles)

after the runtime model of Timcheck, Pierro and Shrestha (arXiv 2601.10035, eq. 1). A core is busy for the sum
of what it does: synaptic events, neuron updates, spikes, packets. Where time steps are tied to wall time, a
step takes that long, and one that needs more misses its deadline. Loads are means over samples, so a step
that is busier than the mean is not seen. A count above zero without a time makes the latency a lower bound.

Theory: (18).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuroff.energy.placing.placement import Placement
from neuroff.energy.placing.resources import Shortfall
from neuroff.energy.placing.traffic import Traffic
from neuroff.energy.profile.chip import BarrierPoint, Timing
from neuroff.energy.profile.schema import Profile
from neuroff.energy.work import NetworkWork

Loads = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Latency:
    """Time per sample.

    Attributes:
        sample_s: seconds per sample: all steps of all presentations; None where no time is known.
        step_s: the longest step.
        core_s: the part of it that the slowest core takes.
        link_s: the part that the busiest link takes.
        barrier_s: the part that synchronising takes.
        slowest_core: number of the slowest core of that step.
        realtime: whether steps are tied to wall time.
        untimed: what happens without a time being known; the latency is then a lower bound.
        missed: budgets of time that are exceeded.
    """

    sample_s: float | None
    step_s: float | None
    core_s: float
    link_s: float
    barrier_s: float
    slowest_core: int
    realtime: bool
    untimed: tuple[str, ...]
    missed: tuple[Shortfall, ...]

    @property
    def is_lower_bound(self) -> bool:
        """True when something takes time that is not known."""
        return bool(self.untimed)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "sample_s": self.sample_s,
            "step_s": self.step_s,
            "core_s": self.core_s,
            "link_s": self.link_s,
            "barrier_s": self.barrier_s,
            "slowest_core": self.slowest_core,
            "realtime": self.realtime,
            "is_lower_bound": self.is_lower_bound,
            "untimed": list(self.untimed),
            "missed": [miss.to_dict() for miss in self.missed],
        }


def latency(work: NetworkWork, placement: Placement, moved: Traffic, profile: Profile) -> Latency | None:
    """Return the time a sample takes, or None where the profile has no ``[time]`` table.

    Args:
        work: the network and its events, step by step.
        placement: a placement that fits.
        moved: its traffic.
        profile: the device.
    """
    timing = profile.time
    if timing is None:
        return None
    busy = {name: loads for name, loads in core_loads(work, placement, moved).items() if loads.any()}
    per_event = {name: event_s(timing, name) for name in busy}
    untimed = [name for name, seconds in per_event.items() if seconds is None]
    if any(layer.products for layer in work.layers):
        untimed.append("macs")
    steps = work.steps
    of_cores = np.zeros((placement.cores, steps))
    for name, loads in busy.items():
        of_cores += loads * (per_event[name] or 0.0)
    link_s, no_link = _link_s(work, moved, timing)
    untimed.extend(no_link)
    barrier_s = barrier(timing.barrier, placement.tiles)
    core_s = of_cores.max(0)  # (T,)
    needed = np.maximum(core_s, link_s) + barrier_s
    known = timing.realtime_step_s is not None or any(per_event.values())
    taken = np.maximum(needed, timing.realtime_step_s or 0.0)
    longest = int(needed.argmax())
    missed: tuple[Shortfall, ...] = ()
    if timing.realtime_step_s is not None and needed[longest] > timing.realtime_step_s:
        missed = (Shortfall("realtime_step_s", "", float(needed[longest]), timing.realtime_step_s, "budget"),)
    return Latency(
        sample_s=float(taken.sum()) * work.presentations if known else None,
        step_s=float(taken.max()) if known else None,
        core_s=float(core_s[longest]),
        link_s=float(link_s[longest]),
        barrier_s=barrier_s,
        slowest_core=int(of_cores[:, longest].argmax()),
        realtime=timing.realtime_step_s is not None,
        untimed=tuple(untimed),
        missed=missed,
    )


def core_loads(work: NetworkWork, placement: Placement, moved: Traffic) -> dict[str, Loads]:
    """Return what each core does in each step of a presentation, ``(cores, T)``, by kind of event."""
    steps, shown = work.steps, work.presentations
    loads = {name: np.zeros((placement.cores, steps)) for name in _EVENTS}
    for index, layer in enumerate(work.layers):
        parts = placement.slices.of(index)
        share = (parts.neurons / layer.neurons)[:, None]
        found: dict[str, Loads] = {}
        if layer.events:
            found[f"synaptic_events_{layer.weight_format}"] = share * _per_step(layer.events, steps, shown)
        if layer.spiking:
            active = share * _per_step(layer.active, steps, shown)
            found["neuron_updates_active"] = active
            found["neuron_updates_inactive"] = np.maximum(parts.neurons[:, None] - active, 0.0)
            found["spikes_emitted"] = share * _per_step(layer.spikes, steps, shown)
        if layer.updates:
            found["synapse_updates"] = share * _per_step((layer.updates,), steps, shown)
        for name, amount in found.items():
            np.add.at(loads[name], parts.core, amount)
    each = steps * shown
    loads["packets"] = np.repeat(np.array(moved.sent_by)[:, None] / each, steps, axis=1)
    loads["axon_lookups"] = np.repeat(np.array(moved.received_by)[:, None] / each, steps, axis=1)
    return loads


_EVENTS = (
    "synaptic_events_dense",
    "synaptic_events_sparse",
    "neuron_updates_active",
    "neuron_updates_inactive",
    "spikes_emitted",
    "synapse_updates",
)


def event_s(timing: Timing, name: str) -> float | None:
    """Return the seconds of one event, or None where the profile does not say."""
    fields = {
        "synaptic_events_dense": timing.synop_s if timing.synop_dense_s is None else timing.synop_dense_s,
        "synaptic_events_sparse": timing.synop_s if timing.synop_sparse_s is None else timing.synop_sparse_s,
        "neuron_updates_active": timing.neuron_update_active_s,
        "neuron_updates_inactive": timing.neuron_update_inactive_s,
        "synapse_updates": timing.synapse_update_s,
        # Sending and looking up are part of the other times where a profile gives none of their own.
        "spikes_emitted": timing.spike_emit_s or 0.0,
        "packets": timing.packet_out_s or 0.0,
        "axon_lookups": timing.axon_lookup_s or 0.0,
    }
    return fields[name]


def barrier(points: Sequence[BarrierPoint], tiles: int) -> float:
    """Return the time to synchronise a number of tiles: straight lines between points, level outside."""
    if not points:
        return 0.0
    ordered = sorted(points, key=lambda point: point.tiles_count)
    return float(
        np.interp(tiles, [point.tiles_count for point in ordered], [point.time_s for point in ordered])
    )


def _per_step(amounts: Sequence[float], steps: int, presentations: float) -> Loads:
    """Return an amount per step of one presentation; an amount without steps is spread evenly."""
    if len(amounts) == steps:
        return np.asarray(amounts, dtype=np.float64) / presentations
    return np.full(steps, math.fsum(amounts) / (steps * presentations))


def _link_s(work: NetworkWork, moved: Traffic, timing: Timing) -> tuple[Loads, list[str]]:
    """Return the time of the busiest link in each step, which follows the spikes of all layers."""
    untimed = []
    total = 0.0
    for load, seconds, name in (
        (moved.busiest_x, timing.hop_x_s, "hops_x"),
        (moved.busiest_y, timing.hop_y_s, "hops_y"),
    ):
        if load and seconds is None:
            untimed.append(name)
        total = max(total, load * (seconds or 0.0))
    steps = work.steps
    spikes = sum(
        (_per_step(layer.spikes, steps, 1.0) for layer in work.layers if layer.spiking), np.zeros(steps)
    )
    share = spikes / spikes.sum() if spikes.sum() else np.full(steps, 1 / steps)
    return share * total / work.presentations, untimed
