"""Bombs: what writes each, and what reads it."""

from __future__ import annotations

import io
import itertools
import json
import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any

import h5py
import numpy as np


def _links(file: Path) -> None:
    with h5py.File(file, "w") as out:
        levels = [out.create_group(f"g{level}") for level in range(8)]
        for upper, lower in itertools.pairwise(levels):
            for index in range(30):
                upper[str(index)] = lower
        out["node"] = levels[0]


def _groups(file: Path) -> None:
    with h5py.File(file, "w", libver="latest") as out:
        node = out.create_group("node")
        for index in range(130_000):
            node.create_group(str(index))


def _declared(file: Path) -> None:
    with h5py.File(file, "w") as out:
        out.create_dataset("node/x", shape=(2**28,), dtype="f8")


def _declared_less(file: Path) -> None:
    with h5py.File(file, "w") as out:
        out.create_dataset("node/x", shape=(2**25,), dtype="f8")


def _zeros(file: Path) -> None:
    with h5py.File(file, "w") as out:
        for index in range(8):
            out.create_dataset(f"node/x{index}", data=np.zeros(2**24, np.int8), compression="gzip")


def _tensors(file: Path) -> None:
    each: dict[str, object] = {
        f"t{index}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for index in range(200_000)
    }
    _safetensors(file, {"__metadata__": {"neuroff": "{}"}} | each)


def _wide_tensor(file: Path) -> None:
    _safetensors(file, {"w": {"dtype": "F64", "shape": [2**40], "data_offsets": [0, 2**43]}})


def _safetensors(file: Path, header: Mapping[str, object]) -> None:
    text = json.dumps(header).encode()
    file.write_bytes(len(text).to_bytes(8, "little") + text)


def _long_header(file: Path) -> None:
    file.write_bytes((2**60).to_bytes(8, "little") + b"{}")


def _text(content: str, file: Path) -> None:
    file.write_text(content)


def _gzip(file: Path) -> None:
    head = struct.pack(">4I", 2051, 2**20, 28, 28)
    packed = zlib.compressobj(9, wbits=31)
    with file.open("wb") as out:
        out.write(packed.compress(head))
        for _ in range(1024):
            out.write(packed.compress(bytes(2**20)))
        out.write(packed.flush())
    (file.parent / "a-labels-idx1-ubyte").write_bytes(struct.pack(">2I", 2049, 4) + b"\0\1\0\1")


