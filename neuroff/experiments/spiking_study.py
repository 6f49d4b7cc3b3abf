"""Run a study of the spiking path: one folder a case, one row a folder, resumable at any batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from neuroff.config import Config
from neuroff.core.inputs import Split
from neuroff.counting.forward import count_activity
from neuroff.data import DataSet
from neuroff.experiments.studies import STUDIES, Case, StudyName, case_config
from neuroff.provenance import commit, machine, versions
from neuroff.results.study import StudyResult, StudyRow
from neuroff.runs.folder import TrainedRun
from neuroff.runs.grid import HERE, Execution, TrainAndRead, run_grid
from neuroff.training.evaluate import accuracy

HELD_OUT = 5_000
"""The last images of the training set, on which choices are judged."""

_COUNTED = 500


@dataclass(frozen=True)
class _Run:
    """A case of a study with a seed, on a data set."""

    study: StudyName
    case: Case
    dataset: str
    config: Config

    @property
    def folder(self) -> str:
        return f"runs/{self.dataset}-{self.study}-{self.case.name}-{self.config.seed}"


def run_study(
    name: StudyName,
    dataset: DataSet,
    out: Path,
    *,
    dataset_name: str,
    seeds: Sequence[int] = (0,),
    settings: Sequence[str] = (),
    execution: Execution = HERE,
) -> StudyResult:
    """Train and measure every case of a study, and write ``<study>-<data set>.json`` after each of them.

    Args:
        name: the study.
        dataset: the images.
        out: folder; a run's folder is ``out/runs/<data set>-<study>-<case>-<seed>``. Finished cases are kept,
            and an interrupted run goes on.
        dataset_name: the data set's name.
        seeds: one run of every case each.
        settings: ``key=value`` settings of all cases, such as the scale.
        execution: on which device, by which back end, and who listens.

    Returns:
        What ``<study>-<data set>.json`` holds: what is common, and a row per case and seed.

    Raises:
        RunError: if a folder holds a run of other settings.
        neuroff.training.Interrupted: if asked to stop; finished cases are in the file.
    """
    study = STUDIES[name]
    runs = [
        _Run(name, case, dataset_name, case_config(study, case, dataset_name, seed, settings))
        for seed in seeds
        for case in study.cases
    ]

    def result(rows: Sequence[StudyRow]) -> StudyResult:
        return _result(name, dataset_name, settings, len(runs), execution.device, rows)

    rows = run_grid(
        runs,
        TrainAndRead(partial(_measured, out=out), out, dataset, execution.device, measured=()),
        execution,
        summary=_summary,
        keep=lambda found: result(found).write(out / f"{name}-{dataset_name}.json"),
    )
    return result(rows)


def _summary(run: _Run, row: StudyRow) -> str:
    return f"{run.case.name} seed {row.seed}: test {row.test:.4f}, mean rate {row.mean_rate:.3f}"


def _result(
    name: StudyName,
    dataset_name: str,
    settings: Sequence[str],
    cases: int,
    device: str,
    rows: Sequence[StudyRow],
) -> StudyResult:
    study = STUDIES[name]
    values = {
        "format": 1,
        "study": name,
        "title": study.title,
        "dataset": dataset_name,
        "settings": [*study.common, *settings],
        "cases": cases,
        "versions": versions(),
        "commit": commit(),
        "machine": machine(device),
        "rows": rows,
    }
    return StudyResult.of(values, f"study {name}")


def _measured(run: _Run, trained: TrainedRun, split: Split, out: Path) -> StudyRow:
    """Return a case's row, from its folder where it was measured before."""
    file = out / run.folder / "measured.json"
    if not file.exists():
        _row(run, trained, split).write(file)
    return StudyRow.read(file)


def _row(run: _Run, trained: TrainedRun, split: Split) -> StudyRow:
    network, result = trained.network, trained.result
    held_out = split.held_out.tail(HELD_OUT)
    hears = run.config.variant != "ff" and len(held_out) > 0
    activity = count_activity(network, split.test.some(_COUNTED))
    neurons = network.widths[1:]
    fired = sum(rate * width for rate, width in zip(activity.firing_rate, neurons, strict=True))
    values = {
        "case": run.case.name,
        "choice": run.case.choice,
        "variant": run.case.variant,
        "seed": run.config.seed,
        "T": activity.steps,
        "train_images": len(split.train),
        "held_out_images": len(held_out),
        "test_images": len(split.test),
        "held_out": accuracy(network, held_out) if len(held_out) else None,
        "held_out_collaborative": accuracy(network, held_out, "collaborative") if hears else None,
        "test": accuracy(network, split.test),
        "firing_rate": list(activity.firing_rate),
        "mean_rate": fired / sum(neurons),
        "spikes_per_image": activity.counts["spikes_emitted"],
        "counted_images": activity.images,
        "seconds": result.training_seconds.total,
        "config": result.config,
        "versions": result.versions,
        "commit": result.commit,
    }
    return StudyRow.of(values, run.folder)
