"""Files that a reader of others' once met without a message; found by `benchmarks.fuzz`."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from neuroff.data import load
from neuroff.data.own.moderate import require_moderate
from neuroff.errors import DataError
from neuroff.foreign.spikes import read_spikes
from tests.data.own.test_reading import images


def saved(compressed: bool = True) -> bytes:
    stream = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(
        stream, x=np.random.default_rng(0).random((40, 3)), y=np.arange(40) % 2
    )
    return stream.getvalue()


def test_damaged_deflate_data_is_one_message(tmp_path: Path) -> None:
    content = bytearray(saved())
    content[60:70] = bytes(255 for _ in range(10))
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(DataError, match="cannot read"):
        load(str(tmp_path / "a.npz"))


@pytest.mark.parametrize(
    ("place", "value"), [(6, 250), (8, 97), (10, 251)]
)  # version, flags, kind of packing
def test_archives_that_zipfile_does_not_read(tmp_path: Path, place: int, value: int) -> None:
    content = bytearray(saved())
    central = content.index(b"PK\x01\x02")
    content[central + place] = value
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(DataError, match="cannot read"):
        load(str(tmp_path / "a.npz"))


def test_a_member_that_is_no_array(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as out:
        out.writestr("x.npy", b"nothing of numpy's")
        out.writestr("y.npy", b"nothing of numpy's")
    with pytest.raises(DataError, match=r"x is no array|cannot read"):
        load(str(tmp_path / "a.npz"))


def unfinished() -> bytes:
    """An array whose header is read as Python, which ends amid it."""
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (3,\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + bytes(64)


def test_a_header_that_is_no_python(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as out:
        for name in ("x.npy", "y.npy", "spikes.npy"):
            out.writestr(name, unfinished())
    (tmp_path / "set").mkdir()
    for name in ("x.npy", "y.npy"):
        (tmp_path / "set" / name).write_bytes(unfinished())
    for path in (tmp_path / "a.npz", tmp_path / "set"):
        with pytest.raises(DataError, match="cannot read"):
            load(str(path))
    with pytest.raises(DataError, match="not a readable"):
        read_spikes(tmp_path / "a.npz")


def test_an_array_with_an_archive_behind_it(tmp_path: Path) -> None:
    """zipfile finds the archive, numpy the array."""
    stream = io.BytesIO()
    np.save(stream, np.arange(3))
    (tmp_path / "a.npz").write_bytes(stream.getvalue() + saved())
    with pytest.raises(DataError, match=r"cannot read .one array, no archive"):
        load(str(tmp_path / "a.npz"))
    with pytest.raises(DataError, match=r"not a readable .npz .one array, no archive"):
        read_spikes(tmp_path / "a.npz")


def test_a_picture_of_billions_of_pixels_and_one_of_another_kind(tmp_path: Path) -> None:
    folder = images(tmp_path / "set")
    picture = bytearray((folder / "cats" / "0.png").read_bytes())
    picture[16:24] = struct.pack(">2I", 60_000, 60_000)
    (folder / "cats" / "0.png").write_bytes(picture)
    with pytest.raises(DataError, match=r"0\.png: cannot read"):
        load(str(folder))
    (folder / "cats" / "0.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    with pytest.raises(DataError, match=r"0\.png: cannot read .*cannot identify"):
        load(str(folder))


def test_a_damaged_name_of_a_parquet_column(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    file = tmp_path / "a.parquet"
    parquet.write_table(pyarrow.table({"abcd": np.arange(10.0), "label": ["x", "y"] * 5}), file)
    content = file.read_bytes()
    file.write_bytes(content.replace(b"abcd", b"\x80\x80\x80\x80"))
    with pytest.raises(DataError, match="cannot read"):
        load(str(file))
    parquet.write_table(pyarrow.table({"label": ["x", "y"] * 5}), file)
    with pytest.raises(DataError, match="no column beside the classes"):
        load(str(file))


def test_a_parquet_table_without_rows(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pyarrow.table({"a": np.zeros(0), "label": np.zeros(0, int)}), tmp_path / "a.parquet")
    with pytest.raises(DataError, match="no rows; expected two or more"):
        load(str(tmp_path / "a.parquet"))


def test_what_a_compressed_file_may_hold() -> None:
    require_moderate(2**28, 1, "file", 2**33)
    require_moderate(50 * 2**25, 2**25, "file", 2**33)
    with pytest.raises(DataError, match=r"0\.3 GiB of content in 1000 bytes"):
        require_moderate(2**28 + 2**26, 1000, "file", 2**33)
    with pytest.raises(DataError, match=r"at most 8\.00 GiB"):
        require_moderate(2**34, 2**32, "file", 2**33)
