"""The network as exported: what is priced is the program that a file holds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

import neuroff
from neuroff.chip.file import read_loihi
from neuroff.chip.limits import chip_work
from neuroff.energy import list_profiles, load_profile
from neuroff.energy.pricing.exported import ExportedWork, bits_for, deploy_exported, is_chip
from neuroff.errors import ConfigError, ExportError
from neuroff.exchange.formats import export
from neuroff.exchange.port import chip_port
from neuroff.exchange.priced import as_exported, exported_work, priced_notes
from neuroff.exchange.writers import ExportOptions
from tests.chip.conftest import Trained, trained_on
from tests.narrow import present

CHIP = "loihi1-davies2018"


def test_chips_are_those_that_a_network_is_exported_to() -> None:
    chips = {name for name in list_profiles() if is_chip(load_profile(name))}
    assert chips.isdisjoint({name for name in list_profiles() if name.startswith(("cpu", "gpu", "cortex"))})
    assert chips.isdisjoint({"generic-horowitz45", "generic-jouppi7", "jetson-tx1-blouw2018"})
    assert chips >= {CHIP, "loihi1-sanafe", "loihi2", "xylo-a2", "truenorth-marginal", "seneca", "akida1000"}
    assert bits_for(load_profile("akida1000"), 8) == 4
    assert bits_for(load_profile("morphic"), 8) == 2  # which it does not have: it does not fit


@pytest.mark.parametrize("to", ["loihi", "netx"])
def test_what_is_priced_is_what_the_file_holds(tmp_path: Path, ported_values: Trained, to: str) -> None:
    """The file is read back and run: its events are those that the report prices."""
    network, split = ported_values.network, ported_values.split
    options = ExportOptions(bits=6, spikes=True) if to == "loihi" else ExportOptions(bits=6)
    file = tmp_path / "network"
    told = export(network, split, to, file, options)
    port = chip_port(network, split, "loihi", bits=6, spikes=True)
    if to == "netx":
        from neuroff.exchange.netx import read_netx

        back = read_netx(file)
        port = chip_port(network, split, "netx", bits=6)
    else:
        back = read_loihi(file)
    images = split.test.head(8)
    held = chip_work(replace(port.deployment, chip=back.chip), port.fed(images))
    assert held.layers == exported_work(port, images).work.layers
    if to == "loihi":
        assert held.layers == as_exported(network, split, 8)(6).work.layers
    assert any(CHIP in note for note in told.notes)


def test_the_headline_on_a_chip_is_the_exported_network(ported_values: Trained) -> None:
    network, split = ported_values.network, ported_values.split
    names = [CHIP, "generic-horowitz45"]
    report = neuroff.energy_report(network, split, names, images=10)
    chip, table = report.accounts
    assert (chip.priced_as, table.priced_as) == ("exported", "simulated")
    exported = deploy_exported(as_exported(network, split, 10)(8), chip.profile)
    assert chip.energy_J == present(exported.estimate).total_J
    assert "macs_float32" not in chip.network.counts, "no analog first layer on a chip"
    simulated = neuroff.energy_report(network, split, names, images=10, priced_as="simulated")
    assert simulated.accounts[0].energy_J == present(chip.simulated.estimate).total_J
    assert present(chip.energy_J).nominal > present(simulated.accounts[0].energy_J).nominal
    everywhere = neuroff.energy_report(network, split, names, images=10, priced_as="exported")
    assert [entry.priced_as for entry in everywhere.accounts] == ["exported", "exported"]
    assert everywhere.accounts[1].energy_J != table.energy_J
    assert {swing.term for swing in chip.swings} <= set(present(exported.estimate).terms_J)


def test_each_presentation_is_whole(ported: Trained) -> None:
    """Ten labels send the image's spikes ten times; the simulator sends them once."""
    split = ported.split
    exported = as_exported(ported.network, split, 6)(8).work
    stimulus = split.test.head(6).stimulus(slice(None), "predict", 0)
    image, label = float(stimulus.image.values.sum()) / 6, float(stimulus.label.ne(0).sum()) / 6
    assert sum(exported.layers[0].received) == pytest.approx(10 * (image + label))
    shared = neuroff.count_activity(ported.network, split.test.head(6)).work()
    assert sum(shared.layers[0].received) == pytest.approx(image + 10 * label)


