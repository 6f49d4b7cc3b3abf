"""Finished runs of a folder as one table, whatever finished first.

A table that is there already keeps its runs: it can be carried to another machine without their folders, and
go on there.
"""

from __future__ import annotations

import base64
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from neuroff.errors import RunError
from neuroff.experiments.columns import COLUMNS
from neuroff.files import read_json
from neuroff.results import BackpropResult, RunResult, read_trained
from neuroff.results.diagnosis import RunDetails
from neuroff.results.run import BackpropEpoch, Epoch
from neuroff.runs.folder import RunDirectory

RunName = tuple[str, str, int]
"""Data set, column and seed."""


def details_file(directory: RunDirectory) -> Path:
    """Return where a run keeps what tests and figures need beyond its own result."""
    return directory.path / "details.json"


def pack(right: np.ndarray) -> str:
    """Return booleans as base64 of their bits, first image first."""
    return base64.b64encode(np.packbits(right).tobytes()).decode()


def stored_runs(out: Path, table: str) -> dict[RunName, dict[str, Any]]:
    """Return the runs that a table has, as they stand in it; none if there is no table.

    Raises:
        RunError: if the table is damaged.
    """
    file = out / f"{table}.json"
    if not file.exists():
        return {}
    try:
        found = {
            (str(dataset), str(column), int(run["seed"])): dict(run)
            for dataset, columns in read_json(file).items()
            for column, entry in columns.items()
            for run in entry["runs"]
        }
    except (AttributeError, KeyError, TypeError, ValueError):
        found = None
    if found is None or any(name[1] not in COLUMNS or "config" not in found[name] for name in found):
        raise RunError(
            "not a table of runs",
            where=str(file),
            expected="what `neuroff reproduce` writes",
            fix="move it away, or name another --out",
        )
    return found


def gather(out: Path, table: str = "reproduction") -> dict[str, Any]:
    """Collect the finished runs of a folder, and those that its table has already.

    Args:
        out: the folder.
        table: a value of `TABLES`.

    Returns:
        ``{dataset: {column: {"seeds", "train", "held_out", "test", "seconds", "runs"}}}``, lists by seed.
        Each entry of ``runs`` has the configuration, versions, commit, γ, curves, the layers' diagnosis and,
        as packed bits, which test images are classified right.

    Raises:
        RunError: if a result is damaged.
    """
    found = stored_runs(out, table)
    for found_file in sorted((out / "runs").glob("*/details.json")):
        directory = RunDirectory(found_file.parent)
        details = RunDetails.read(found_file)
        if details.table != table:
            continue
        result = read_trained(directory.result_file)
        found[details.dataset, details.column, result.seed] = _described(details, result)
    return {
        dataset: {
            column: _by_seed(runs)
            for column in COLUMNS
            if (runs := [found[name] for name in sorted(found) if name[:2] == (dataset, column)])
        }
        for dataset in sorted({name[0] for name in found})
    }


def _by_seed(runs: list[dict[str, Any]]) -> dict[str, Any]:
    rates = [run["firing_rate"] for run in runs if run["firing_rate"]]
    spiking = {
        "T": runs[0]["config"]["neuron"]["steps"],
        "mean_rate": [statistics.fmean(rate) for rate in rates],
    }
    return {
        **(spiking if rates else {}),
        "seeds": [run["seed"] for run in runs],
        **{part: [run["accuracy"][part] for run in runs] for part in ("train", "held_out", "test")},
        "seconds": [run["seconds"] for run in runs],
        "runs": runs,
    }


def _described(details: RunDetails, result: RunResult | BackpropResult) -> dict[str, Any]:
    test = next((file for file in result.data.files if "t10k" in file.name), None)
    return {
        "seed": result.seed,
        "accuracy": result.accuracy.to_json(),
        "seconds": result.training_seconds.total,
        "gamma": list(result.gamma) if isinstance(result, RunResult) else None,
        "images": {"test": result.data.n_test},
        "test_file_sha256": test and test.sha256,
        "right": details.right,
        "layers": [layer.to_json() for layer in details.layers],
        "firing_rate": details.firing_rate and list(details.firing_rate),
        "curves": _curves(result.history),
        "config": result.config,
        "machine": result.machine.to_json(),
        "versions": result.versions,
        "commit": result.commit,
    }


def _curves(history: Sequence[Epoch | BackpropEpoch]) -> list[dict[str, Any]]:
    """Keep the epochs whose accuracy was taken."""
    kept = []
    for record in history:
        if record.train_accuracy is None:
            continue
        kept.append(
            {
                "stage": record.stage if isinstance(record, Epoch) else 0,
                "epoch": record.epoch,
                "train": record.train_accuracy,
                "held_out": record.held_out_accuracy,
                "layers": [layer.to_json() for layer in record.layers] if isinstance(record, Epoch) else [],
            }
        )
    return kept
