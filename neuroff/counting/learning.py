"""How much work a training sample takes, counted from a real forward pass of both its labels.

Each stage trains its layers; the layers below only run. Numbers are per training image, for one epoch of
every stage. Forward work is counted as in `neuroff.counting.forward`, with two labels. On top, for each layer
that learns:

* Synapse updates: the rule is a product of three factors, so a synapse is touched only if a spike (or a value
  that is not zero) came in and its neuron was active in that presentation; the derivative of the goodness of
  a silent neuron is zero. One update per incoming spike, or per presentation of an analog input.
* Trace updates of a spiking layer: under a constant current one per neuron and step; of spikes two, when they
  come and on the way back. The online rules keep a trace for every input and every neuron at every step.
* A dense layer's gradient is a matrix product, multiply-accumulates whatever the values; both presentations
  of an image share the product with its pixels.
* Goodness gradient and sensitivity: two multiplications per neuron and presentation.
* One modulator per presentation is broadcast to the layer.
* Collaboration, its own line: the goodness of each partner, one scalar per presentation (or per step, if the
  bus works in time), its weighting and the learning of γ.
* Adam moves every parameter once per batch.
* Hard wrong labels are chosen by a sweep over the labels before every epoch (`neuroff.counting.negatives`).
* ``online_end`` runs a presentation twice: for its modulators, and for its updates.

Accuracies on the way are not training, and are not counted. Beside it stands backpropagation of a dense
network of the same widths, computed rather than counted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from neuroff.config import Variant
from neuroff.core.collaboration import partners_of
from neuroff.core.inputs import Inputs
from neuroff.core.network import Network
from neuroff.core.plan import Plan, Stage
from neuroff.core.rules import LearningRule
from neuroff.counting.layer import LayerActivity
from neuroff.counting.negatives import negatives_work
from neuroff.counting.presented import presented
from neuroff.counting.tally import zero_weights
from neuroff.energy import Counts
from neuroff.energy.pricing.twin import backprop_counts, optimiser_counts
from neuroff.energy.work import NetworkWork
from neuroff.errors import ShapeError
from neuroff.training.negatives import negative_labels, questions


@dataclass(frozen=True)
class StageActivity:
    """Work of one training image in one epoch of one stage.

    Attributes:
        layers: indices of the layers that learn.
        epochs: how many epochs the stage has.
        work: the forward pass, with the synapses that learning touches; it can be placed on a device.
        learning: trace updates, gradients, modulators.
        collaboration: what the bus costs; empty in plain FF.
        optimiser: Adam.
        touched: synapses that the rule touches; on the spiking path they are in ``work``.
        choosing: the sweeps that choose wrong labels, and the presentations of layers that choose their own
            beside the first; empty where labels are drawn unseen.
    """

    layers: tuple[int, ...]
    epochs: int
    work: NetworkWork
    learning: Counts
    collaboration: Counts
    optimiser: Counts
    touched: float
    choosing: tuple[NetworkWork, ...] = ()

    @property
    def beside(self) -> Counts:
        """Counts that come on top of those of ``work``."""
        return self.learning + self.collaboration + self.optimiser

    @property
    def counts(self) -> Counts:
        """Everything together."""
        return sum((sweep.counts() for sweep in self.choosing), self.work.counts()) + self.beside


@dataclass(frozen=True)
class TrainingActivity:
    """Work of training, per image.

    Attributes:
        variant: ``ff``, ``fcff`` or ``acff``.
        images: number of images counted.
        stages: in their order.
        backprop: counts of backpropagation on a dense network of the same widths, per image and epoch.
    """

    variant: str
    images: int
    stages: tuple[StageActivity, ...]
    backprop: Counts

    @property
    def counts(self) -> Counts:
        """Counts per image of one epoch of every stage."""
        return sum((stage.counts for stage in self.stages), Counts())

    @property
    def collaboration(self) -> Counts:
        """The share of the bus in `counts`."""
        return sum((stage.collaboration for stage in self.stages), Counts())


def count_training(
    plan: Plan,
    network: Network,
    inputs: Inputs,
    variant: Variant | None = None,
    *,
    chunk_size: int = 250,
    trained_on: int | None = None,
) -> TrainingActivity:
    """Count the work of an epoch of every stage, with the network as it stands.

    Args:
        plan: schedule, batch size, rule, and how wrong labels are drawn.
        network: the network, trained or not.
        inputs: training images to count.
        variant: what of the bus is paid for; by default that of the plan (A-CFF if it moves γ) and the
            network (F-CFF if a γ is not zero).
        chunk_size: images in flight at once.
        trained_on: number of training images, which sets the updates per image of a full batch; by default
            those counted.

    Raises:
        ShapeError: if there are no images, or they do not fit the network.
    """
    if not len(inputs):
        raise ShapeError("no images to count", where="count_training", expected="at least one image")
    inputs.require_asking(network.asking, "count_training")
    batch = plan.batch_size or math.inf
    total = trained_on or len(inputs)
    updates = math.ceil(total / batch) / total if math.isfinite(batch) else 1 / total
    named = variant or variant_of(plan, network)
    counted = tuple(
        _stage(plan, network, inputs, named, stage, updates, chunk_size)
        for stage in plan.stages(len(network.layers))
    )
    stacked = [layer.synapses for layer in network.layers]
    backprop = backprop_counts(
        network.widths,
        network.classes,
        updates,
        products=[synapses.products for synapses in stacked],
        weights=[synapses.weights for synapses in stacked],
    )
    return TrainingActivity(named, len(inputs), counted, backprop)


def variant_of(plan: Plan, network: Network) -> Variant:
    """Return the variant that a plan trains a network in."""
    if plan.gamma is not None:
        return "acff"
    return "fcff" if any(bool(layer.gamma) for layer in network.layers) else "ff"


def _stage(
    plan: Plan,
    network: Network,
    inputs: Inputs,
    variant: Variant,
    stage: Stage,
    updates: float,
    chunk_size: int,
) -> StageActivity:
    steps = network.population.steps
    depth = len(network.layers) if network.bus.partners == "all" else max(stage.layers) + 1
    zeros = zero_weights(network)
    drawn = negative_labels(plan, network, inputs, stage, 0)
    shown = [
        presented(plan, network, inputs, stage, learners, question, zeros, chunk_size)
        for learners, question in questions(network, stage, inputs.labels, drawn)
    ]
    work, layers = shown[0].work, shown[0].layers
    shown_times, answers = network.asking.learning_presentations, network.asking.learning_answers
    learning, collaboration, optimiser = Counts(), Counts(), Counts()
    for index in stage.layers:
        layer = layers[index]
        learning = learning + _learning(plan.rule, layer, steps, shown_times, answers)
        parameters = layer.parameters + len(network.layers[index].neuron)
        optimiser = optimiser + optimiser_counts(parameters, updates)
        heard = len([j for j in partners_of(index, depth, network.bus.partners) if j < depth])
        if variant != "ff" and heard:
            collaboration = collaboration + _collaboration(
                variant, heard, steps if _in_time(network) else 1, updates, answers
            )
    return StageActivity(
        stage.layers,
        stage.epochs,
        work,
        learning,
        collaboration,
        optimiser,
        sum(each.touched for each in shown),
        (
            *(each.work for each in shown[1:]),
            *negatives_work(plan, network, inputs, stage, zeros, chunk_size),
        ),
    )


def _learning(rule: LearningRule, layer: LayerActivity, steps: int, shown: int, answers: int) -> Counts:
    """What one layer's rule takes per image, without the bus and the optimiser.

    As many modulators are broadcast as there are answers.
    """
    neurons = layer.neurons * shown
    # The derivative of the goodness, and its way to the drive, which is a sum over time or a step at a time.
    reaching = neurons * (1 if layer.tally.analog else steps)
    online = layer.tally.spiking and rule != "batch"
    counts = {
        "bus_broadcasts": float(answers * (steps if online and rule == "online_step" else 1)),
        "muls_float32": float(neurons + reaching),
        "adds_float32": float(neurons),  # the gradient of the bias
    }
    if layer.tally.spiking:
        traced = neurons * steps * (1 if layer.tally.analog or online else 2)
        inputs = layer.inputs * shown * steps if online else 0
        counts["trace_updates"] = float(traced + inputs)
    else:
        own = layer.own_connections // layer.own_inputs if layer.own_inputs else 0
        image = layer.pass_products - layer.own_connections
        products = image + shown * own if layer.index == 0 else shown * layer.pass_products
        counts["macs_float32"] = float(products)
        if layer.index == 0:
            counts["adds_float32"] += layer.neurons * (shown - 1)  # both factors added before the product
    return Counts(counts)


def _in_time(network: Network) -> bool:
    """Whether the bus speaks at every step."""
    return network.bus.timing == "online" and network.population.steps > 1


def _collaboration(variant: Variant, heard: int, messages: int, updates: float, answers: int) -> Counts:
    """What hearing some partners takes per image: their scalars, C = G + γ P, and the learning of γ."""
    scalars = answers * heard * messages
    counts = Counts(
        {
            "bus_broadcasts": float(scalars),
            "adds_float32": float(scalars + answers * (heard + 1)),  # G_j − c, their sum, and C
            "muls_float32": float(answers * (heard + 1)),  # w_lj, and γ
        }
    )
    if variant != "acff":
        return counts
    return counts + Counts({"macs_float32": float(answers)}) + optimiser_counts(1, updates)
