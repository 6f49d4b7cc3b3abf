from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from neuroff.config import Config
from neuroff.config.build import build_bus, build_network
from neuroff.config.populations import build_population
from neuroff.core.asking import GroupAsking
from neuroff.core.collaboration import Bus
from neuroff.core.neurons import LIF
from neuroff.core.neurons.relu import ReLU
from neuroff.core.synapses import Planes
from neuroff.data import DataSet
from neuroff.errors import ConfigError, RunError, ShapeError
from neuroff.files import read_tensors
from neuroff.runs.folder import RunDirectory, load_run, train_run
from neuroff.runs.measuring import measure
from neuroff.training.state import layer_tensors, layers_from_tensors
from tests.narrow import as_a, weight_of
from tests.samples import CLASSES, PIXELS, configured


def spiking(*settings: str, **options: Any) -> Config:
    return configured("neuron.threshold=0.8", *settings, path="spiking", **options)


def test_a_model_says_what_a_neuron_keeps() -> None:
    assert build_population(spiking("beta=0.7", "alpha=0.3")) == LIF(4, 0.7, 0.8)
    assert build_population(spiking("beta=0.7", "alpha=0.3", "model=cuba")) == LIF(4, 0.7, 0.8, alpha=0.3)
    assert build_population(spiking("beta=0.7", "model=if")) == LIF(4, 1.0, 0.8)
    found = build_population(spiking("refractory=2", "trace_decay=0.9", "reset=zero"))
    assert found == LIF(4, 0.9, 0.8, "zero", refractory=2, trace_decay=0.9)
    assert build_population(configured("model=cuba")) == ReLU()


def test_layers_that_are_alike_share_their_neurons() -> None:
    network = build_network(spiking(), PIXELS, CLASSES)
    assert network.populations == {}
    assert network.layers[0].neuron == {}
    assert build_network(configured("learned=beta", "betas=0.5,0.6"), PIXELS, CLASSES).populations == {}


def test_decays_of_each_layer() -> None:
    network = build_network(spiking("model=cuba", "betas=0.5,0.6", "alphas=0.1,0.2"), PIXELS, CLASSES)
    assert [as_a(LIF, network.population_of(i)).beta for i in (0, 1)] == [0.5, 0.6]
    assert [as_a(LIF, network.population_of(i)).alpha for i in (0, 1)] == [0.1, 0.2]
    # A neuron without a leak has none, whatever the decays of others.
    assert (
        as_a(LIF, build_network(spiking("model=if", "betas=0.5,0.6"), PIXELS, CLASSES).population_of(1)).beta
        == 1.0
    )


def test_learned_numbers_belong_to_the_layers_and_start_where_the_configuration_says() -> None:
    config = spiking("learned=threshold,beta", "betas=0.5,0.6")
    network = build_network(config, PIXELS, CLASSES)
    for index, beta in enumerate((0.5, 0.6)):
        layer, neurons = network.layers[index], network.population_of(index)
        assert {name: float(value) for name, value in layer.neuron.items()} == {
            "beta": beta,
            "threshold": 0.8,
        }
        assert as_a(LIF, neurons).beta is layer.neuron["beta"]
        assert as_a(LIF, neurons).threshold is layer.neuron["threshold"]
        assert as_a(LIF, neurons).learned == ("beta", "threshold")
    # They change nothing else that is drawn.
    for drawn, plain in zip(
        build_network(config, PIXELS, CLASSES).layers,
        build_network(spiking(), PIXELS, CLASSES).layers,
        strict=True,
    ):
        assert torch.equal(weight_of(drawn), weight_of(plain))


def test_learned_numbers_are_kept_by_name_and_missed_where_they_are_not() -> None:
    layers = build_network(spiking("learned=beta"), PIXELS, CLASSES).layers
    tensors = layer_tensors(layers)
    assert [name for name in tensors if name.endswith("beta")] == ["layers.0.beta", "layers.1.beta"]
    read = layers_from_tensors(tensors, layers, "file")
    assert all(torch.equal(a.neuron["beta"], b.neuron["beta"]) for a, b in zip(read, layers, strict=True))
    del tensors["layers.1.beta"]
    with pytest.raises(RunError, match=r"file: tensor 'layers\.1\.beta' has nothing"):
        layers_from_tensors(tensors, layers, "file")


def test_a_run_with_learned_neurons_reads_back_to_the_same_predictions(
    quick: Callable[..., Config], few_digits: DataSet, tmp_path: Path
) -> None:
    config = quick("model=cuba", "learned=alpha,threshold", "neuron_learning_rate=0.01", path="spiking")
    directory = RunDirectory(tmp_path / "run")
    result = train_run(directory, config, few_digits)
    tensors, _ = read_tensors(directory.network_file)
    assert {name for name in tensors if name.startswith("layers.0")} == {
        f"layers.0.{name}" for name in ("weight", "bias", "gamma", "alpha", "threshold")
    }
    run = load_run(directory)
    assert float(as_a(LIF, run.network.population_of(0)).threshold) != config.neuron.threshold
    assert measure(run, few_digits).accuracy == result.accuracy.to_json()
    assert result.history[-1].layers[0].neuron["threshold"] == float(
        as_a(LIF, run.network.population_of(0)).threshold
    )


def test_the_bus_is_as_the_configuration_says() -> None:
    settings = ("timing=online", "bits=5", "range=3", "delay=2", "collaboration.threshold=literal")
    assert build_bus(spiking(*settings, variant="fcff")) == Bus(
        timing="online", bits=5, span=(0.0, 3.0), delay=2
    )
    assert build_bus(spiking(*settings, "goodness=negative_squares", variant="fcff")).span == (-3.0, 0.0)
    assert build_bus(spiking(*settings, variant="ff")) == Bus()


@pytest.mark.parametrize(
    ("inputs", "classes", "planes", "message"),
    [
        (12, 1, None, "classes = 1; expected a number at least 2"),
        (0, 4, None, "inputs = 0; expected a number at least 1"),
        (12.0, 4, None, "inputs = 12.0; expected a whole number"),
        (12, 4, Planes(1, 4, 4), r"inputs = 12 of images of 1 x 4 x 4 values; expected inputs = 16"),
        (12, 4, (1, 3, 4), "planes is a tuple; expected a Planes"),
    ],
)
def test_inputs_classes_and_planes_of_other_images_are_refused(
    inputs: Any, classes: Any, planes: Any, message: str
) -> None:
    with pytest.raises(ConfigError, match=f"build_network: {message}"):
        build_network(configured(), inputs, classes, planes=planes)


def test_labels_beside_an_image_leave_it_some_inputs() -> None:
    config = configured("label.place=beside")
    with pytest.raises(ConfigError, match=r"inputs = 4, of which the labels of 4 classes take 4"):
        build_network(config, CLASSES, CLASSES)
    with pytest.raises(ConfigError, match=r"inputs = 12 of images of 1 x 3 x 4 values; expected inputs = 16"):
        build_network(config, PIXELS, CLASSES, planes=Planes(1, 3, 4))
    assert build_network(config, 16, CLASSES, planes=Planes(1, 3, 4)).widths[0] == 16


def test_an_asking_of_other_classes_and_layers_of_other_inputs_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"classes = 4 asked about by GroupAsking\(classes=3\)"):
        build_network(configured(), PIXELS, CLASSES, asking=GroupAsking(3))
    layers = build_network(configured(), PIXELS, CLASSES).layers
    with pytest.raises(ShapeError, match="a first layer of 12 inputs; expected inputs = 13"):
        build_network(configured(), PIXELS + 1, CLASSES, layers=layers)
