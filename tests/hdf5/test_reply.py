"""What is read as bytes, there and back; bytes of another kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from neuroff.errors import ExportError
from neuroff.hdf5.files import read_hdf5, write_hdf5
from neuroff.hdf5.process import Reader
from neuroff.hdf5.reply import packed, packed_error, unpacked

_TYPES = st.sampled_from(["<f8", "<f4", "<f2", ">i4", "|u1", "<i8", "|b1"])
_NUMBERS = _TYPES.flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, min_side=0, max_side=4))
)
_TEXTS = hnp.arrays(object, hnp.array_shapes(max_dims=2, max_side=3), elements=st.text(max_size=5))
_TREES = st.recursive(
    st.dictionaries(st.text(max_size=5), st.one_of(_NUMBERS, _TEXTS, st.text(max_size=9)), max_size=4),
    lambda inner: st.dictionaries(st.text(max_size=5), st.one_of(_NUMBERS, inner), max_size=3),
    max_leaves=3,
)


def require_equal(found: Any, expected: Any) -> None:
    assert type(found) is type(expected)
    if isinstance(expected, dict):
        assert list(found) == list(expected)
        for key, value in expected.items():
            require_equal(found[key], value)
    elif isinstance(expected, np.ndarray):
        assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
        assert (
            found.tolist() == expected.tolist()
            if found.dtype == object
            else found.tobytes() == expected.tobytes()
        )
        assert found.flags.writeable
    else:
        assert found == expected


@given(tree=_TREES)
def test_there_and_back(tree: dict[str, Any]) -> None:
    require_equal(unpacked(packed(tree)), tree)
    require_equal(unpacked(bytearray(packed(tree))), tree)


def test_an_error_is_raised_again() -> None:
    error = ExportError("damaged", where="a.nir", expected="whole", fix="θ")
    with pytest.raises(ExportError) as found:
        unpacked(packed_error(error))
    assert str(found.value) == str(error)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no line",
        b"[]\n",
        b"{}\n",
        b'{"error": "no"}\n',
        b'{"tree": {"group": []}}\n',
        b'{"tree": {"array": "|O", "shape": [1]}}\n12345678',
        b'{"tree": {"array": "<f8", "shape": [2]}}\n12345678',
        b'{"tree": {"array": "<f8", "shape": [1099511627776]}}\n12345678',
        b'{"tree": {"array": "<f8", "shape": [-1]}}\n12345678',
        b'{"tree": {"array": "<f8", "shape": "no"}}\n12345678',
    ],
)
def test_a_reply_of_no_kind_is_a_damaged_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    write_hdf5(tmp_path / "good.h5", {"one": 1})
    monkeypatch.setattr(Reader, "asked", lambda *_: bytearray(content))
    with pytest.raises(ExportError, match="not a readable HDF5 file"):
        read_hdf5(tmp_path / "good.h5")
