"""The paper's tables: data sets × columns × seeds at full scale, in runs that go on after an interruption.

Every run keeps its own folder; ``reproduction.json`` is gathered from the finished ones, so it grows with
them, and tables and figures can be drawn at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from neuroff.config import parse_config, same_but_precision
from neuroff.config.build import precision_of
from neuroff.config.inputs import prepare
from neuroff.counting.forward import count_activity
from neuroff.data import DataSet
from neuroff.errors import RunError
from neuroff.experiments.backprop import backprop_parameters, backprop_predictions, train_backprop
from neuroff.experiments.columns import COLUMNS, Cell
from neuroff.experiments.diagnosis import diagnose
from neuroff.experiments.gathering import details_file, gather, pack, stored_runs
from neuroff.results import read_trained
from neuroff.results.diagnosis import RunDetails
from neuroff.results.reproduction import ReproductionResult
from neuroff.runs.backends import Hooks
from neuroff.runs.folder import RunDirectory, load_run, train_run
from neuroff.runs.grid import HERE, Execution, run_grid
from neuroff.runs.stage_store import StageStore
from neuroff.training.evaluate import predict

_COUNTED = 1000  # images whose spikes are counted

BACKPROP_LEARNING_RATE: Final = 0.003
"""Of the baseline; chosen on held-out images, see docs/reproduction.md."""


def reproduce(
    planned: Sequence[Cell],
    load: Callable[[str], DataSet],
    out: Path,
    *,
    execution: Execution = HERE,
) -> dict[str, Any]:
    """Train what is neither in the table nor trained yet, and gather all that is.

    Args:
        planned: the runs, in order.
        load: returns a data set by name.
        out: folder; runs in ``out/runs``, finished stages in ``out/stages``, and the table's JSON file.
        execution: on which device, by which back end, and who listens.

    Returns:
        The content of the last table's file; see `gather`.

    Raises:
        RunError: if a folder or the table holds a run of another configuration, or the table is damaged.
        neuroff.training.Interrupted: if asked to stop; what is finished has been gathered.
    """
    left = _not_stored(planned, out)
    tables = {cell.table for cell in left}

    def keep(accuracies: list[float | None]) -> None:
        for table in sorted(tables):
            file = out / f"{table}.json"
            ReproductionResult.of(gather(out, table), str(file)).write(file)

    run_grid(left, _Train(load, out, execution.device), execution, summary=_summary, keep=keep)
    return gather(out, planned[-1].table) if planned else {}


def _summary(cell: Cell, test: float | None) -> str:
    reached = "not measured" if test is None else f"{test:.4f}"
    return f"{cell.dataset} {cell.column} seed {cell.config.seed}: test {reached}"


@dataclass(frozen=True)
class _Train:
    """Train a cell into its folder, keep what tables need of it, and return its test accuracy."""

    load: Callable[[str], DataSet]
    out: Path
    device: str

    def __call__(self, cell: Cell, hooks: Hooks) -> float | None:
        directory = RunDirectory(self.out / cell.folder)
        dataset = self.load(cell.dataset)  # for this run only, since sets are large and one is needed
        if COLUMNS[cell.column].is_backprop:
            train_backprop(
                directory,
                cell.config,
                dataset,
                learning_rate=BACKPROP_LEARNING_RATE,
                device=self.device,
                progress=hooks.progress,
                should_stop=hooks.should_stop,
            )
        else:
            train_run(
                directory,
                cell.config,
                dataset,
                device=self.device,
                resume=True,
                stage_store=StageStore(self.out / "stages"),
                progress=hooks.progress,
                should_stop=hooks.should_stop,
            )
        _keep_details(cell, directory, dataset, self.device)
        return read_trained(directory.result_file).accuracy.test


def _not_stored(planned: Sequence[Cell], out: Path) -> list[Cell]:
    """Return the cells whose run is not in its table.

    A run's folder may be gone, for a table can be carried elsewhere; nothing is trained twice for that. Nor
    is it for another precision of the products, which every run records: a table begun in float32 may go on
    in bfloat16 (docs/reproduction.md says how the two compare).
    """
    tables = {table: stored_runs(out, table) for table in {cell.table for cell in planned}}
    left = []
    for cell in planned:
        where = str(out / f"{cell.table}.json")
        stored = tables[cell.table].get((cell.dataset, cell.column, cell.config.seed))
        if stored is None:
            left.append(cell)
        elif not same_but_precision(parse_config(stored["config"], where), cell.config):
            raise RunError(
                f"{cell.column} on {cell.dataset} with seed {cell.config.seed} has another configuration",
                where=where,
                fix="name another --out",
            )
    return left


def _keep_details(cell: Cell, directory: RunDirectory, dataset: DataSet, device: str) -> None:
    """Measure what the tests and figures need beyond the run's own result, once."""
    if details_file(directory).exists():
        return
    split = prepare(dataset, cell.config, device)
    layers: list[dict[str, Any]] = []
    rates: list[float] | None = None
    if COLUMNS[cell.column].is_backprop:
        widths = cell.config.network.dense_widths("backpropagation")
        parameters = backprop_parameters(directory, (split.test.pixels.shape[1], *widths, dataset.n_classes))
        predicted = backprop_predictions(parameters, split.test, precision_of(cell.config))
    else:
        run = load_run(directory, device)
        predicted = predict(run.network, split.test, cell.config.network.prediction)
        layers = diagnose(cell.config, run.network, split.test)
        if cell.config.path == "spiking":
            rates = list(count_activity(run.network, split.test.some(_COUNTED)).firing_rate)
    right = (predicted == split.test.labels).cpu().numpy()
    values = {
        "table": cell.table,
        "dataset": cell.dataset,
        "column": cell.column,
        "right": pack(right),
        "layers": layers,
        "firing_rate": rates,
    }
    RunDetails.of(values, f"details of {cell.name}").write(details_file(directory))
