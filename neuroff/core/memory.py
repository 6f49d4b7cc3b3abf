"""How much memory a training takes, told from sizes alone: before anything of it is allocated.

Weights may be without numbers (``torch.device("meta")``). Counted is what a training holds when it holds
most: what stays from batch to batch, and of one chunk of images what a layer and its local rule keep at once.
No gradient passes between layers, so layers are let go of one after the other, unless each hears all others
or all advance together. `tests/core/test_memory.py` holds the sum to peaks of real trainings.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, fields

from neuroff.core.flight import images_at_once, side_by_side
from neuroff.core.inputs import Inputs
from neuroff.core.network import Network
from neuroff.core.neurons.relu import ReLU
from neuroff.core.plan import Plan

_COPIES = 4  # of every weight: that of the start, the one that moves, two moments
_WRITTEN = 6  # of every weight and its moments in a checkpoint on its way to the disk: twice each
_AT_WORK = 2  # of one layer's weights: folded or turned, and their gradient on its way to the sum
_STATES = 8  # of spiking neurons at one step: potential, current, threshold, slope, what is being computed
_ADVANCING = 12  # the same where all layers advance together, with activity, factors and traces
_DRAWN = 2  # more read-outs of a layer while one is drawn or scaled


@dataclass(frozen=True)
class Memory:
    """What a training holds when it holds most, in bytes.

    Attributes:
        weights: weights with gradients, moments and copies.
        readouts: fixed read-outs of activities.
        activities: of the images at once, with spikes, states and what the local rule keeps.
        drives: the first layer's, of all images, kept while layers above learn.
        images: at once.
    """

    weights: int
    readouts: int
    activities: int
    drives: int
    images: int

    @property
    def total(self) -> int:
        """The sum."""
        return sum(getattr(self, each.name) for each in fields(self) if each.name != "images")


def training_memory(network: Network, plan: Plan, inputs: Inputs | None = None) -> Memory:
    """Return what a training holds when it holds most.

    Args:
        network: at its start; numbers are not read.
        plan: how it is trained.
        inputs: the images; a single one that stays for all steps if not given.
    """
    images = 1 if inputs is None else max(1, len(inputs))
    still = inputs is None or (inputs.pixels.ndim == 2 and inputs.encoder.encoding == "constant")
    batch = min(plan.batch_size or images, images)
    pieces = math.ceil(batch / plan.chunk_size)
    at_once = network.engine.at_once if side_by_side(network) else 1
    asking = network.asking
    learning, scored = math.ceil(batch / pieces), min(images_at_once(network, asking.presentations), images)
    beside = {learning: min(at_once, pieces), scored: min(at_once, math.ceil(images / scored))}
    held = {
        beside[learning] * _activities(network, plan, learning, still=still, learns=True): learning,
        beside[scored] * _activities(network, plan, scored, still=still, learns=False): scored,
    }
    readouts = [asking.of_layer(index).readout_bytes(n) for index, n in enumerate(network.widths[1:])]
    frozen = plan.schedule == "sequential" and len(network.layers) > 1 and still
    kept = frozen and not plan.augmentation.changes and inputs is not None and inputs.constant is not None
    return Memory(
        _weights(network, plan, batches=math.ceil(images / batch), at_once=beside[learning]),
        sum(readouts) + _DRAWN * max(readouts),
        max(held),
        images * network.widths[1] * _number(network) if kept else 0,
        held[max(held)],
    )


def _number(network: Network) -> int:
    """Return the bytes of a number."""
    return next(iter(network.layers[0].synapses.tensors().values())).itemsize


def _weights(network: Network, plan: Plan, *, batches: int, at_once: int) -> int:
    sizes = [sum(each.nbytes for each in layer.synapses.tensors().values()) for layer in network.layers]
    stages = [sum(sizes[index] for index in stage.layers) for stage in plan.stages(len(sizes))]
    kept = max(stages) if plan.keep_best else 0
    gradients = max(stages) * (min(batches, 2) + at_once - 1)  # that of the batch before is let go of late
    beside = max(gradients + _AT_WORK * max(sizes), _WRITTEN * sum(sizes) + kept)
    return _COPIES * sum(sizes) + kept + beside


def _activities(network: Network, plan: Plan, images: int, *, still: bool, learns: bool) -> int:
    """Return what is held of so many images, when most is.

    Args:
        network: the network.
        plan: how it is trained.
        images: at once.
        still: whether they stay for all steps.
        learns: whether layers keep what they learn from.
    """
    asking, number = network.asking, _number(network)
    rows = images * (asking.learning_presentations if learns else asking.presentations)
    steps, widths = network.population.steps, network.widths
    spike = network.engine.spike_bytes if steps > 1 and number == 4 else number
    if learns and plan.rule != "batch" and not network.engine.looks_back:
        given = (1 if still else steps) * images * widths[0] * number
        return given + rows * number * sum(_ADVANCING * n + 2 * d for d, n in itertools.pairwise(widths))
    given = images if still else steps * images
    first = (given * (widths[0] + widths[1]) + (rows if still else steps * rows) * widths[1]) * number
    rectified = isinstance(network.population, ReLU)  # drive, activity and trace are the same numbers
    kept: list[int] = []
    moments: list[int] = []
    below = 0
    for index, neurons in enumerate(widths[1:]):
        now = rows * neurons * number
        drive = now if still and not index else steps * now
        kept.append(drive if rectified else steps * rows * neurons * spike + (drive if learns else 0))
        arriving = (
            steps * rows * widths[index] * number if index else 0
        )  # as numbers, pooled or laid out anew
        moments.append(below + kept[-1] + drive + arriving + (0 if rectified else _STATES * now))
        below = kept[-1]
    all_at_once = learns and (network.bus.partners == "all" or plan.rule == "online_step")
    return first + max(moments) + (sum(kept) if all_at_once else 0)
