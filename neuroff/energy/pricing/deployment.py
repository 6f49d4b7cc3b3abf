"""A network on a device, from placement to joules: the one call that reports build on.

Theory: (19).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from neuroff.checks import require_kind, require_whole
from neuroff.energy.counts import Counts
from neuroff.energy.placing.layout import Strategy
from neuroff.energy.placing.memory import MemoryUse, NumberBits, data_traffic, memory_use
from neuroff.energy.placing.placement import Placement, place
from neuroff.energy.placing.resources import Shortfall, shares_weights
from neuroff.energy.placing.traffic import Traffic, traffic
from neuroff.energy.pricing.estimate import EnergyEstimate, estimate
from neuroff.energy.pricing.latency import Latency, latency
from neuroff.energy.profile.prices import Band, require_profile
from neuroff.energy.profile.schema import Profile
from neuroff.energy.work import NetworkWork


@dataclass(frozen=True, slots=True)
class Placed:
    """A network on a device; everything per sample.

    Attributes:
        profile_id: name of the profile.
        placement: where the network is, or why it does not fit.
        traffic: what travels between cores; None where the network does not fit.
        memory: traffic of memory levels; None where it does not fit.
        latency: time per sample; None where it does not fit or no time is known.
        counts: events, traffic, memory and time; where it does not fit, the network's own counts alone.
        estimate: the counts priced; None where the network does not fit, which is not priced.
    """

    profile_id: str
    placement: Placement
    traffic: Traffic | None
    memory: MemoryUse | None
    latency: Latency | None
    counts: Counts
    estimate: EnergyEstimate | None

    @property
    def fits(self) -> bool:
        """Whether the network fits the device."""
        return self.placement.fits

    @property
    def missed(self) -> tuple[Shortfall, ...]:
        """Budgets that are exceeded."""
        of_placement = tuple(entry for entry in self.placement.shortfalls if entry.kind == "budget")
        return of_placement + (self.latency.missed if self.latency is not None else ())

    @property
    def latency_s(self) -> float | None:
        """Seconds per sample, None where no time is known."""
        return self.latency.sample_s if self.latency is not None else None

    @property
    def latency_is_lower_bound(self) -> bool:
        """Whether something happens whose time is not known."""
        return self.latency is not None and self.latency.is_lower_bound

    @property
    def static_share(self) -> float | None:
        """Share of the nominal energy that static power has; None where there is none, or no energy."""
        return None if self.estimate is None else static_share(self.estimate)

    @property
    def energy_delay_Js(self) -> Band | None:
        """Energy times latency; None where either is not known."""
        if self.estimate is None or self.latency_s is None:
            return None
        return self.estimate.total_J * self.latency_s

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        delay = self.energy_delay_Js
        return {
            "profile": self.profile_id,
            "fits": self.fits,
            "placement": self.placement.to_dict(),
            "traffic": None if self.traffic is None else self.traffic.to_dict(),
            "latency": None if self.latency is None else self.latency.to_dict(),
            "latency_s": self.latency_s,
            "counts": self.counts.to_dict(),
            "static_share": self.static_share,
            "energy_delay_Js": None if delay is None else delay.to_dict(),
            "missed": [miss.to_dict() for miss in self.missed],
            "estimate": None if self.estimate is None else self.estimate.to_dict(),
        }


def deploy(
    work: NetworkWork,
    profile: Profile,
    *,
    more: Counts | None = None,
    strategy: Strategy = "row_major",
    weight_bit: int | None = None,
    state_bit: int = 32,
) -> Placed:
    """Place a network on a device, and count and price what it does there.

    Args:
        work: the network and its events.
        profile: the device.
        more: counts to add to those of the network, such as the learning of a training sample.
        strategy: how cores are placed.
        weight_bit: bits of a stored weight; 8 by default, or what the device has if that is less.
        state_bit: bits of a membrane potential where the profile does not say.

    Raises:
        ConfigError: if the strategy is unknown.
        ProfileError: if the energy is too large for a number.
    """
    fix = "of what neuroff.count_activity returns, take `.work()`"
    require_kind("work", work, NetworkWork, where="deploy", fix=fix)
    require_profile(profile, "deploy")
    require_whole("weight_bit", 1 if weight_bit is None else weight_bit, least=1, where="deploy")
    require_whole("state_bit", state_bit, least=1, where="deploy")
    counts = work.counts() if more is None else work.counts() + more
    placement = place(work, profile, strategy=strategy, weight_bit=weight_bit)
    if not placement.fits:
        return Placed(profile.id, placement, None, None, None, counts, None)
    moved = traffic(work, placement, profile.topology)
    stated = profile.limits.state_bit if profile.limits is not None else None
    bits = NumberBits(placement.weight_bit, stated or state_bit, max(placement.weight_bit, 8))
    memory = memory_use(
        data_traffic(work, bits, shared=shares_weights(profile)), profile.memory, placement.cores
    )
    taken = latency(work, placement, moved, profile)
    counts = counts + memory.counts
    if any(layer.spiking for layer in work.layers) and placement_matters(profile):
        counts = counts + moved.counts()
    if taken is not None and taken.sample_s is not None:
        counts = counts + time_counts(taken.sample_s, placement, profile)
    return Placed(profile.id, placement, moved, memory, taken, counts, estimate(counts, profile))


def deploy_all(
    work: NetworkWork,
    profiles: Sequence[Profile],
    *,
    more: Counts | None = None,
    strategy: Strategy = "row_major",
) -> tuple[Placed, ...]:
    """Deploy a network on every profile, in their order; see `deploy`."""
    return tuple(deploy(work, profile, more=more, strategy=strategy) for profile in profiles)


def placement_matters(profile: Profile) -> bool:
    """Whether a device has cores between which packets travel: it has a topology or limits of a core."""
    limits = profile.limits
    return profile.topology is not None or (limits is not None and limits.neurons_per_core is not None)


def time_counts(sample_s: float, placement: Placement, profile: Profile) -> Counts:
    """Return chip and core seconds of a sample, which static power is multiplied by.

    Cores powered but not in use are known only where the profile says how many cores a chip has. A profile
    with the power of a chip, and none of a core, has the cores in it.
    """
    static = profile.static
    counts = {"chip_seconds": sample_s * placement.chips}
    if static.core_on is not None or static.chip is None:
        counts["core_seconds_on"] = sample_s * placement.cores
    limit = profile.limits.cores_per_chip if profile.limits is not None else None
    if limit is not None and (static.core_idle is not None or static.chip is None):
        idle = max(placement.chips * limit.value_count - placement.cores, 0)
        counts["core_seconds_idle"] = sample_s * idle
    return Counts(counts)


def static_share(priced: EnergyEstimate) -> float | None:
    """Return the share of an estimate's nominal energy that static power has; None where there is none.

    Zero means that static power was counted and is nothing; an estimate whose profile gives no static power,
    or for which no time was counted, has no share.
    """
    parts = [band.nominal for term, band in priced.terms_J.items() if term.startswith("static.")]
    if not parts or not priced.total_J.nominal:
        return None
    return math.fsum(parts) / priced.total_J.nominal
