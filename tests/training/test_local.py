"""A loop of one's own over `local_gradients` does what `train` does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from neuroff.config import Config
from neuroff.config.build import build
from neuroff.config.inputs import prepare
from neuroff.data import DataSet
from neuroff.errors import ConfigError, ShapeError
from neuroff.training import local_gradients, train
from neuroff.training.negatives import negative_labels


@pytest.mark.parametrize(
    ("path", "settings"),
    [("dense", ()), ("spiking", ("neuron.learned=beta",)), ("spiking", ("training.rate_penalty=0.1",))],
)
def test_a_loop_of_ones_own_reaches_the_same_bits_as_train(
    quick: Callable[..., Config], few_digits: DataSet, path: str, settings: tuple[str, ...]
) -> None:
    given = ("schedule=interleaved", "collaboration.partners=all", "label.negatives=fixed")
    config = quick(*given, *settings, path=path, variant="acff")
    split = prepare(few_digits, config)
    network, plan = build(config, split)
    plan = replace(plan, batch_size=50, learning_rate_decay="constant", weight_decay=0.0)
    trained = train(network, split, plan).network

    module = network.module(split.train.encoder)
    named = dict(module.named_parameters())
    learned = [value for name, value in named.items() if name.rpartition(".")[2] in ("weight", "bias")]
    gammas = [value for name, value in named.items() if name.endswith("gamma")]
    numbers = [value for name, value in named.items() if name.endswith("beta")]
    assert plan.gamma is not None
    optimisers: list[torch.optim.Optimizer] = [
        torch.optim.AdamW(learned, plan.learning_rate, weight_decay=0.0, fused=True),
        torch.optim.Adam(gammas, plan.gamma.learning_rate),
        *([torch.optim.Adam(numbers, plan.neuron_learning_rate)] if numbers else []),
    ]
    (stage,) = plan.stages(2)
    wrong = negative_labels(plan, network, split.train, stage, 0)
    for epoch in range(plan.epochs):
        for rows in plan.batches(0, epoch, len(split.train)):
            for optimiser in optimisers:
                optimiser.zero_grad()
            images, labels = split.train.pixels[rows], split.train.labels[rows]
            losses = local_gradients(module, images, labels, plan, wrong=wrong[rows])
            assert losses.shape == (2,)
            for optimiser in optimisers:
                optimiser.step()
    for ours, own in zip(trained.layers, module.network.layers, strict=True):
        for name, tensor in ours.tensors().items():
            assert torch.equal(tensor, own.tensors()[name]), name


def test_gradients_add_up_as_backward_adds(quick: Callable[..., Config], few_digits: DataSet) -> None:
    config = quick("asking.form=groups", "training.loss=softmax")
    split = prepare(few_digits, config)
    network, plan = build(config, split)
    module = network.module(split.train.encoder)
    images, labels = split.train.pixels[:20], split.train.labels[:20]
    local_gradients(module, images, labels, plan)
    once = {name: each.grad.clone() for name, each in module.named_parameters() if each.grad is not None}
    assert set(once) == {f"layers.{index}.{name}" for index in (0, 1) for name in ("weight", "bias")}
    local_gradients(module, images, labels, plan)
    for name, parameter in module.named_parameters():
        if name in once:
            assert parameter.grad is not None
            assert torch.equal(parameter.grad, 2 * once[name])


def test_what_cannot_be_learned_from_is_named(quick: Callable[..., Config], few_digits: DataSet) -> None:
    config = quick()
    split = prepare(few_digits, config)
    network, plan = build(config, split)
    module = network.module(split.train.encoder)
    images, labels = split.train.pixels[:20], split.train.labels[:20]
    with pytest.raises(ConfigError, match="no wrong labels"):
        local_gradients(module, images, labels, plan)
    with pytest.raises(ShapeError, match=r"\(19,\) labels of \(20, 784\) images"):
        local_gradients(module, images, labels[1:], plan, generator=torch.Generator())
