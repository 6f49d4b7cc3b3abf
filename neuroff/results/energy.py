"""The energy of a network on hardware: what `neuroff energy --json` prints; SI base units, per image."""

from __future__ import annotations

from typing import ClassVar, Literal

from neuroff.results.base import Part, Result
from neuroff.results.numbers import Amount, Index, Share
from neuroff.results.priced import CoveredCount, EnergyBand, Estimate, UnpricedCount


class PricedProfile(Part):
    """The profile that a network was priced with."""

    id: str
    name: str
    sha256: str
    boundary: str
    kind: str
    node_nm: Amount | None
    vdd_V: Amount | None


class Shortfall(Part):
    """What a device has too little of, and where."""

    what: str
    layer: str
    needs: Amount
    has: Amount
    kind: Literal["wall", "budget"]


class PlacedNetwork(Part):
    """How a network lies on a device."""

    fits: bool
    strategy: str
    weight_bit: Index
    cores: Index
    chips: Index
    tiles: Index
    utilisation: dict[str, Amount]
    shortfalls: tuple[Shortfall, ...]


class Messages(Part):
    """What travels between cores."""

    packets: Amount
    axon_lookups: Amount
    intra_tile_packets: Amount
    hops_x: Amount
    hops_y: Amount
    chip_crossings: Amount
    hops_per_packet: Amount


class TimeTaken(Part):
    """How long a prediction takes, and what of it has no time."""

    sample_s: Amount | None
    step_s: Amount | None
    core_s: Amount
    link_s: Amount
    barrier_s: Amount
    slowest_core: Index
    realtime: bool
    is_lower_bound: bool
    untimed: tuple[str, ...]
    missed: tuple[Shortfall, ...]


class DenseTwin(Part):
    """A dense network of the same widths on the same device."""

    dtype: str
    energy_J: EnergyBand | None
    ratio: float | None
    break_even_spikes_per_synapse: float | None
    estimate: Estimate | None


class Learning(Part):
    """What training takes per sample, by one variant or by backpropagation."""

    variant: str
    fits: bool
    energy_J: EnergyBand | None
    latency_s: Amount | None
    collaboration_J: EnergyBand | None
    unpriced: tuple[str, ...]


class Swing(Part):
    """What the band of one coefficient does to the energy of a prediction."""

    term: str
    low_J: Amount
    high_J: Amount


class InferredEnergy(Part):
    """What a device without prices is thought to take for a prediction, from its measured workloads."""

    low_J: Amount
    high_J: Amount
    workloads: tuple[str, ...]


class OnDevice(Part):
    """A network on one device.

    Attributes:
        priced_as: what a prediction is priced as: the program that an export holds, or as it is simulated.
        energy_J: of a prediction; None where the network does not fit or nothing of its work has a price.
        simulated_energy_J: of the same prediction as it is simulated.
        is_lower_bound: whether something that was counted has no price; absent where it does not fit.
        terms_J: the parts of the energy, by coefficient.
        unpriced: counts without a price.
        covered: counts whose energy is inside another term; absent where the network does not fit.
        not_counted: coefficients of the profile that nothing was counted for.
        training_sample: learning by the network's own variant.
        naive_energy_J: of the same prediction as one whole pass for each label.
        twins: dense networks beside it, by type of their numbers.
        learning: by variant.
        backprop: backpropagation on a dense network of the same widths.
        inferred: from measured workloads, where the profile has some; in no total.
        tornado: widest swing first.
    """

    profile: PricedProfile
    priced_as: Literal["exported", "simulated"] = "simulated"
    energy_J: EnergyBand | None
    simulated_energy_J: EnergyBand | None = None
    is_lower_bound: bool | None = None
    terms_J: dict[str, EnergyBand]
    unpriced: tuple[UnpricedCount, ...]
    covered: tuple[CoveredCount, ...] = ()
    not_counted: tuple[str, ...] = ()
    weakest_evidence: str | None = None
    notes: tuple[str, ...] = ()
    latency_s: Amount | None
    fits: bool
    shortfalls: tuple[Shortfall, ...]
    missed: tuple[Shortfall, ...]
    energy_delay_Js: EnergyBand | None
    static_share: Share | None
    training_sample: Learning | None
    counts: dict[str, Amount]
    placement: PlacedNetwork
    traffic: Messages | None
    latency: TimeTaken | None
    memory: dict[str, str] | None
    naive_energy_J: EnergyBand | None
    twins: dict[str, DenseTwin]
    learning: dict[str, Learning]
    backprop: Learning | None
    inferred: InferredEnergy | None = None
    tornado: tuple[Swing, ...]


