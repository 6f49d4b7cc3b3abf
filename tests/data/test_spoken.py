from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import neuroff
from neuroff.cli.main import run
from neuroff.config.overrides import apply_settings
from neuroff.config.presets import preset
from neuroff.data import fetch, load, status
from neuroff.data import spoken as spoken_sets
from neuroff.data.binning import binned
from neuroff.data.spoken import CHANNELS, SPAN_US
from neuroff.errors import ConfigError, DataError, MissingDependencyError
from tests.narrow import present
from tests.samples import train_by

h5py = pytest.importorskip("h5py", reason="h5py is not installed (neuroff[export])")

CLASSES = 20
SMALL = (
    "train_count=none",
    "widths=40,30",
    "neuron.steps=5",
    "batch_size=20",
    "epochs=4",
    "evaluate_every=0",
    "negatives=redrawn",
    "pixel_dropout=0",
)


def write_part(
    folder: Path,
    part: str,
    recordings: Sequence[tuple[NDArray[np.float64] | list[float], NDArray[np.int64] | list[int]]],
    labels: NDArray[np.int64] | list[int],
) -> None:
    """A part of SHD as it is published: an archive, and what it holds unpacked beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{folder.name.lower()}_{part}.h5"
    with h5py.File(path, "w") as file:
        group = file.create_group("spikes")
        count = (len(recordings),)
        times = group.create_dataset("times", count, dtype=h5py.vlen_dtype(np.float16))
        units = group.create_dataset("units", count, dtype=h5py.vlen_dtype(np.uint16))
        for index, (seconds, channels) in enumerate(recordings):
            times[index], units[index] = np.asarray(seconds, np.float16), np.asarray(channels, np.uint16)
        file["labels"] = np.asarray(labels, np.uint16)
        file["extra/keys"] = [f"digit {number}".encode() for number in range(CLASSES)]
        file["extra/speaker"] = np.zeros(len(labels), np.uint16)
    with zipfile.ZipFile(folder / f"{path.name}.zip", "w") as archive:
        archive.write(path, path.name)


def spoken(
    count: int, seed: int, classes: int = 4
) -> tuple[list[tuple[NDArray[np.float64], NDArray[np.int64]]], NDArray[np.int64]]:
    """Recordings whose channels depend on the class, with noise."""
    stream = np.random.default_rng(seed)
    labels = stream.integers(0, classes, count)
    recordings = []
    for label in labels:
        own = label * 150 + stream.integers(0, 60, 120)
        channels = np.concatenate((own, stream.integers(0, CHANNELS, 40)))
        recordings.append((np.sort(stream.uniform(0, 1.3, channels.size)), channels))
    return recordings, labels


class ReadByHand:
    """What tonic's SHD does with such a file, for where tonic is not installed."""

    kind = "SHD"

    def __init__(self, save_to: str, train: bool = True, split: str | None = None) -> None:
        part = split or ("train" if train else "test")
        self._file = h5py.File(f"{save_to}/{self.kind}/{self.kind.lower()}_{part}.h5", "r")

    def __len__(self) -> int:
        return len(self._file["labels"])

    def __getitem__(self, index: int) -> tuple[dict[str, NDArray[np.int64]], int]:
        times = self._file["spikes/times"][index].astype(np.float64) * 1e6
        units = self._file["spikes/units"][index]
        return {"t": times.astype(int), "x": units.astype(int)}, self._file["labels"][index].astype(int)


class ReadCommandsByHand(ReadByHand):
    kind = "SSC"


@pytest.fixture(params=["tonic", "by hand"])
def reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "tonic":
        pytest.importorskip("tonic", reason="tonic is not installed")
    else:
        library = SimpleNamespace(
            __version__="0", datasets=SimpleNamespace(SHD=ReadByHand, SSC=ReadCommandsByHand)
        )
        monkeypatch.setattr(spoken_sets, "_tonic", lambda spec: library)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_part(tmp_path / "SHD", "train", *spoken(160, 0))
    write_part(tmp_path / "SHD", "test", *spoken(40, 1))
    return tmp_path


