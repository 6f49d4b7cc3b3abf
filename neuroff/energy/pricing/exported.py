"""A network as it was exported, on a device: the very program that a file holds, every presentation whole.

A chip keeps no drive of an image from one label to the next, and spikes that carry no number cannot bring an
analog pixel. So what a simulator does and what a chip would be asked to do are two works, priced apart.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, get_args

from neuroff.choices import PricedAs as PricedAs
from neuroff.energy.placing.resources import Shortfall
from neuroff.energy.pricing.deployment import Placed, deploy
from neuroff.energy.profile.schema import Profile
from neuroff.energy.work import NetworkWork

PRICED_AS: Final[tuple[PricedAs, ...]] = get_args(PricedAs)
"""``exported``: the integers that a file holds, presented from the start for each label; ``simulated``: as
neuroff predicts, where the labels may share the image's part of the first layer."""

LEAST_BITS: Final = 2
"""Bits of a weight that an export has at least."""
MOST_BITS: Final = 8
"""Bits of a weight that an export has at most."""


@dataclass(frozen=True, slots=True)
class ExportedWork:
    """What an exported program did, counted in its emulator.

    Attributes:
        work: per sample, every presentation whole.
        weight_bit: bits of its weights.
        payload_bit: bits that each spike of its input carries; 0 where a spike is a spike.
        state_bit: bits of its potentials.
    """

    work: NetworkWork
    weight_bit: int
    payload_bit: int
    state_bit: int

    def lacking(self, profile: Profile) -> tuple[Shortfall, ...]:
        """Return what a device has too little of, beside what placement finds."""
        limits = profile.limits
        carried = 0 if limits is None or limits.payload_bit is None else limits.payload_bit
        if self.payload_bit > carried:
            return (Shortfall("payload_bit", "layer 1", self.payload_bit, carried, "wall"),)
        return ()


def bits_for(profile: Profile, wanted: int) -> int:
    """Return the bits of a weight that a program for a device has: what is wanted, within what it has."""
    limits = profile.limits
    most = wanted if limits is None or limits.weight_max_bit is None else limits.weight_max_bit
    return max(LEAST_BITS, min(wanted, most, MOST_BITS))


def is_chip(profile: Profile) -> bool:
    """Whether a device is one that a network is exported to: it runs spikes, and they enter from outside.

    A processor, and a price list of operations, run what neuroff runs.
    """
    kind, listed = profile.meta.kind, profile.meta.boundary == "operation"
    return kind == "spiking" or (kind == "mixed" and profile.io is not None and not listed)


def deploy_exported(exported: ExportedWork, profile: Profile) -> Placed:
    """Place and price an exported program; see `neuroff.energy.pricing.deployment.deploy`."""
    placed = deploy(exported.work, profile, weight_bit=exported.weight_bit, state_bit=exported.state_bit)
    lacking = exported.lacking(profile)
    if not lacking:
        return placed
    placement = replace(placed.placement, shortfalls=(*placed.placement.shortfalls, *lacking))
    return replace(
        placed,
        placement=placement,
        traffic=None,
        memory=None,
        latency=None,
        counts=exported.work.counts(),
        estimate=None,
    )
