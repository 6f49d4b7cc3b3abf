"""What an export says of arriving images, of presentations and of the read-out, against what is written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from neuroff.chip.deploy import events
from neuroff.config.build import build
from neuroff.config.inputs import prepare
from neuroff.core.inputs import Split
from neuroff.core.network import Network
from neuroff.data import DataSet
from neuroff.errors import ConfigError
from neuroff.exchange import writers
from neuroff.exchange.c.source import header
from neuroff.exchange.formats import export
from neuroff.exchange.graph.readout import has_readout
from neuroff.exchange.port import Target, chip_port, graph_port
from neuroff.exchange.sanafe.files import write_sanafe
from neuroff.exchange.writers import ExportOptions
from tests.chip.conftest import Trained
from tests.samples import configured, synthetic

ONCE = ("loss=softmax", "goodness=linear", "gain=constant", "normalisation=none", "neuron.threshold=0.1")


def made(form: str, *settings: str, data: DataSet | None = None) -> tuple[Network, Split]:
    config = configured(f"asking.form={form}", *ONCE, *settings, path="spiking")
    split = prepare(data or synthetic(), config)
    return build(config, split)[0], split


def recordings() -> DataSet:
    stream = np.random.default_rng(0)
    shown = (stream.random((40, 12, 4)) < 0.4).astype(np.uint8)
    labels = np.arange(40) % 4
    plain = DataSet.from_arrays(255 * shown[:, :, 0], labels, 255 * shown[:, :, 0], labels, name="events")
    return replace(plain, train_images=shown, test_images=shown, steps=4)


@pytest.mark.parametrize("target", ["c", "loihi"])
def test_a_readout_that_integers_cannot_hold_is_said_to_be_the_host_s(target: Target) -> None:
    network, split = made("random", "encoding=regular")
    port = chip_port(network, split, target)
    (note,) = (each for each in port.notes if "read-out" in each and "learning" not in each)
    assert port.program.readout is None
    assert "the file counts spikes and holds no read-out, the host computes the class" in note
    assert "its weights are no whole numbers" in note
    assert "`--to nir` holds the read-out, except for --flavour norse and sinabs" in note
    assert has_readout(graph_port(network, split).graph)
    assert "This\n * file holds no read-out" in header(port.program)


def test_one_layer_that_is_read_leaves_for_every_simulator() -> None:
    network, split = made("random", "encoding=regular", "widths=6")
    notes = chip_port(network, split, "c").notes
    assert any(note.endswith("`--to nir` holds the read-out") for note in notes)


def test_a_file_that_says_the_class_says_nothing_of_a_host() -> None:
    network, split = made("groups", "encoding=regular")
    port = chip_port(network, split, "c")
    assert port.program.readout is not None
    assert not any("read-out" in note for note in port.notes)
    assert "neuroff_class say its class" in header(port.program)
    assert "read-out" not in header(port.program)


def test_other_reasons_why_the_host_computes_the_class() -> None:
    network, split = made("groups", "encoding=regular", "network.goodness=mean_squares")
    notes = chip_port(network, split, "c").notes
    assert any(note.endswith("goodness is not a weighted sum of firing rates") for note in notes)


def test_mirrored_images_have_their_readout_at_the_host() -> None:
    network, split = made("groups", "encoding=regular", "asking.mirrored=true")
    for notes in (chip_port(network, split, "c").notes, graph_port(network, split).notes):
        (note,) = (each for each in notes if "mirror image" in each)
        assert "a class has the mean of both" in note
        assert "The file holds no read-out" in note
    assert not has_readout(graph_port(network, split).graph)
    assert chip_port(network, split, "c").program.readout is None


@pytest.mark.parametrize("target", ["c", "loihi", "sanafe", "nir"])
def test_recorded_spikes_are_said_to_be_as_recorded(target: Target) -> None:
    network, split = made("groups", data=recordings())
    port = graph_port(network, split) if target == "nir" else chip_port(network, split, target)
    assert "recorded spikes arrive as they were recorded, step by step" in port.notes
    assert not any("pixels" in note for note in port.notes)


def test_sanafe_says_what_integers_lose_and_where_they_fit(tmp_path: Path, ported: Trained) -> None:
    notes = export(ported.network, ported.split, "sanafe", tmp_path / "s").notes
    assert any("% are right as trained" in note for note in notes)
    assert any(note.startswith("fits ") for note in notes)


def test_sanafe_names_the_image_or_the_label_that_there_is_not(tmp_path: Path, ported: Trained) -> None:
    def refused(network: Network, split: Split, **options: int) -> str:
        with pytest.raises(ConfigError) as error:
            export(network, split, "sanafe", tmp_path / "s", ExportOptions(**options))  # type: ignore[arg-type]
        return str(error.value)

    network, split = made("groups", "encoding=regular")
    count = len(split.test)
    words = f"--image: image 1000; expected one of {count} test images, counted from 0."
    assert refused(network, split, image=1000) == words
    assert "--label: label 1; expected no label" in refused(network, split, label=1)
    few = replace(ported.split, test=ported.split.test.head(5))
    assert "one of 5 test images" in refused(ported.network, few, image=5)
    assert "--label: label 10; expected one of 10 labels" in refused(ported.network, few, label=10)
    none = replace(ported.split, test=ported.split.test.head(0))
    assert "image 0; expected a test image" in refused(ported.network, none)


def test_sanafe_is_shown_the_image_of_a_mirrored_network_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network, split = made("groups", "encoding=regular", "asking.mirrored=true")
    image = int(split.test.labels.argmax())  # of a class that is no 0
    sent: list[list[torch.Tensor | None]] = []

    def kept(*given: object) -> tuple[Path, ...]:
        sent.append(given[2])  # type: ignore[arg-type]
        return write_sanafe(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(writers, "write_sanafe", kept)
    export(network, split, "sanafe", tmp_path / "s", ExportOptions(image=image))
    stimulus = split.test.stimulus(slice(image, image + 1), "predict", image)
    expected = events(chip_port(network, split, "sanafe").deployment, stimulus, torch.zeros(1, 1).long())
    for found, wanted in zip(sent[0], expected, strict=True):
        assert found is wanted is None or torch.equal(found, wanted)  # type: ignore[arg-type]
