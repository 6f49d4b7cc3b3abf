"""The paper's tables: data sets × columns × seeds at full scale, in runs that go on after an interruption.

Every run keeps its own folder; ``reproduction.json`` is gathered from the finished ones, so it grows with
them, and tables and figures can be drawn at any time.
"""

from __future__ import annotations

import base64
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from neuroff.activity import count_activity
from neuroff.config import Config, DataSetName, Variant
from neuroff.config import Path as NetworkPath
from neuroff.data import DataSet
from neuroff.errors import ConfigError
from neuroff.evaluate import predict
from neuroff.experiments.backprop import backprop_parameters, backprop_predictions, train_backprop
from neuroff.experiments.diagnosis import diagnose
from neuroff.experiments.listening import RunsProgress
from neuroff.files import read_json, write_json
from neuroff.inputs import prepare
from neuroff.presets import PresetName, preset
from neuroff.runs import RunDirectory, load_run, train_run
from neuroff.settings import apply_settings
from neuroff.stage_store import StageStore

_COUNTED = 1000  # images whose spikes are counted

BACKPROP_LEARNING_RATE: Final = 0.003
"""Of the baseline; chosen on held-out images, see docs/reproduction.md."""


@dataclass(frozen=True)
class Column:
    """One column of the tables.

    Attributes:
        variant: ff, fcff or acff; the baseline ``bp`` uses ff's configuration for everything but learning.
        settings: ``key=value`` on top of the preset.
        title: in print.
        is_backprop: whether backpropagation trains it.
    """

    variant: Variant
    title: str
    settings: tuple[str, ...] = ()
    is_backprop: bool = False


_LORBERBOM = (
    "collaboration.threshold=literal",
    "collaboration.gamma=1",
    "collaboration.weight=one",
    "training.schedule=interleaved",
)

COLUMNS: Final[Mapping[str, Column]] = MappingProxyType(
    {
        "ff": Column("ff", "FF"),
        "fcff": Column("fcff", "F-CFF"),
        "acff": Column("acff", "A-CFF"),
        "bp": Column("ff", "backpropagation", is_backprop=True),
        "lorberbom_earlier": Column("fcff", "Lorberbom γ<t", (*_LORBERBOM, "collaboration.partners=trained")),
        "lorberbom_all": Column("fcff", "Lorberbom γ", (*_LORBERBOM, "collaboration.partners=all")),
    }
)
"""Columns by name. Lorberbom et al. (AAAI 2024): a plain sum over earlier or all layers, no coefficient."""


@dataclass(frozen=True)
class Cell:
    """One run of the tables.

    Attributes:
        table: the file its result is gathered in; see `TABLES`.
        dataset: named data set.
        column: key of `COLUMNS`.
        config: of the run.
    """

    table: str
    dataset: DataSetName
    column: str
    config: Config

    @property
    def name(self) -> str:
        """Name of its folder."""
        return f"{self.table}-{self.dataset}-{self.column}-{self.config.seed}"


TABLES: Final[Mapping[tuple[PresetName, NetworkPath], str]] = MappingProxyType(
    {("paper", "dense"): "reproduction", ("best", "dense"): "best", ("best", "spiking"): "spiking"}
)
"""Name of the result by preset and path, ``reproduction.json`` and so on."""


def cells(
    datasets: Sequence[DataSetName],
    columns: Sequence[str],
    seeds: Sequence[int],
    settings: Sequence[str] = (),
    start: PresetName = "paper",
    path: NetworkPath = "dense",
) -> Iterator[Cell]:
    """Yield the runs, seed by seed, so that every column has the same seeds when time runs out.

    Raises:
        ConfigError: if there is no table for the preset and path, or backpropagation is asked for elsewhere
            than on the paper's.
    """
    table = TABLES.get((start, path))
    if table is None or (start != "paper" and any(COLUMNS[name].is_backprop for name in columns)):
        raise ConfigError(
            f"no table of preset {start} on the {path} path with columns {', '.join(columns)}",
            where="reproduce",
            expected="preset paper (dense), or preset best (dense or spiking) without bp",
        )
    for seed in seeds:
        for dataset in datasets:
            for name in columns:
                column = COLUMNS[name]
                config = preset(start, path=path, variant=column.variant, dataset=dataset, seed=seed)
                yield Cell(
                    table, dataset, name, apply_settings(apply_settings(config, settings), column.settings)
                )