def _npz(shape: tuple[int, ...], held: int, file: Path) -> None:
    """Write an array of zeros that says one shape and holds so many bytes."""
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "<f8", "fortran_order": False, "shape": shape})
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as out:
        with out.open("x.npy", "w", force_zip64=True) as member:
            member.write(head.getvalue())
            for _ in range(held // 2**20):
                member.write(bytes(2**20))
        labels = io.BytesIO()
        np.save(labels, np.arange(4) % 2)
        out.writestr("y.npy", labels.getvalue())


def _pickle(file: Path) -> None:
    np.savez(file, x=np.array([print, {}], dtype=object), y=np.arange(2))


def _png(file: Path) -> None:
    """Write 60,000 by 60,000 black pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        whole = kind + content
        return len(content).to_bytes(4, "big") + whole + zlib.crc32(whole).to_bytes(4, "big")

    head = struct.pack(">2I5B", 60_000, 60_000, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(7501 * 6000), 9)
    content = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    for name in ("a/1.png", "b/1.png"):
        (file / name).parent.mkdir(parents=True)
        (file / name).write_bytes(content)


def _parquet(file: Path) -> None:
    pyarrow: Any = import_module("pyarrow")
    parquet: Any = import_module("pyarrow.parquet")
    column = np.zeros(2**26, np.int8)
    parquet.write_table(pyarrow.table({"a": column, "label": column}), file)


def _postscript(file: Path) -> None:
    for name in ("a/1.png", "b/1.png"):
        (file / name).parent.mkdir(parents=True)
        (file / name).write_bytes(
            b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n{} loop\n"
        )


def _pipe(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(file)


def read_as_nir(file: Path) -> object:
    """Read a NIR graph."""
    from neuroff.foreign import read_nir

    return read_nir(file, dt_ms=1.0)


def read_as_netx(file: Path) -> object:
    """Read a netx file."""
    from neuroff.exchange.netx import read_netx

    return read_netx(file)


def _loihi(file: Path) -> object:
    from neuroff.chip.file import read_loihi

    return read_loihi(file)


def _kind(file: Path) -> object:
    from neuroff.exchange.files_read import kind_of

    return kind_of(file)


def _network(file: Path) -> object:
    from neuroff.runs.network_file import load_network

    return load_network(file)


def _json(file: Path) -> object:
    from neuroff.results import read_trained

    return read_trained(file)


def _config(file: Path) -> object:
    from neuroff.runs.folder import RunDirectory, read_config

    return read_config(RunDirectory(file.parent))


def read_as_profile(file: Path) -> object:
    """Read a hardware profile."""
    from neuroff.energy import load_profile

    return load_profile(file)


def read_as_data(file: Path) -> object:
    """Read a data set."""
    from neuroff.data import load

    return load(str(file))


Bomb = tuple[str, Callable[[Path], None], Callable[[Path], object]]
BOMBS: Mapping[str, Bomb] = MappingProxyType(
    {
        "HDF5: 30 hard links by 7 levels": ("a.nir", _links, read_as_nir),
        "HDF5: 130,000 empty groups": ("a.nir", _groups, read_as_nir),
        "HDF5: 2²⁸ doubles declared, none stored": ("a.nir", _declared, read_as_nir),
        "HDF5: 2²⁵ doubles declared, none stored, as netx": ("a.netx", _declared_less, read_as_netx),
        "HDF5: 128 MiB of zeros": ("a.nir", _zeros, read_as_nir),
        "safetensors: 200,000 empty tensors": ("a.safetensors", _tensors, _network),
        "safetensors: a tensor of 2⁴⁰ numbers": ("a.safetensors", _wide_tensor, _network),
        "safetensors: a header of 2⁶⁰ bytes": ("a.safetensors", _long_header, _loihi),
        "JSON: ten million brackets": ("result.json", partial(_text, "[" * 10**7), _json),
        "JSON: a million objects in each other": ("result.json", partial(_text, '{"a":' * 10**6), _json),
        "JSON: an integer of a million digits": (
            "result.json",
            partial(_text, f'{{"a":{"9" * 10**6}}}'),
            _json,
        ),
        "JSON: ten million empty lists": (
            "config.json",
            partial(_text, f'{{"a":[{"[]," * 10**7}[]]}}'),
            _config,
        ),
        "TOML: 190 kB of brackets": ("a.toml", partial(_text, "a = " + "[" * 190_000), read_as_profile),
        "TOML: a key of 95,000 parts": (
            "a.toml",
            partial(_text, "a" + ".a" * 95_000 + " = 1"),
            read_as_profile,
        ),
        "TOML: an integer of 190,000 digits": (
            "a.toml",
            partial(_text, "a = " + "9" * 190_000),
            read_as_profile,
        ),
        "TOML: 20,000 tables": (
            "a.toml",
            partial(_text, "".join(f"[t{index}]\n" for index in range(20_000))),
            read_as_profile,
        ),
        "TOML: a megabyte of tables": (
            "a.toml",
            partial(_text, "".join(f"[t{index}]\n" for index in range(110_000))),
            read_as_profile,
        ),
        "gzip: a gigabyte of black images": ("a-images-idx3-ubyte.gz", _gzip, read_as_data),
        "NPZ: three gigabytes of zeros": ("a.npz", partial(_npz, (4, 2**27), 3 * 2**30 // 8), read_as_data),
        "NPZ: 2⁴⁰ numbers declared, none there": ("a.npz", partial(_npz, (4, 2**38), 0), read_as_data),
        "NPZ: a pickle": ("a.npz", _pickle, read_as_data),
        "PNG: 60,000 by 60,000 pixels": ("set", _png, read_as_data),
        "PNG that is PostScript": ("set", _postscript, read_as_data),
        "Parquet: 2²⁶ rows of one value": ("a.parquet", _parquet, read_as_data),
        "a pipe for config.json": ("config.json", _pipe, _config),
        "a pipe for result.json": ("result.json", _pipe, _json),
        "a pipe for network.safetensors": ("network.safetensors", _pipe, _network),
        "a pipe for a NIR file": ("a.nir", _pipe, read_as_nir),
        "a pipe for a netx file": ("a.netx", _pipe, read_as_netx),
        "a pipe for a loihi file": ("a.loihi", _pipe, _loihi),
        "a pipe for a C header": ("a.h", _pipe, _kind),
        "a pipe for a profile": ("a.toml", _pipe, read_as_profile),
        "a pipe for a data set": ("a.csv", _pipe, read_as_data),
    }
)
"""Name of the file, what writes it, what reads it."""