@given(
    st.lists(st.tuples(st.integers(0, SPAN_US + 9), st.integers(0, CHANNELS - 1)), max_size=30),
    st.integers(1, 40),
)
def test_a_spike_falls_into_the_bin_of_its_time_and_channel(
    spikes: list[tuple[int, int]], steps: int
) -> None:
    times, channels = (np.array([each[k] for each in spikes], dtype=np.int64) for k in (0, 1))
    found = binned(times, channels, CHANNELS, steps, SPAN_US, "here")
    expected = {(x, t * steps // SPAN_US) for t, x in spikes if t < SPAN_US}
    assert found.shape == (CHANNELS, steps)
    assert set(zip(*map(list, found.nonzero()), strict=True)) == {(x, min(b, steps - 1)) for x, b in expected}
    assert found.max(initial=0) <= 1


@pytest.mark.parametrize(
    ("times", "channels", "message"),
    [
        ([0.0], [700], "channels from 700"),
        ([0.0], [-1], "channels from -1"),
        ([-1.0], [3], "time that cannot be"),
        ([float("nan")], [3], "time that cannot be"),
        ([1.0, 2.0], [3], "2 times and 1 channels"),
    ],
)
def test_spikes_that_cannot_be_are_refused(times: list[float], channels: list[int], message: str) -> None:
    with pytest.raises(DataError, match=message):
        binned(np.array(times), np.array(channels), CHANNELS, 4, SPAN_US, "here")


@pytest.mark.usefixtures("reader")
def test_recordings_are_loaded_with_free_inputs_for_the_label(root: Path) -> None:
    recordings, labels = spoken(160, 0)
    dataset = load("shd", root, steps=5)
    assert dataset.train_images.shape == (160, 720, 5)
    assert (dataset.steps, dataset.n_classes) == (5, 20)
    assert not dataset.train_images[:, :CLASSES].any()
    assert dataset.train_labels.tolist() == labels.tolist()
    seconds, channels = recordings[7]
    bins = (np.asarray(seconds, np.float16).astype(np.float64) * 1e6 * 5 / SPAN_US).astype(int)
    expected = np.zeros((720, 5), np.uint8)
    expected[CLASSES + channels, bins] = 1
    assert np.array_equal(dataset.train_images[7], expected)
    assert len({file.sha256 for file in dataset.provenance.files}) == 2


@pytest.mark.usefixtures("reader")
def test_the_first_layer_receives_the_recorded_spikes_and_the_label_at_every_step(root: Path) -> None:
    config = apply_settings(preset("best", path="spiking", dataset="shd"), SMALL)
    split = neuroff.prepare(load("shd", root, steps=5), config)
    signal = split.train.stimulus(slice(0, 3))
    expected = split.train.pixels[:3].permute(2, 0, 1).float()
    assert torch.equal(signal.image.values, expected)
    length = (expected.mean(0).square().sum(1) + 1.0).sqrt()
    torch.testing.assert_close(signal.image.gain, 720**0.5 / (length + 1e-4))
    assert torch.equal(signal.label, present(signal.image.gain).expand(5, 3))
    assert len(split.train) == 160
    assert split.train.head(2).pixels.shape == (2, 720, 5)


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize("rule", ["batch", "online_end", "online_step"])
def test_spoken_digits_are_learnt(root: Path, rule: str) -> None:
    settings = (*SMALL, f"neuron.rule={rule}", *(("gain=online",) if rule != "batch" else ()))
    config = apply_settings(preset("best", path="spiking", dataset="shd"), settings)
    split = neuroff.prepare(load("shd", root, steps=5), config)
    network = train_by(config, split).network
    assert network.widths == (720, 40, 30)
    assert neuroff.accuracy(network, split.test) > 0.5, "of twenty labels, four of which occur"
    assert neuroff.count_activity(network, split.test.head(10)).counts["macs_float32"] == 0


@pytest.mark.usefixtures("reader")
def test_the_command_trains_and_evaluates(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    settings = [part for setting in SMALL for part in ("--set", setting)]
    command = ["train", "--dataset", "shd", "--path", "spiking", "--data-dir", str(root), *settings]
    assert run([*command, "--out", str(out), "--json"]) == 0
    trained = json.loads(capsys.readouterr().out)["accuracy"]
    assert run(["evaluate", str(out), "--data-dir", str(root), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["accuracy"] == trained
    assert json.loads((out / "result.json").read_text())["pixels"] == 720


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize("memory", ["neuron.learned=alpha,beta", "neuron.adaptation=0.5"])
def test_the_command_convolves_over_channels_with_neurons_that_remember(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], memory: str
) -> None:
    """Currents and potentials that decay slowly, their decays learned, or thresholds that rise by spikes."""
    out = tmp_path / "run"
    chosen = (
        "network.layers=conv 8x5 stride 4, pool 2, conv 8x5 stride 2, dense 40",
        *("neuron.steps=5", "neuron.model=cuba", "neuron.alpha=0.8", "neuron.beta=0.95"),
        *(memory, "batch_size=20", "epochs=4", "evaluate_every=0"),
    )
    settings = [part for setting in chosen for part in ("--set", setting)]
    command = ["train", "--dataset", "shd", "--preset", "conv", "--path", "spiking"]
    assert run([*command, "--data-dir", str(root), *settings, "--out", str(out), "--json"]) == 0
    trained = json.loads(capsys.readouterr().out)["accuracy"]
    assert trained["test"] > 0.5, "of twenty labels, four of which occur"
    assert run(["evaluate", str(out), "--data-dir", str(root), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["accuracy"]["test"] == trained["test"]
    assert json.loads((out / "result.json").read_text())["planes"][0] == 1


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize(
    "setting", ["neuron.steps=6", "path=dense", "neuron.encoding=regular", "data.input_scale=standardised"]
)
def test_recorded_spikes_need_a_spiking_network_of_as_many_steps(root: Path, setting: str) -> None:
    config = apply_settings(preset("best", path="spiking", dataset="shd"), (*SMALL, setting))
    with pytest.raises(ConfigError, match=r"data set shd.*recorded spikes"):
        neuroff.prepare(load("shd", root, steps=5), config)


@pytest.mark.parametrize("name", ["shd_train.h5", "shd_test.h5", "shd_train.h5.zip", "shd_test.h5.zip"])
def test_a_missing_file_is_named_and_nothing_is_downloaded(
    root: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spoken_sets, "_tonic", lambda spec: pytest.fail("tonic is not to be asked"))
    (root / "SHD" / name).unlink()
    with pytest.raises(DataError, match=rf"no {name} in .*train=True.*md5 f3252aeb"):
        load("shd", root, steps=5)


def test_without_tonic_the_message_says_what_to_install(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "tonic", None)
    with pytest.raises(MissingDependencyError, match="pip install tonic"):
        load("shd", root, steps=5)


@pytest.mark.usefixtures("reader")
def test_damaged_files_end_in_one_message(root: Path) -> None:
    path = root / "SHD" / "shd_test.h5"
    whole = path.read_bytes()
    path.write_bytes(b"not HDF5")
    with pytest.raises(DataError, match=r"shd_test\.h5.*cannot be read"):
        load("shd", root, steps=5)
    path.write_bytes(whole)
    with h5py.File(path, "r+") as file:
        del file["spikes/units"]
    with pytest.raises(DataError, match=r"shd_test\.h5"):
        load("shd", root, steps=5)


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize(
    ("recording", "label", "message"),
    [(([0.1], [700]), 0, "channels from 700"), (([0.1], [3]), 20, "label 20")],
)
def test_what_shd_cannot_hold_is_refused(
    root: Path, recording: tuple[list[float], list[int]], label: int, message: str
) -> None:
    write_part(root / "SHD", "test", [recording], [label])
    with pytest.raises(DataError, match=rf"recording 0.*{message}"):
        load("shd", root, steps=5)


def test_other_ways_to_ask_are_answered(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(DataError, match="steps=T"):
        load("shd", root)
    with pytest.raises(ConfigError, match="steps = 0; expected a number at least 1"):
        load("shd", root, steps=0)
    with pytest.raises(DataError, match="tonic downloads"):
        fetch("shd")
    assert run(["compare", "--dataset", "shd", "--out", str(tmp_path / "x"), "--data-dir", str(root)]) == 2
    assert "recorded spikes" in capsys.readouterr().err


@pytest.mark.usefixtures("reader")
def test_spoken_commands_are_the_same_with_35_classes(tmp_path: Path) -> None:
    write_part(tmp_path / "SSC", "train", *spoken(12, 2, classes=4))
    write_part(tmp_path / "SSC", "test", [([0.5], [699])], [34])
    dataset = load("ssc", tmp_path, steps=7)
    assert (dataset.n_classes, dataset.train_images.shape) == (35, (12, 735, 7))
    assert np.argwhere(dataset.test_images[0]).tolist() == [[734, 2]]
    assert dataset.test_labels.tolist() == [34]


def test_status_knows_the_archives_and_their_checksums(root: Path) -> None:
    rows = status("shd", root) + status("ssc", root)
    assert [row.state for row in rows] == ["wrong checksum"] * 2 + ["absent"] * 2
    assert rows[2].url == "https://zenkelab.org/datasets/ssc_train.h5.zip"
    assert rows[2].checksum == "md5:d102be95e7144fcc0553d1f45ba94170"
