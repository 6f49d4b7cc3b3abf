"""Accuracy against energy of networks of several sizes: ``sweep.json`` of `neuroff sweep-energy`."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from neuroff.choices import PricedAs
from neuroff.results.base import Part, Result
from neuroff.results.numbers import Amount, Index, Share
from neuroff.results.priced import EnergyBand


class SweepPrice(Part):
    """One network on one device.

    Attributes:
        energy_J: of a prediction; None where the network does not fit or has no price.
        priced_as: the program that an export holds, or as neuroff predicts.
        unpriced: counts without a price.
        front: whether no other network is more accurate for the same energy or less.
    """

    energy_J: EnergyBand | None
    priced_as: PricedAs = "simulated"
    is_lower_bound: bool
    unpriced: tuple[str, ...]
    latency_s: Amount | None
    latency_is_lower_bound: bool = False
    fits: bool
    shortfalls: tuple[str, ...]
    front: bool


class SweepPoint(Part):
    """One network with weights of so many bits.

    Attributes:
        run: folder of the trained network.
        asking: how it is asked about classes; absent where all networks are asked by labels.
        accuracy: share of test images classified right by the rounded network.
        spikes: emitted per prediction.
        profiles: by id of the device.
    """

    run: str
    asking: str = "label"
    steps: Index
    width: Index
    threshold: float
    rate_penalty: Amount
    weight_bits: Annotated[int, Field(ge=2)]
    accuracy: Share
    firing_rate: tuple[Amount, ...] | None
    spikes: Amount
    profiles: dict[str, SweepPrice]


class SweptProfile(Part):
    """A device of a sweep."""

    name: str
    boundary: str
    sha256: str


class SweepResult(Result):
    """The result of `neuroff sweep-energy`."""

    KIND: ClassVar[str] = "what `neuroff sweep-energy` writes"
    FIX: ClassVar[str] = "make it again with `neuroff sweep-energy … --resume`"

    format: int
    dataset: str
    preset: str
    beside: tuple[str, ...] = ()
    path: Literal["dense", "spiking"]
    variant: str
    seed: Index
    settings: tuple[str, ...]
    profiles: dict[str, SweptProfile]
    points: tuple[SweepPoint, ...]
    versions: dict[str, str]
    commit: str | None
