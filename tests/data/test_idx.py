from __future__ import annotations

import gzip
import struct
import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuroff.data.idx import check_pair, gunzip, parse_images, parse_labels
from neuroff.errors import DataError
from tests.narrow import present

uint32 = st.integers(0, 2**32 - 1)
# Headers that are right, nearly right or wild, so that the search reaches behind the magic number.
magic = st.sampled_from([2049, 2051, 2050, 0, 2**32 - 1]) | uint32
count = st.integers(0, 3) | uint32
side = st.sampled_from([28, 27, 0]) | uint32
payload = st.binary(max_size=100) | st.sampled_from([784, 783, 785, 1568]).map(bytes)
images_like = st.builds(
    lambda m, n, r, c, body: struct.pack(">4I", m, n, r, c) + body, magic, count, side, side, payload
)
labels_like = st.builds(lambda m, n, body: struct.pack(">2I", m, n) + body, magic, count, payload)


def images_file(images: np.ndarray) -> bytes:
    return struct.pack(">4I", 2051, *images.shape) + images.tobytes()


def labels_file(labels: np.ndarray) -> bytes:
    return struct.pack(">2I", 2049, len(labels)) + labels.tobytes()


def assert_clear(error: DataError) -> None:
    assert error.where == "the-file"
    assert error.fix
    assert str(error).startswith("the-file: ")
    assert "\n" not in str(error)


@settings(max_examples=300)
@given(raw=st.binary(max_size=64) | images_like | labels_like)
def test_arbitrary_bytes_give_arrays_or_data_error(raw: bytes) -> None:
    try:
        images = parse_images(raw, "the-file")
    except DataError as error:
        assert_clear(error)
    else:
        assert images.dtype == np.uint8
        assert images.shape[1:] == (28, 28)
        assert images.tobytes() == raw[16:]
    try:
        labels = parse_labels(raw, "the-file")
    except DataError as error:
        assert_clear(error)
    else:
        assert labels.dtype == np.int64
        assert labels.astype(np.uint8).tobytes() == raw[8:]
        assert ((labels >= 0) & (labels < 10)).all()


@settings(max_examples=30)
@given(n=st.integers(0, 5), seed=st.integers(0, 2**32 - 1))
def test_what_is_encoded_is_parsed(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (n, 28, 28), dtype=np.uint8)
    labels = rng.integers(0, 10, n, dtype=np.uint8)
    np.testing.assert_array_equal(parse_images(images_file(images), "f"), images)
    np.testing.assert_array_equal(parse_labels(labels_file(labels), "f"), labels)


@settings(max_examples=100)
@given(n=uint32, rows=uint32 | st.just(28), columns=uint32 | st.just(28))
def test_lying_header_allocates_nothing(n: int, rows: int, columns: int) -> None:
    body = b"\0" * 50
    tracemalloc.start()
    try:
        for parse, raw in (
            (parse_images, struct.pack(">4I", 2051, n, rows, columns) + body),
            (parse_labels, struct.pack(">2I", 2049, n) + body),
        ):
            try:
                parse(raw, "the-file")
            except DataError as error:
                assert_clear(error)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 200_000


def test_arrays_are_writable_and_own_their_memory() -> None:
    raw = images_file(np.zeros((2, 28, 28), np.uint8))
    images = parse_images(raw, "f")
    images[0, 0, 0] = 7
    assert images.flags.owndata or present(images.base).flags.owndata
    assert raw[16] == 0


