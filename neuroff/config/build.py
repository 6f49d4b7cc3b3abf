"""From a configuration to a network and its loss."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch

from neuroff.config.schema import Config
from neuroff.core.asking import Asking, GroupAsking, LabelAsking, RandomAsking
from neuroff.core.collaboration import Bus
from neuroff.core.goodness import Goodness
from neuroff.core.inputs import Split
from neuroff.core.loss import ClassLoss, LayerLoss, Loss
from neuroff.core.network import BlackBox, Layer, Network, initial_layers
from neuroff.core.neurons import LIF, NeuronParameter
from neuroff.core.neurons.population import Population
from neuroff.core.neurons.relu import ReLU
from neuroff.core.plan import GammaStep, Negatives, Plan
from neuroff.device import available_bytes
from neuroff.errors import ConfigError

_KEPT = 4  # weight, gradient, two moments


def parameter_dtype(config: Config) -> torch.dtype:
    """Return the type of weights and activities: float64 where that is the precision, float32 elsewhere."""
    return torch.float64 if config.training.precision == "float64" else torch.float32


def precision_of(config: Config) -> torch.dtype:
    """Return the type of the factors of matrix products."""
    precision: torch.dtype = getattr(torch, config.training.precision)
    return precision


def build_population(config: Config, index: int = 0) -> Population:
    """Return the neurons of a layer; `Network.population_of` gives them the numbers that it learns."""
    if config.path == "dense":
        return ReLU()
    neuron = config.neuron
    return LIF(
        steps=neuron.steps,
        beta=1.0 if neuron.model == "if" else neuron.betas[index] if neuron.betas else neuron.beta,
        threshold=neuron.threshold,
        reset=neuron.reset,
        surrogate=neuron.surrogate,
        steepness=neuron.steepness,
        alpha=0.0 if neuron.model != "cuba" else neuron.alphas[index] if neuron.alphas else neuron.alpha,
        refractory=neuron.refractory,
        trace_decay=neuron.trace_decay,
    )


def _own_populations(config: Config) -> dict[int, Population]:
    """Return the neurons of every layer where layers differ in them, and nothing where they are all alike."""
    if config.path == "dense" or not (config.neuron.betas or config.neuron.alphas):
        return {}
    return {index: build_population(config, index) for index in range(len(config.network.widths))}


def _given_populations(
    config: Config, population: Population | Mapping[int, Population] | None
) -> dict[int, Population]:
    """Return the neurons that the caller brought along, by layer."""
    if population is None:
        return {}
    depth, where = len(config.network.widths), "population"
    given = dict(population) if isinstance(population, Mapping) else dict.fromkeys(range(depth), population)
    if config.path == "dense":
        raise ConfigError("neurons with time steps on the dense path", where=where, expected="path=spiking")
    if learned_names(config):
        raise ConfigError(
            "neuron.learned names numbers that neurons brought along do not have",
            where=where,
            expected="no neuron.learned",
        )
    for index, neurons in given.items():
        if not 0 <= index < depth:
            raise ConfigError(f"neurons for layer {index}", where=where, expected=f"0 to {depth - 1}")
        if neurons.steps != config.neuron.steps:
            raise ConfigError(
                f"neurons of layer {index} that take {neurons.steps} steps",
                where=where,
                expected=f"neuron.steps = {config.neuron.steps}",
            )
    return given


def learned_names(config: Config) -> tuple[NeuronParameter, ...]:
    """Return the names of the neurons' learned numbers; none on the dense path."""
    return () if config.path == "dense" else tuple(sorted(set(config.neuron.learned)))


def draw_layers(config: Config, inputs: int) -> tuple[Layer, ...]:
    """Return the layers before the first step, drawn from the configuration's seed.

    Args:
        config: the configuration.
        inputs: D of the first layer, label included: `Inputs.width`.
    """
    dtype = parameter_dtype(config)
    require_memory((inputs, *config.network.widths), dtype.itemsize)
    drawn = initial_layers((inputs, *config.network.widths), config.seed, 0.0, dtype)
    names = learned_names(config)
    return tuple(
        replace(
            layer,
            gamma=torch.tensor(gamma, dtype=dtype),
            neuron={
                name: torch.tensor(getattr(build_population(config, index), name), dtype=dtype)
                for name in names
            },
        )
        for index, (layer, gamma) in enumerate(zip(drawn, initial_gammas(config), strict=True))
    )


