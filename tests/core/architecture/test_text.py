from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuroff.core.architecture import Architecture, ConvPart, DensePart, PoolPart, read_architecture
from neuroff.errors import ConfigError


def test_a_line_is_read_part_by_part() -> None:
    found = read_architecture(
        "Conv 40x3, pool 2,conv 80 x 5x3 groups valid stride 2 , maxpool 3, dense 500, dense 10"
    )
    assert found == Architecture(
        (
            ConvPart(40, (3, 3)),
            PoolPart(2),
            ConvPart(80, (5, 3), 2, "valid", by_class=True),
            PoolPart(3, maxima=True),
            DensePart(500),
            DensePart(10),
        )
    )
    assert found.depth == 4
    assert found.convolves
    assert not read_architecture("dense 7, dense 8").convolves


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "an empty part"),
        ("conv 40x3,, dense 5", "an empty part"),
        ("conv 40", "'conv 40'.*expected layers with commas between"),
        ("dense 0", "numbers from 1"),
        ("dense 99999999999", "numbers from 1"),
        ("dense 9999999999999999999999", "numbers from 1"),
        ("conv 4x2", "no middle.*odd sides, or valid"),
        ("conv 4x3, pool 2", "a pool that no layer follows"),
        ("maxpool 2, conv 4x3", "maxima of the images themselves"),
        ("conv 4x3, pool 2, maxpool 2, dense 4", "two pools in a row"),
        ("dense 40, conv 4x3", "planes behind a dense layer"),
        ("conv 4x3 stride 2 stride 2", "one thing said twice"),
    ],
)
def test_what_is_no_stack(text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        read_architecture(text)


@given(st.text(alphabet="convpldesmaxtrigu 0123456789x,", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(ConfigError):
        assert read_architecture(text).depth >= 1


def test_a_text_of_any_length_takes_no_time() -> None:
    for text in (
        "conv 4x3" + " " * 9_900 + "q",
        "dense 5" + " " * 9_900,
        "conv 4" + " " * 9_900 + "x3",
        "," * 9_999,
    ):
        started = time.process_time()
        with contextlib.suppress(ConfigError):
            read_architecture(text)
        assert time.process_time() - started < 0.1  # seconds; it was a second and more
    with pytest.raises(ConfigError, match=r"1,000,000 letters in .*; expected at most 10,000"):
        read_architecture("dense 5" + " " * 999_993)


@given(
    st.lists(st.sampled_from(["dense 5", "conv 4x3", "conv 4x5x3 stride 2 valid"]), min_size=1, max_size=4),
    st.integers(0, 5),
    st.integers(1, 5),
)
def test_spaces_mean_nothing(pieces: list[str], around: int, between: int) -> None:
    pieces.sort()  # dense layers last
    plain = ", ".join(pieces)
    sign = " " * around + "x" + " " * around
    spaced = f"{' ' * around},{' ' * around}".join(
        piece.replace(" ", "\t" * between).replace("x", sign) for piece in pieces
    )
    assert read_architecture(f"{' ' * around}{spaced}{' ' * around}") == read_architecture(plain)