def reproduce(
    planned: Sequence[Cell],
    load: Callable[[DataSetName], DataSet],
    out: Path,
    *,
    device: str = "cpu",
    progress: RunsProgress | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """Train what is not trained yet and gather all that is.

    Args:
        planned: the runs, in order.
        load: returns a data set by name.
        out: folder; runs in ``out/runs``, finished stages in ``out/stages``, and the table's JSON file.
        device: where to train.
        progress: listener.
        should_stop: asked after every batch.

    Returns:
        The content of the last table's file; see `gather`.

    Raises:
        RunError: if a folder holds a run of another configuration.
        neuroff.training.Interrupted: if asked to stop; what is finished has been gathered.
    """
    loaded: dict[str, DataSet] = {}
    for number, cell in enumerate(planned):
        if cell.dataset not in loaded:
            loaded = {cell.dataset: load(cell.dataset)}  # one at a time in memory
        listener = progress.run_started(cell.config, number, len(planned)) if progress else None
        directory = RunDirectory(out / "runs" / cell.name)
        dataset = loaded[cell.dataset]
        if COLUMNS[cell.column].is_backprop:
            train_backprop(
                directory,
                cell.config,
                dataset,
                learning_rate=BACKPROP_LEARNING_RATE,
                device=device,
                progress=listener,
                should_stop=should_stop,
            )
        else:
            train_run(
                directory,
                cell.config,
                dataset,
                device=device,
                resume=True,
                stage_store=StageStore(out / "stages"),
                progress=listener,
                should_stop=should_stop,
            )
        _keep_details(cell, directory, dataset, device)
        write_json(out / f"{cell.table}.json", gather(out, cell.table))
        if progress:
            test = read_json(directory.result_file)["accuracy"]["test"]
            progress.run_finished(f"{cell.dataset} {cell.column} seed {cell.config.seed}: test {test:.4f}")
    return gather(out, planned[-1].table) if planned else {}


def _details_file(directory: RunDirectory) -> Path:
    return directory.path / "details.json"


def _keep_details(cell: Cell, directory: RunDirectory, dataset: DataSet, device: str) -> None:
    """Measure what the tests and figures need beyond the run's own result, once."""
    if _details_file(directory).exists():
        return
    split = prepare(dataset, cell.config, device)
    layers: list[dict[str, Any]] = []
    rates: list[float] | None = None
    if COLUMNS[cell.column].is_backprop:
        predicted = backprop_predictions(backprop_parameters(directory), split.test)
    else:
        run = load_run(directory, device)
        predicted = predict(run.network, split.test, cell.config.network.prediction)
        layers = diagnose(cell.config, run.network, split.test)
        if cell.config.path == "spiking":
            rates = list(count_activity(run.network, split.test.head(_COUNTED)).firing_rate)
    right = (predicted == split.test.labels).cpu().numpy()
    write_json(
        _details_file(directory),
        {
            "table": cell.table,
            "dataset": cell.dataset,
            "column": cell.column,
            "right": pack(right),
            "layers": layers,
            "firing_rate": rates,
        },
    )


def pack(right: np.ndarray) -> str:
    """Return booleans as base64 of their bits, first image first."""
    return base64.b64encode(np.packbits(right).tobytes()).decode()


def unpack(text: str, images: int) -> np.ndarray:
    """Return the first ``images`` booleans of what `pack` wrote."""
    return np.unpackbits(np.frombuffer(base64.b64decode(text), dtype=np.uint8))[:images].astype(bool)


def gather(out: Path, table: str = "reproduction") -> dict[str, Any]:
    """Collect the finished runs of a folder.

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
    found: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for details_file in sorted((out / "runs").glob("*/details.json")):
        directory = RunDirectory(details_file.parent)
        details = read_json(details_file)
        if details["table"] != table:
            continue
        result = read_json(directory.result_file)
        runs = found.setdefault(details["dataset"], {}).setdefault(details["column"], [])
        runs.append(_described(details, result))
    return {
        dataset: {
            column: _by_seed(sorted(found[dataset][column], key=lambda run: run["seed"]))
            for column in COLUMNS
            if column in found[dataset]
        }
        for dataset in sorted(found)
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


def _described(details: Mapping[str, Any], result: Mapping[str, Any]) -> dict[str, Any]:
    test = next((file for file in result["data"]["files"] if "t10k" in file["name"]), None)
    return {
        "seed": result["seed"],
        "accuracy": result["accuracy"],
        "seconds": result["training_seconds"]["total"],
        "gamma": result.get("gamma"),
        "images": {"test": result["data"]["n_test"]},
        "test_file_sha256": test and test["sha256"],
        "right": details["right"],
        "layers": details["layers"],
        "firing_rate": details["firing_rate"],
        "curves": _curves(result["history"]),
        "config": result["config"],
        "machine": result["machine"],
        "versions": result["versions"],
        "commit": result["commit"],
    }


def _curves(history: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Keep the epochs whose accuracy was taken."""
    kept = []
    for record in history:
        if record.get("train_accuracy") is None:
            continue
        kept.append(
            {
                "stage": record.get("stage", 0),
                "epoch": record["epoch"],
                "train": record["train_accuracy"],
                "held_out": record.get("held_out_accuracy"),
                "layers": record.get("layers", []),
            }
        )
    return kept
