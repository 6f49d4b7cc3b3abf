"""lava-dl's side of benchmarks.convolution_ported; run by an interpreter that has lava-dl 0.6.0 and lava-nc.

Loads a netx file as lava-dl does it, shows it the events of some samples one after the other, and prints a
JSON object: of every layer its spikes, and at how many neurons and steps they differ from those given.
neuroff is not imported.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from lava.lib.dl.netx import hdf5
from lava.magma.core.run_conditions import RunSteps
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.proc.io.sink import RingBuffer as Sink
from lava.proc.io.source import RingBuffer as Source


def spikes_of(file: Path, events: Any, reset: dict[str, int]) -> list[Any]:
    """Return the spikes of every layer ``(N, steps)`` for events ``(steps, axons)``.

    Planes are (W, H, C) in lava, and (C, H, W) in what is given and returned.
    """
    network = hdf5.Network(net_config=str(file), **reset)
    shown = events.reshape(len(events), *network.inp.shape[::-1]).T
    Source(data=shown.astype(int)).s_out.connect(network.inp)
    sinks = []
    for layer in network.layers:
        sink = Sink(shape=layer.out.shape, buffer=len(events))
        layer.out.connect(sink.a_in)
        sinks.append(sink)
    network.run(condition=RunSteps(len(events)), run_cfg=Loihi2SimCfg(select_tag="fixed_pt"))
    found = [np.asarray(sink.data.get()) for sink in sinks]
    network.stop()
    steps = len(events)
    return [np.moveaxis(each, -1, 0).T.reshape(-1, steps) if each.ndim > 2 else each for each in found]


def main(folder: Path) -> None:
    """Compare and print."""
    problem = json.loads((folder / "problem.json").read_text())
    count = problem["layers"]
    events = np.load(folder / "events.npy", allow_pickle=False)
    given = [np.load(folder / f"layer{index}.npy", allow_pickle=False) for index in range(count)]
    spikes, differing = [0] * count, [0] * count
    for sample in range(events.shape[1]):
        found = spikes_of(folder / "net.net", events[:, sample], problem["reset"])
        for index, theirs in enumerate(found):
            ours = given[index][:, sample].T
            spikes[index] += int(theirs.sum())
            differing[index] += int((theirs.reshape(ours.shape) != ours).sum())
    versions = {name: version(name) for name in ("lava-dl", "lava-nc")}
    print(json.dumps({"spikes": spikes, "differing": differing, "versions": versions}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
