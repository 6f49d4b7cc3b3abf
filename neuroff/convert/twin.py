"""A trained dense network as spikes.

A rectified linear neuron has the activity a = max(0, I); the rate r of an integrate-and-fire neuron of
threshold λ under the same current tends to min(1, a/λ) (Rueckauer et al., Front. Neurosci. 11:682, 2017). So

* **threshold balance**: λ_l is the greatest activity that layer l shows on training images, under any label.
  Dividing weights and bias by λ_l and leaving the threshold at one is the same neuron (Diehl et al., IJCNN
  2015), and lets the whole network share one population;
* **between layers** activities are divided by their length, so λ_l drops out by itself: the next layer's
  input is that of the dense network whatever λ_l is. The ε that is added to the length would have to be
  ε/λ_l; the twin has one for all layers, ε over the greatest λ. Its gains are off by at most a share ε/‖a‖.
  Where the dense network does not normalise (a constant gain), the next layer's weights carry λ_l;
* **goodness** is taken of λ_l r, so that it has the dense network's scale and prediction can add up layers;
* **inputs of the asking**, such as labels, have weights like all others and carry a constant current like the
  image's.

The neurons have no leak, reset by subtraction and a head start v₀. Under a constant current I a neuron that
never reaches 2θ has fired

    n_T = max(0, ⌊(v₀ + T I) / θ⌋)

times after T steps. With v₀ = 0 the rate n_T / T is cut down to a multiple of 1/T, which loses half a spike
on average; with v₀ = θ/2 it is rounded to the nearest one (Bu et al., AAAI 2022).

The gain is computed from the rates of the whole presentation, and messages on the bus from the goodness at
its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from neuroff.checks import require_kind, require_number, require_whole
from neuroff.core.checks import require_tensor
from neuroff.core.inputs import Inputs
from neuroff.core.network import Layer, Network, propagate
from neuroff.core.neurons import LIF
from neuroff.core.neurons.relu import ReLU
from neuroff.core.scores import PredictionRule, combined
from neuroff.core.signal import Stimulus
from neuroff.core.together import require_images, require_network
from neuroff.errors import ConfigError, ShapeError

_PRESENTED_STEPS = 32_000  # presentations × time steps in flight


@dataclass(frozen=True)
class Twin:
    """A dense network's spiking twin.

    Attributes:
        network: an ordinary spiking network; counting and energy take it as it is.
        scales: λ_l of every layer: a rate times λ_l is an activity of the dense network.
    """

    network: Network
    scales: tuple[float, ...]

    def __post_init__(self) -> None:
        require_network(self.network, "Twin")
        require_kind("scales", self.scales, tuple, where="Twin", expected="one for each layer")

    def at(self, steps: int) -> Twin:
        """Return the same twin with another number of time steps."""
        population = self.network.population
        if not isinstance(population, LIF):
            raise ConfigError(
                f"a population of type {type(population).__name__}",
                where="Twin.at",
                expected="LIF, as to_spikes makes it",
            )
        return replace(self, network=replace(self.network, population=replace(population, steps=steps)))


def balance(network: Network, inputs: Inputs, quantile: float = 1.0) -> tuple[float, ...]:
    """Return λ_l of every layer: the activity that is to be a rate of one.

    Args:
        network: a dense network.
        inputs: training images; a thousand are plenty.
        quantile: λ_l is this quantile of the greatest activity in a presentation; 1 lets no neuron saturate
            on these images, 0.99 lets one saturate in a hundredth of the presentations and makes rates finer.

    Raises:
        ConfigError: if the network is not dense or the quantile is not in (0, 1].
        ShapeError: if there are no images, or they do not fit the network.
    """
    require_images(network, inputs, "balance")
    _require_dense(network)
    require_number("quantile", quantile, above=0.0, most=1.0, where="balance")
    if not len(inputs):
        raise ShapeError("no images", where="balance", expected="at least one training image")
    inputs.require_asking(network.asking, "balance")
    greatest: list[list[Tensor]] = [[] for _ in network.layers]
    for stimulus, _ in encoded_chunks(inputs, network):
        for shown in propagate(network, stimulus, everything(network, stimulus)):
            greatest[shown.index].append(shown.response.activity.amax(1))
    scales = [float(torch.cat(parts).double().quantile(quantile)) for parts in greatest]
    # A layer that is silent on all images stays as it is: any positive threshold will do.
    return tuple(scale if scale > 0.0 else 1.0 for scale in scales)


def to_spikes(
    network: Network, inputs: Inputs, *, steps: int = 64, quantile: float = 1.0, initial: float = 0.5
) -> Twin:
    """Convert a trained dense network to integrate-and-fire neurons.

    Args:
        network: a dense network; it is left as it is.
        inputs: training images, on which the thresholds are balanced.
        steps: T; see `Twin.at` for others.
        quantile: see `balance`.
        initial: initial membrane potential as a share of the threshold; one half rounds rates to the nearest
            multiple of 1/T instead of down.

    Raises:
        ConfigError: if the network is not dense or has black boxes between its layers, or a number is out of
            range.
        ShapeError: if there are no images, or they do not fit the network.
    """
    require_whole("steps", steps, least=1, where="to_spikes")
    require_number("initial", initial, least=0.0, below=1.0, where="to_spikes")
    scales = balance(network, inputs, quantile)
    # What a spike of the layer before stands for: normalisation takes it out again.
    heights = (1.0, *scales[:-1]) if network.gain == "constant" else (1.0,) * len(scales)
    layers = tuple(
        _scaled(layer, height / scale, scale)
        for layer, height, scale in zip(network.layers, heights, scales, strict=True)
    )
    spiking = replace(
        network,
        layers=layers,
        population=LIF(steps, beta=1.0, start=initial),
        populations={},
        epsilon=network.epsilon / max(scales),
        gain="constant" if network.gain == "constant" else "presentation",
        trace_decay=1.0,
    )
    return Twin(spiking, scales)


def _scaled(layer: Layer, factor: float, scale: float) -> Layer:
    synapses = layer.synapses.mapped(lambda weight: weight * factor, lambda bias: bias / scale)
    return Layer(synapses, layer.gamma.clone())


def twin_goodness(twin: Twin, stimulus: Stimulus, candidates: Tensor) -> list[Tensor]:
    """Return the goodness ``(A, B)`` of every layer, in the dense network's scale.

    Args:
        twin: of a dense network.
        stimulus: the images, B of them.
        candidates: ``(P, B)``; see `neuroff.core.asking`.
    """
    require_kind("twin", twin, Twin, where="twin_goodness")
    require_kind("stimulus", stimulus, Stimulus, where="twin_goodness")
    require_tensor("candidates", candidates, where="twin_goodness", expected="(P, B)", ndim=2)
    network = twin.network
    return [
        network.asking.of_layer(shown.index).goodness(
            network.goodness, twin.scales[shown.index] * shown.response.activity, candidates
        )
        for shown in propagate(network, stimulus, candidates)
    ]


def twin_scores(twin: Twin, stimulus: Stimulus, rule: PredictionRule | None = None) -> Tensor:
    """Return the fit of every class, ``(classes, B)``; see `neuroff.core.scores.class_scores`."""
    require_kind("twin", twin, Twin, where="twin_scores")
    require_kind("stimulus", stimulus, Stimulus, where="twin_scores")
    goodness = twin_goodness(twin, stimulus, everything(twin.network, stimulus))
    return combined(twin.network, goodness, rule)


def twin_accuracy(twin: Twin, inputs: Inputs, rule: PredictionRule | None = None) -> float:
    """Return the share of images whose predicted class is the true one.

    Raises:
        ShapeError: if there are no images, or they do not fit the network.
    """
    require_kind("twin", twin, Twin, where="twin_accuracy")
    require_images(twin.network, inputs, "twin_accuracy")
    if not len(inputs):
        raise ShapeError("no images to predict", where="twin_accuracy", expected="at least one image")
    correct = 0
    for stimulus, true in encoded_chunks(inputs, twin.network):
        correct += int((twin_scores(twin, stimulus, rule).argmax(0) == true).sum())
    return correct / len(inputs)


def _require_dense(network: Network) -> None:
    for population in (network.population, *network.populations.values()):
        if not isinstance(population, ReLU):
            raise ConfigError(
                f"a population of type {type(population).__name__}",
                where="to_spikes",
                expected="a dense network, of rectified linear neurons",
            )
    if not all(layer.synapses.is_linear for layer in network.layers):
        raise ConfigError(
            "group normalisation between layers",
            where="to_spikes",
            expected="layers whose drive is linear: spikes of a step have other means than activities",
            fix="train with network.standardise=true in place of network.group_norm",
        )
    if network.black_boxes:
        raise ConfigError(
            "black boxes between layers",
            where="to_spikes",
            expected="layers that reach each other directly",
            fix="convert the network without them",
        )


def everything(network: Network, stimulus: Stimulus) -> Tensor:
    """Return all candidates for every image, ``(P, B)``."""
    return network.asking.everything(stimulus.samples, stimulus.label.device)


def encoded_chunks(inputs: Inputs, network: Network) -> Iterator[tuple[Stimulus, Tensor]]:
    """Yield encoded images and their labels, as many at a time as the network's time steps allow."""
    size = max(1, _PRESENTED_STEPS // (network.population.steps * network.asking.presentations))
    for start in range(0, len(inputs), size):
        rows = slice(start, min(start + size, len(inputs)))
        yield inputs.stimulus(rows, "predict", start), inputs.labels[rows]
