"""A trained spiking network as the chip will have it, still in floating point.

Three things change on the way, and training can go on with all of them in place (`fine_tune`):

* **reset**: a neuron of a chip that knows no other is set to zero when it fires, whatever the network was
  trained with, and its threshold is lowered to make up for it (`quantise`); software and programmable
  neurons, as Loihi 2 has them, subtract where the network does;
* **gain**: what a layer's output is multiplied by becomes one number, the median of what it was on training
  images, and disappears in the weights that follow. The gain of a constant image stays its own: it is known
  before anything is sent. That of an image in spikes becomes its median too;
* **numbers**: weights, biases and pixels are multiples of a unit (`neuroff.chip.scales`).

Inputs that the asking keeps for itself, such as those of labels, are axons like the pixels. Convolutions and
means of windows keep the weights that their places share (`neuroff.chip.windows`); all else becomes a matrix.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from neuroff.chip.neurons import MAX_REFRACTORY
from neuroff.chip.scales import LayerScale, quantised_layer
from neuroff.chip.windows import plain
from neuroff.choices import ChipReset
from neuroff.core.network import Layer, Network
from neuroff.core.neurons import LIF, AdaptiveLIF
from neuroff.core.signal import Signal, Stimulus
from neuroff.errors import ExportError, in_both


@dataclass(frozen=True, eq=False)
class ChipModel:
    """A network on its way to the chip.

    Attributes:
        network: parameters in floating point, of which the chip gets the nearest it can hold; the chip's
            reset, no gains.
        scales: units of every layer.
        gains: what was folded into every layer's weights.
    """

    network: Network
    scales: tuple[LayerScale, ...]
    gains: tuple[float, ...]

    def quantised(self) -> Network:
        """Return the network with the parameters the chip will hold, in floating point."""
        layers = (
            quantised_layer(layer, scale)
            for layer, scale in zip(self.network.layers, self.scales, strict=True)
        )
        return replace(self.network, layers=tuple(layers))

    def received(self, signal: Stimulus) -> Stimulus:
        """Return what the chip receives of a signal: payloads times their unit, or spikes."""
        first = self.scales[0]
        if not first.payload_bits:
            return as_spikes(signal)
        image, label = first.payloads(signal.image.values), first.payloads(signal.label)
        unit = first.payload_unit
        return Stimulus(Signal(image.mul_(unit)), label.mul_(unit))


def as_spikes(signal: Stimulus) -> Stimulus:
    """Return a signal of spikes without its gain."""
    label = signal.label.ne(0).to(signal.image.values.dtype)
    return Stimulus(Signal(signal.image.values), label)


def neurons_of(network: Network, index: int) -> LIF:
    """Return the spiking neurons of a layer, learned numbers as plain ones, without their adaptation.

    Raises:
        ExportError: if they are of another kind, or are read out by more than a count of spikes.
    """
    found, where = network.population_of(index), f"layer {index + 1}"
    population = found.lif if isinstance(found, AdaptiveLIF) else found
    if not isinstance(population, LIF):
        raise ExportError(
            "neurons that do not spike",
            where=where,
            expected="a network trained on the spiking path",
            fix=f"train with {in_both('path', 'spiking')}",
        )
    if population.trace_decay != 1.0:
        raise ExportError(
            f"an activity of decay {population.trace_decay:g}",
            where=where,
            expected="firing rates: the chip counts spikes",
            fix="train with neuron.trace_decay=1",
        )
    if population.start:
        raise ExportError(
            f"a potential of {population.start:g} at the start",
            where=where,
            expected="a presentation that starts at rest",
        )
    return replace(
        population,
        beta=float(population.beta),
        alpha=float(population.alpha),
        threshold=float(population.threshold),
    )


def adapting(network: Network, index: int, lif: LIF) -> LIF | AdaptiveLIF:
    """Return neurons with the adaptation of a layer's, if it has any."""
    population = network.population_of(index)
    return replace(population, lif=lif) if isinstance(population, AdaptiveLIF) else lif


def for_chip(network: Network, reset: ChipReset = "rest") -> Network:
    """Return a copy of a network with the chip's reset and without gains; parameters are copied.

    Args:
        network: the network.
        reset: what the chip can do at a spike: ``rest`` sets all potentials to zero, ``subtract`` leaves
            every layer the reset that it was trained with.

    Raises:
        ExportError: if it has functions between its layers, or neurons the chip does not have.
    """
    if network.black_boxes:
        raise ExportError(
            f"a function behind layer {min(network.black_boxes) + 1}",
            where="loihi",
            expected="layers that follow each other directly",
            fix="maxima (maxpool) have no equivalent there: train with pool, which is part of the weights",
        )
    each = {index: neurons_of(network, index) for index in range(len(network.layers))}
    if reset == "rest":
        each = {index: replace(lif, reset="zero") for index, lif in each.items()}
    for index, lif in each.items():
        _require_waiting(lif, f"layer {index + 1}")
    populations = {index: adapting(network, index, lif) for index, lif in each.items()}
    layers = tuple(Layer(plain(layer.synapses), layer.gamma.clone()) for layer in network.layers)
    return replace(network, layers=layers, populations=populations, gain="constant", constant_gain=1.0)


def _require_waiting(lif: LIF, where: str) -> None:
    """Refuse neurons that wait after a spike as the chip's cannot."""
    if lif.refractory and lif.reset == "subtract":
        raise ExportError(
            f"neuron.refractory={lif.refractory} beside neuron.reset=subtract",
            where=where,
            expected="neurons that wait after a spike to reset to zero",
            fix=f"{in_both('chip_reset', 'rest')}, or train with neuron.reset=zero",
        )
    if lif.refractory >= MAX_REFRACTORY:
        raise ExportError(
            f"neuron.refractory={lif.refractory}",
            where=where,
            expected=f"at most {MAX_REFRACTORY - 1} steps after a spike in which a neuron waits",
            fix=f"train with neuron.refractory={MAX_REFRACTORY - 1} or less",
        )


def with_gain(network: Network, index: int, gain: float) -> Network:
    """Return a network with a gain of layer ``index``'s input folded into its weights."""
    layer = network.layers[index]
    folded = layer.mapped(weight=lambda weight: weight * gain)
    return replace(network, layers=(*network.layers[:index], folded, *network.layers[index + 1 :]))
