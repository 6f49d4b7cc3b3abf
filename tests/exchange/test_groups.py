"""Class groups downstream: one presentation everywhere, and every export fires as its network does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

import neuroff
from neuroff.chip.deploy import chip_accuracy
from neuroff.config import Config
from neuroff.config.overrides import apply_settings
from neuroff.core.inputs import Split
from neuroff.core.network import Network, propagate
from neuroff.core.plan import Plan
from neuroff.counting.learning import count_training
from neuroff.data import DataSet
from neuroff.exchange.c.running import find_compiler
from neuroff.exchange.plain import with_plain_pixels
from neuroff.exchange.port import chip_port
from neuroff.exchange.verifying import verify
from neuroff.exchange.writers import ExportOptions
from neuroff.training.window import cut


@dataclass(frozen=True)
class Case:
    config: Config
    network: Network
    split: Split
    plan: Plan


@pytest.fixture(scope="module")
def trained(digits: DataSet) -> Case:
    start = neuroff.preset("groups", path="spiking", dataset="digits", variant="fcff")
    small = ["widths=60,40", "epochs=10", "batch_size=50", "learning_rate=0.003"]
    config = apply_settings(start, small)
    split = neuroff.prepare(digits, config)
    network, plan = neuroff.build(config, split)
    return Case(config, neuroff.train(network, split, plan).network, split, plan)


@pytest.mark.parametrize("to", ["loihi", "c", "netx", "sanafe"])
def test_every_file_of_integers_fires_as_its_network(trained: Case, to: str, tmp_path: Path) -> None:
    if to == "netx":
        pytest.importorskip("h5py")
    out = tmp_path / to
    written = neuroff.export(trained.network, trained.split, to, out)
    assert any("the mean" in note for note in written.notes)
    found = verify(out, trained.network, trained.split, images=60)
    assert found.verdict.differing == 0
    assert found.verdict.neuron_steps == 60 * (4 + 2) * 100  # images, steps and the way through, neurons
    assert found.accuracy["file"] == found.accuracy["export"] > 0.8
    if to == "c" and find_compiler() is not None:
        assert found.verdict.same_class == 60  # as the program that the header is prints them


@pytest.mark.parametrize("library", ["snntorch", "norse", "sinabs", "spikingjelly"])
def test_simulators_yield_the_same_spikes_from_a_file(trained: Case, library: str, tmp_path: Path) -> None:
    pytest.importorskip(library, reason=f"{library} is not installed")
    pytest.importorskip("nir")
    out = tmp_path / "network.nir"
    neuroff.export(trained.network, trained.split, "nir", out, ExportOptions(flavour=library))  # type: ignore[arg-type]
    found = verify(out, trained.network, trained.split, images=40, simulator=library)  # type: ignore[arg-type]
    assert found.verdict.differing == 0
    assert found.accuracy["file"] == found.accuracy["export"]
    # By the ten numbers that the library itself returns; layers of two widths are read by two read-outs.
    assert found.verdict.same_class == (None if library in ("norse", "sinabs") else 40)
    even = cut(trained.network, 0, 1)
    neuroff.export(even, trained.split, "nir", out, ExportOptions(flavour=library), force=True)  # type: ignore[arg-type]
    assert verify(out, even, trained.split, images=40, simulator=library).verdict.same_class == 40  # type: ignore[arg-type]


@pytest.mark.parametrize("library", ["snntorch", "norse", "sinabs", "spikingjelly"])
def test_simulators_yield_the_same_class_from_two_layers(
    digits: DataSet, library: str, tmp_path: Path
) -> None:
    pytest.importorskip(library, reason=f"{library} is not installed")
    pytest.importorskip("nir")
    start = neuroff.preset("groups", path="spiking", dataset="digits")
    config = apply_settings(start, ["widths=45,45", "epochs=3", "batch_size=50", "learning_rate=0.003"])
    split = neuroff.prepare(digits, config)
    network = neuroff.build(config, split)[0]
    out = tmp_path / "network.nir"
    neuroff.export(network, split, "nir", out, ExportOptions(flavour=library))  # type: ignore[arg-type]
    found = verify(out, network, split, images=100, simulator=library)  # type: ignore[arg-type]
    assert (found.verdict.differing, found.verdict.same_class) == (0, 100)


def test_integers_predict_nearly_as_floats_do(trained: Case) -> None:
    network, split, _ = with_plain_pixels(trained.network, trained.split)
    port = chip_port(network, split, "loihi")
    on_chip = chip_accuracy(port.deployment, split.test)
    assert on_chip > neuroff.accuracy(trained.network, trained.split.test) - 0.03


def test_plain_pixels_are_the_same_network(trained: Case) -> None:
    network, split, notes = with_plain_pixels(trained.network, trained.split)
    assert split.train.encoder.takes_rates
    assert len(notes) == 1
    images = trained.split.test.head(50)
    drives = []
    for each, inputs in ((trained.network, images), (network, split.test.head(50))):
        stimulus = inputs.stimulus(slice(None))
        shown = next(propagate(each, stimulus, each.asking.everything(50)))
        drives.append(each.layers[0].synapses.drive(stimulus.image, torch.float32))
        assert shown.goodness.shape == (10, 50)
    torch.testing.assert_close(drives[0], drives[1], rtol=1e-4, atol=1e-4)
    # Where an image's length is in the way, nothing is moved.
    again = with_plain_pixels(network, split)
    assert again[0] is network
    assert again[2] == ()


def test_work_is_that_of_one_presentation(trained: Case) -> None:
    inputs = trained.split.test.head(20)
    activity = neuroff.count_activity(trained.network, inputs)
    assert (activity.labels, activity.steps) == (1, 4)
    assert activity.counts == activity.naive  # nothing is shared where nothing is repeated
    assert trained.network.gain == "constant"
    assert activity.counts["bus_broadcasts"] == 0  # a constant gain is in the weights
    shown = list(
        propagate(
            trained.network, inputs.stimulus(slice(None)), trained.network.asking.everything(20), depth=2
        )
    )
    spikes = sum(float(each.response.output.sum()) for each in shown) / 20
    assert activity.counts["spikes_emitted"] == pytest.approx(spikes)


def test_learning_broadcasts_a_scalar_per_class(trained: Case) -> None:
    some = trained.split.train.head(30)
    plain = count_training(trained.plan, trained.network, some, "ff")
    heard = count_training(trained.plan, trained.network, some, "fcff")
    (stage,) = plain.stages  # both layers learn together
    assert stage.work.presentations == 1
    assert stage.learning["bus_broadcasts"] == 2 * 10  # layers, classes
    assert plain.collaboration["bus_broadcasts"] == 0
    assert heard.collaboration["bus_broadcasts"] == 2 * 10  # each hears the other's


def test_an_energy_report_says_how_often_an_image_is_presented(trained: Case) -> None:
    report = neuroff.energy_report(trained.network, trained.split, ["loihi1-davies2018"], images=20)
    assert report.result().to_json()["presentations"] == 1
