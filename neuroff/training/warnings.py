"""What is wrong with a network that trained without an error: said once, with the layer and the cause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from neuroff.core.flight import most_at_once
from neuroff.core.inputs import Inputs
from neuroff.core.network import Network, propagate

IMAGES = 200
"""Training images that layers are looked at with."""
_LARGE_GAMMA = 10.0
_CHANCE = 1.1  # times the share of a guess


def warnings_of(network: Network, train: Inputs, accuracy: Mapping[str, float | None]) -> tuple[str, ...]:
    """Return what a reader of a result should know, in the order of the layers.

    Args:
        network: the trained network.
        train: its training images.
        accuracy: by part.
    """
    return (
        *_of_images(train),
        *_of_layers(network, train),
        *_of_gammas(network),
        *_of_chance(train, accuracy),
    )


def _of_images(train: Inputs) -> Iterator[str]:
    if len(train) < 2 * train.encoder.classes:
        yield f"{len(train)} training images for {train.encoder.classes} classes: too few to learn from"
    if len(train) > 1 and _all_alike(train):
        yield "all training images are alike: there is nothing to learn"


def _all_alike(train: Inputs) -> bool:
    first = train.pixels[:1]
    starts = range(0, len(train), IMAGES)
    return all(bool((train.pixels[start : start + IMAGES] == first).all()) for start in starts)


@torch.no_grad()
def _of_layers(network: Network, train: Inputs) -> Iterator[str]:
    head = train.some(min(IMAGES, most_at_once(network, network.asking.presentations)))
    if not len(head):
        return
    stimulus = head.stimulus(slice(0, len(head)), "warnings")
    candidates = network.asking.everything(len(head), stimulus.label.device)
    for shown in propagate(network, stimulus, candidates):
        active = _share_active(shown.response.output)
        layer, spiking = f"layer {shown.index + 1}", shown.response.output.ndim == 3
        if active == 0.0:
            cause = (
                f"its potentials do not reach the threshold ({_threshold(network, shown.index)})"
                if spiking
                else "no drive is above zero"
            )
            yield f"{layer} never {'fires' if spiking else 'responds'}: {cause}; it has learnt nothing"
        elif active == 1.0 and spiking:
            cause = f"the threshold ({_threshold(network, shown.index)}) is far below its drive"
            yield f"{layer} fires with every neuron at every step: {cause}; its rates say nothing"
        elif spiking and _all_or_nothing(shown.response.output):
            cause = f"the threshold ({_threshold(network, shown.index)}) is far below its drive"
            yield f"{layer} fires at every step or at none: {cause}; its rates are zeros and ones"
        if not bool(torch.isfinite(shown.goodness).all()):
            yield f"{layer} has a goodness that is not finite"


def _share_active(output: Tensor) -> float:
    return int(output.count_nonzero()) / output.numel()


def _all_or_nothing(spikes: Tensor) -> bool:
    """Whether every neuron that fires in a presentation does so at each of several steps."""
    fires = spikes.ne(0)
    return spikes.shape[0] > 1 and bool((fires.all(0) == fires.any(0)).all())


def _threshold(network: Network, index: int) -> str:
    threshold = getattr(network.population_of(index), "threshold", None)
    return "learned" if threshold is None else f"{float(threshold):.3g}"


def _of_gammas(network: Network) -> Iterator[str]:
    for index, layer in enumerate(network.layers):
        gamma = float(layer.gamma)
        if gamma < 0:
            yield f"γ of layer {index + 1} is {gamma:.3g}: the layer is taught against its partners"
        elif gamma > _LARGE_GAMMA:
            yield f"γ of layer {index + 1} is {gamma:.3g}: its partners drown its own goodness"


def _of_chance(train: Inputs, accuracy: Mapping[str, float | None]) -> Iterator[str]:
    share = accuracy.get("train")
    if share is not None and len(train) and share <= _CHANCE / train.encoder.classes:
        yield f"{100 * share:.1f} % of the training images are right, which is what guessing gives"
