"""Events of a camera as tonic and others write them, and what is no such file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuroff.data.own import events
from neuroff.data.own.events import read_events
from neuroff.errors import DataError
from tests.data.own.made_recordings import EVENT, save

ROWS = np.array([(1000, 3, 4, 1), (1005, 0, 2, 0), (1900, 3, 4, 1)], EVENT)

SIGNALLING = np.array([0, 0x7F800001], "<u4").view("<f4")  # a number that warns wherever it is computed with


def named(names: list[str], types: list[str]) -> npt.NDArray[np.void]:
    """The same events under other names, in other types."""
    found = np.zeros(len(ROWS), list(zip(names, types, strict=True)))
    for name, field in zip(names, "txyp", strict=True):
        found[name] = ROWS[field]
    return found


def require_rows(path: Path) -> None:
    found = read_events(path)
    assert (found.x.tolist(), found.y.tolist(), found.on.tolist()) == ([3, 0, 3], [4, 2, 4], [1, 0, 1])
    assert found.times.tolist() == [0, 5, 900]


@pytest.mark.parametrize("kind", [".npy", ".npz"])
@pytest.mark.parametrize(
    ("names", "types"),
    [
        ("t x y p", "i8 i2 i2 ?"),  # tonic
        ("timestamp x y polarity", "i8 i2 i2 u1"),  # dv-processing
        ("ts x y pol", "f8 u2 u2 i1"),
        ("T X Y P", "u8 f4 f4 f4"),
        ("timestamps x y p", ">i8 >u2 >u2 >i4"),
    ],
)
def test_events_are_the_same_under_every_usual_name(
    kind: str, names: str, types: str, tmp_path: Path
) -> None:
    rows, path = named(names.split(), types.split()), tmp_path / f"a{kind}"
    if kind == ".npy":
        np.save(path, rows)
    else:
        columns: dict[str, Any] = {name: rows[name] for name in names.split()}
        np.savez(path, **columns)
    require_rows(path)


def test_polarities_may_be_minus_one_and_one(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", t=[1, 2], x=[0, 1], y=[0, 1], p=np.array([-1, 1], np.int8))
    assert read_events(tmp_path / "a.npz").on.tolist() == [0, 1]


def test_a_recording_without_events(tmp_path: Path) -> None:
    for name in ("a.npy", "a.npz"):
        found = read_events(save(tmp_path / name, ROWS[:0]))
        assert found.times.size == found.x.size == 0


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=5))
def test_whole_times_are_exact_from_the_first_on(times: list[int]) -> None:
    found = events._from_first(np.array(times, np.int64), "here")
    assert found.tolist() == [time - min(times) for time in times]


def test_whole_times_without_a_sign_are_exact() -> None:
    found = events._from_first(np.array([2**64 - 1, 2**64 - 4], np.uint64), "here")
    assert found.tolist() == [3, 0]


def arrays(**changed: Any) -> dict[str, Any]:
    return {"t": [1, 2], "x": [0, 1], "y": [0, 1], "p": [0, 1]} | changed


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (arrays(p=[0, 2]), "p of 0, 2; expected 0 and 1, or -1 and 1"),
        (arrays(p=[-1, 0]), "p of -1, 0"),
        (arrays(x=[0, 1.5]), "x of type float64; expected whole numbers"),
        (arrays(x=[0, np.inf]), "x of type float64"),
        (arrays(y=[0, np.nan]), "y of type float64"),
        (arrays(x=SIGNALLING), "x of type float32; expected whole numbers"),
        (arrays(t=SIGNALLING), "an event at nan; expected finite times"),
        (arrays(x=[0, 2**40]), "x of type int64; expected whole numbers below"),
        (arrays(y=["a", "b"]), "y of type <U1"),
        (arrays(t=[0, np.nan]), "an event at nan; expected finite times"),
        (arrays(t=[-1e308, 1e308]), "an event at -1e[+]308"),
        (arrays(t=["a", "b"]), "t of type <U1"),
        (arrays(t=[1]), r"t of shape \(1,\), x of shape \(2,\)"),
        (arrays(t=[[1, 2]]), r"t of shape \(1, 2\)"),
        (arrays(pol=[0, 1]), "p and pol for p"),
        ({"x": [0], "y": [0], "p": [1]}, "no t among x, y, p; expected events with t, x, y and p"),
        (arrays(p=np.array([{}, {}])), "p is an array of objects"),
    ],
)
def test_what_are_no_events_is_said(content: dict[str, Any], words: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", **content)
    with pytest.raises(DataError, match=words) as caught:
        read_events(tmp_path / "a.npz")
    assert "a.npz" in str(caught.value)


def test_columns_without_names_are_not_guessed(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros((5, 4)))
    with pytest.raises(DataError, match=r"shape \(5, 4\).*Say which column is which: numpy\.savez"):
        read_events(tmp_path / "a.npy")


def test_files_that_are_damaged_or_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = save(tmp_path / "a.npy", ROWS)
    for name, content in (("cut", whole.read_bytes()[:-1]), ("no", b"no"), ("empty", b"")):
        (tmp_path / f"{name}.npy").write_bytes(content)
        with pytest.raises(DataError, match="cannot read"):
            read_events(tmp_path / f"{name}.npy")
    np.save(tmp_path / "p.npy", np.array([({},)], [("t", object)]), allow_pickle=True)
    with pytest.raises(DataError, match="cannot read"):
        read_events(tmp_path / "p.npy")
    with pytest.raises(DataError, match="a folder"):
        read_events(tmp_path)
    packed = save(tmp_path / "z.npz", np.zeros(10_000, EVENT))
    monkeypatch.setattr(events, "_MOST_BYTES", 20_000)
    with pytest.raises(DataError, match="content in"):  # declared, before anything is unpacked
        read_events(packed)
    monkeypatch.setattr(events, "_MOST_BYTES", 10)
    with pytest.raises(DataError, match="expected at most 10 a recording"):
        read_events(whole)
