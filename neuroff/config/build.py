"""From a configuration to a network and its loss."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import torch

from neuroff.checks import require_kind, require_whole
from neuroff.config.fitting import require_first_layer, require_one_shape
from neuroff.config.layers import draw_stack
from neuroff.config.memory import require_memory
from neuroff.config.populations import build_population, given_populations, own_populations
from neuroff.config.schema import Config
from neuroff.core.architecture.laid import laid_out
from neuroff.core.asking import Asking, GroupAsking, LabelAsking, MirroredAsking, RandomAsking
from neuroff.core.collaboration import Bus
from neuroff.core.engine import Engine, chosen_engine
from neuroff.core.flight import images_at_once
from neuroff.core.goodness import Goodness
from neuroff.core.inputs import Split
from neuroff.core.loss import ClassLoss, LayerLoss, Loss
from neuroff.core.network import BlackBox, Layer, Network
from neuroff.core.neurons.population import Population
from neuroff.core.pixels import background_share
from neuroff.core.plan import Augmentation, GammaStep, Negatives, Plan
from neuroff.core.synapses import Planes
from neuroff.errors import ConfigError

_LOOKED_AT = 500  # images whose background says how much there is to save


def precision_of(config: Config) -> torch.dtype:
    """Return the type of the factors of matrix products."""
    precision: torch.dtype = getattr(torch, config.training.precision)
    return precision


def build_losses(config: Config) -> tuple[LayerLoss, ...]:
    """Return the loss that each layer minimises."""
    training = config.training

    def of(steepness: float) -> LayerLoss:
        if training.loss == "softmax":
            return ClassLoss(steepness, training.label_smoothing)
        return Loss(training.loss, goodness_threshold(config), steepness)

    steepnesses = training.loss_steepnesses or (training.loss_steepness,) * config.network.depth
    return tuple(map(of, steepnesses))


def goodness_threshold(config: Config) -> float:
    """Return θ in the units of the goodness."""
    return build_goodness(config).threshold(config.training.theta)


def build_goodness(config: Config) -> Goodness:
    """Return the goodness of every layer."""
    return Goodness(config.network.goodness, config.network.goodness_scale)


def build_network(
    config: Config,
    inputs: int,
    classes: int,
    *,
    planes: Planes | None = None,
    layers: tuple[Layer, ...] | None = None,
    black_boxes: Mapping[int, BlackBox] | None = None,
    population: Population | Mapping[int, Population] | None = None,
    engine: Engine | None = None,
    asking: Asking | None = None,
    blank: bool = False,
) -> Network:
    """Return a network.

    Args:
        config: the configuration.
        inputs: D of the first layer, label included: `Inputs.width`.
        classes: number of labels.
        planes: how an image's values lie, which convolutions need: `Inputs.planes`; one row if not given.
        layers: parameters; drawn from the configuration's seed if not given, with what stands between them.
        black_boxes: see `neuroff.core.network.Network`.
        population: other neurons than the configuration's, such as those of `neuroff.interop`, for all layers
            or, by index, for some. They are no part of the configuration: a run folder does not keep them.
        engine: who computes; by default the one that the configuration names, PyTorch if that is ``auto``.
        asking: how it is asked about classes; as the configuration says if not given.
        blank: whether layers that are not given have sizes alone and no numbers, which takes no memory.

    Raises:
        ConfigError: if inputs, classes and planes do not belong together, ``population`` does not fit the
            configuration, or there is no memory to train the network on a single image.
        ShapeError: if ``layers`` do not fit the inputs.
    """
    require_kind("config", config, Config, where="build_network")
    require_whole("inputs", inputs, least=1, where="build_network")
    require_whole("classes", classes, least=2, where="build_network")
    asking = asking or build_asking(config, classes, planes)
    require_one_shape(asking, inputs, classes, planes)
    boxes = dict(black_boxes or {})
    seen = planes or Planes(1, 1, inputs - asking.inputs(0))
    draws = layers is None and not blank
    if layers is None:
        stack = draw_stack(config, seen, asking, blank=True)
        layers, boxes = stack.layers, {**stack.between, **boxes}
    require_first_layer(layers, inputs)
    for index, layer in enumerate(layers):
        asking.require_room(layer.synapses.neurons, f"layer {index + 1}")
    given = given_populations(config, population)
    network = Network(
        layers=layers,
        population=build_population(config),
        goodness=build_goodness(config),
        bus=build_bus(config),
        asking=asking,
        normalisation=config.network.normalisation,
        epsilon=config.network.epsilon,
        precision=precision_of(config),
        black_boxes=boxes,
        populations=own_populations(config) | given,
        gain=config.network.gain,
        constant_gain=config.network.constant_gain,
        trace_decay=config.neuron.trace_decay if config.path == "spiking" else 1.0,
        prediction=config.network.prediction,
        engine=engine or chosen_engine(config.training.engine, 0.0),
    )
    if not draws:
        return network
    require_memory(config, network, build_plan(config), seen)
    return replace(network, layers=draw_stack(config, seen, asking).layers)


_STEP: Final = 100
"""Products in whose time PyTorch advances a neuron by a step and carries a gradient back."""


def operations_of(
    config: Config, classes: int, images: int, inputs: int, alike: float = 0.0, *, neurons: int = 0
) -> float:
    """Return how many of a run's products and sums loops over what differs may save, at most.

    Those are the first layer's where pixels are a background, those of a dense second layer that both labels
    of an image share, and all behind the first where spikes arrive. Of convolutions the steps of spiking
    neurons count.

    Args:
        config: the configuration.
        classes: number of labels.
        images: number of training images.
        inputs: D of the first layer.
        alike: share of pixels that are their image's background.
        neurons: of all layers of a network that convolves.
    """
    seen = images * config.training.epochs
    if config.network.architecture.convolves:
        presented = seen * training_asking(config, classes).learning_presentations
        return float(presented * config.neuron.steps * neurons * _STEP) if config.path == "spiking" else 0.0
    widths = config.network.dense_widths("operations")
    first = seen * inputs * widths[0] * alike
    inner = [before * after for before, after in itertools.pairwise(widths)]
    presented = seen * training_asking(config, classes).learning_presentations
    if config.path == "dense":
        return float(first + (presented - seen) * sum(inner[:1]))
    return float(first + presented * config.neuron.steps * sum(inner))


def build_plan(config: Config) -> Plan:
    """Return how the network is trained."""
    training, label, collaboration = config.training, config.label, config.collaboration
    losses = build_losses(config)
    return Plan(
        epochs=training.epochs,
        batch_size=training.batch_size,
        learning_rate=training.learning_rate,
        learning_rate_decay=training.learning_rate_decay,
        weight_decay=training.weight_decay,
        loss=losses if training.loss_steepnesses else losses[0],
        negatives=Negatives(label.negatives, label.hardness, label.candidates, label.drawn_by),
        schedule=training.schedule,
        gamma=GammaStep(
            collaboration.gamma_optimiser, collaboration.gamma_learning_rate, collaboration.gamma_most
        )
        if config.variant == "acff"
        else None,
        neuron_learning_rate=config.neuron.neuron_learning_rate,
        rule="batch" if config.path == "dense" else config.neuron.rule,
        rate_penalty=training.rate_penalty,
        pixel_dropout=training.pixel_dropout,
        augmentation=Augmentation(
            training.shift, training.flip, training.cutout, training.event_jitter, training.event_drop
        ),
        chunk_size=training.chunk_size,
        evaluate_every=training.evaluate_every,
        checkpoint_every=training.checkpoint_every,
        patience=training.patience,
        keep_best=training.keep_best,
        seed=config.seed,
    )


def build(config: Config, split: Split) -> tuple[Network, Plan]:
    """Return the network that a configuration describes for some images, and how it is trained.

    ``neuroff.train(network, split, plan)`` takes both.

    Args:
        config: the configuration.
        split: the images, as `neuroff.prepare` returns them; the network is on their device.

    Raises:
        ConfigError: if the network does not fit the images, or cannot be trained in the memory that there is.
    """
    require_kind("config", config, Config, where="build")
    require_kind("split", split, Split, where="build", expected="a Split, as neuroff.prepare makes it")
    train, plan, device = split.train, build_plan(config), split.train.labels.device
    stays = train.encoder.encoding == "constant" and train.pixels.ndim == 2  # not a recording
    alike = background_share(train.pixels[:_LOOKED_AT]) if stays else 0.0
    network = build_network(config, train.width, train.encoder.classes, planes=train.planes, blank=True)
    neurons = sum(network.widths[1:])
    operations = operations_of(config, train.encoder.classes, len(train), train.width, alike, neurons=neurons)
    engine = chosen_engine(config.training.engine, operations)
    there = tuple(replace(layer, gamma=layer.gamma.to(device)) for layer in network.layers)
    network = replace(network, layers=there, engine=engine)
    if config.path == "spiking" or config.network.architecture.convolves:
        plan = in_flight(plan, network)
    planes = train.planes or Planes(1, 1, train.width - network.asking.inputs(0))
    require_memory(config, network, plan, planes, train)
    layers = draw_stack(config, planes, network.asking).layers
    return replace(network, layers=tuple(layer.to(device) for layer in layers)), plan


def in_flight(plan: Plan, network: Network) -> Plan:
    """Return the plan with chunks as small as a layer's numbers, over time or of many positions, ask for."""
    fitting = images_at_once(network, network.asking.learning_presentations)
    return replace(plan, chunk_size=min(plan.chunk_size, fitting))


