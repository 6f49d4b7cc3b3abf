from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

import neuroff
from neuroff.config.overrides import apply_settings
from neuroff.config.presets import preset
from neuroff.data import DataSet, Provenance
from neuroff.data.archives import read_archives
from neuroff.data.archives.cameras import nmnist_events
from neuroff.data.archives.sets import DVS_GESTURE, NMNIST
from neuroff.data.location import DataRoot
from neuroff.errors import DataError
from tests.data.archives.made import gesture_file, nmnist_file, put, tar_of, zip_of
from tests.samples import train_by

EVENTS = [(0, 0, 0, 5), (33, 7, 1, 104_999), (33, 7, 1, 105_000), (4, 33, 1, 314_999), (1, 1, 1, 315_000)]


@pytest.fixture
def root(tmp_path: Path) -> DataRoot:
    return DataRoot(tmp_path, named=True)


def digits(root: DataRoot, steps: int | None = 3) -> DataSet:
    train = {"Train/7/00002.bin": nmnist_file(EVENTS), "Train/0/00001.bin": nmnist_file([(2, 3, 0, 0)])}
    files = (zip_of(train | {"Train/notes.txt": b"no"}), zip_of({"Test/9/1.bin": nmnist_file(EVENTS[:1])}))
    return read_archives(put(NMNIST, files, root.path), root, steps)


def test_events_fall_into_planes_of_polarity_and_bins_of_time(root: DataRoot) -> None:
    loaded = digits(root)
    assert (loaded.steps, loaded.planes, loaded.n_classes) == (3, (2, 34, 34), 10)
    assert loaded.train_labels.tolist() == [0, 7]  # by name
    spikes = np.argwhere(loaded.train_images[1].reshape(2, 34, 34, 3)).tolist()
    assert spikes == [[0, 0, 0, 0], [1, 7, 33, 0], [1, 7, 33, 1], [1, 33, 4, 2]]  # the last came too late
    assert "3 bins of 105 ms" in loaded.provenance.preparation


def test_an_overflow_moves_all_later_times() -> None:
    rows = [(1, 2, 1, 10), (0, 240, 0, 0), (3, 4, 0, 20), (0, 240, 0, 0), (5, 6, 1, 30)]
    events = nmnist_events(nmnist_file(rows))
    assert events.times.tolist() == [10, 20 + 8192, 30 + 2 * 8192]
    assert (events.x.tolist(), events.y.tolist(), events.on.tolist()) == ([1, 3, 5], [2, 4, 6], [1, 0, 1])


def test_tonic_reads_the_same(tmp_path: Path) -> None:
    tonic = pytest.importorskip("tonic", reason="tonic is not installed")
    drawn = np.random.default_rng(3).integers(0, (34, 34, 2, 2**23), (300, 4)).tolist()
    drawn[100] = drawn[200] = [0, 240, 0, 0]
    path = tmp_path / "digit.bin"
    path.write_bytes(nmnist_file([(x, y, on, time) for x, y, on, time in drawn]))
    theirs = tonic.io.read_mnist_file(str(path), dtype=tonic.datasets.NMNIST.dtype)
    ours = nmnist_events(path.read_bytes())
    for key, values in (("x", ours.x), ("y", ours.y), ("p", ours.on), ("t", ours.times)):
        assert np.array_equal(theirs[key], values), key


def test_gestures_share_inputs_four_by_four_and_start_at_their_first_event(root: DataRoot) -> None:
    late = [(126.0, 7.0, 1.0, 3099.0), (126.0, 7.0, 1.0, 3100.0), (9.0, 9.0, 1.0, 6100.0)]
    content = gesture_file([(0, 0, 0, 100.0), (127, 4, 1, 100.0), *late])
    train = {f"ibmGestureTrain/user0{user}_led/{label}.npy": content for user, label in ((2, 10), (1, 4))}
    files = (tar_of(train), tar_of({"ibmGestureTest/user24_lab/0.npy": gesture_file([])}))
    loaded = read_archives(put(DVS_GESTURE, files, root.path), root, 2)
    assert (loaded.planes, loaded.n_classes) == ((2, 32, 32), 11)
    assert loaded.train_labels.tolist() == [4, 10]
    spikes = np.argwhere(loaded.train_images[0].reshape(2, 32, 32, 2)).tolist()
    assert spikes == [[0, 0, 0, 0], [1, 1, 31, 0], [1, 1, 31, 1]]
    assert not loaded.test_images.any()


