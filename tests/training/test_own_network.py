"""A network that the caller built, without a configuration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from neuroff.config import Config
from neuroff.config.inputs import prepare
from neuroff.core.asking import LabelAsking
from neuroff.core.collaboration import Bus
from neuroff.core.goodness import Goodness
from neuroff.core.inputs import Encoder, Inputs, Split
from neuroff.core.loss import Loss
from neuroff.core.network import Network, initial_layers
from neuroff.core.neurons import LIF
from neuroff.core.neurons.relu import ReLU
from neuroff.core.plan import Augmentation, GammaStep, Plan
from neuroff.data import DataSet
from neuroff.errors import ConfigError
from neuroff.training import Interrupted, TrainingState, train
from neuroff.training.evaluate import accuracy
from tests.samples import train_by


def own_split(digits: DataSet) -> Split:
    """Digits prepared by hand, scaled to [0, 1]."""
    encoder = Encoder(LabelAsking(10), normalisation="rms")

    def part(images: torch.Tensor, labels: torch.Tensor, name: str) -> Inputs:
        pixels = images.flatten(1)
        return Inputs(pixels, labels, encoder, encoder.stimulus(pixels), name)

    images, labels = torch.from_numpy(digits.train_images), torch.from_numpy(digits.train_labels).long()
    tests, truth = torch.from_numpy(digits.test_images), torch.from_numpy(digits.test_labels).long()
    return Split(
        part(images, labels, "train"), part(images[:0], labels[:0], "none"), part(tests, truth, "test")
    )


def own_network(split: Split, population: ReLU | LIF, scale: float) -> Network:
    layers = initial_layers((split.train.width, 80, 60), 3, 0.3, torch.float32)
    return Network(
        layers,
        population,
        Goodness(scale=scale),
        Bus(partners="all"),
        split.train.encoder.asking,
        normalisation="rms",
    )


PLAN = Plan(
    epochs=15,
    batch_size=50,
    learning_rate=0.0005,
    learning_rate_decay="cosine",
    loss=Loss("pairwise"),
    schedule="interleaved",
    gamma=GammaStep("adam", 0.01),
    evaluate_every=0,
)


@pytest.mark.parametrize(("population", "scale"), [(ReLU(), 1.0), (LIF(steps=8), 20.0)])
def test_it_learns_and_is_left_as_it_was(digits: DataSet, population: ReLU | LIF, scale: float) -> None:
    split = own_split(digits)
    network = own_network(split, population, scale)
    before = [{name: each.clone() for name, each in layer.tensors().items()} for layer in network.layers]
    found = train(network, split, PLAN)
    assert accuracy(found.network, split.test) > 0.9
    for layer, kept in zip(network.layers, before, strict=True):
        assert all(torch.equal(tensor, kept[name]) for name, tensor in layer.tensors().items())


def test_resumed_equals_uninterrupted(digits: DataSet) -> None:
    split = own_split(digits)
    network, plan = own_network(split, LIF(steps=4), 20.0), replace(PLAN, epochs=2)
    whole = train(network, split, plan)
    kept: list[TrainingState] = []
    asked = iter(range(100))
    with pytest.raises(Interrupted):
        train(network, split, plan, save=kept.append, should_stop=lambda: next(asked) == 40)
    resumed = train(network, split, plan, state=kept[-1])
    for one, other in zip(whole.network.layers, resumed.network.layers, strict=True):
        for name, tensor in one.tensors().items():
            assert torch.equal(tensor, other.tensors()[name]), name


def test_a_configuration_is_one_way_to_the_same_bits(
    quick: Callable[..., Config], few_digits: DataSet
) -> None:
    """The configured run, and the same network and plan written out."""
    config = quick("widths=30,20", "epochs=3", path="spiking", variant="acff")
    split = prepare(few_digits, config)
    wanted = train_by(config, split)
    neuron, training, collaboration = config.neuron, config.training, config.collaboration
    layers = initial_layers((split.train.width, 30, 20), config.seed, collaboration.gamma, torch.float32)
    assert training.loss == "pairwise"
    loss = Loss("pairwise", training.theta, training.loss_steepness)
    network = Network(
        layers,
        LIF(
            neuron.steps,
            neuron.beta,
            neuron.threshold,
            neuron.reset,
            neuron.surrogate,
            neuron.steepness,
        ),
        Goodness(config.network.goodness, config.network.goodness_scale),
        Bus(
            collaboration.partners,
            collaboration.weight,
            training.theta if collaboration.threshold == "centred" else 0.0,
            span=(0.0, collaboration.range),
        ),
        LabelAsking(10),
        config.network.normalisation,
        config.network.epsilon,
    )
    plan = Plan(
        epochs=3,
        batch_size=training.batch_size,
        learning_rate=training.learning_rate,
        learning_rate_decay=training.learning_rate_decay,
        weight_decay=training.weight_decay,
        loss=loss,
        schedule=training.schedule,
        gamma=GammaStep(collaboration.gamma_optimiser, collaboration.gamma_learning_rate),
        evaluate_every=0,
        seed=config.seed,
    )
    found = train(network, split, plan)
    for one, other in zip(wanted.network.layers, found.network.layers, strict=True):
        for name, tensor in one.tensors().items():
            assert torch.equal(tensor, other.tensors()[name]), name


def test_what_does_not_go_together_is_refused(digits: DataSet) -> None:
    split = own_split(digits)
    network = own_network(split, LIF(steps=4), 20.0)
    with pytest.raises(ConfigError, match="prepared for"):
        train(replace(network, asking=LabelAsking(10, "beside")), split, PLAN)
    with pytest.raises(ConfigError, match="looks ahead"):
        train(network, split, replace(PLAN, rule="online_end"))
    with pytest.raises(ConfigError, match="timing online"):
        train(replace(network, gain="online"), split, replace(PLAN, rule="online_step"))


def test_what_would_be_trained_as_something_else_is_refused(digits: DataSet) -> None:
    split = own_split(digits)
    dense, spiking = own_network(split, ReLU(), 1.0), own_network(split, LIF(steps=4), 20.0)
    spikes = replace(split.train, encoder=replace(split.train.encoder, encoding="regular", steps=7))
    cases: list[tuple[Network, Inputs, Plan, str]] = [
        (dense, split.train, replace(PLAN, rule="online_end"), "dense neurons have no steps"),
        (replace(dense, bus=Bus(delay=1)), split.train, PLAN, "dense neurons have no steps"),
        (replace(dense, bus=Bus(timing="online")), split.train, PLAN, "dense neurons have no steps"),
        (replace(spiking, populations={1: LIF(steps=7)}), split.train, PLAN, "that take 4, 7 steps"),
        (replace(spiking, populations={1: ReLU()}), split.train, PLAN, "layers of LIF, ReLU neurons"),
        (spiking, spikes, PLAN, "over 7 steps meet LIF neurons of 4"),
        (dense, spikes, PLAN, "over 7 steps meet ReLU neurons of 1"),
        (dense, split.train, replace(PLAN, augmentation=Augmentation(shift=28)), "shift = 28"),
        (replace(dense, layers=()), split.train, PLAN, "0 layers"),
        (dense, split.train.head(0), PLAN, "0 images"),
    ]
    for network, inputs, plan, message in cases:
        with pytest.raises(ConfigError, match=message):
            train(network, replace(split, train=inputs), plan)