def require_memory(widths: Sequence[int], itemsize: int) -> None:
    """Refuse layers that training has no memory for, before anything is allocated.

    Args:
        widths: inputs, and neurons of each layer.
        itemsize: bytes of a weight. Training keeps it, its gradient and Adam's two moments.

    Raises:
        ConfigError: with the width that fits.
    """
    there = available_bytes()
    weights = sum(inputs * neurons for inputs, neurons in itertools.pairwise(widths))
    needed = _KEPT * itemsize * weights
    if there is None or needed <= there:
        return
    most, between = there / (_KEPT * itemsize), len(widths) - 2
    # The largest n with inputs · n + between · n² weights.
    root = math.sqrt(widths[0] ** 2 + 4 * between * most)
    fits = int((root - widths[0]) / (2 * between)) if between else int(most / widths[0])
    raise ConfigError(
        f"{weights:,} weights, which take {needed / 2**30:,.1f} GiB to train",
        where="network.widths",
        expected=f"at most {there / 2**30:.1f} GiB, which is what there is",
        fix=f"widths of up to {fits:,} fit",
    )


def build_loss(config: Config) -> LayerLoss:
    """Return the loss every layer minimises."""
    training = config.training
    if training.loss == "softmax":
        return ClassLoss(training.loss_steepness, training.label_smoothing)
    return Loss(training.loss, goodness_threshold(config), training.loss_steepness)


def goodness_threshold(config: Config) -> float:
    """Return θ in the units of the goodness."""
    return build_goodness(config).threshold(config.training.theta)


def build_goodness(config: Config) -> Goodness:
    """Return the goodness of every layer."""
    return Goodness(config.network.goodness, config.network.goodness_scale)


def initial_gammas(config: Config) -> tuple[float, ...]:
    """Return γ of every layer at the start: none in plain FF, which is the bus with γ = 0."""
    depth, collaboration = len(config.network.widths), config.collaboration
    return (
        (0.0,) * depth if config.variant == "ff" else collaboration.gammas or (collaboration.gamma,) * depth
    )


def build_network(
    config: Config,
    inputs: int,
    classes: int,
    *,
    layers: tuple[Layer, ...] | None = None,
    black_boxes: Mapping[int, BlackBox] | None = None,
    population: Population | Mapping[int, Population] | None = None,
) -> Network:
    """Return a network.

    Args:
        config: the configuration.
        inputs: D of the first layer, label included: `Inputs.width`.
        classes: number of labels.
        layers: parameters; drawn from the configuration's seed if not given.
        black_boxes: see `neuroff.core.network.Network`.
        population: other neurons than the configuration's, such as those of `neuroff.interop`, for all layers
            or, by index, for some. They are no part of the configuration: a run folder does not keep them.

    Raises:
        ConfigError: if ``population`` does not fit the configuration.
    """
    asking = build_asking(config, classes)
    for index, neurons in enumerate(config.network.widths):
        asking.require_room(neurons, f"layer {index + 1}")
    if layers is None:
        layers = draw_layers(config, inputs)
    given = _given_populations(config, population)
    return Network(
        layers=layers,
        population=build_population(config),
        goodness=build_goodness(config),
        bus=build_bus(config),
        asking=asking,
        normalisation=config.network.normalisation,
        epsilon=config.network.epsilon,
        precision=precision_of(config),
        black_boxes=dict(black_boxes or {}),
        populations=_own_populations(config) | given,
        gain=config.network.gain,
        constant_gain=config.network.constant_gain,
        trace_decay=config.neuron.trace_decay if config.path == "spiking" else 1.0,
    )


def build_plan(config: Config) -> Plan:
    """Return how the network is trained."""
    training, label, collaboration = config.training, config.label, config.collaboration
    return Plan(
        epochs=training.epochs,
        batch_size=training.batch_size,
        learning_rate=training.learning_rate,
        learning_rate_decay=training.learning_rate_decay,
        weight_decay=training.weight_decay,
        loss=build_loss(config),
        negatives=Negatives(label.negatives, label.hardness, label.candidates, label.drawn_by),
        schedule=training.schedule,
        gamma=GammaStep(collaboration.gamma_optimiser, collaboration.gamma_learning_rate)
        if config.variant == "acff"
        else None,
        neuron_learning_rate=config.neuron.neuron_learning_rate,
        rule="batch" if config.path == "dense" else config.neuron.rule,
        rate_penalty=training.rate_penalty,
        pixel_dropout=training.pixel_dropout,
        shift=training.shift,
        prediction=config.network.prediction,
        chunk_size=training.chunk_size,
        evaluate_every=training.evaluate_every,
        checkpoint_every=training.checkpoint_every,
        seed=config.seed,
    )


def build(config: Config, split: Split) -> tuple[Network, Plan]:
    """Return the network that a configuration describes for some images, and how it is trained.

    ``neuroff.train(network, split, plan)`` takes both.

    Args:
        config: the configuration.
        split: the images, as `neuroff.prepare` returns them; the network is on their device.
    """
    train = split.train
    network = build_network(config, train.width, train.encoder.classes)
    layers = tuple(layer.to(train.labels.device) for layer in network.layers)
    return replace(network, layers=layers), build_plan(config)


def build_asking(config: Config, classes: int) -> Asking:
    """Return how the network is asked about classes."""
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
    )
