"""One library call gives what the command line prints."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import neuroff
from neuroff.cli.main import run
from neuroff.config import Config
from neuroff.config.build import build
from neuroff.config.inputs import prepare
from neuroff.data import DataSet
from neuroff.energy import Counts, load_profile
from neuroff.errors import ProfileError, ShapeError
from neuroff.report.energy.making import energy_report_of_run
from neuroff.runs.folder import RunDirectory, train_run
from tests.results.checking import misfits

PROFILES = ("loihi1-davies2018", "generic-horowitz45")


@pytest.fixture
def folder(tmp_path: Path, quick: Callable[..., Config], digits: DataSet) -> Path:
    config = quick("dataset=digits", "epochs=1", path="spiking", variant="acff")
    train_run(RunDirectory(tmp_path / "run"), config, digits)
    return tmp_path / "run"


def test_the_command_prints_what_the_call_returns(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = [part for name in PROFILES for part in ("--profile", name)]
    assert run(["energy", str(folder), *options, "--images", "20", "--learning-images", "10", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    report = energy_report_of_run(folder, PROFILES, images=20, learning_images=10)
    assert json.loads(json.dumps(report.result().to_json())) == told
    assert misfits("energy", told) == []


def test_a_network_without_a_configuration_has_one_too(quick: Callable[..., Config], digits: DataSet) -> None:
    config = quick("epochs=1", path="spiking", variant="fcff")
    split = prepare(digits, config)
    network, plan = build(config, split)
    own = load_profile(PROFILES[0])
    report = neuroff.energy_report(
        network, split, [PROFILES[1], own], plan=plan, images=20, learning_images=9
    )
    assert [entry.profile.id for entry in report.accounts] == [PROFILES[1], PROFILES[0]]
    assert (report.path, report.variant, report.images, report.learning_images) == ("spiking", "fcff", 20, 9)
    assert report.counted.counts == neuroff.count_activity(network, split.test.head(20)).counts
    without = neuroff.energy_report(network, split, PROFILES[:1], images=20)
    assert without.counted.learning == ()
    assert without.counted.counts == report.counted.counts != Counts()


def test_bad_input_is_one_message(quick: Callable[..., Config], digits: DataSet) -> None:
    config = quick("epochs=1")
    split = prepare(digits, config)
    network, _ = build(config, split)
    with pytest.raises(ProfileError, match="no-such-chip"):
        neuroff.energy_report(network, split, ["no-such-chip"])
    with pytest.raises(ShapeError, match="no images"):
        neuroff.energy_report(network, replace(split, test=split.test.head(0)))


def test_spikes_of_one_step_are_spikes(quick: Callable[..., Config], digits: DataSet) -> None:
    config = quick("neuron.steps=1", path="spiking")
    split = prepare(digits, config)
    network, _ = build(config, split)
    assert neuroff.energy_report(network, split, PROFILES[:1], images=5).path == "spiking"