def build_asking(config: Config, classes: int, planes: Planes | None) -> Asking:
    """Return how the network is asked about classes.

    Args:
        config: the configuration.
        classes: number of labels.
        planes: how an image's values lie, where that is known.

    Raises:
        ConfigError: if the configuration needs planes and there are none, or a layer does not fit the one
            below, or a grid the layers.
    """
    once, asked = training_asking(config, classes), config.asking
    if planes is None and (asked.mirrored or asked.grid):
        raise ConfigError(
            "a network that is asked by places, and no planes of its images",
            where="asking.mirrored, asking.grid",
            expected="planes=, as `Inputs.planes` has them",
        )
    if isinstance(once, RandomAsking) and asked.grid and planes is not None:
        laid = laid_out(config.network.architecture, planes, once)
        once = replace(once, grid=asked.grid, planes=tuple(layer.leaving for layer in laid))
    if isinstance(once, LabelAsking) or not asked.mirrored or planes is None:
        return once
    return MirroredAsking(once, planes)


def training_asking(config: Config, classes: int) -> LabelAsking | GroupAsking | RandomAsking:
    """Return how a training step presents an image; of goodness it does not know where neurons lie."""
    if config.asking.form == "groups":
        return GroupAsking(classes)
    if config.asking.form == "random":
        return RandomAsking(classes, config.seed)
    return LabelAsking(classes, config.label.place)


def build_bus(config: Config) -> Bus:
    """Return the collaboration bus; plain FF hears nobody whatever the collaboration keys say."""
    if config.variant == "ff":
        return Bus()
    collaboration = config.collaboration
    # What is the same for all classes moves no softmax, so goodness by class needs no centre.
    centred = collaboration.threshold == "centred" and config.asking.form == "label"
    top = collaboration.range
    return Bus(
        partners=collaboration.partners,
        weight=collaboration.weight,
        centre=goodness_threshold(config) if centred else 0.0,
        timing=collaboration.timing,
        bits=collaboration.bits,
        span=(-top, 0.0) if config.network.goodness == "negative_squares" else (0.0, top),
        delay=collaboration.delay,
        coupling=collaboration.coupling,
    )
