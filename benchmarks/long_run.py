"""Whether memory stays where it is over ten thousand epochs, and over as many predictions.

    python -m benchmarks.long_run --out FOLDER [--json FILE] [--epochs 10000] [--calls 10000]

trains a small network on 100 digits in one process and reads its resident memory every hundredth of the
epochs; then predicts the same file of twenty rows again and again, as a service would, reading run and file
anew each time. Printed are memory after a tenth, at the end, and the largest in between.
"""

from __future__ import annotations

import argparse
import gc
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

import neuroff
from neuroff.core.plan import Stage
from neuroff.runs.folder import RunDirectory, load_run, train_run
from neuroff.runs.predicting import predict_file
from neuroff.training import Silent
from neuroff.training.state import EpochRecord

_SETTINGS = ("widths=12,10", "train_count=100", "batch_size=100", "schedule=interleaved", "evaluate_every=0")


def resident_MB() -> float:
    """Return the resident memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return round(pages * 4096 / 2**20, 1)


class Watching(Silent):
    """Reads memory every so many epochs."""

    def __init__(self, every: int) -> None:
        self.every, self.epochs = max(every, 1), 0
        self.seen: list[float] = []

    def epoch_finished(self, stage: Stage, record: EpochRecord) -> None:
        """Note the memory."""
        self.epochs += 1
        if self.epochs % self.every == 0:
            gc.collect()
            self.seen.append(resident_MB())


def told(seen: list[float], count: int, seconds: float) -> dict[str, Any]:
    """Return what a row of readings says: after a tenth, at the end, the largest after a tenth."""
    tenth = max(len(seen) // 10, 1)
    return {
        "count": count,
        "seconds": round(seconds, 1),
        "after_a_tenth_MB": seen[tenth - 1],
        "at_the_end_MB": seen[-1],
        "largest_since_MB": max(seen[tenth - 1 :]),
        "grown_MB": round(seen[-1] - seen[tenth - 1], 1),
        "every_hundredth_MB": seen,
    }


def trained(out: Path, epochs: int) -> dict[str, Any]:
    """Train, and return the memory of it."""
    config = neuroff.preset("demo", path="dense", variant="acff", dataset="digits")
    given = [*_SETTINGS, f"epochs={epochs}", f"checkpoint_every={max(epochs // 10, 1)}"]
    watching, started = Watching(epochs // 100), time.perf_counter()
    result = train_run(
        RunDirectory(out), neuroff.apply_settings(config, given), neuroff.load("digits"), progress=watching
    )
    return told(watching.seen, epochs, time.perf_counter() - started) | {
        "test_accuracy": result.accuracy.test,
        "epochs_recorded": len(result.history),
        "result_json_bytes": (out / "result.json").stat().st_size,
    }


def predicted(out: Path, calls: int) -> dict[str, Any]:
    """Predict again and again, and return the memory of it."""
    config = neuroff.preset("demo", path="spiking", variant="acff", dataset="digits")
    data = neuroff.load("digits")
    train_run(RunDirectory(out), neuroff.apply_settings(config, [*_SETTINGS, "epochs=2"]), data)
    rows = out / "rows.npz"
    np.savez(rows, x=data.test_images[:20])
    seen: list[float] = []
    started, first = time.perf_counter(), None
    for call in range(calls):
        answer = predict_file(load_run(RunDirectory(out)), rows).rows()
        first = first or answer
        if answer != first:
            raise SystemExit(f"call {call} answers otherwise than the first")
        if (call + 1) % max(calls // 100, 1) == 0:
            gc.collect()
            seen.append(resident_MB())
    return told(seen, calls, time.perf_counter() - started)


def main() -> None:
    """Run both, and write what was read."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--epochs", type=int, default=10_000)
    parser.add_argument("--calls", type=int, default=10_000)
    given = parser.parse_args()
    from neuroff.provenance import commit, machine, versions

    torch.set_num_threads(1)
    result: dict[str, Any] = {
        "what": "resident memory of one process over many epochs and many predictions",
        "training": trained(given.out / "trained", given.epochs),
        "predicting": predicted(given.out / "predicted", given.calls),
        "versions": versions(),
        "commit": commit(),
        "machine": machine("cpu"),
    }
    for name in ("training", "predicting"):
        print(name, {key: value for key, value in result[name].items() if key != "every_hundredth_MB"})
    if given.json:
        given.json.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
