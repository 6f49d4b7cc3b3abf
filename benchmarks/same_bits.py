"""Record what neuroff computes, as digests, and compare two records: has a change moved a bit?

    python benchmarks/same_bits.py record before.json --source ../neuroff-before
    python benchmarks/same_bits.py record after.json
    python benchmarks/same_bits.py compare before.json after.json

Everything goes through the command line, so that any version of the package can be recorded. Trained weights,
histories, energy reports and exported files are digested; accuracies are kept as they are. Left out is what
may differ from run to run: see ``UNSTEADY``. Digests are equal on one machine with one version of torch.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

# Times, places and versions say when and where, not what.
UNSTEADY = frozenset(
    {
        "seconds",
        "training_seconds",
        "peak_rss_bytes",
        "versions",
        "version",
        "commit",
        "machine",
        "created",
        "run",
        "out",
        "file",
        "files",
        "path_to_run",
        "location",
        "folder",
        "where",
        "root",
        "cached",
    }
)
_SMALL = ("widths=60,40", "train_count=1000", "evaluate_every=2")
_RUNS: dict[str, tuple[str, ...]] = {
    f"{path}-{variant}": ("--dataset", "digits", "--path", path, "--variant", variant, "--epochs", "3")
    for path in ("dense", "spiking")
    for variant in ("ff", "fcff", "acff")
}
_RUNS |= {
    f"{preset}-{variant}": (
        *("--dataset", "digits", "--preset", preset, "--variant", variant, "--epochs", "3"),
        *(part for setting in _SMALL for part in ("--set", setting)),
    )
    for preset in ("paper", "best")
    for variant in ("ff", "fcff", "acff")
}
_SPIKING = ("--dataset", "digits", "--path", "spiking", "--variant", "acff", "--epochs", "2")


def _set(*settings: str) -> tuple[str, ...]:
    return tuple(part for setting in settings for part in ("--set", setting))


_RUNS |= {
    "best-spiking": (*_SPIKING, "--preset", "best", *_set(*_SMALL)),
    "online-end": (*_SPIKING, *_set(*_SMALL, "gain=online", "rule=online_end")),
    "online-step": (*_SPIKING, *_set(*_SMALL, "gain=online", "rule=online_step", "timing=online")),
    "learned-neurons": (*_SPIKING, *_set(*_SMALL, "model=cuba", "learned=alpha,beta,threshold")),
    "hard-negatives": (*_SPIKING, *_set(*_SMALL, "negatives=hard", "candidates=3")),
    "spikes-in": (
        *_SPIKING,
        *_set(*_SMALL, "input_scale=raw", "amplitude=one", "encoding=bernoulli", "shift=1", "bits=4"),
    ),
    "for-the-chip": (*_SPIKING, *_set(*_SMALL, "input_scale=raw", "amplitude=one", "reset=zero")),
}
_MNIST = {
    f"mnist-{path}": (
        *("--dataset", "mnist", "--path", path, "--variant", "acff", "--epochs", "1"),
        *_set("widths=40,30", "train_count=1500"),
    )
    for path in ("dense", "spiking")
}
_EXPORTS = ("nir", "loihi", "netx", "c", "sanafe")


def steady(value: Any) -> Any:
    """Return JSON values without what may differ from run to run, by key."""
    if isinstance(value, Mapping):
        return {key: steady(entry) for key, entry in value.items() if key not in UNSTEADY}
    return [steady(entry) for entry in value] if isinstance(value, list) else value


def digest(content: bytes) -> str:
    """Return the SHA-256 of bytes."""
    return hashlib.sha256(content).hexdigest()


def digest_json(value: Any) -> str:
    """Return the digest of JSON values, key order included, unsteady keys left out."""
    return digest(json.dumps(steady(value)).encode())


def digest_arrays(arrays: Mapping[str, np.ndarray]) -> str:
    """Return the digest of named arrays: names, types, shapes and bytes."""
    found = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        found.update(f"{name} {array.dtype} {array.shape}".encode())
        found.update(array.tobytes() if array.dtype != object else repr(array.tolist()).encode())
    return found.hexdigest()


def digest_file(path: Path) -> str:
    """Return the digest of what a file holds: tensors, HDF5 values, JSON, or text without versions."""
    if path.suffix == ".safetensors":
        from safetensors.numpy import load_file

        return digest_arrays(load_file(path))
    content = path.read_bytes()
    if content.startswith(b"\x89HDF"):
        return digest_arrays(dict(_hdf5(path)))
    if path.suffix == ".json":
        return digest_json(json.loads(content))
    return digest(re.sub(rb"neuroff \d[\w.+]*( \([^)]*\))?", b"neuroff", content))


def _hdf5(path: Path) -> Iterator[tuple[str, np.ndarray]]:
    import h5py

    found: dict[str, np.ndarray] = {}
    with h5py.File(path) as file:
        file.visititems(
            lambda name, node: found.update({name: np.asarray(node[()])}) if hasattr(node, "shape") else None
        )
        for name, node in (("", file), *((name, file[name]) for name in file)):
            for key, value in node.attrs.items():
                if key not in UNSTEADY:
                    found[f"{name}@{key}"] = np.asarray(value)
    yield from found.items()


class Recorder:
    """Runs commands of one version of neuroff in a folder of its own."""

    def __init__(self, source: Path, folder: Path) -> None:
        self._folder = folder
        self._environment = os.environ | {
            "PYTHONPATH": str(source),
            "OMP_NUM_THREADS": "1",
            "MKL_NUM_THREADS": "1",
            "COLUMNS": "200",
        }

    def call(self, *arguments: str) -> str:
        """Return what a command prints; SystemExit with its message if it fails."""
        done = subprocess.run(
            [sys.executable, "-m", "neuroff", *arguments],
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"neuroff {' '.join(arguments)}\n{done.stderr}")
        return done.stdout


def record(source: Path, folder: Path, *, mnist: bool) -> dict[str, Any]:
    """Return all digests of one version, by name."""
    recorder, found = Recorder(source, folder), {}
    runs = _RUNS | (_MNIST if mnist else {})
    for name, arguments in runs.items():
        print(name, file=sys.stderr, flush=True)
        result = json.loads(recorder.call("train", *arguments, "--out", name, "--json"))
        found[f"{name}: result"] = digest_json(result)
        found[f"{name}: accuracy"] = result["accuracy"]
        found[f"{name}: weights"] = digest_file(folder / name / "network.safetensors")
        found[f"{name}: evaluation"] = digest_json(json.loads(recorder.call("evaluate", name, "--json")))
    profiles = sorted(path.stem for path in (source / "hardware_profiles").glob("*.toml"))
    for name in ("dense-acff", "spiking-acff", "online-step", "spikes-in"):
        print(f"energy of {name}", file=sys.stderr, flush=True)
        chosen = [part for profile in profiles for part in ("--profile", profile)]
        report = recorder.call("energy", name, *chosen, "--images", "100", "--json")
        found[f"{name}: energy"] = digest_json(json.loads(report))
    for kind in _EXPORTS:
        print(f"export to {kind}", file=sys.stderr, flush=True)
        target = {"nir": "net.nir", "netx": "net.net", "c": "net.h", "loihi": "net.safetensors"}.get(
            kind, kind
        )
        recorder.call("export", "for-the-chip", "--to", kind, "--out", target)
        written = folder / target
        files = sorted(written.rglob("*")) if written.is_dir() else [written]
        for path in files:
            if path.is_file():
                found[f"export {kind}: {path.name}"] = digest_file(path)
    print("demo", file=sys.stderr, flush=True)
    found["demo"] = digest_json(json.loads(recorder.call("demo", "--out", "demo", "--json")))
    return found


def differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """Return the names of what two records have not in common, in their order."""
    names = list(dict.fromkeys((*one, *other)))
    return [name for name in names if one.get(name) != other.get(name)]


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    recording = commands.add_parser("record", help="record one version")
    recording.add_argument("out", type=Path)
    recording.add_argument("--source", type=Path, default=Path(__file__).parent.parent, help="its tree")
    comparing = commands.add_parser("compare", help="compare two records; exit code 1 if they differ")
    comparing.add_argument("one", type=Path)
    comparing.add_argument("other", type=Path)
    chosen = parser.parse_args(arguments)
    if chosen.command == "compare":
        one, other = (json.loads(path.read_text(encoding="utf-8")) for path in (chosen.one, chosen.other))
        differing = differences(one, other)
        print("\n".join(differing) or f"{len(one)} records, all equal")
        return 1 if differing else 0
    with tempfile.TemporaryDirectory() as folder:
        found = record(chosen.source.resolve(), Path(folder), mnist="NEUROFF_DATA" in os.environ)
    chosen.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(f"{len(found)} records in {chosen.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
