"""Networks of anyone's, by the mass: random ones, damaged ones, and one of a million neurons.

    python -m benchmarks.any_network [--files 100000] [--out FILE.json]

Reads, counts and places a random graph of convolutions, branches and recurrent edges with 2²⁰ neurons, in a
process of its own (bars: 10 s, 2 GB). Then random networks are held to a plain loop, step by step, and NIR
files in which things were changed, cut and exchanged are read and run (``tests/foreign``): nothing but
neuroff's own errors, nothing that hangs. What follows from the bytes of a file is `benchmarks.fuzz`.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from neuroff.provenance import commit, machine, versions

POPULATIONS, CHANNELS, SIDE, STEPS = 16, 16, 64, 4
PROFILE = "loihi1-davies2018"
TESTS = ("tests/foreign/test_random_networks.py", "tests/foreign/test_fuzz.py")


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--files", type=int, default=100_000, help="damaged files; 0 for none")
    parser.add_argument("--out", type=Path, help="file to write")
    parser.add_argument("--large", action="store_true", help="the large graph alone, in this process")
    chosen = parser.parse_args(arguments)
    if chosen.large:
        print(json.dumps(large()))
        return 0
    alone = subprocess.run(
        [sys.executable, "-m", "benchmarks.any_network", "--large"],
        capture_output=True,
        text=True,
        check=True,
    )
    told: dict[str, Any] = {"large": json.loads(alone.stdout)}
    if chosen.files:
        told["tests"] = tests(chosen.files)
    told |= {"versions": versions(), "commit": commit(), "machine": machine("cpu")}
    text = json.dumps(told, indent=1)
    if chosen.out is not None:
        chosen.out.write_text(text + "\n", encoding="utf-8")
    print(text)
    return 0 if told.get("tests", {"exit_code": 0})["exit_code"] == 0 else 1


def large(populations: int = POPULATIONS, side: int = SIDE) -> dict[str, Any]:
    """Read, count and place a large random graph; return its size and what that took.

    Args:
        populations: how many, of 16 channels each.
        side: of a channel.
    """
    import torch

    from neuroff.energy import load_profile
    from neuroff.energy.placing.placement import place
    from neuroff.foreign import count_graph, read_nir, values_for, work_of

    stream = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        write_random(Path(folder) / "large.nir", stream, populations, side)
        started, worked = time.perf_counter(), time.process_time()
        graph = read_nir(Path(folder) / "large.nir", dt_ms=1.0)
    read = time.perf_counter()
    shown = torch.from_numpy(stream.random((STEPS, 1, CHANNELS, side, side)) < 0.05)
    activity = count_graph(graph, values_for(graph, shown))
    work = work_of(activity)
    counted = time.perf_counter()
    placed = place(work, load_profile(PROFILE))
    return {
        "neurons": sum(layer.neurons for layer in work.layers),
        "synapses": work.synapses,
        "recurrent_edges": len(graph.recurrent),
        "steps": STEPS,
        "spikes": sum(activity.per_sample(name, "sent") for name in graph.populations),
        "cores": int(placed.cores),
        "read_s": round(read - started, 2),
        "count_s": round(counted - read, 2),
        "place_s": round(time.perf_counter() - counted, 2),
        "processor_s": round(time.process_time() - worked, 2),
        "peak_MB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def write_random(path: Path, stream: np.random.Generator, populations: int, side: int) -> None:
    """Write a graph of populations, each reached by one or two before it, some by themselves."""
    from neuroff.hdf5.files import write_hdf5

    shape = np.array([CHANNELS, side, side])
    nodes: dict[str, Any] = {"input": {"type": "Input", "shape": shape}}
    edges: list[list[str]] = []
    names = ["input"]
    for index in range(populations):
        name = f"n{index}"
        nodes[name] = {
            "type": "LIF",
            **{key: np.full(1, value) for key, value in NEURON.items()},
        }
        sources = [names[-1], *([str(stream.choice(names))] if stream.random() < 0.5 else [])]
        sources += [name] if stream.random() < 0.25 else []
        for place, source in enumerate(dict.fromkeys(sources)):
            weights = f"w{index}.{place}"
            nodes[weights] = convolution(stream)
            edges += [[source, weights], [weights, name]]
        names.append(name)
    nodes["output"] = {"type": "Output", "shape": shape}
    edges.append([names[-1], "output"])
    write_hdf5(path, {"version": "1.0.8", "node": {"type": "NIRGraph", "nodes": nodes, "edges": edges}})


NEURON = {"tau": 5e-3, "r": 5.0, "v_leak": 0.0, "v_threshold": 1.0, "v_reset": 0.0}


def convolution(stream: np.random.Generator) -> dict[str, Any]:
    """Return a Conv2d that keeps the shape."""
    one = np.array([1, 1])
    return {
        "type": "Conv2d",
        "weight": stream.normal(0.02, 0.12, (CHANNELS, CHANNELS, 3, 3)).astype(np.float32),
        "bias": np.zeros(CHANNELS, np.float32),
        "stride": one,
        "padding": one,
        "dilation": one,
        "groups": 1,
    }


def tests(files: int) -> dict[str, Any]:
    """Run the random and the damaged networks; return how many there were and what came of it."""
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--timeout=0", *TESTS],
        capture_output=True,
        text=True,
        env=os.environ | {"NEUROFF_FUZZED_FILES": str(files)},
    )
    last = (done.stdout.strip().splitlines() or [""])[-1]
    passed = re.search(r"(\d+) passed", last)
    return {
        "files": files,
        "passed": int(passed[1]) if passed else done.stdout.count("."),
        "exit_code": done.returncode,
        "seconds": round(time.perf_counter() - started),
        "said": done.stdout[-600:] if done.returncode else "",
    }


if __name__ == "__main__":
    raise SystemExit(main())