def test_time_steps_are_asked_for_and_files_named_with_their_addresses(root: DataRoot) -> None:
    with pytest.raises(DataError, match="steps=T"):
        digits(root, None)
    with pytest.raises(DataError, match="at least one"):
        digits(root, 0)
    with pytest.raises(DataError, match=r"/files/38022171 \(md5 3a8f0d4.*named ibmGestureTrain"):
        read_archives(DVS_GESTURE, root, 4)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"1234", "4 bytes"),
        (nmnist_file([(34, 0, 0, 0)]), "x from 34 to 34"),
        (nmnist_file([(0, 34, 0, 0)]), "y from 34 to 34"),
    ],
)
def test_what_a_camera_cannot_see_is_refused(raw: bytes, message: str, root: DataRoot) -> None:
    with pytest.raises(DataError, match=message) as caught:
        read_archives(put(NMNIST, (zip_of({"Train/7/2.bin": raw}), zip_of({})), root.path), root, 2)
    assert "Train/7/2.bin" in str(caught.value)


def _pickled() -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.array([{}], dtype=object), allow_pickle=True)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("member", "message"),
    [
        (b"\x93NUMPY", "cannot be read"),
        (_pickled(), "cannot be read"),
        (gesture_file([(0, 0, 2, 0)]), "p from 2 to 2"),
        (gesture_file([(0, 0, 0, float("nan"))]), "no events"),
    ],
)
def test_a_bad_gesture_is_named(member: bytes, message: str, root: DataRoot) -> None:
    files = (tar_of({"ibmGestureTrain/user01_led/3.npy": member}), tar_of({}))
    with pytest.raises(DataError, match=message) as caught:
        read_archives(put(DVS_GESTURE, files, root.path), root, 2)
    assert "user01_led/3.npy" in str(caught.value)


def test_an_empty_archive_has_no_recordings(root: DataRoot) -> None:
    with pytest.raises(DataError, match="no recordings"):
        read_archives(put(NMNIST, (zip_of({}), zip_of({})), root.path), root, 2)


def test_planes_have_to_hold_the_inputs() -> None:
    spikes, labels = np.zeros((2, 8, 3), np.uint8), np.array([0, 1])
    nowhere = Provenance("", "", (), (), 2, 2)
    made = DataSet("x", spikes, labels, spikes, labels, nowhere, 2, 3, (2, 2, 2))
    assert made.planes == (2, 2, 2)
    with pytest.raises(DataError, match="whose product is 8"):
        DataSet("x", spikes, labels, spikes, labels, nowhere, 2, 3, (2, 2, 3))
    still = spikes[..., 0]
    with pytest.raises(DataError, match="None for images"):
        DataSet("x", still, labels, still, labels, nowhere, 2, None, (2, 2, 2))


@pytest.mark.parametrize("layers", ["widths=20", "network.layers=conv 20x3, pool 2, conv 20x3 groups"])
def test_a_spiking_network_learns_from_a_camera(layers: str, root: DataRoot) -> None:
    settings = (layers, "neuron.steps=3", "train_count=none", "batch_size=2", "epochs=1", "input_scale=raw")
    config = apply_settings(preset("groups", path="spiking", dataset="nmnist"), settings)
    split = neuroff.prepare(digits(root), config)
    assert split.train.planes is not None
    assert split.train.planes.shape == (2, 34, 34)
    assert 0 <= neuroff.accuracy(train_by(config, split).network, split.test) <= 1
