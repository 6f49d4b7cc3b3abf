"""How far a spiking twin is from its dense network after T steps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from neuroff.checks import require_kind, require_numbers, require_wholes
from neuroff.convert.twin import Twin, encoded_chunks, everything
from neuroff.core.inputs import Inputs
from neuroff.core.network import Network, propagate
from neuroff.core.scores import PredictionRule, combined
from neuroff.core.together import require_images
from neuroff.errors import ConfigError, ShapeError


@dataclass(frozen=True)
class Deviation:
    """What is left between a twin and its dense network, over all images, labels and neurons.

    Attributes:
        steps: T.
        activity: per layer, ‖λ r − a‖ / ‖a‖.
        goodness: per layer, the mean of |G_T − G| over the mean of |G|.
        agreement: share of images that both predict alike.
        accuracy: share of images that the twin predicts correctly.
        spikes: spikes per image and label presented, of all layers.
    """

    steps: int
    activity: tuple[float, ...]
    goodness: tuple[float, ...]
    agreement: float
    accuracy: float
    spikes: float


def deviations(
    dense: Network,
    twin: Twin,
    inputs: Inputs,
    steps: Sequence[int] = (4, 8, 16, 32, 64, 128, 256),
    rule: PredictionRule | None = None,
) -> tuple[Deviation, ...]:
    """Measure a twin against its dense network for several numbers of time steps.

    Args:
        dense: the network that was converted.
        twin: what `neuroff.convert.to_spikes` made of it.
        inputs: the images, usually test images.
        steps: the T to measure.
        rule: how labels are predicted; as the twin's network does without it.

    Raises:
        ShapeError: if there are no images, or they do not fit the networks.
        ConfigError: if the twin is of another network.
    """
    require_images(dense, inputs, "deviations")
    require_kind("twin", twin, Twin, where="deviations")
    require_wholes("steps", steps, least=1, where="deviations")
    if not len(inputs):
        raise ShapeError("no images to compare on", where="deviations", expected="at least one image")
    if dense.widths != twin.network.widths:
        raise ConfigError(
            f"a twin of widths {twin.network.widths}",
            where="deviations",
            expected=f"the twin of this network, of widths {dense.widths}",
        )
    return tuple(_deviation(dense, twin.at(count), inputs, rule) for count in steps)


def log_slope(steps: Sequence[int], errors: Sequence[float]) -> float:
    """Return the slope of log(error) over log(T) by least squares: −1 where errors fall as 1/T.

    Raises:
        ConfigError: if there are fewer than two points, or an error is not positive.
    """
    for name, values in (("steps", steps), ("errors", errors)):
        require_numbers(name, values, where="log_slope")
    if len(steps) != len(errors) or len(set(steps)) < 2 or min(*steps, *errors) <= 0.0:
        raise ConfigError(
            f"{len(steps)} numbers of steps and {len(errors)} errors",
            where="log_slope",
            expected="as many positive errors as numbers of steps, at least two of them different",
        )
    x = [math.log(step) for step in steps]
    y = [math.log(error) for error in errors]
    centre = sum(x) / len(x)
    spread = sum((value - centre) ** 2 for value in x)
    return sum((at - centre) * value for at, value in zip(x, y, strict=True)) / spread


def _deviation(dense: Network, twin: Twin, inputs: Inputs, rule: PredictionRule | None) -> Deviation:
    depth = len(dense.layers)
    # squared distance and length of activities, distance and size of goodness
    sums = torch.zeros(4, depth, dtype=torch.float64)
    alike = correct = 0
    spikes = 0.0
    steps = twin.network.population.steps
    for stimulus, true in encoded_chunks(inputs, twin.network):
        candidates = everything(dense, stimulus)
        exact: list[Tensor] = []
        close: list[Tensor] = []
        pairs = zip(
            propagate(dense, stimulus, candidates),
            propagate(twin.network, stimulus, candidates),
            twin.scales,
            strict=True,
        )
        for wanted, found, scale in pairs:
            activity = wanted.response.activity.double()
            rate = found.response.activity.double()
            exact.append(wanted.goodness.double())
            measure = twin.network.goodness
            asking = twin.network.asking.of_layer(wanted.index)
            close.append(asking.goodness(measure, scale * rate, candidates))
            sums[:, wanted.index] += torch.stack(
                (
                    (scale * rate - activity).square().sum(),
                    activity.square().sum(),
                    (close[-1] - exact[-1]).abs().sum(),
                    exact[-1].abs().sum(),
                )
            )
            spikes += float(rate.sum()) * steps
        ours = combined(twin.network, close, rule).argmax(0)
        alike += int((ours == combined(dense, exact, rule).argmax(0)).sum())
        correct += int((ours == true).sum())
    count = len(inputs)
    distance, length, off, size = sums
    return Deviation(
        steps,
        tuple((distance / length).sqrt().tolist()),
        tuple((off / size).tolist()),
        alike / count,
        correct / count,
        spikes / (count * dense.asking.presentations),
    )
