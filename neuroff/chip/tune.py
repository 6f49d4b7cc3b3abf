"""Fine-tuning with the chip's numbers in place, by the local rule and nothing else.

Every step quantises the parameters, presents both labels to that network (fixed gains, the chip's reset,
pixels as payloads) and computes each layer's closed-form gradient there, with its own surrogate and its own
modulator. The gradient is applied to the parameters in floating point as if rounding were the identity (the
straight-through estimator: Bengio, Léonard and Courville, arXiv 1308.3432). So small steps add up until an
integer changes. Weights stay within what the chip can hold, and units do not change.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch

from neuroff.checks import require_kind, require_number, require_whole
from neuroff.chip.model import ChipModel, for_chip
from neuroff.chip.scales import LayerScale
from neuroff.chip.windows import share
from neuroff.core.asking.wrong import wrong_labels
from neuroff.core.inputs import Inputs
from neuroff.core.network import Layer
from neuroff.core.plan import Plan
from neuroff.core.rules import LayerGradient
from neuroff.core.together import require_images
from neuroff.errors import TrainingError
from neuroff.rng import generator
from neuroff.training.step import LayerStatistics, learn_chunk


@dataclass(frozen=True)
class TuningPlan:
    """How long and how fast to fine-tune.

    Attributes:
        epochs: how often the training images are seen.
        learning_rate: Adam's, at the start; it falls to zero along a half cosine. At eight bits the
            default did better than five times as much, on MNIST and Fashion-MNIST.
        batch_size: images per update.
    """

    epochs: int = 2
    learning_rate: float = 1e-4
    batch_size: int = 100

    def __post_init__(self) -> None:
        require_whole("epochs", self.epochs, least=1, where="TuningPlan")
        require_whole("batch_size", self.batch_size, least=1, where="TuningPlan")
        require_number("learning_rate", self.learning_rate, above=0.0, where="TuningPlan")

    def rate(self, progress: float) -> float:
        """Return the learning rate after a share of the work, in [0, 1)."""
        return self.learning_rate * 0.5 * (1.0 + math.cos(math.pi * progress))


def _heard_by_nobody(epoch: int, losses: tuple[float, ...]) -> None:
    """Progress is the caller's business; by default nobody listens."""


@torch.no_grad()
def fine_tune(
    model: ChipModel,
    trained_by: Plan,
    inputs: Inputs,
    plan: TuningPlan | None = None,
    epoch_finished: Callable[[int, tuple[float, ...]], None] = _heard_by_nobody,
) -> ChipModel:
    """Train on with the chip's numbers; all layers learn in every batch.

    Collaboration strengths are taken as they are.

    Args:
        model: where to start; left as it is.
        trained_by: the plan that the network was trained by: loss and seed.
        inputs: training images.
        plan: how long and how fast.
        epoch_finished: told the number of epochs done, and the mean loss of every layer in the last one.

    Returns:
        A model with moved parameters and the same units.

    Raises:
        TrainingError: if the loss is no longer finite.
    """
    require_kind("model", model, ChipModel, where="fine_tune")
    require_kind("trained_by", trained_by, Plan, where="fine_tune")
    require_images(model.network, inputs, "fine_tune")
    if plan is not None:
        require_kind("plan", plan, TuningPlan, where="fine_tune")
    chosen = plan or TuningPlan()
    tuned = replace(model, network=for_chip(model.network, "subtract"))
    layers = tuned.network.layers
    optimisers = [torch.optim.Adam(list(layer.synapses.tensors().values())) for layer in layers]
    losses = trained_by.losses(len(layers))
    batches = math.ceil(len(inputs) / chosen.batch_size)
    for epoch in range(chosen.epochs):
        order = torch.randperm(len(inputs), generator=generator(trained_by.seed, "chip shuffle", epoch))
        wrong = wrong_labels(
            inputs.labels, tuned.network.classes, generator(trained_by.seed, "chip negatives", epoch)
        )
        question = tuned.network.asking.question(inputs.labels, wrong)
        statistics = {index: LayerStatistics.empty(wrong.device) for index in range(len(layers))}
        for number, rows in enumerate(torch.split(order, chosen.batch_size)):
            gradients = {index: LayerGradient.of(layer) for index, layer in enumerate(layers)}
            stimulus = tuned.received(inputs.stimulus(rows, "chip", epoch, number))
            learn_chunk(
                tuned.quantised(),
                losses,
                stimulus,
                question.rows(rows),
                gradients,
                statistics,
                images=len(rows),
            )
            rate = chosen.rate((epoch + number / batches) / chosen.epochs)
            for index, layer in enumerate(layers):
                _move(layer, tuned.scales[index], gradients[index], optimisers[index], rate)
        means = tuple(float(statistics[index].totals[0]) / len(inputs) for index in range(len(layers)))
        if not all(map(math.isfinite, means)):
            raise TrainingError(
                f"losses {means} after epoch {epoch + 1}",
                where="fine-tuning",
                expected="finite numbers",
                fix="lower the learning rate",
            )
        epoch_finished(epoch + 1, means)
    return tuned


def _move(
    layer: Layer,
    scale: LayerScale,
    gradient: LayerGradient,
    optimiser: torch.optim.Optimizer,
    rate: float,
) -> None:
    weight, bias = (layer.synapses.tensors()[name] for name in ("weight", "bias"))
    weight.grad, bias.grad = gradient.synapses["weight"], gradient.synapses["bias"]
    optimiser.param_groups[0]["lr"] = rate
    optimiser.step()
    weight.grad = bias.grad = None
    met = share(layer.synapses)
    weight.clamp_(*(met * bound for bound in scale.weight_bounds()))
    limit = scale.bias_bound()
    bias.clamp_(-limit, limit)
