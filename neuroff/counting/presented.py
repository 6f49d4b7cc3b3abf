"""The work of presenting an image to learn: what every question of a stage asks of the layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from torch import Tensor

from neuroff.core.asking import Question
from neuroff.core.inputs import Inputs
from neuroff.core.network import Network
from neuroff.core.plan import Plan, Stage
from neuroff.core.signal import Signal, Stimulus
from neuroff.counting.layer import LayerActivity, gathered
from neuroff.counting.tally import LayerTally, tally
from neuroff.energy.work import LayerWork, NetworkWork
from neuroff.rng import generator
from neuroff.training.dropout import silence_pixels


@dataclass(frozen=True)
class Presented:
    """What a question asked of the layers, per image.

    Attributes:
        work: the forward pass, with the synapses that learning touches.
        layers: tallies of every layer that ran.
        touched: synapses that the rule touches.
    """

    work: NetworkWork
    layers: tuple[LayerActivity, ...]
    touched: float


def presented(
    plan: Plan,
    network: Network,
    inputs: Inputs,
    stage: Stage,
    learners: Sequence[int],
    question: Question,
    zeros: tuple[Tensor | None, ...],
    chunk_size: int,
) -> Presented:
    """Present all images once, as an epoch does, and count.

    Args:
        plan: rule, and pixels that are silenced.
        network: as it stands.
        inputs: training images.
        stage: the stage.
        learners: layers that learn from this question.
        question: what is presented.
        zeros: of `neuroff.counting.tally.zero_weights`.
        chunk_size: images in flight at once.
    """
    images, shown_times = len(inputs), network.asking.learning_presentations
    depth = len(network.layers) if network.bus.partners == "all" else max(stage.layers) + 1
    chunks: list[list[LayerTally]] = []
    touched = dict.fromkeys(learners, 0)
    for start in range(0, images, chunk_size):
        rows = slice(start, min(start + chunk_size, images))
        stimulus = inputs.stimulus(rows, "train", start)
        if 0 in stage.layers:
            silent = generator(plan.seed, "silent", stage.index, 0, start)
            stimulus = _in_spikes(silence_pixels(stimulus, plan.pixel_dropout, silent), plan.pixel_dropout)
        shown = list(tally(network, stimulus, question.candidates[:, rows], zeros, depth=depth, fired=True))
        for index in learners:
            touched[index] += _touched(shown[index])
        chunks.append(shown)
    layers = gathered(network, chunks, zeros)
    runs = 2 if plan.rule == "online_end" and layers[0].tally.spiking else 1
    work = NetworkWork(
        f"training of layers {', '.join(str(index + 1) for index in learners)}",
        tuple(_layer_work(layer, touched.get(layer.index, 0), shown_times, runs) for layer in layers),
        network.population.steps,
        shown_times * runs,
        scored=True,
    )
    return Presented(work, layers, sum(touched.values()) / images)


def _in_spikes(signal: Stimulus, silenced: float) -> Stimulus:
    """Return a signal in which spikes are ones again, what dropout scales them by being in the gain."""
    image = signal.image
    if not silenced or image.values.ndim == 2:
        return signal
    scale = 1.0 / (1.0 - silenced)
    gain = image.values.new_full(image.values.shape[1:2], scale) if image.gain is None else image.gain * scale
    return Stimulus(Signal(image.values.ne(0).to(image.values.dtype), gain), signal.label)


def _layer_work(layer: LayerActivity, touched: int, shown: int, runs: int) -> LayerWork:
    """Return a layer's work in as many runs of the presentations; synapses are touched in the last."""
    images = layer.tally.shared.shape[1]
    updates = touched / images if layer.tally.spiking else 0.0
    return replace(layer.work("shared", shown, images).repeated(runs), updates=updates)


def _touched(shown: LayerTally) -> int:
    """Synapses that an input and an active neuron meet at, over all presentations and steps.

    Exact where every input reaches every neuron, a bound from above elsewhere.
    """
    image = shown.shared.sum(0)  # (B,), the same under every label
    return int(((shown.own_of + image) * shown.fired).sum())
