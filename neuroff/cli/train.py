"""`neuroff train`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from neuroff.choices import Path as NetworkPath
from neuroff.choices import PresetName, Variant
from neuroff.cli.console import table_console
from neuroff.cli.options import DataDir, DataSetOption, Json, Profiles, choices
from neuroff.cli.signals import stop_on_interrupt
from neuroff.cli.summary import print_summary
from neuroff.report.grid import Grid, rich_table

if TYPE_CHECKING:
    from neuroff.config import Config
    from neuroff.results import RunResult
    from neuroff.runs.folder import RunDirectory
    from neuroff.training.callbacks import Callback

_NAMED = 10  # classes that are named


def train_command(
    dataset: DataSetOption = "digits",
    label_column: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Column of the classes in a .csv or .parquet.", show_default=False),
    ] = None,
    variant: Annotated[
        Variant, typer.Option(help="ff: no collaboration; fcff: fixed γ; acff: learned γ.")
    ] = "ff",
    path: Annotated[NetworkPath, typer.Option(help="Dense (rate-coded reference) or spiking.")] = "dense",
    preset_name: Annotated[
        PresetName | None,
        typer.Option(
            "--preset",
            help="Where settings start; without it demo for digits, groups for own files, else best.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of everything random.")] = 0,
    epochs: Annotated[int | None, typer.Option(min=1, help="Short for --set training.epochs=N.")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Set one key; may be repeated.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="RUN", help="Folder of the run.", show_default=False)
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the run's last checkpoint.")] = False,
    held_out: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            help="Hold out this share of every class: --set data.held_out_share=SHARE, and no train_count.",
            show_default=False,
        ),
    ] = None,
    early_stop: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="EPOCHS",
            help="End when held-out accuracy has not risen for so long: --set training.patience=EPOCHS.",
            show_default=False,
        ),
    ] = None,
    keep_best: Annotated[
        bool,
        typer.Option(
            "--keep-best",
            help="Keep the epoch of highest held-out accuracy: --set training.keep_best=true.",
        ),
    ] = False,
    log: Annotated[
        str | None,
        typer.Option(
            metavar="KIND,…",
            help="Write every epoch to RUN/history.csv (csv), or as events to RUN/tensorboard (tensorboard).",
            show_default=False,
        ),
    ] = None,
    device: Annotated[str, typer.Option(help="cpu, cuda, or cuda:N.")] = "cpu",
    data_dir: DataDir = None,
    as_json: Json = False,
    shown: Annotated[
        bool,
        typer.Option(
            "--summary",
            help="Show the layers, what they take of chips (--profile), and exit: nothing is trained.",
        ),
    ] = False,
    profile: Profiles = None,
    help_config: Annotated[
        bool, typer.Option("--help-config", help="List every key of --set with its meaning, and exit.")
    ] = False,
) -> None:
    """Train a network and keep everything about the run in one folder.

    Ctrl-C keeps a checkpoint; the same command with --resume goes on to the same bits. Several processes
    train one network under torchrun, each with its share of every batch.

    Examples:
    neuroff train --variant acff --out runs/digits

    neuroff train --dataset mnist --preset paper --seed 0 --out runs/paper-ff

    neuroff train --dataset mnist --path spiking --set neuron.steps=8 --out runs/spiking

    neuroff train --dataset flowers.csv --label-column species --path spiking --out runs/flowers

    neuroff train --dataset recordings#128x128/4 --path spiking --set neuron.steps=16 --out runs/recordings

    neuroff train --dataset cifar10 --preset conv --path spiking --summary

    neuroff train --dataset flowers.csv --held-out 0.2 --early-stop 5 --keep-best --log csv --out runs/stopped

    torchrun --nproc-per-node 2 -m neuroff train --dataset mnist --out runs/two-processes
    """
    from neuroff.cli.progress import ProgressBar
    from neuroff.config.overrides import apply_settings
    from neuroff.config.presets import preset
    from neuroff.data import is_own, load
    from neuroff.device import require_device
    from neuroff.runs.folder import RunDirectory, train_run
    from neuroff.training.ranks import joined, local_device

    if help_config:
        _print_keys(as_json=as_json)
        return
    dataset = f"{dataset}#{label_column}" if label_column else dataset
    usual: PresetName = "demo" if dataset == "digits" else "groups" if is_own(dataset) else "best"
    chosen = preset_name or usual
    config = preset(chosen, path=path, variant=variant, dataset=dataset, seed=seed)
    short = {
        "training.epochs": epochs,
        "data.train_count": None if held_out is None else "none",
        "data.held_out_share": held_out,
        "training.patience": early_stop,
        "training.keep_best": "true" if keep_best else None,
    }
    given = [f"{key}={value}" for key, value in short.items() if value is not None]
    config = apply_settings(config, [*given, *(settings or [])])
    loaded = load(config.data.dataset, data_dir, steps=config.neuron.steps)
    if shown:
        print_summary(config, loaded, profile, as_json=as_json)
        return
    directory = RunDirectory(out or Path("runs") / f"{loaded.name}-{path}-{variant}-{seed}")
    device = require_device(local_device(device))
    with joined(device) as team, stop_on_interrupt() as should_stop, ProgressBar() as bar:
        result = train_run(
            directory,
            config,
            loaded,
            device=device,
            resume=resume,
            progress=bar if team.leads else None,
            should_stop=should_stop,
            callbacks=_logs(log, directory) if team.leads else (),
            team=team,
        )
    if not team.leads:
        return
    if as_json:
        typer.echo(json.dumps({"run": str(directory.path), **summary(config, result)}))
        return
    _print_result(directory, config, result)


def _logs(kinds: str | None, directory: RunDirectory) -> list[Callback]:
    from neuroff.training.callbacks import CsvLog, TensorBoard

    made: dict[str, Callable[[], Callback]] = {
        "csv": lambda: CsvLog(directory.path / "history.csv"),
        "tensorboard": lambda: TensorBoard(directory.path / "tensorboard"),
    }
    return [made[kind]() for kind in choices(kinds, tuple(made), "--log")] if kinds is not None else []


def summary(config: Config, result: RunResult) -> dict[str, Any]:
    """Return the part of a result that a command prints."""
    return {
        "dataset": config.data.dataset,
        "path": config.path,
        "variant": config.variant,
        "seed": config.seed,
        "accuracy": result.accuracy.to_json(),
        "epochs": len(result.history),
        **({"kept_epochs": list(result.kept_epochs)} if result.kept_epochs else {}),
        "gamma": list(result.gamma),
        "training_seconds": result.training_seconds.to_json(),
        "peak_rss_bytes": result.peak_rss_bytes,
        "warnings": list(result.warnings),
    }


def _print_result(directory: RunDirectory, config: Config, result: RunResult) -> None:
    from neuroff.data import is_own

    accuracy = result.accuracy
    row = (
        *(
            "–" if share is None else f"{share:.4f}"
            for share in (accuracy.train, accuracy.held_out, accuracy.test)
        ),
        ", ".join(f"{gamma:.3g}" for gamma in result.gamma),
        f"{result.training_seconds.total:.0f} s",
        f"{result.peak_rss_bytes / 2**20:,.0f} MiB",
    )
    title = f"{config.data.dataset}, {config.path} {config.variant}, seed {config.seed}"
    header = ("train", "held out", "test", "γ", "training time", "peak memory")
    console = table_console()
    console.print(rich_table(Grid(title, header, (row,), words=0)))
    if is_own(config.data.dataset):
        console.print(_data_line(result), highlight=False, soft_wrap=True, markup=False)
    if result.kept_epochs:
        kept = ", ".join(map(str, result.kept_epochs))
        console.print(f"Kept epoch {kept}, the best on held-out images.", highlight=False)
    for warning in result.warnings:
        console.print(f"Warning: {warning}.", highlight=False, soft_wrap=True)
    console.print(f"Everything about this run is in {directory.path}", highlight=False, soft_wrap=True)


def _data_line(result: RunResult) -> str:
    """Return what a file of the user's was taken for: what the reader should look at first."""
    data = result.data
    names = ", ".join((*data.classes[:_NAMED], *(("…",) if len(data.classes) > _NAMED else ())))
    return (
        f"{data.n_train} training and {data.n_test} test rows of {result.pixels} inputs; "
        f"{result.classes} classes: {names}\nRead: {data.preparation}"
    )


def _print_keys(*, as_json: bool) -> None:
    from neuroff.config.overrides import field_rows

    if as_json:
        names = ("key", "values", "default", "meaning")
        typer.echo(json.dumps([dict(zip(names, row, strict=True)) for row in field_rows()]))
        return
    rows = []
    for key, values, default, meaning in field_rows():
        shown = ",".join(map(str, default)) if isinstance(default, tuple) else str(default)
        rows.append((key, values, shown.lower() if default is None else shown, meaning))
    header = ("key", "values", "default", "meaning")
    table_console().print(rich_table(Grid("keys of --set", header, tuple(rows), words=4)))