def test_graded_spikes_need_a_chip_that_has_them(ported_values: Trained) -> None:
    port = chip_port(ported_values.network, ported_values.split, "c")
    graded = exported_work(port, ported_values.split.test.head(3))
    assert graded.payload_bit == 8
    placed = deploy_exported(graded, load_profile(CHIP))
    (short,) = placed.placement.shortfalls
    assert (short.what, short.needs, short.has, placed.fits) == ("payload_bit", 8, 0, False)
    assert placed.estimate is None
    assert deploy_exported(graded, load_profile("loihi2")).fits
    assert list(priced_notes(graded, 3)) == [
        "no chip with published prices takes graded spikes; with --spikes a prediction has an energy"
    ]


def test_pixels_that_are_no_rates_are_priced_as_a_volley(digits: neuroff.DataSet) -> None:
    trained = trained_on(digits, "data.input_scale=standardised", "epochs=1", "train_count=50")
    work = as_exported(trained.network, trained.split, 3)(8)
    assert work.payload_bit == 8
    report = neuroff.energy_report(trained.network, trained.split, [CHIP], images=3)
    assert report.accounts[0].energy_J is None
    simulated = neuroff.energy_report(trained.network, trained.split, [CHIP], images=3, priced_as="simulated")
    assert simulated.accounts[0].energy_J is not None


def test_what_cannot_be_exported_is_simulated_and_says_why(digits: neuroff.DataSet) -> None:
    trained = trained_on(digits, "neuron.trace_decay=0.9", "epochs=1", "train_count=50")
    report = neuroff.energy_report(trained.network, trained.split, [CHIP], images=3)
    assert report.accounts[0].priced_as == "simulated"
    assert "the chip counts spikes" in report.not_exported
    with pytest.raises(ExportError, match="the chip counts spikes"):
        neuroff.energy_report(trained.network, trained.split, [CHIP], images=3, priced_as="exported")


def test_bits_that_no_export_has(ported: Trained) -> None:
    with pytest.raises(ConfigError, match="weights of 12 bits"):
        neuroff.energy_report(
            ported.network, ported.split, [CHIP], images=3, priced_as="exported", weight_bits=12
        )
    report = neuroff.energy_report(ported.network, ported.split, [CHIP], images=3, weight_bits=12)
    assert "weights of 12 bits" in report.not_exported


def test_a_dense_network_has_no_export(digits: neuroff.DataSet) -> None:
    config = neuroff.preset("demo", path="dense", variant="ff", dataset="digits")
    split = neuroff.prepare(digits, config)
    network, _ = neuroff.build(config, split)
    report = neuroff.energy_report(network, split, [CHIP], images=3)
    assert report.accounts[0].priced_as == "simulated"
    assert "do not spike" in report.not_exported


def test_potentials_and_payloads_are_part_of_the_work(ported: Trained) -> None:
    work = as_exported(ported.network, ported.split, 2)(4)
    assert isinstance(work, ExportedWork)
    assert (work.weight_bit, work.payload_bit, work.state_bit) == (4, 0, 24)
    assert torch.tensor(work.work.layers[0].events).sum() > 0


def test_features_of_a_table_are_no_rates() -> None:
    """Scaled features may be negative: no spikes are made of them; a classifier is priced all the same."""
    stream = torch.Generator().manual_seed(0)
    rows = torch.randn(60, 5, generator=stream).numpy()
    classes = (rows[:, 0] > 0).astype(int)
    classifier = neuroff.SpikingFFClassifier(random_state=0)
    report = classifier.fit(rows, classes).energy(CHIP, X=rows)
    (entry,) = report.accounts
    assert entry.priced_as == "exported"
    assert entry.energy_J is not None or "payload_bit" in str(entry.network.placement.shortfalls[0])
