"""A network as an nn.Module: what it says, what it is made of, and where it goes."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from neuroff.config import Config
from neuroff.config.build import build
from neuroff.config.inputs import prepare
from neuroff.core.combining import PredictionRule
from neuroff.core.module import NetworkModule
from neuroff.core.network import Network
from neuroff.core.scores import class_scores
from neuroff.data import DataSet
from neuroff.errors import ShapeError
from neuroff.interop import TorchImages
from neuroff.runs.folder import RunDirectory, load_run, train_run
from neuroff.training.evaluate import predict

FORMS: tuple[tuple[Any, ...], ...] = (
    ("variant=ff",),
    ("variant=acff", "collaboration.partners=all"),
    ("path=spiking", "variant=acff", "neuron.learned=beta,threshold"),
    (
        *("path=spiking", "asking.form=groups", "training.loss=softmax", "network.normalisation=none"),
        *("network.gain=constant", "data.input_scale=standardised"),
    ),
)


def configured(quick: Callable[..., Config], form: tuple[str, ...]) -> Config:
    keys = dict(part.split("=") for part in form)
    named: Any = {name: keys.pop(name) for name in ("path", "variant") if name in keys}
    return quick(*(f"{key}={value}" for key, value in keys.items()), **named)


def images_of(dataset: DataSet) -> Tensor:
    return torch.stack([image for image, _ in (TorchImages(dataset, "test")[row] for row in range(100))])


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form[-1])
@pytest.mark.parametrize("rule", ["goodness", "collaborative", "last"])
def test_a_module_says_what_the_network_says(
    quick: Callable[..., Config], few_digits: DataSet, form: tuple[str, ...], rule: PredictionRule
) -> None:
    config = configured(quick, form)
    split = prepare(few_digits, config)
    network, _ = build(config, split)
    module = network.module(split.train.encoder, rule)
    said = module(images_of(few_digits))
    assert said.shape == (100, 10)
    assert torch.equal(said.argmax(1), predict(network, split.test, rule))
    expected = class_scores(network, split.test.stimulus(slice(0, 100), "predict", 0), rule).T
    torch.testing.assert_close(said, expected, rtol=1e-6, atol=1e-6)
    bytes_said = module(torch.from_numpy(few_digits.test_images))
    torch.testing.assert_close(bytes_said, said, rtol=1e-6, atol=1e-6)


def made(quick: Callable[..., Config], few_digits: DataSet) -> tuple[NetworkModule[Network], Network]:
    config = quick(path="spiking", variant="acff")
    split = prepare(few_digits, config)
    network, _ = build(config, split)
    return network.module(split.train.encoder), network


def test_parameters_are_the_modules_own_and_have_the_names_of_a_runs_file(
    quick: Callable[..., Config], few_digits: DataSet, tmp_path: Path
) -> None:
    config = quick(path="spiking", variant="acff")
    train_run(RunDirectory(tmp_path), config, few_digits)
    trained = load_run(RunDirectory(tmp_path)).network
    module, network = made(quick, few_digits)
    images = images_of(few_digits)
    before = module(images)
    stored = load_file(tmp_path / "network.safetensors")
    assert set(module.state_dict()) == set(stored)
    module.load_state_dict(stored)
    assert not torch.equal(module(images), before)
    encoder = prepare(few_digits, config).train.encoder
    assert torch.equal(module(images), trained.module(encoder)(images))
    assert torch.equal(network.module(encoder)(images), before), "the network was left as it was"
    assert not any(parameter.requires_grad for parameter in module.parameters())


def test_a_state_dict_goes_round_and_a_module_travels(
    quick: Callable[..., Config], few_digits: DataSet
) -> None:
    module, network = made(quick, few_digits)
    for parameter in module.parameters():
        parameter.add_(0.01)
    twin = network.module(module.encoder)
    twin.load_state_dict(module.state_dict())
    images = images_of(few_digits)
    assert torch.equal(twin(images), module(images))
    for name, tensor in twin.network.layers[0].tensors().items():
        assert torch.equal(tensor, module.network.layers[0].tensors()[name])
    assert torch.equal(pickle.loads(pickle.dumps(module))(images), module(images))


def test_a_module_moves_with_what_holds_it(quick: Callable[..., Config], few_digits: DataSet) -> None:
    module, _ = made(quick, few_digits)
    whole = nn.Sequential(module, nn.Linear(10, 2))
    whole(images_of(few_digits)).sum().backward()
    assert whole[1].weight.grad is not None
    moved = module.to("meta")
    assert all(tensor.is_meta for layer in moved.network.layers for tensor in layer.tensors().values())
    assert moved(torch.empty(4, 784, device="meta")).shape == (4, 10)
    if torch.cuda.is_available():
        again, _ = made(quick, few_digits)
        images = images_of(few_digits)
        assert (again.to("cuda")(images.cuda()).cpu().argmax(1) == again.cpu()(images).argmax(1)).all()


def test_images_of_another_size_are_refused(quick: Callable[..., Config], few_digits: DataSet) -> None:
    module, _ = made(quick, few_digits)
    with pytest.raises(ShapeError, match="images of 100 values reach a first layer of 784 inputs"):
        module(torch.zeros(2, 10, 10))
