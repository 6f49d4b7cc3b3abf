"""What learning costs on a device: training samples of each stage, the bus apart, backpropagation beside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from neuroff.energy.counts import Counts
from neuroff.energy.pricing.deployment import Placed, deploy
from neuroff.energy.pricing.estimate import EnergyEstimate, estimate
from neuroff.energy.pricing.ranking import prices_work
from neuroff.energy.pricing.twin import backprop_counts
from neuroff.energy.profile.prices import Band, coefficients
from neuroff.energy.profile.schema import Profile
from neuroff.energy.work import LayerWork, NetworkWork


@dataclass(frozen=True, slots=True)
class StageWork:
    """One stage of training, per sample.

    Attributes:
        work: forward passes of what is presented to learn, with the synapses that learning touches.
        beside: all counts on top of those of ``work``, the bus among them.
        collaboration: the counts of the bus.
        choosing: the sweeps that choose wrong labels.
    """

    work: NetworkWork
    beside: Counts
    collaboration: Counts
    choosing: tuple[NetworkWork, ...] = ()


@dataclass(frozen=True, slots=True)
class LearningWork:
    """How one variant trains; an epoch is one epoch of every stage.

    Attributes:
        variant: ``ff``, ``fcff`` or ``acff``.
        stages: in their order.
    """

    variant: str
    stages: tuple[StageWork, ...]


@dataclass(frozen=True, slots=True)
class LearningCost:
    """Energy of training, per sample.

    Attributes:
        variant: ``ff``, ``fcff``, ``acff``, or ``bp`` for backpropagation.
        fits: whether the network fits the device.
        energy_J: one epoch of every stage, per training sample; None where the weight updates have no price:
            synapse updates of a spiking network, products of a dense one.
        latency_s: seconds for it; None where not known.
        collaboration_J: the share of the bus; None where the bus moves something and none of it has a price.
        unpriced: counts without a price, which make the energy a lower bound.
        collaboration: the counts of the bus.
    """

    variant: str
    fits: bool
    energy_J: Band | None
    latency_s: float | None
    collaboration_J: Band | None
    unpriced: tuple[str, ...]
    collaboration: Counts

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "variant": self.variant,
            "fits": self.fits,
            "energy_J": None if self.energy_J is None else self.energy_J.to_dict(),
            "latency_s": self.latency_s,
            "collaboration_J": None if self.collaboration_J is None else self.collaboration_J.to_dict(),
            "unpriced": list(self.unpriced),
        }


def learning_cost(training: LearningWork, profile: Profile, *, weight_bit: int | None = None) -> LearningCost:
    """Price the training samples of one variant.

    Args:
        training: its stages.
        profile: the device.
        weight_bit: of `neuroff.energy.pricing.deployment.deploy`.
    """
    placed = [
        deploy(stage.work, profile, more=stage.beside, weight_bit=weight_bit) for stage in training.stages
    ]
    placed += [
        deploy(sweep, profile, weight_bit=weight_bit) for stage in training.stages for sweep in stage.choosing
    ]
    bus = sum((stage.collaboration for stage in training.stages), Counts())
    return _cost(training.variant, placed, bus, profile)


def backprop_cost(
    counted: Sequence[LayerWork], classes: int, updates_per_sample: float, profile: Profile
) -> LearningCost:
    """Price a training sample of backpropagation on a float32 network of the same layers, without spikes.

    Memory traffic is that of the forward pass and of the activities that are kept, as it is for
    Forward-Forward; the second reading of the weights on the way back is not in it.

    Args:
        counted: the layers.
        classes: outputs of the read-out behind them.
        updates_per_sample: updates over samples.
        profile: the device.
    """
    if not any(entry.per == "macs_float32" and entry.band_J is not None for entry in coefficients(profile)):
        return LearningCost("bp", True, None, None, Band(0.0, 0.0, 0.0), ("macs_float32",), Counts())
    widths = (counted[0].inputs, *(layer.neurons for layer in counted))
    products = [layer.synapses if layer.pass_products is None else layer.pass_products for layer in counted]
    weights = [layer.synapses if layer.weights is None else layer.weights for layer in counted]
    shapes = [
        *zip(widths, widths[1:], (layer.synapses for layer in counted), products, strict=False),
        (widths[-1], classes, widths[-1] * classes, widths[-1] * classes),
    ]
    layers = tuple(
        LayerWork(f"layer {index}", inputs, neurons, synapses, spiking=False, products=float(macs))
        for index, (inputs, neurons, synapses, macs) in enumerate(shapes, start=1)
    )
    forward = NetworkWork("backpropagation", layers)
    everything = backprop_counts(
        widths, classes, updates_per_sample, products=products, weights=weights
    ).to_dict()
    done = forward.counts().to_dict()
    more = Counts({name: max(amount - done.get(name, 0.0), 0.0) for name, amount in everything.items()})
    placed = deploy(forward, profile, more=more, weight_bit=32)
    return _cost("bp", [placed], Counts(), profile)


def _cost(variant: str, placed: Sequence[Placed], bus: Counts, profile: Profile) -> LearningCost:
    priced = [entry.estimate for entry in placed if entry.estimate is not None]
    missing = dict.fromkeys(entry.count for one in priced for entry in one.unpriced)
    spiking = any(entry.counts["synapse_updates"] for entry in placed)
    updates = "synapse_updates" if spiking else "macs_"
    fits = len(priced) == len(placed)
    seconds = [entry.latency_s for entry in placed]
    learns = fits and all(map(prices_work, priced)) and not any(name.startswith(updates) for name in missing)
    return LearningCost(
        variant,
        fits,
        _total(priced) if learns else None,
        sum(second for second in seconds if second is not None) if None not in seconds else None,
        _bus_J(bus, profile) if fits else None,
        tuple(missing),
        bus,
    )


def _total(priced: Sequence[EnergyEstimate]) -> Band:
    return sum((entry.total_J for entry in priced), Band(0.0, 0.0, 0.0))


def _bus_J(bus: Counts, profile: Profile) -> Band | None:
    if not any(bus.to_dict().values()):
        return Band(0.0, 0.0, 0.0)
    priced = estimate(bus, profile)
    return priced.total_J if priced.total_J.high > 0 or priced.covered else None
