"""A chip model as a chip network, and prediction with it: integers from the pixels to the spike counts.

How an image reaches the chip:

* a constant input is one volley of graded spikes at the first step, one spike per pixel that is not black and
  one for the label. The first layer's current then stays, since its decay is set to zero (it loses 1/4096 a
  step), and drives the neurons for all T steps. So a pixel costs one event, not T;
* an input of spikes arrives spike by spike, and the first layer's current keeps nothing.

Layer l works l steps after the first and its spikes are counted in a window of T steps of its own. Biases are
there from the start, so neurons begin away from rest by what the bias does until their input arrives: their
potential is then zero, up to the last bits (`neuroff.chip.start`). Where that cannot be, as behind a bias far
below zero in a deep layer, the neurons are set to rest when their input arrives.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from neuroff.checks import require_kind
from neuroff.chip.model import ChipModel, neurons_of
from neuroff.chip.network import ChipLayer, ChipNetwork, ChipStep, run
from neuroff.chip.neurons import ChipNeurons
from neuroff.chip.numbers import ALIGN_BITS, DECAY_UNITY, STATE_LIMIT
from neuroff.chip.scales import LayerScale, threshold_mantissa
from neuroff.chip.start import decay_of, start_state
from neuroff.chip.synapses import ChipSynapses
from neuroff.chip.windows import placed
from neuroff.core.inputs import Inputs
from neuroff.core.network import Network
from neuroff.core.neurons import AdaptiveLIF
from neuroff.core.neurons.population import Population
from neuroff.core.scores import PredictionRule, combined, rule_of
from neuroff.core.signal import Stimulus
from neuroff.core.together import require_images
from neuroff.errors import ExportError, ShapeError

_PRESENTATIONS = 250
"""Presentations in flight: a layer's integers then stay near the processor."""


@dataclass(frozen=True, eq=False)
class Deployment:
    """A network on the chip, with what is needed to feed it and to read it.

    Attributes:
        model: the chip model it was made of.
        chip: the network on the chip.
        steps: T, steps in which a layer's spikes count.
    """

    model: ChipModel
    chip: ChipNetwork
    steps: int

    @property
    def length(self) -> int:
        """Steps of a presentation, from the input to the last layer's last spike."""
        return self.steps + len(self.chip.layers)

    def counts_at(self, step: int, layer: int) -> bool:
        """Return whether a layer's spikes at a step count; both from 0."""
        return layer < step <= layer + self.steps


def deploy(model: ChipModel) -> Deployment:
    """Turn a chip model into integers.

    Raises:
        ExportError: if something does not fit the chip's ranges.
    """
    require_kind("model", model, ChipModel, where="deploy", fix="neuroff.chip.quantise makes one")
    graded = model.scales[0].payload_bits > 0
    layers = tuple(
        _chip_layer(model, index, volley=graded and index == 0) for index in range(len(model.scales))
    )
    return Deployment(model, ChipNetwork(layers), model.network.population.steps)


def events(deployment: Deployment, stimulus: Stimulus, candidates: Tensor) -> list[Tensor | None]:
    """Return what the input axons carry at every step, ``(K·B, axons)`` int32 each.

    Args:
        deployment: the network.
        stimulus: images, as the trained network receives them.
        candidates: ``(K, B)``; see `neuroff.core.asking`.
    """
    first, asking = deployment.model.scales[0], deployment.model.network.asking

    def written(image: Tensor, label: Tensor) -> Tensor:
        return asking.written(image.to(torch.int32), label.to(torch.int32), candidates)

    if first.payload_bits:
        image, label = first.payloads(stimulus.image.values), first.payloads(stimulus.label)
        sent: list[Tensor | None] = [written(image, label)]
    else:
        fires = stimulus.label.ne(0)
        sent = [written(image, label) for image, label in zip(stimulus.image.values, fires, strict=True)]
    return sent + [None] * (deployment.length - len(sent))


def course(deployment: Deployment, stimulus: Stimulus, candidates: Tensor) -> Iterator[ChipStep]:
    """Present every image with its candidates and yield every step; rows as of `neuroff.core.asking`."""
    return run(deployment.chip, events(deployment, stimulus, candidates), candidates.numel())


@torch.no_grad()
def spike_counts(deployment: Deployment, stimulus: Stimulus, candidates: Tensor) -> list[Tensor]:
    """Present every image with its candidates and return each layer's spike counts, ``(K·B, N)`` int32."""
    counts = [
        layer.neurons.start_voltage.new_zeros(candidates.numel(), layer.neurons.count)
        for layer in deployment.chip.layers
    ]
    for number, taken in enumerate(course(deployment, stimulus, candidates)):
        for index, spikes in enumerate(taken.spikes):
            if deployment.counts_at(number, index):
                counts[index] += spikes
    return counts


def goodness_of(deployment: Deployment, counts: Iterable[Tensor], candidates: Tensor) -> list[Tensor]:
    """Return every layer's goodness ``(A, B)`` by spike counts ``(P·B, N)``, candidates being ``(P, B)``."""
    network = deployment.model.network
    precision = network.layers[0].gamma.dtype
    return [
        network.asking.of_layer(index).goodness(
            network.goodness, fired.to(precision) / deployment.steps, candidates
        )
        for index, fired in enumerate(counts)
    ]


