from __future__ import annotations

import itertools
from typing import get_args

import numpy as np
import pytest

from neuroff.config import Config, Path, Variant
from neuroff.config.build import build_bus, build_losses, build_network
from neuroff.config.inputs import prepare
from neuroff.config.layers import initial_gammas
from neuroff.config.overrides import apply_settings
from neuroff.config.presets import PresetName, preset
from neuroff.core.asking import RandomAsking
from neuroff.core.synapses import Planes
from neuroff.data import DataSet, names
from neuroff.errors import ConfigError

PUBLISHED: tuple[str, ...] = ("mnist", "fashion-mnist")
KNOWN = {("paper", "dense"), *itertools.product(("best", "groups", "conv", "demo"), ("dense", "spiking"))}
ALL = list(itertools.product(get_args(PresetName), get_args(Path), get_args(Variant), names()))


@pytest.mark.parametrize(("name", "path", "variant", "dataset"), ALL)
def test_every_combination_is_a_configuration_or_a_config_error(
    name: PresetName, path: Path, variant: Variant, dataset: str
) -> None:
    if (name, path) not in KNOWN:
        with pytest.raises(ConfigError, match=rf"no preset '{name}' for the {path} path.*paper \(dense\)"):
            preset(name, path=path, variant=variant, dataset=dataset)
        return
    config = preset(name, path=path, variant=variant, dataset=dataset, seed=5)
    assert isinstance(config, Config)
    assert (config.path, config.variant, config.data.dataset, config.seed) == (path, variant, dataset, 5)
    # Digits and shd have fewer images than the others leave for training.
    assert config.data.train_count == (50_000 if dataset in PUBLISHED else None)
    build_losses(config)
    build_bus(config)


def test_an_unknown_name_is_a_config_error() -> None:
    with pytest.raises(ConfigError, match=r"--preset: no preset 'worst'"):
        preset("worst")  # type: ignore[arg-type]


def test_the_paper_preset_is_the_published_protocol() -> None:
    for variant, dataset in itertools.product(get_args(Variant), PUBLISHED):
        config = preset("paper", variant=variant, dataset=dataset)
        network = build_network(config, 784, 10)
        assert network.widths == (784, 500, 500)
        assert network.normalisation == "unit"
        assert network.epsilon == 1e-4
        training = config.training
        assert training.epochs == 1000
        assert training.schedule == "sequential"
        assert training.batch_size is None
        assert training.learning_rate == 0.03
        assert training.learning_rate_decay == "constant"
        assert training.loss == "threshold"
        assert training.theta == 2.0
        assert config.network.goodness == "mean_squares"
        assert config.network.goodness_scale == 1.0
        assert config.network.prediction == "goodness"
        assert config.collaboration.gamma_learning_rate == 0.01
        assert config.data.train_count == 50_000
        assert config.label.negatives == "redrawn"


def test_variants_differ_in_the_bus_alone() -> None:
    ff, fcff, acff = (preset("paper", variant=variant) for variant in ("ff", "fcff", "acff"))
    assert initial_gammas(ff) == (0.0, 0.0)
    assert initial_gammas(fcff) == (0.5, 0.5)
    assert initial_gammas(acff) == (0.1, 0.1)
    assert {config.collaboration.gamma_optimiser for config in (ff, fcff, acff)} == {"descent"}
    for other in (fcff, acff):
        assert other.network == ff.network
        assert other.training == ff.training
        assert other.data == ff.data
        assert other.label == ff.label


def test_spiking_presets_accept_every_encoding() -> None:
    starts: tuple[tuple[PresetName, str], ...] = (
        ("best", "digits"),
        ("demo", "digits"),
        ("demo", "mnist"),
    )
    for (name, dataset), encoding in itertools.product(
        starts, ("constant", "bernoulli", "regular", "latency")
    ):
        config = preset(name, path="spiking", dataset=dataset)
        values = config.model_dump()
        values["neuron"]["encoding"] = encoding
        assert Config.model_validate(values).neuron.encoding == encoding


def test_a_loud_label_needs_the_constant_encoding_and_says_so() -> None:
    start = preset("best", path="spiking", dataset="mnist")
    with pytest.raises(ConfigError, match=r"label\.amplitude=one"):
        apply_settings(start, ["neuron.encoding=bernoulli"])
    changed = apply_settings(start, ["neuron.encoding=bernoulli", "label.amplitude=one"])
    assert changed.neuron.encoding == "bernoulli"


def test_presets_do_not_share_what_they_hand_out() -> None:
    preset("demo", dataset="digits", variant="acff")
    again = preset("demo", dataset="mnist", variant="fcff")
    assert again.data.train_count == 50_000
    assert again.collaboration.gamma == 0.5


@pytest.mark.parametrize("path", ["dense", "spiking"])
def test_the_best_preset_of_fashion_has_its_own_input_and_no_other_preset_has(path: Path) -> None:
    config = preset("best", path=path, dataset="fashion-mnist")
    assert (config.data.input_scale, config.label.amplitude) == ("standardised", 12.0)
    assert config.label.candidates is None
    others: tuple[tuple[PresetName, str], ...] = (
        ("best", "mnist"),
        ("best", "digits"),
        ("demo", "fashion-mnist"),
    )
    for name, dataset in others:
        other = preset(name, path=path, dataset=dataset)
        amplitude = 2.0 if (name, path, dataset) == ("best", "spiking", "mnist") else "one"
        assert (other.data.input_scale, other.label.amplitude) == ("raw", amplitude)


def test_only_mnist_has_decay_in_the_best_spiking_preset() -> None:
    decays = {
        dataset: preset("best", path="spiking", dataset=dataset).training.weight_decay
        for dataset in ("mnist", "fashion-mnist", "digits")
    }
    assert decays == {"mnist": 0.3, "fashion-mnist": 0.0, "digits": 0.0}


@pytest.mark.parametrize("path", ["dense", "spiking"])
@pytest.mark.parametrize("name", ["demo", "groups", "conv"])
def test_without_a_data_set_images_of_ones_own_are_all_trained_on(name: PresetName, path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (30, 6, 6), dtype=np.uint8)
    images[:, 0] = 0  # where a label hides nothing
    labels = np.arange(30) % 3
    own = DataSet.from_arrays(images[:24], labels[:24], images[24:], labels[24:])
    assert len(prepare(own, preset(name, path=path)).train) == 24
    assert preset(name, path=path, dataset="mnist").data.train_count == 50_000
    assert preset("paper").data.train_count == 50_000


@pytest.mark.parametrize("path", ["dense", "spiking"])
@pytest.mark.parametrize(
    ("dataset", "planes"),
    [("mnist", Planes(1, 28, 28)), ("digits", Planes(1, 28, 28)), ("cifar10", Planes(3, 32, 32))],
)
def test_the_layers_of_the_conv_preset_fit_images_of_every_named_shape(
    path: Path, dataset: str, planes: Planes
) -> None:
    config = preset("conv", path=path, dataset=dataset)
    network = build_network(config, planes.size, 10, planes=planes)
    assert isinstance(network.asking, RandomAsking)
    assert network.widths[0] == planes.size
    assert network.layers[0].synapses.weights < 5000
    assert config.training.shift == (dataset == "mnist")
