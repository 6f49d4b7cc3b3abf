"""Run a study of the spiking path: one folder a case, one row a folder, resumable at any batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from neuroff.config import Config, DataSetName
from neuroff.config.inputs import prepare
from neuroff.counting.forward import count_activity
from neuroff.data import DataSet
from neuroff.experiments.listening import RunsProgress
from neuroff.experiments.studies import STUDIES, Case, StudyName, case_config
from neuroff.provenance import commit, machine, versions
from neuroff.results.study import StudyResult, StudyRow
from neuroff.runs.folder import RunDirectory, load_run, train_run
from neuroff.training.evaluate import accuracy

HELD_OUT = 5_000
"""The last images of the training set, on which choices are judged."""

_COUNTED = 500


def run_study(
    name: StudyName,
    dataset: DataSet,
    out: Path,
    *,
    dataset_name: DataSetName,
    seeds: Sequence[int] = (0,),
    settings: Sequence[str] = (),
    device: str = "cpu",
    progress: RunsProgress | None = None,
    should_stop: Callable[[], bool] = lambda: False,
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
        device: where to train.
        progress: listener.
        should_stop: asked after every batch.

    Returns:
        What ``<study>-<data set>.json`` holds: what is common, and a row per case and seed.

    Raises:
        RunError: if a folder holds a run of other settings.
        neuroff.training.Interrupted: if asked to stop; finished cases are in the file.
    """
    study = STUDIES[name]
    planned = [(case, seed) for seed in seeds for case in study.cases]
    configs = [case_config(study, case, dataset_name, seed, settings) for case, seed in planned]
    rows: list[StudyRow] = []
    for number, ((case, seed), config) in enumerate(zip(planned, configs, strict=True)):
        directory = RunDirectory(out / "runs" / f"{dataset_name}-{name}-{case.name}-{seed}")
        train_run(
            directory,
            config,
            dataset,
            device=device,
            resume=True,
            measured=(),
            progress=progress.run_started(config, number, len(planned)) if progress else None,
            should_stop=should_stop,
        )
        row = _measured(case, seed, directory, config, dataset, device)
        rows.append(row)
        if progress:
            progress.run_finished(
                f"{case.name} seed {seed}: test {row.test:.4f}, mean rate {row.mean_rate:.3f}"
            )
        result = _result(name, dataset_name, settings, len(planned), device, rows)
        result.write(out / f"{name}-{dataset_name}.json")
    return _result(name, dataset_name, settings, len(planned), device, rows)


def _result(
    name: StudyName,
    dataset_name: DataSetName,
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


def _measured(
    case: Case, seed: int, directory: RunDirectory, config: Config, dataset: DataSet, device: str
) -> StudyRow:
    """Return a case's row, from its folder where it was measured before."""
    file = directory.path / "measured.json"
    if not file.exists():
        _row(case, seed, directory, config, dataset, device).write(file)
    return StudyRow.read(file)


def _row(
    case: Case, seed: int, directory: RunDirectory, config: Config, dataset: DataSet, device: str
) -> StudyRow:
    run = load_run(directory, device)
    split = prepare(dataset, config, device)
    held_out = split.held_out.tail(HELD_OUT)
    hears = config.variant != "ff" and len(held_out) > 0
    activity = count_activity(run.network, split.test.head(_COUNTED))
    neurons = run.network.widths[1:]
    fired = sum(rate * width for rate, width in zip(activity.firing_rate, neurons, strict=True))
    values = {
        "case": case.name,
        "choice": case.choice,
        "variant": case.variant,
        "seed": seed,
        "T": activity.steps,
        "train_images": len(split.train),
        "held_out_images": len(held_out),
        "test_images": len(split.test),
        "held_out": accuracy(run.network, held_out) if len(held_out) else None,
        "held_out_collaborative": accuracy(run.network, held_out, "collaborative") if hears else None,
        "test": accuracy(run.network, split.test),
        "firing_rate": list(activity.firing_rate),
        "mean_rate": fired / sum(neurons),
        "spikes_per_image": activity.counts["spikes_emitted"],
        "counted_images": activity.images,
        "seconds": run.result.training_seconds.total,
        "config": run.result.config,
        "versions": run.result.versions,
        "commit": run.result.commit,
    }
    return StudyRow.of(values, str(directory.path))
