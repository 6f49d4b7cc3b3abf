"""One image in a spiking network: every spike, goodness and modulator under its true and one wrong label."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from neuroff.config import Config
from neuroff.config.build import build_loss
from neuroff.core.collaboration import collaborative_goodness
from neuroff.core.inputs import Inputs
from neuroff.core.network import Network, goodness_so_far, propagate
from neuroff.core.pixels import grey_rows
from neuroff.core.scores import class_scores

_SIGNS = ("positive", "negative")


def spike_snapshot(config: Config, network: Network, inputs: Inputs, image: int = 0) -> dict[str, Any]:
    """Present one image with its true label and with the wrong label that fits best.

    Args:
        config: of the run; its loss gives the modulators.
        network: a spiking network.
        inputs: the images.
        image: index of the image to show.

    Returns:
        A JSON-ready description: the image, both labels, and per layer and sign the step and neuron of every
        spike, goodness, collaborative goodness and the modulator that would be broadcast; and goodness and
        modulator after every step, from the spikes and messages so far.
    """
    stimulus = inputs.stimulus(slice(image, image + 1), "snapshot", image)
    true = int(inputs.labels[image])
    scores = class_scores(network, stimulus)[:, 0].clone()
    scores[true] = float("-inf")
    wrong = int(scores.argmax())
    labels = torch.tensor([[true], [wrong]], device=inputs.labels.device)
    shown = list(propagate(network, stimulus, labels))
    messages = [presentation.message for presentation in shown]
    loss = build_loss(config)
    so_far = [goodness_so_far(network, each.response, labels) for each in shown]
    heard = [network.bus.heard(goodness) for goodness in so_far]
    layers = []
    for presentation in shown:
        index, own = presentation.index, presentation.goodness
        gamma = network.layers[index].gamma
        collaborative = collaborative_goodness(own, network.bus.partner(index, messages), gamma)
        modulator = loss.modulator(collaborative)
        spikes = presentation.response.output
        running = torch.stack(
            [
                loss.modulator(collaborative_goodness(now, network.bus.partner(index, messages_now), gamma))
                for now, *messages_now in zip(so_far[index], *heard, strict=True)
            ]
        )
        layers.append(
            {"neurons": spikes.shape[-1]}
            | {
                sign: _one_sign(spikes[:, row], own[row], collaborative[row], modulator[row])
                | {
                    "goodness_trace": so_far[index][:, row, 0].tolist(),
                    "modulator_trace": running[:, row, 0].tolist(),
                }
                for row, sign in enumerate(_SIGNS)
            }
        )
    return {
        "variant": config.variant,
        "seed": config.seed,
        "steps": config.neuron.steps,
        "image": grey_rows(inputs.pixels[image]),
        "true_label": true,
        "wrong_label": wrong,
        "layers": layers,
    }


def _one_sign(spikes: Tensor, goodness: Tensor, collaborative: Tensor, modulator: Tensor) -> dict[str, Any]:
    steps, neurons = spikes.nonzero(as_tuple=True)
    return {
        "steps": steps.tolist(),
        "neurons": neurons.tolist(),
        "goodness": float(goodness),
        "collaborative": float(collaborative),
        "modulator": float(modulator),
    }
