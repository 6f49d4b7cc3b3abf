"""One image in a spiking network: every spike, goodness and modulator of its true and of one wrong class."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from neuroff.config import Config
from neuroff.config.build import build_losses
from neuroff.core.asking import Asking
from neuroff.core.coupling import coupled
from neuroff.core.inputs import Inputs
from neuroff.core.network import Network, goodness_so_far, propagate
from neuroff.core.pixels import grey_rows
from neuroff.core.scores import class_scores

_SIGNS = ("positive", "negative")


def spike_snapshot(config: Config, network: Network, inputs: Inputs, image: int = 0) -> dict[str, Any]:
    """Present one image, and look at its true class and at the wrong class that fits best.

    By labels these are two presentations; by class groups they are two groups of one presentation.

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
    device = inputs.labels.device
    question = network.asking.question(*(torch.tensor([k], device=device) for k in (true, wrong)))
    labels, truth = question.candidates, question.truth
    answers = (0, 1) if truth is None else (true, wrong)
    shown = list(propagate(network, stimulus, labels))
    messages = [presentation.message for presentation in shown]
    losses = build_losses(config)
    so_far = [goodness_so_far(network, each.index, each.response, labels) for each in shown]
    heard = [network.bus.heard(goodness) for goodness in so_far]
    layers = []
    for presentation in shown:
        index, own = presentation.index, presentation.goodness
        gamma = network.layers[index].gamma
        joint = coupled(network.bus, index, own, messages, gamma)
        modulator = joint.of_own(losses[index].modulator(joint.collaborative, truth))
        spikes = presentation.response.output
        running = torch.stack(
            [
                then.of_own(losses[index].modulator(then.collaborative, truth))
                for now, *messages_now in zip(so_far[index], *heard, strict=True)
                for then in [coupled(network.bus, index, now, messages_now, gamma)]
            ]
        )
        layers.append(
            {"neurons": spikes.shape[-1]}
            | {
                sign: _one_sign(
                    spikes[:, min(row, len(labels) - 1)],
                    *(scalars[answer] for scalars in (own, joint.collaborative, modulator)),
                )
                | _group(network.asking, spikes.shape[-1], answer)
                | {
                    "goodness_trace": so_far[index][:, answer, 0].tolist(),
                    "modulator_trace": running[:, answer, 0].tolist(),
                }
                for row, (sign, answer) in enumerate(zip(_SIGNS, answers, strict=True))
            }
        )
    return {
        "variant": config.variant,
        "seed": config.seed,
        "steps": config.neuron.steps,
        "image": grey_rows(inputs.pixels[slice(image, image + 1)][0]),
        "true_label": true,
        "wrong_label": wrong,
        "layers": layers,
    }


def _group(asking: Asking, neurons: int, answer: int) -> dict[str, Any]:
    """Return whose spikes count for an answer, where it is not all neurons."""
    members = asking.answering(neurons, answer)
    return {} if members == slice(0, neurons) else {"group": [members.start, members.stop]}


def _one_sign(spikes: Tensor, goodness: Tensor, collaborative: Tensor, modulator: Tensor) -> dict[str, Any]:
    steps, neurons = spikes.nonzero(as_tuple=True)
    return {
        "steps": steps.tolist(),
        "neurons": neurons.tolist(),
        "goodness": float(goodness),
        "collaborative": float(collaborative),
        "modulator": float(modulator),
    }
