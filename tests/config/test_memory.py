"""A training that there is no memory for is refused before anything of it is allocated."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import torch

from neuroff.cli.main import run
from neuroff.config.build import build, build_network, build_plan
from neuroff.config.inputs import described, prepare
from neuroff.config.overrides import apply_settings
from neuroff.core.memory import training_memory
from neuroff.errors import ConfigError
from tests.samples import CLASSES, PIXELS, configured, synthetic

MIB = 2**20


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine of 64 MiB."""
    monkeypatch.setattr("neuroff.config.memory.available_bytes", lambda device=None: 64 * MIB)


def refused(*settings: str, path: str = "dense", train: int = 40) -> ConfigError:
    config = configured(*settings, path=path)
    split = prepare(synthetic(train=train), config)
    with pytest.raises(ConfigError) as caught:
        build(config, split)
    return caught.value


@pytest.mark.usefixtures("small")
def test_weights_that_are_too_many_are_refused_with_the_widths_that_fit() -> None:
    error = refused("widths=2000,2000")
    assert error.where == "network.widths"
    assert "for weights, gradients and moments" in error.what
    assert error.expected == "at most 64.0 MiB, which is what there is"
    (width,) = re.findall(r"widths of up to ([\d,]+) fit", error.fix)
    fits = int(width.replace(",", ""))
    for width, there in ((fits, True), (fits + 1, False)):
        config = configured(f"widths={width},{width}")
        dataset = synthetic()
        inputs = prepare(dataset, config).train
        taken = training_memory(described(dataset, config), build_plan(config), inputs).total
        assert (taken <= 64 * MIB) == there


@pytest.mark.usefixtures("small")
def test_images_at_once_that_are_too_many_are_refused_with_the_number_that_fits() -> None:
    error = refused("widths=1000,100", "schedule=interleaved", train=4000)
    assert "for activities of 2,000 images at once" in error.what
    (chunk,) = re.findall(r"training\.chunk_size=(\d+) fits", error.fix[0].lower() + error.fix[1:])
    config = configured("widths=1000,100", "schedule=interleaved", f"training.chunk_size={chunk}")
    build(config, prepare(synthetic(train=4000), config))
    more = apply_settings(config, (f"training.chunk_size={int(chunk) + 1}",))
    with pytest.raises(ConfigError, match="images at once"):
        build(more, prepare(synthetic(train=4000), more))


def test_what_is_kept_of_all_images_is_refused_with_the_schedule_that_keeps_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("neuroff.config.memory.available_bytes", lambda device: 128 * MIB)
    error = refused("widths=500,500", "training.chunk_size=100", train=15_000)
    assert "for the first layer's drive by all images" in error.what
    assert "training.schedule=interleaved fits" in error.fix


@pytest.mark.usefixtures("small")
def test_read_outs_are_refused_with_an_asking_that_has_none() -> None:
    asked = ("asking.form=random", "loss=softmax", "goodness=linear", "normalisation=none", "gain=constant")
    error = refused(*asked, "network.layers=conv 30000x1", "training.chunk_size=1", path="spiking", train=1)
    assert error.where == "network.layers"
    assert "for fixed read-outs" in error.what
    assert "asking.form=groups, which keeps no read-outs, fits" in error.fix
    assert "take fewer channels" in error.fix


@pytest.mark.usefixtures("small")
def test_nothing_is_drawn_of_what_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def rand(*size: Any, **options: Any) -> torch.Tensor:
        found = drawn(*size, **options)
        assert found.is_meta
        return found

    drawn = torch.rand
    monkeypatch.setattr("torch.rand", rand)
    with pytest.raises(ConfigError, match="training takes up to"):
        build_network(configured("widths=9000,9000"), PIXELS, CLASSES)
    refused("widths=9000,9000")


@pytest.mark.usefixtures("small")
def test_a_network_that_fits_is_built_and_a_blank_one_never_refused() -> None:
    config = configured("widths=300,300")
    network, _ = build(config, prepare(synthetic(), config))
    assert not network.layers[0].synapses.tensors()["weight"].is_meta
    blank = build_network(configured("widths=900000,900000"), PIXELS, CLASSES, blank=True)
    assert blank.widths == (PIXELS, 900_000, 900_000)


def test_the_command_says_it_once_and_describes_what_it_would_not_train(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wide = ["train", "--preset", "conv", "--path", "spiking", "--set", "network.layers=conv 40000000x1"]
    assert run([*wide, "--out", str(tmp_path / "run")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "training takes up to" in said
    assert not (tmp_path / "run").exists()
    assert run([*wide, "--summary", "--json", "--profile", "all", "--profile", "loihi2"]) == 0
    read = json.loads(capsys.readouterr().out)
    assert read["layers"][0]["shape"] == [40_000_000, 28, 28]
    assert read["cores"]["loihi2"] is None
    assert len(read["cores"]) > 5
