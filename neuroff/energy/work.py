"""What a network did for one sample, layer by layer: what placement, traffic and pricing read.

It needs no weights and no tensors, so a network of any size can be described: neurons, stored synapses, and
how many events there were. Amounts are means per sample, summed over the sample's presentations; sequences
have one entry per time step.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, get_args

from neuroff.energy.counts import Counts
from neuroff.energy.vocabulary import DTYPES
from neuroff.errors import ConfigError, require_choice

WeightFormat = Literal["dense", "sparse"]
"""How weights are stored: every one, zeros too; or only those that are not zero, with an index each."""


@dataclass(frozen=True, slots=True)
class LayerWork:
    """One layer and its work for one sample.

    Attributes:
        name: in reports.
        inputs: number of presynaptic neurons or values, label columns included.
        neurons: number of neurons.
        synapses: number of stored synapses; in dense format ``inputs · neurons``.
        zero_weights: how many of the stored weights are zero.
        weight_format: how the weights are stored.
        spiking: whether the neurons emit spikes.
        received: spikes (or values that are not zero, of an analog input) that reach the layer, per step.
        events: stored weights that those spikes meet, per step; empty where the input is analog.
        zero_events: how many of the events meet a weight that is zero, per step.
        spikes: spikes emitted, per step; empty for a dense layer.
        active: neuron updates with input or a spike, per step; empty for a dense layer.
        products: multiply-accumulates with the weights, where the input is analog.
        zero_products: how many of the products have a weight that is zero.
        gains: scalars broadcast to the layer where its input is normalised.
        adds: additions on the way to the layer that no weight takes part in, such as those of pooling.
        updates: synapses that learning touches; zero where nothing is learned, or by a matrix product.
        spikes_of: spikes of each neuron, all steps together; where absent, all neurons fire alike.
        pass_products: multiply-accumulates of one pass over analog values; one a synapse if not given.
        weights: how many different weights the synapses share; one each if not given.
    """

    name: str
    inputs: int
    neurons: int
    synapses: int
    zero_weights: int = 0
    weight_format: WeightFormat = "dense"
    spiking: bool = True
    received: tuple[float, ...] = ()
    events: tuple[float, ...] = ()
    zero_events: tuple[float, ...] = ()
    spikes: tuple[float, ...] = ()
    active: tuple[float, ...] = ()
    products: float = 0.0
    zero_products: float = 0.0
    gains: float = 0.0
    adds: float = 0.0
    updates: float = 0.0
    spikes_of: tuple[float, ...] | None = None
    pass_products: int | None = None
    weights: int | None = None

    def __post_init__(self) -> None:
        require_choice(self.weight_format, get_args(WeightFormat), f"layer {self.name}, weight format")
        for key in ("inputs", "neurons", "synapses"):
            if getattr(self, key) < 1:
                raise ConfigError(
                    f"{key} = {getattr(self, key)}", where=f"layer {self.name}", expected="at least 1"
                )
        if self.spikes_of is not None and len(self.spikes_of) != self.neurons:
            raise ConfigError(
                f"spikes of {len(self.spikes_of)} neurons",
                where=f"layer {self.name}",
                expected=f"one number for each of {self.neurons}",
            )

    @property
    def connects_all(self) -> bool:
        """Whether every input reaches every neuron by a stored weight."""
        return self.weight_format == "dense" and self.synapses == self.inputs * self.neurons

    @property
    def fan_in(self) -> int:
        """Stored synapses of a neuron, rounded up."""
        return -(-self.synapses // self.neurons)

    @property
    def fan_out(self) -> int:
        """Stored synapses of an input, rounded up."""
        return -(-self.synapses // self.inputs)

    def synapse_bits(self, weight_bit: int) -> float:
        """Return the bits of memory that one stored synapse takes.

        A sparse synapse stores the index of its neuron beside its weight.
        """
        index = math.ceil(math.log2(self.neurons)) if self.neurons > 1 else 1
        return float(weight_bit + index) if self.weight_format == "sparse" else float(weight_bit)

    def stored(self, weight_format: WeightFormat) -> LayerWork:
        """Return the layer with its weights stored in another format.

        Raises:
            ConfigError: a sparse layer is to be stored as dense, whose zeros are not known.
        """
        if weight_format == self.weight_format:
            return self
        if weight_format == "dense":
            raise ConfigError(
                "sparse weights cannot be stored as dense",
                where=f"layer {self.name}",
                expected="a dense layer to be stored as sparse",
            )
        return replace(
            self,
            weight_format="sparse",
            synapses=max(self.synapses - self.zero_weights, 1),
            zero_weights=0,
            events=tuple(map(_difference, self.events, self.zero_events)),
            zero_events=(0.0,) * len(self.zero_events),
            products=self.products - self.zero_products,
            zero_products=0.0,
        )

    def repeated(self, times: int) -> LayerWork:
        """Return the work of as many runs of the same presentations."""

        def all_of(amounts: tuple[float, ...]) -> tuple[float, ...]:
            return tuple(times * amount for amount in amounts)

        return replace(
            self,
            received=all_of(self.received),
            events=all_of(self.events),
            zero_events=all_of(self.zero_events),
            spikes=all_of(self.spikes),
            active=all_of(self.active),
            products=times * self.products,
            zero_products=times * self.zero_products,
            gains=times * self.gains,
            adds=times * self.adds,
            spikes_of=None if self.spikes_of is None else all_of(self.spikes_of),
        )


def _difference(total: float, part: float) -> float:
    return total - part


@dataclass(frozen=True, slots=True)
class NetworkWork:
    """A network and its work for one sample.

    Attributes:
        name: in reports.
        layers: first to last.
        steps: T, the number of time steps of a presentation.
        presentations: K, how often a sample is presented (once per label in a label sweep).
        dtype: number format of the arithmetic.
        scored: whether every layer's goodness is computed.
        arrows: which layer feeds which, by number; each feeds the next where they are not given.
        outside: spikes, or values that are not zero, that reach each layer from outside; all that reach the
            first layer, and no others, where they are not given.
    """

    name: str
    layers: tuple[LayerWork, ...]
    steps: int = 1
    presentations: float = 1.0
    dtype: str = "float32"
    scored: bool = False
    arrows: tuple[tuple[int, int], ...] | None = None
    outside: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        require_choice(self.dtype, DTYPES, "number format")
        if not self.layers or self.steps < 1 or not self.presentations > 0:
            raise ConfigError(
                f"{len(self.layers)} layers, {self.steps} steps, {self.presentations} presentations",
                where=f"network {self.name}",
                expected="at least one of each",
            )
        count = len(self.layers)
        wrong = [arrow for arrow in self.wiring if not all(0 <= end < count for end in arrow)]
        if wrong or len(self.entering) != count:
            raise ConfigError(
                f"arrows {wrong[:8]}, {len(self.entering)} inputs from outside",
                where=f"network {self.name}",
                expected=f"numbers of {count} layers",
            )

    @property
    def wiring(self) -> tuple[tuple[int, int], ...]:
        """Which layer feeds which."""
        if self.arrows is not None:
            return self.arrows
        return tuple(itertools.pairwise(range(len(self.layers))))

    @property
    def entering(self) -> tuple[float, ...]:
        """What reaches each layer from outside."""
        if self.outside is not None:
            return self.outside
        return (math.fsum(self.layers[0].received), *(0.0 for _ in self.layers[1:]))

    @property
    def neurons(self) -> int:
        """Neurons of all layers."""
        return sum(layer.neurons for layer in self.layers)

    @property
    def synapses(self) -> int:
        """Stored synapses of all layers."""
        return sum(layer.synapses for layer in self.layers)

    def stored(self, weight_format: WeightFormat) -> NetworkWork:
        """Return the network with the weights of every layer stored in another format."""
        return replace(self, layers=tuple(layer.stored(weight_format) for layer in self.layers))

    def layer_counts(self) -> tuple[Counts, ...]:
        """Return the counts of every layer, per sample."""
        return tuple(Counts(self._of(layer)) for layer in self.layers)

    def counts(self) -> Counts:
        """Return the counts of the network, per sample: what needs no placement and no profile."""
        return sum(self.layer_counts(), Counts())

    def spikes_per_synapse(self) -> float:
        """Return synaptic events per stored synapse and sample: the crossover metric of the literature.

        Below about 0.15 to 1.7 a spiking layer can cost less than the dense product of the same size
        (Dampfhoffer et al., IEEE TETCI 7(3), 2023; Davidson and Furber, Front. Neurosci. 15, 2021).
        """
        return math.fsum(math.fsum(layer.events) for layer in self.layers) / self.synapses

    def _of(self, layer: LayerWork) -> Mapping[str, float]:
        shown = self.presentations * layer.neurons
        counts: dict[str, float] = {}
        # A gain multiplies one number of every neuron, at least once per presentation.
        scaled = max(layer.gains, self.presentations) if layer.gains else 0.0
        muls = shown * self.scored + scaled * layer.neurons
        adds = shown * (self.scored + (not layer.spiking)) + layer.adds
        if layer.products:
            counts[f"macs_{self.dtype}"] = layer.products
        if muls:
            counts[f"muls_{self.dtype}"] = muls
        if adds:
            counts[f"adds_{self.dtype}"] = adds
        if layer.gains:
            counts["bus_broadcasts"] = layer.gains
        if layer.events:
            total, through_zero = math.fsum(layer.events), math.fsum(layer.zero_events)
            counts["synaptic_events"] = total
            counts[f"synaptic_events_{layer.weight_format}"] = total - through_zero
            counts["synaptic_events_zero_weight"] = through_zero
        if layer.updates:
            counts["synapse_updates"] = layer.updates
        if layer.spiking:
            active = math.fsum(layer.active)
            counts["neuron_updates_active"] = active
            counts["neuron_updates_inactive"] = max(shown * self.steps - active, 0.0)
            counts["spikes_emitted"] = math.fsum(layer.spikes)
        return counts
