"""`neuroff evaluate`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from neuroff.cli.options import DataDir, Json
from neuroff.core.scores import PredictionRule
from neuroff.data import load
from neuroff.device import require_device
from neuroff.report.printed import percent
from neuroff.runs.folder import RunDirectory, load_run
from neuroff.runs.images import images_of
from neuroff.runs.measuring import Measured, measure

_MISTAKES = 5


def evaluate_command(
    run: Annotated[Path, typer.Argument(help="Folder of a finished run.")],
    dataset: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Another data set to test on; the run's own by default."),
    ] = None,
    rule: Annotated[
        PredictionRule | None,
        typer.Option(
            help="Label score: sum of G, sum of C, or C of the last layer; the run's own by default."
        ),
    ] = None,
    figures: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Draw there which class is taken for which on the test images."),
    ] = None,
    device: Annotated[str, typer.Option(help="cpu, cuda, or cuda:N.")] = "cpu",
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Measure a trained network on all training, held-out and test images.

    Balanced accuracy is the mean over classes of the share of each that is right: what counts where some
    classes are rare. --json adds recall, precision and the whole confusion matrix of the test images.

    Examples:
    neuroff evaluate runs/digits --rule last

    neuroff evaluate runs/flowers --figures runs/flowers
    """
    target = require_device(device)
    trained = load_run(RunDirectory(run), target)
    name = dataset or trained.config.data.dataset
    images = (
        load(name, data_dir, steps=trained.config.neuron.steps) if dataset else images_of(trained, data_dir)
    )
    measured = measure(trained, images, rule, target)
    test = measured.parts["test"]
    drawn = []
    if figures is not None and test is not None:
        from neuroff.report.confusion import write_confusion  # matplotlib, for figures alone

        drawn = write_confusion(test.counts.tolist(), measured.classes, figures)
    if as_json:
        typer.echo(json.dumps({"run": str(run), "dataset": name, **measured.to_json()}))
        return
    _print(measured, f"{run} on {name}, by {measured.prediction}")
    for file in drawn:
        Console().print(f"Written: {file}", highlight=False, soft_wrap=True, markup=False)


def _print(measured: Measured, title: str) -> None:
    table = Table("images", "accuracy", "balanced", title=title)
    for name, part in measured.parts.items():
        shares = ("–", "–") if part is None else (f"{part.accuracy:.4f}", f"{part.balanced_accuracy:.4f}")
        table.add_row(name, *shares)
    console = Console()
    console.print(table)
    test = measured.parts["test"]
    if test is None:
        return
    rows = test.counts.sum(1).tolist()
    for true, predicted, times in test.mistaken(_MISTAKES):
        console.print(
            f"{measured.classes[true]} taken for {measured.classes[predicted]}: {times} of {rows[true]} test "
            f"images ({percent(times / rows[true], 1)} %)",
            highlight=False,
            soft_wrap=True,
            markup=False,
        )