class Compared(Part):
    """Devices that may be compared, cheapest first; ``decided`` holds those whose bands do not overlap."""

    boundary: str
    scope: str
    profiles: tuple[str, ...]
    decided: tuple[bool, ...]


class MeasuredEnergy(Part):
    """Joules that a counter of this machine measured."""

    meter: str
    boundary: str
    device: str
    samples: Index
    seconds_per_sample_s: Amount
    energy_J: Amount
    idle_W: Amount | None
    above_idle_J: float | None


class CountedNode(Part):
    """A node of a network that others trained, per sample.

    Attributes:
        type: NIR's name of its kind.
        neurons: of a population; 0 of anything else.
        spikes: that its neurons fire; of an input, values that are not zero.
        synaptic_operations: values that are not zero times the weights that are not zero and meet them.
        synaptic_events: the same with all weights that are stored, zeros too.
        additions: of pooling.
        firing_rate: spikes per neuron and step; None for what does not fire.
    """

    type: str
    neurons: Index
    spikes: Amount
    synaptic_operations: Amount
    synaptic_events: Amount
    additions: Amount
    firing_rate: Amount | None


class Convention(Part):
    """A network under a convention that its file leaves open, per sample; all its nodes together."""

    spikes: Amount
    synaptic_operations: Amount


class Changed(Part):
    """The same network with one thing changed, on one device.

    Attributes:
        energy_J: of a prediction; None where it does not fit or nothing of its work has a price.
    """

    change: str
    fits: bool
    energy_J: EnergyBand | None
    latency_s: Amount | None


class EnergyResult(Result):
    """The result of `neuroff energy`.

    Attributes:
        run: the run or network.
        presentations: how often a prediction presents its image.
        firing_rate: spikes per neuron and step, by layer; None for a dense network.
        spikes_per_synapse: of a prediction; None for a dense network.
        counts: work of a prediction.
        naive_counts: work of one whole pass for each label.
        profiles: by id.
        measured: where it was asked for and the machine has a counter.
        not_exported: why the network is priced as simulated on chips too.
        not_measured: why it was not, where it was asked for.
        dt_ms: duration of a step, of a network that others trained; so are the following.
        steps: of a presentation.
        written_by: whose convention its neurons are stepped by; None where nobody said it.
        nodes: by name.
        conventions: what it does under each convention, where nobody said which is right and it matters.
        notes: what a reader should know of how its file was read.
        what_if: the network with one thing changed, by profile.
    """

    KIND: ClassVar[str] = "what `neuroff energy --json` prints"
    FIX: ClassVar[str] = "price the network again"

    run: str
    dataset: str
    path: Literal["dense", "spiking"]
    variant: str
    images: Index
    presentations: Index
    learning_images: Index
    epoch_images: Index
    firing_rate: tuple[Amount, ...] | None
    spikes_per_synapse: Amount | None
    counts: dict[str, Amount]
    naive_counts: dict[str, Amount]
    profiles: dict[str, OnDevice]
    rankings: tuple[Compared, ...]
    measured: MeasuredEnergy | None = None
    not_measured: str | None = None
    not_exported: str | None = None
    dt_ms: Amount | None = None
    steps: Index | None = None
    written_by: str | None = None
    nodes: dict[str, CountedNode] | None = None
    conventions: dict[str, Convention] | None = None
    notes: tuple[str, ...] | None = None
    what_if: dict[str, tuple[Changed, ...]] | None = None
