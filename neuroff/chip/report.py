"""Float against fixed point: the same images through both, compared spike by spike.

Two comparisons matter. The chip against its own model in floating point shows what integers cost: rounded
weights, payloads and states, with reset and gains the same. The chip against the trained network shows the
whole way, reset and fixed gains included.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from neuroff.checks import require_kind
from neuroff.chip.deploy import Deployment, chunk_rows, course, goodness_of, score
from neuroff.core.inputs import Inputs
from neuroff.core.network import Network, propagate
from neuroff.core.scores import PredictionRule
from neuroff.core.signal import Stimulus
from neuroff.core.together import require_images
from neuroff.errors import ShapeError


@dataclass(frozen=True)
class Agreement:
    """How a chip follows a network in floating point, over images, labels, steps and neurons.

    Attributes:
        accuracy: share of images whose class the network in floating point predicts.
        same_class: share of images that both predict alike.
        same_spikes: per layer, share of neuron-steps in which both fire or neither does.
        shared_spikes: per layer, spikes that both fire at the same step, as a share of all the chip's spikes
            and of all the network's, the smaller of the two.
        goodness_error: per layer, the mean of |G_chip − G_float| over the mean of |G_float|.
    """

    accuracy: float
    same_class: float
    same_spikes: tuple[float, ...]
    shared_spikes: tuple[float, ...]
    goodness_error: tuple[float, ...]


@dataclass(frozen=True)
class FixedPointReport:
    """What fixed point costs.

    Attributes:
        bits: of a weight.
        images: how many were compared.
        accuracy: share of images whose class the chip predicts.
        model: against the chip model in floating point, weights not rounded; the same payloads or spikes.
        trained: against the trained network.
    """

    bits: int
    images: int
    accuracy: float
    model: Agreement
    trained: Agreement

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return asdict(self)


class _Sums:
    """What is added up over chunks for one network in floating point."""

    def __init__(self, depth: int) -> None:
        self.right = self.alike = 0
        self.counts = torch.zeros(depth, 3, dtype=torch.float64)  # neuron-steps; equal ones; spikes of both
        self.spikes = torch.zeros(depth, 2, dtype=torch.float64)  # of the chip, of the network
        self.goodness = torch.zeros(depth, 2, dtype=torch.float64)  # difference, network's


@torch.no_grad()
def compare_fixed_point(
    deployment: Deployment, trained: Network, inputs: Inputs, rule: PredictionRule | None = None
) -> FixedPointReport:
    """Present images under every label to the chip, to its model and to the trained network.

    Args:
        deployment: the network on the chip.
        trained: the network it comes from.
        inputs: images.
        rule: of prediction; the network's own without it.

    Raises:
        ShapeError: if there are no images.
    """
    require_kind("deployment", deployment, Deployment, where="compare_fixed_point")
    require_images(trained, inputs, "compare_fixed_point")
    if not len(inputs):
        raise ShapeError("no images to compare on", where="fixed-point report", expected="at least one")
    model = deployment.model.network
    sums = {"model": _Sums(len(model.layers)), "trained": _Sums(len(model.layers))}
    right = 0
    for rows in chunk_rows(len(inputs), model.asking.presentations):
        stimulus = inputs.stimulus(rows, "predict", rows.start)
        candidates = model.asking.everything(stimulus.samples, stimulus.label.device)
        spikes = chip_spikes(deployment, stimulus, candidates)
        goodness = goodness_of(deployment, (fired.sum(0) for fired in spikes), candidates)
        predicted = score(model, goodness, rule).argmax(0)
        right += int((predicted == inputs.labels[rows]).sum())
        received = deployment.model.received(stimulus)
        for name, network, given in (("model", model, received), ("trained", trained, stimulus)):
            shown = list(propagate(network, given, candidates))
            _add(
                sums[name],
                spikes,
                [each.response.output for each in shown],
                goodness,
                [each.goodness for each in shown],
            )
            guessed = score(network, [each.goodness for each in shown], rule).argmax(0)
            sums[name].right += int((guessed == inputs.labels[rows]).sum())
            sums[name].alike += int((guessed == predicted).sum())
    images = len(inputs)
    model_agreement, trained_agreement = (_agreement(sums[name], images) for name in ("model", "trained"))
    bits = deployment.model.scales[0].bits
    return FixedPointReport(bits, images, right / images, model_agreement, trained_agreement)


def chip_spikes(deployment: Deployment, stimulus: Stimulus, candidates: Tensor) -> list[Tensor]:
    """Return each layer's spikes in its own window, ``(T, K·B, N)`` int32, step for step the network's."""
    kept: list[list[Tensor]] = [[] for _ in deployment.chip.layers]
    for number, taken in enumerate(course(deployment, stimulus, candidates)):
        for index, spikes in enumerate(taken.spikes):
            if deployment.counts_at(number, index):
                kept[index].append(spikes)
    return [torch.stack(spikes) for spikes in kept]


def _add(
    sums: _Sums,
    chip: list[Tensor],
    network: list[Tensor],
    chip_goodness: list[Tensor],
    goodness: list[Tensor],
) -> None:
    for index, (fired, sent) in enumerate(zip(chip, network, strict=True)):
        both = float((fired * sent).sum(dtype=torch.float64))
        ours, theirs = float(fired.sum()), float(sent.sum(dtype=torch.float64))
        equal = fired.numel() - (ours + theirs - 2 * both)
        sums.counts[index] += torch.tensor([fired.numel(), equal, both], dtype=torch.float64)
        sums.spikes[index] += torch.tensor([ours, theirs], dtype=torch.float64)
        own, other = chip_goodness[index].double(), goodness[index].double()
        sums.goodness[index] += torch.stack(((own - other).abs().sum(), other.abs().sum()))


def _agreement(sums: _Sums, images: int) -> Agreement:
    steps, equal, both = sums.counts.unbind(1)
    most = sums.spikes.amax(1).clamp_(min=1.0)
    error = sums.goodness[:, 0] / sums.goodness[:, 1].clamp(min=1e-12)
    return Agreement(
        sums.right / images,
        sums.alike / images,
        tuple((equal / steps).tolist()),
        tuple((both / most).tolist()),
        tuple(error.tolist()),
    )
