"""lava-nc's side of benchmarks.emulator; run by an interpreter of its own that has lava-nc 0.10.0.

Reads a folder with weights and input spikes, runs them through lava-nc's Python simulation of the chip (bit
accurate, one process per layer), and prints a JSON object: seconds of every repeat and the spikes of each
layer. neuroff is not imported.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from lava.magma.core.run_conditions import RunSteps
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.proc.dense.process import Dense
from lava.proc.io.sink import RingBuffer as Sink
from lava.proc.io.source import RingBuffer as Source
from lava.proc.lif.process import LIF


def build(folder: Path, problem: dict[str, Any], steps: int) -> tuple[Any, list[Any]]:
    """Return the first layer and, if spikes are to be kept, a sink behind every layer."""
    events = np.load(folder / "events.npy", allow_pickle=False)
    out = Source(data=events.T.astype(int)).s_out
    layers = []
    for index, neurons in enumerate(problem["neurons"]):
        weights = np.load(folder / f"weights{index}.npy", allow_pickle=False).astype(int)
        dense = Dense(weights=weights, weight_exp=0, num_weight_bits=8)
        lif = LIF(shape=(weights.shape[0],), du=neurons["du"], dv=neurons["dv"], vth=neurons["vth"])
        out.connect(dense.s_in)
        dense.a_out.connect(lif.a_in)
        out = lif.s_out
        layers.append(lif)
    sinks = []
    for lif in layers if steps else []:
        sink = Sink(shape=lif.s_out.shape, buffer=steps)
        lif.s_out.connect(sink.a_in)
        sinks.append(sink)
    return layers[0], sinks


def main(folder: Path) -> None:
    """Measure and print."""
    problem = json.loads((folder / "problem.json").read_text())
    steps = problem["steps"]
    configuration = Loihi2SimCfg(select_tag="fixed_pt")
    first, sinks = build(folder, problem, steps)
    first.run(condition=RunSteps(steps), run_cfg=configuration)
    spikes = [int(sink.data.get().sum()) for sink in sinks]
    first.stop()
    first, _ = build(folder, problem, 0)  # measured without the sinks
    first.run(condition=RunSteps(steps), run_cfg=configuration)
    seconds = []
    for _ in range(problem["repeats"]):
        started = time.perf_counter()
        first.run(condition=RunSteps(steps), run_cfg=configuration)
        seconds.append(time.perf_counter() - started)
    first.stop()
    print(json.dumps({"seconds": seconds, "spikes": spikes}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
