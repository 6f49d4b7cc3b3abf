"""Everything that a report says about one network on one device."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from neuroff.energy.counts import Counts
from neuroff.energy.placing.placement import usual_weight_bit
from neuroff.energy.pricing.beside import Twin, nominal_or_none, spikes_per_synapse, twins
from neuroff.energy.pricing.deployment import Placed, deploy
from neuroff.energy.pricing.exported import ExportedWork, PricedAs, bits_for, deploy_exported, is_chip
from neuroff.energy.pricing.inferred import InferredBand, inferred_band
from neuroff.energy.pricing.learning import LearningCost, LearningWork, backprop_cost, learning_cost
from neuroff.energy.pricing.ranking import Ranking, rankings
from neuroff.energy.pricing.sensitivity import Swing, swings
from neuroff.energy.profile.prices import Band
from neuroff.energy.profile.schema import Profile
from neuroff.energy.work import NetworkWork


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted of one run, per sample.

    Attributes:
        work: one prediction: the sweep over all labels as it runs, the image's share of the first layer once.
        naive: the same as one whole pass per label.
        classes: number of labels, each of which has an input of the first layer to itself.
        learning: one entry per variant, that of the run first; empty where training was not counted.
        updates_per_sample: updates over training samples.
        weight_bit: bits of a stored weight, which a device may not have.
        usual_bit: bits of a stored weight where ``weight_bit`` is not set, or what a device has if that is
            less.
        exported: the same prediction by the program that an export holds, for so many bits of a weight; None
            where the network is not exported.
        priced_as: what a prediction is priced as; on chips as it was exported and elsewhere as it is
            simulated where nothing is said.
    """

    work: NetworkWork
    naive: NetworkWork
    classes: int
    learning: tuple[LearningWork, ...] = ()
    updates_per_sample: float = 0.0
    weight_bit: int | None = None
    usual_bit: int = 8
    exported: Callable[[int], ExportedWork] | None = None
    priced_as: PricedAs | None = None

    def priced_on(self, profile: Profile) -> PricedAs:
        """Return what a prediction on a device is priced as."""
        if self.exported is None:
            return "simulated"
        return self.priced_as or ("exported" if is_chip(profile) else "simulated")

    @property
    def counts(self) -> Counts:
        """Counts of one prediction that need no device."""
        return self.work.counts()

    @property
    def spikes_per_synapse(self) -> float | None:
        """Synaptic events per product of a dense twin; None without spikes."""
        return spikes_per_synapse(self.work, label_columns=self.classes)


@dataclass(frozen=True, slots=True)
class Prediction:
    """One prediction on one device, as it is to be priced there.

    Attributes:
        placed: placed and priced.
        priced_as: what it is priced as.
        work: what was placed and priced.
        label_columns: labels that have an input of the first layer to themselves; 0 as exported.
    """

    placed: Placed
    priced_as: PricedAs
    work: NetworkWork
    label_columns: int

    @property
    def energy_J(self) -> Band | None:
        """Energy; None where the network does not fit or nothing of its work has a price."""
        priced = self.placed.estimate
        return None if priced is None else priced.energy_J


