"""A network on a device: which core holds what, where that core lies, and how full the cores are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any, get_args

import numpy as np

from neuroff.energy.placing.flows import flows
from neuroff.energy.placing.layout import Floor, Sites, Strategy, floor_of, sites
from neuroff.energy.placing.packing import pack
from neuroff.energy.placing.resources import Shortfall, Slices
from neuroff.energy.profile.schema import Profile
from neuroff.energy.work import NetworkWork
from neuroff.errors import require_choice


@dataclass(frozen=True, eq=False)
class Placement:
    """Where a network's neurons are, or why it does not fit.

    Attributes:
        strategy: how sites were chosen.
        weight_bit: bits of a stored weight.
        slices: which neurons are on which core; empty where the network does not fit.
        sites: the place of each core.
        floor: the places there are.
        cores: number of cores in use.
        chips: number of chips in use.
        tiles: number of tiles in use; cores where there is no grid.
        utilisation: share of what the cores in use hold that is taken, by resource; limits that are not
            known are left out.
        shortfalls: walls that keep the network from fitting, and budgets that it exceeds.
    """

    strategy: Strategy
    weight_bit: int
    slices: Slices
    sites: Sites
    floor: Floor
    cores: int
    chips: int
    tiles: int
    utilisation: Mapping[str, float]
    shortfalls: tuple[Shortfall, ...]

    @property
    def fits(self) -> bool:
        """Whether no wall stands in the way."""
        return not any(shortfall.kind == "wall" for shortfall in self.shortfalls)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, without the single slices."""
        return {
            "fits": self.fits,
            "strategy": self.strategy,
            "weight_bit": self.weight_bit,
            "cores": self.cores,
            "chips": self.chips,
            "tiles": self.tiles,
            "utilisation": dict(self.utilisation),
            "shortfalls": [shortfall.to_dict() for shortfall in self.shortfalls],
        }


def place(
    work: NetworkWork, profile: Profile, *, strategy: Strategy = "row_major", weight_bit: int | None = None
) -> Placement:
    """Place a network on a device under its profile's limits.

    Args:
        work: the network and its spikes, which say which cores should be near each other.
        profile: the device; what it does not limit is not limited.
        strategy: how sites are chosen, see `neuroff.energy.placing.layout.sites`.
        weight_bit: bits of a stored weight; 8 by default, or what the device has if that is less.

    Returns:
        The placement. Where the network does not fit, its shortfalls say what is needed and what there is.

    Raises:
        ConfigError: if the strategy is unknown.
    """
    require_choice(strategy, get_args(Strategy), "placement strategy")
    bits = weight_bit if weight_bit is not None else usual_weight_bit(profile)
    packed = pack(work, profile.limits, profile.topology, weight_bit=bits)
    if not packed.fits:
        nowhere = Sites(*(packed.chip_of,) * 4)
        none = MappingProxyType[str, float]({})
        return Placement(
            strategy, bits, packed.slices, nowhere, Floor("none"), 0, 0, 0, none, packed.shortfalls
        )
    chips, cores = int(packed.chip_of[-1]) + 1, len(packed.chip_of)
    floor = floor_of(profile.topology, chips)
    limits = profile.limits
    bound = limits is not None and (limits.neurons_per_chip or limits.synapses_per_chip)
    at = sites(floor, packed.chip_of, flows(work, packed.slices), strategy, free=not bound)
    used = {}
    for name in (entry.name for entry in fields(packed.room)):
        holds = getattr(packed.room, name)
        if math.isfinite(holds):
            used[name] = getattr(packed.used, name) / (holds * cores)
    tiles = len(np.unique(at.y * floor.columns + at.x)) if floor.kind != "none" else cores
    return Placement(
        strategy,
        bits,
        packed.slices,
        at,
        floor,
        cores,
        len(np.unique(at.chip)),
        tiles,
        MappingProxyType(used),
        packed.shortfalls,
    )


def usual_weight_bit(profile: Profile, wanted: int = 8) -> int:
    """Return the bits a weight is stored in: what is wanted, within what the device has."""
    limits = profile.limits
    least = limits.weight_min_bit if limits is not None and limits.weight_min_bit is not None else 1
    most = limits.weight_max_bit if limits is not None and limits.weight_max_bit is not None else wanted
    return max(least, min(wanted, most))