def chip_goodness(deployment: Deployment, stimulus: Stimulus, candidates: Tensor) -> list[Tensor]:
    """Present every image with its candidates and return each layer's goodness, ``(A, B)``."""
    return goodness_of(deployment, spike_counts(deployment, stimulus, candidates), candidates)


def chip_predict(deployment: Deployment, inputs: Inputs, rule: PredictionRule | None = None) -> Tensor:
    """Return the predicted class of every image, ``(B,)``: the chip is shown all presentations.

    Raises:
        ShapeError: if there are no images.
    """
    require_kind("deployment", deployment, Deployment, where="chip_predict")
    require_images(deployment.model.network, inputs, "chip_predict")
    if not len(inputs):
        raise ShapeError("no images to predict", where="chip_predict", expected="at least one image")
    network = deployment.model.network
    inputs.require_asking(network.asking, "chip_predict")
    predicted = []
    for rows in chunk_rows(len(inputs), network.asking.presentations):
        stimulus = inputs.stimulus(rows, "predict", rows.start)
        candidates = network.asking.everything(stimulus.samples, stimulus.label.device)
        goodness = chip_goodness(deployment, stimulus, candidates)
        predicted.append(score(network, goodness, rule).argmax(0))
    return torch.cat(predicted)


def chip_accuracy(deployment: Deployment, inputs: Inputs, rule: PredictionRule | None = None) -> float:
    """Return the share of images whose class the chip predicts."""
    return float((chip_predict(deployment, inputs, rule) == inputs.labels).double().mean())


def score(network: Network, goodness: list[Tensor], rule: PredictionRule | None) -> Tensor:
    """Return how well every answer fits every image, ``(A, B)``, as the host adds it up.

    Args:
        network: bus and collaboration strengths.
        goodness: of every layer, ``(A, B)``.
        rule: see `neuroff.core.combining`; the network's own without it.

    Raises:
        ExportError: if partners are to hear a goodness that is not yet complete: only counts are read.
    """
    chosen = rule_of(network, rule)
    if chosen in ("collaborative", "last") and network.bus.over_time:
        raise ExportError(
            f"prediction by {chosen} with a bus over time",
            where="loihi",
            expected="prediction by goodness: only spike counts are read, at the end",
        )
    return combined(network, goodness, chosen)


def chunk_rows(images: int, presentations: int) -> Iterator[slice]:
    """Yield rows of as many images as are shown at a time, so often each."""
    size = max(1, _PRESENTATIONS // presentations)
    for start in range(0, images, size):
        yield slice(start, min(start + size, images))


def _chip_layer(model: ChipModel, index: int, *, volley: bool) -> ChipLayer:
    layer, scale, lif = model.network.layers[index], model.scales[index], neurons_of(model.network, index)
    if lif.alpha == 1.0:
        raise ExportError(
            "a synaptic current that never decays", where=f"layer {index + 1}", expected="alpha below 1"
        )
    if volley and lif.alpha:
        raise ExportError(
            f"a synaptic current of decay {float(lif.alpha):g} behind a constant input",
            where="layer 1",
            expected="neurons without synaptic current, or an input of spikes: one volley has to last",
            fix="--spikes (in Python spikes=True), or train with neuron.model=lif",
        )
    weight, bias, windows = placed(layer.synapses)
    synapses = ChipSynapses(
        scale.integer_weight(weight),
        scale.exponent,
        scale.bits,
        "mixed",
        scale.payload_bits,
        windows=windows,
    )
    alpha = float(lif.alpha)
    mantissa, exponent = scale.integer_bias(bias / (1.0 - alpha))
    decay = decay_of(float(lif.beta), DECAY_UNITY)
    fires_above = threshold_mantissa(scale, float(lif.threshold))
    below = start_state(
        mantissa << exponent, alpha, DECAY_UNITY - decay, index + 1, fires_above << ALIGN_BITS
    )
    neurons = ChipNeurons(
        mantissa,
        exponent,
        current_decay=0 if volley else decay_of(alpha, DECAY_UNITY - 1),
        voltage_decay=decay,
        threshold_mantissa=fires_above,
        refractory=lif.refractory + 1,
        taken_mantissa=fires_above if lif.reset == "subtract" else 0,
        rest_at=0 if below.exact else index + 1,
        start_voltage=below.voltage,
        start_current=below.current,
    )
    population = model.network.population_of(index)
    return ChipLayer(synapses, _adapting(neurons, population, scale, f"layer {index + 1}"))


def _adapting(neurons: ChipNeurons, population: Population, scale: LayerScale, where: str) -> ChipNeurons:
    """Return neurons whose threshold rises as the trained ones' does, if it does."""
    if not isinstance(population, AdaptiveLIF):
        return neurons
    share = 1.0 - population.decay
    raised_by = round(population.strength * share * scale.state_unit)
    if raised_by >= STATE_LIMIT:
        raise ExportError(
            f"an adaptation of {population.strength:g}",
            where=where,
            expected="thresholds that 24 bits hold",
            fix="train with a smaller neuron.adaptation",
        )
    decay = round(share * DECAY_UNITY) if raised_by else 0
    return replace(neurons, raised_by=raised_by, raised_decay=decay)
