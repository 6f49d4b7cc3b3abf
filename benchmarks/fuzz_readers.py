"""What `benchmarks.fuzz` fuzzes: readers of files that may be anybody's, with valid files to start from."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any

import numpy as np
import torch

import neuroff
from benchmarks import hdf5_reader
from neuroff.runs.folder import RunDirectory, train_run

_SETTINGS = ("widths=4,3", "neuron.steps=2", "epochs=1", "train_count=40", "reset=zero", "gain=constant")


@dataclass(frozen=True)
class Fuzzed:
    """A reader.

    Attributes:
        name: as it is asked for.
        seeds: valid files.
        prepare: returns what reads one input, in a folder of its own.
        text: whether it is text.
        elsewhere_s: processor time that children have spent.
    """

    name: str
    seeds: tuple[bytes, ...]
    prepare: Callable[[Path], Callable[[bytes], object]]
    text: bool = False
    elsewhere_s: Callable[[], float] = lambda: 0.0


def _by_file(name: str, read: Callable[[Path], object]) -> Callable[[Path], Callable[[bytes], object]]:
    """Return how a reader of files reads one input."""

    def prepare(home: Path) -> Callable[[bytes], object]:
        file = home / name
        file.parent.mkdir(parents=True, exist_ok=True)

        def once(content: bytes) -> object:
            file.write_bytes(content)
            return read(file)

        return once

    return prepare


def _trained() -> dict[str, bytes]:
    """Return the files of two small runs, and of what is exported of one."""
    from neuroff.cli.main import run

    found = {}
    with TemporaryDirectory() as folder:
        for path in ("dense", "spiking"):
            config = neuroff.preset("demo", path=path, variant="acff", dataset="digits")
            settings = [each for each in _SETTINGS if path == "spiking" or each != "reset=zero"]
            config = neuroff.apply_settings(config, settings)
            directory = RunDirectory(Path(folder) / path)
            train_run(directory, config, neuroff.load("digits"))
            for file in directory.path.iterdir():
                found[f"{path}/{file.name}"] = file.read_bytes()
        for target in ("nir", "netx", "loihi"):
            out = Path(folder) / f"network.{target}"
            code = run(["export", f"{folder}/spiking", "--to", target, "--out", str(out), "-q"])
            if code:
                raise SystemExit(f"no seed of {target}")
            found[target] = out.read_bytes()
    return found


def _of(name: str) -> tuple[bytes, ...]:
    files = _trained()
    return tuple(content for key, content in sorted(files.items()) if key.rpartition("/")[2] == name)


def _idx() -> Fuzzed:
    from neuroff.data.idx import gunzip, parse_images, parse_labels

    draw = np.random.default_rng(0)
    images = struct.pack(">4I", 2051, 2, 28, 28) + draw.integers(0, 256, 2 * 784, np.uint8).tobytes()
    labels = struct.pack(">2I", 2049, 9) + draw.integers(0, 10, 9, np.uint8).tobytes()
    import gzip

    def read(content: bytes) -> object:
        if content[:1] == b"\x1f":
            content = gunzip(content, 10_000, "file")
        return parse_images(content, "file") if len(content) > 100 else parse_labels(content, "file")

    return Fuzzed("idx", (images, labels, gzip.compress(labels)), lambda home: read)


def _own_idx() -> Fuzzed:
    from neuroff.data import load

    draw = np.random.default_rng(0)
    images = struct.pack(">4I", 2051, 12, 3, 3) + draw.integers(0, 256, 12 * 9, np.uint8).tobytes()
    labels = struct.pack(">2I", 2049, 12) + bytes(range(2)) * 6
    floats = struct.pack(">BBBB3I", 0, 0, 0x0D, 3, 12, 3, 3) + draw.random(108).astype(">f4").tobytes()

    def prepare(home: Path) -> Callable[[bytes], object]:
        (home / "train-labels-idx1-ubyte").write_bytes(labels)
        return _by_file("train-images-idx3-ubyte", lambda file: load(str(file)))(home)

    return Fuzzed("own idx", (images, floats), prepare)


def _toml() -> Fuzzed:
    from neuroff.energy import load_profile

    folder = Path(neuroff.__file__).parent.parent / "hardware_profiles"
    seeds = tuple(file.read_bytes() for file in sorted(folder.glob("*.toml"))[:6])
    return Fuzzed("toml profile", seeds, _by_file("own.toml", load_profile), text=True)


def _config() -> Fuzzed:
    from neuroff.runs.folder import read_config

    return Fuzzed(
        "config",
        _of("config.json"),
        _by_file("config.json", lambda file: read_config(RunDirectory(file.parent))),
        text=True,
    )


def _result() -> Fuzzed:
    from neuroff.results import read_trained

    def without_seal(content: bytes) -> bytes:  # or every change would end there
        values = json.loads(content)
        del values["sha256"]
        return json.dumps(values).encode()

    seeds = tuple(map(without_seal, _of("result.json")))
    return Fuzzed("result.json", seeds, _by_file("result.json", read_trained), text=True)


def _safetensors() -> Fuzzed:
    from neuroff.runs.network_file import load_network

    def without_seal(content: bytes) -> bytes:
        length = int.from_bytes(content[:8], "little")
        header = json.loads(content[8 : 8 + length])
        header["__metadata__"]["neuroff"] = header["__metadata__"]["neuroff"][64:]
        text = json.dumps(header).encode()
        return len(text).to_bytes(8, "little") + text + content[8 + length :]

    seeds = _of("network.safetensors")
    seeds += tuple(map(without_seal, seeds))
    return Fuzzed("safetensors", seeds, _by_file("network.safetensors", load_network), text=True)


def _loihi() -> Fuzzed:
    from neuroff.chip.file import read_loihi

    return Fuzzed("loihi", (_trained()["loihi"],), _by_file("a.loihi", read_loihi), text=True)


def _netx() -> Fuzzed:
    from neuroff.exchange.netx import read_netx

    return Fuzzed(
        "netx", (_trained()["netx"],), _by_file("a.netx", read_netx), elsewhere_s=hdf5_reader.spent_s
    )


def _nir() -> Fuzzed:
    from neuroff.foreign import read_nir

    seeds = [_trained()["nir"]]
    with TemporaryDirectory() as folder:
        nir: Any = import_module("nir")

        def full(value: float) -> Any:
            return np.full(3, value, np.float32)

        nodes = {
            "input": nir.Input({"input": np.array([4])}),
            "w": nir.Affine(np.ones((3, 4), np.float32), full(0.1)),
            "n": nir.CubaLIF(full(5e-3), full(5e-3), full(1), full(0), full(1)),
            "r": nir.Linear(np.ones((3, 3), np.float32)),
            "output": nir.Output({"output": np.array([3])}),
        }
        edges = [("input", "w"), ("w", "n"), ("n", "r"), ("r", "n"), ("n", "output")]
        nir.write(f"{folder}/a.nir", nir.NIRGraph(nodes=nodes, edges=edges, type_check=False))
        seeds.append(Path(f"{folder}/a.nir").read_bytes())
    return Fuzzed(
        "nir", tuple(seeds), _by_file("a.nir", partial(read_nir, dt_ms=1.0)), elsewhere_s=hdf5_reader.spent_s
    )


def _npz() -> Fuzzed:
    from neuroff.data import load

    draw, seeds = np.random.default_rng(0), []
    for save in (np.savez, np.savez_compressed):
        stream = io.BytesIO()
        save(stream, x=draw.random((10, 3)), y=np.arange(10) % 2)
        seeds.append(stream.getvalue())
    return Fuzzed("own npz", tuple(seeds), _by_file("a.npz", lambda file: load(str(file))))


def _csv() -> Fuzzed:
    from neuroff.data import load

    rows = "\n".join(f"{index / 7:.4f},{index * 3 % 5},{'ab'[index % 2]}" for index in range(10))
    seeds = (f"one,two,label\n{rows}\n", f"one;two;class\n{rows.replace(',', ';')}\n")
    encoded = tuple(map(str.encode, seeds))
    return Fuzzed("own csv", encoded, _by_file("a.csv", lambda file: load(str(file))), text=True)


def _parquet() -> Fuzzed:
    from neuroff.data import load

    pyarrow: Any = import_module("pyarrow")
    parquet: Any = import_module("pyarrow.parquet")
    table = pyarrow.table({"a": np.arange(10) / 7, "b": np.arange(10), "label": ["x", "y"] * 5})
    stream = io.BytesIO()
    parquet.write_table(table, stream)
    pyarrow.set_cpu_count(1)
    return Fuzzed("own parquet", (stream.getvalue(),), _by_file("a.parquet", lambda file: load(str(file))))


def _images() -> Fuzzed:
    from PIL import Image

    from neuroff.data import load

    draw, seeds = np.random.default_rng(0), []
    pixels = draw.integers(0, 256, (6, 6, 3), np.uint8)
    for kind in ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM"):
        stream = io.BytesIO()
        Image.fromarray(pixels).save(stream, kind)
        seeds.append(stream.getvalue())

    def prepare(home: Path) -> Callable[[bytes], object]:
        for name in ("a/2.png", "b/1.png", "b/2.png"):
            (home / "set" / name).parent.mkdir(parents=True, exist_ok=True)
            (home / "set" / name).write_bytes(seeds[0])
        return _by_file("set/a/1.png", lambda file: load(str(file.parent.parent)))(home)

    return Fuzzed("own images", tuple(seeds), prepare)


def _events() -> Fuzzed:
    from neuroff.data.own.events import read_events

    draw, seeds = np.random.default_rng(0), []
    kinds = (("t", "<i8"), ("x", "<u2"), ("y", "<f4"), ("p", "|i1"))
    columns: dict[str, Any] = {name: draw.integers(0, 2, 9).astype(kind) for name, kind in kinds}
    for save in (np.savez, np.savez_compressed):
        stream = io.BytesIO()
        save(stream, **columns)
        seeds.append(stream.getvalue())
    rows, stream = np.zeros(9, list(kinds)), io.BytesIO()
    for name, values in columns.items():
        rows[name] = values
    np.save(stream, rows)

    def prepare(home: Path) -> Callable[[bytes], object]:
        ways = {suffix: _by_file(f"a{suffix}", read_events)(home) for suffix in (".npy", ".npz")}
        return lambda content: ways[".npz" if content[:1] == b"P" else ".npy"](content)

    return Fuzzed("own events", (*seeds, stream.getvalue()), prepare)


def _trains() -> Fuzzed:
    from neuroff.data import load

    h5py: Any = import_module("h5py")
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        for name, kind in (("times", np.float16), ("units", np.uint16)):
            rows = file.create_dataset(f"spikes/{name}", (8,), h5py.vlen_dtype(np.dtype(kind)))
            for row in range(8):
                rows[row] = np.arange(row)
        file["labels"] = np.arange(8) % 2
        file["extra/keys"] = np.array(["a", "b"], "S1")
    read = _by_file("a.h5", lambda file: load(str(file), steps=4))
    return Fuzzed("own trains", (stream.getvalue(),), read, elsewhere_s=hdf5_reader.spent_s)


torch.set_num_threads(1)
READERS: Mapping[str, Callable[[], Fuzzed]] = MappingProxyType(
    {
        "idx": _idx,
        "own idx": _own_idx,
        "toml profile": _toml,
        "config": _config,
        "safetensors": _safetensors,
        "result.json": _result,
        "loihi": _loihi,
        "netx": _netx,
        "nir": _nir,
        "own npz": _npz,
        "own csv": _csv,
        "own parquet": _parquet,
        "own images": _images,
        "own events": _events,
        "own trains": _trains,
    }
)