zeros = np.zeros((2, 28, 28), np.uint8)


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        (b"", "0 bytes are too few"),
        (images_file(zeros)[:15], "15 bytes are too few"),
        (struct.pack(">4I", 2049, 2, 28, 28) + bytes(1568), "magic number 2049"),
        (struct.pack(">4I", 2051, 2, 28, 27) + bytes(2 * 28 * 27), "images are 28x27 pixels"),
        (struct.pack(">4I", 2051, 2, 32, 28) + bytes(2 * 28 * 32), "images are 32x28 pixels"),
        (images_file(zeros)[:-1], "payload is truncated: 1567 bytes"),
        (images_file(zeros) + b"x", "payload is too long: 1569 bytes"),
    ],
)
def test_malformed_images_are_named(raw: bytes, what: str) -> None:
    with pytest.raises(DataError, match=what) as caught:
        parse_images(raw, "the-file")
    assert_clear(caught.value)
    assert caught.value.expected


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        (b"\0\0\x08\x01", "4 bytes are too few"),
        (struct.pack(">2I", 2051, 0), "magic number 2051"),
        (struct.pack(">2I", 2049, 3) + b"\1\2", "payload is truncated: 2 bytes"),
        (struct.pack(">2I", 2049, 1) + b"\1\2", "payload is too long: 2 bytes"),
        (struct.pack(">2I", 2049, 3) + b"\1\x0a\xff", "label 10 at position 1 is out of range"),
    ],
)
def test_malformed_labels_are_named(raw: bytes, what: str) -> None:
    with pytest.raises(DataError, match=what) as caught:
        parse_labels(raw, "the-file")
    assert_clear(caught.value)
    assert caught.value.expected


def test_number_of_classes_bounds_labels() -> None:
    raw = labels_file(np.array([0, 3], np.uint8))
    assert parse_labels(raw, "f", n_classes=4).tolist() == [0, 3]
    with pytest.raises(DataError, match="label 3 at position 1"):
        parse_labels(raw, "f", n_classes=3)


def test_pair_with_different_counts() -> None:
    check_pair(zeros, np.zeros(2, np.int64), "images", "labels")
    with pytest.raises(DataError, match="images: 2 images, but labels has 3 labels") as caught:
        check_pair(zeros, np.zeros(3, np.int64), "images", "labels")
    assert caught.value.fix


@given(content=st.binary(max_size=500), room=st.integers(0, 5))
def test_gunzip_inverts_gzip(content: bytes, room: int) -> None:
    assert gunzip(gzip.compress(content), len(content) + room, "f") == content


@settings(max_examples=200)
@given(raw=st.binary(max_size=60) | st.binary(max_size=60).map(lambda tail: b"\x1f\x8b\x08" + tail))
def test_gunzip_of_arbitrary_bytes(raw: bytes) -> None:
    try:
        assert len(gunzip(raw, 1000, "the-file")) <= 1000
    except DataError as error:
        assert_clear(error)


@given(content=st.binary(min_size=1, max_size=200), data=st.data())
def test_every_truncation_is_found(content: bytes, data: st.DataObject) -> None:
    raw = gzip.compress(content, mtime=0)
    cut = data.draw(st.integers(0, len(raw) - 1))
    with pytest.raises(DataError) as caught:
        gunzip(raw[:cut], len(content), "the-file")
    assert_clear(caught.value)


def _flip(raw: bytes, position: int) -> bytes:
    return raw[:position] + bytes([raw[position] ^ 0xFF]) + raw[position + 1 :]


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (lambda raw: b"", "not a gzip file"),
        (lambda raw: b"plain text", "not a gzip file"),
        (lambda raw: raw[:-4], "ends early"),
        (lambda raw: raw + b"more", "4 bytes follow the end"),
        (lambda raw: raw + raw, "bytes follow the end"),
        (lambda raw: _flip(raw, len(raw) - 6), "damaged gzip data"),
    ],
)
def test_damaged_gzip_is_named(spoil: Callable[[bytes], bytes], what: str) -> None:
    raw = gzip.compress(b"some content " * 20, mtime=0)
    with pytest.raises(DataError, match=what) as caught:
        gunzip(spoil(raw), 1000, "the-file")
    assert_clear(caught.value)


def test_gzip_bomb_does_not_fill_memory() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match="more than 10000 bytes"):
            gunzip(bomb, 10_000, "the-file")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000