@dataclass(frozen=True, slots=True)
class Account:
    """One network on one device.

    Attributes:
        profile: the device.
        network: one prediction, as ``priced_as`` says.
        priced_as: what it is priced as.
        work: what was placed and priced.
        simulated: one prediction as neuroff runs it; labels may share the image's part of the first layer.
        naive: the same as one whole pass per label.
        twins: dense networks beside it, where the device prices their products.
        learning: one entry per variant that was counted, that of the run first.
        backprop: backpropagation on a dense network of the same widths; None where training was not counted.
        swings: what each coefficient does to the energy of a prediction.
        inferred: what a device without prices is thought to take; never in a total, ranking or ratio.
    """

    profile: Profile
    network: Placed
    priced_as: PricedAs
    work: NetworkWork
    simulated: Placed
    naive: Placed
    twins: tuple[Twin, ...]
    learning: tuple[LearningCost, ...]
    backprop: LearningCost | None
    swings: tuple[Swing, ...]
    inferred: InferredBand | None = None

    @property
    def energy_J(self) -> Band | None:
        """Energy of a prediction; None where the network does not fit or nothing of its work has a price."""
        priced = self.network.estimate
        return None if priced is None else priced.energy_J

    @property
    def is_lower_bound(self) -> bool:
        """Whether something that was counted has no price."""
        return self.network.estimate is not None and self.network.estimate.is_lower_bound

    @property
    def training_sample(self) -> LearningCost | None:
        """What a training sample of the run's own variant costs; None where training was not counted."""
        return self.learning[0] if self.learning else None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON: SI base units, energies per sample."""
        placed = self.network
        priced = placed.estimate
        trained = self.training_sample
        delay = placed.energy_delay_Js if self.energy_J is not None else None
        meta = self.profile.meta
        detail: dict[str, Any] = {} if priced is None else priced.to_dict()
        for own in ("profile", "energy_J", "terms_J", "unpriced"):
            detail.pop(own, None)
        return {
            "profile": {
                "id": self.profile.id,
                "name": meta.name,
                "sha256": self.profile.sha256(),
                "boundary": meta.boundary,
                "kind": meta.kind,
                "node_nm": meta.node_nm,
                "vdd_V": meta.vdd_V,
            },
            "priced_as": self.priced_as,
            "energy_J": None if self.energy_J is None else self.energy_J.to_dict(),
            "simulated_energy_J": nominal_or_none(self.simulated),
            "terms_J": {} if priced is None else priced.to_dict()["terms_J"],
            "unpriced": [] if priced is None else priced.to_dict()["unpriced"],
            **detail,
            "latency_s": placed.latency_s,
            "fits": placed.fits,
            "shortfalls": [entry.to_dict() for entry in placed.placement.shortfalls],
            "missed": [entry.to_dict() for entry in placed.missed],
            "energy_delay_Js": None if delay is None else delay.to_dict(),
            "static_share": placed.static_share if self.energy_J is not None else None,
            "training_sample": None if trained is None else trained.to_dict(),
            "counts": placed.counts.to_dict(),
            "placement": placed.placement.to_dict(),
            "traffic": None if placed.traffic is None else placed.traffic.to_dict(),
            "latency": None if placed.latency is None else placed.latency.to_dict(),
            "memory": None if placed.memory is None else dict(placed.memory.homes),
            "naive_energy_J": nominal_or_none(self.naive),
            "twins": {twin.dtype: twin.to_dict() for twin in self.twins},
            "learning": {cost.variant: cost.to_dict() for cost in self.learning},
            "backprop": None if self.backprop is None else self.backprop.to_dict(),
            "inferred": None if self.inferred is None else self.inferred.to_dict(),
            "tornado": [swing.to_dict() for swing in self.swings],
        }


def prediction(counted: Counted, profile: Profile) -> Prediction:
    """Place and price one prediction on a device: as exported on chips, unless said otherwise."""
    priced_as, wanted = counted.priced_on(profile), counted.weight_bit
    if priced_as == "exported" and counted.exported is not None:
        exported = counted.exported(bits_for(profile, counted.usual_bit if wanted is None else wanted))
        return Prediction(deploy_exported(exported, profile), priced_as, exported.work, 0)
    placed = deploy(counted.work, profile, weight_bit=_stored_bit(counted, profile))
    return Prediction(placed, priced_as, counted.work, counted.classes)


def _stored_bit(counted: Counted, profile: Profile) -> int:
    wanted = counted.weight_bit
    return usual_weight_bit(profile, counted.usual_bit) if wanted is None else wanted


def account(counted: Counted, profile: Profile) -> Account:
    """Place and price everything that was counted of a run on one device."""
    weight_bit = _stored_bit(counted, profile)
    priced = prediction(counted, profile)
    return Account(
        profile=profile,
        network=priced.placed,
        priced_as=priced.priced_as,
        work=priced.work,
        simulated=deploy(counted.work, profile, weight_bit=weight_bit),
        naive=deploy(counted.naive, profile, weight_bit=weight_bit),
        twins=twins(priced.work, priced.placed, profile, label_columns=priced.label_columns),
        learning=tuple(
            learning_cost(variant, profile, weight_bit=weight_bit) for variant in counted.learning
        ),
        backprop=backprop_cost(counted.work.layers, counted.classes, counted.updates_per_sample, profile)
        if counted.learning
        else None,
        swings=swings(priced.placed.estimate)
        if priced.placed.estimate is not None and priced.energy_J is not None
        else (),
        inferred=inferred_band(priced.work, profile) if priced.placed.fits else None,
    )


def account_rankings(accounts: Sequence[Account]) -> tuple[Ranking, ...]:
    """Return the groups of comparable devices, see `neuroff.energy.pricing.ranking`."""
    return rankings([(entry.profile, entry.network) for entry in accounts])
