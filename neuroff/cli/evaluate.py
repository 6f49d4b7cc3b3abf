"""`neuroff evaluate`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from neuroff.choices import PredictionRule
from neuroff.cli.console import table_console
from neuroff.cli.options import DataDir, Figures, Forms, Json, PartsFolder, Tables, forms, require_folder
from neuroff.report.grid import Grid, rich_table

if TYPE_CHECKING:
    from neuroff.runs.measuring import Measured
    from neuroff.training.confusion import Confusion


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
    out: PartsFolder = None,
    figures: Figures = "svg,png",
    tables: Tables = "",
    device: Annotated[str, typer.Option(help="cpu, cuda, or cuda:N.")] = "cpu",
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Measure a trained network on all training, held-out and test images.

    Balanced accuracy is the mean over classes of the share of each that is right: what counts where some
    classes are rare. --json adds recall, precision and the whole confusion matrix of the test images.

    Examples:
    neuroff evaluate runs/digits --rule last

    neuroff evaluate runs/flowers --out runs/flowers --tables csv
    """
    from neuroff.device import require_device
    from neuroff.runs.folder import RunDirectory, load_run
    from neuroff.runs.images import images_of, other_images
    from neuroff.runs.measuring import measure

    require_folder(out, tables)
    given = forms(figures, tables, page=False)
    target = require_device(device)
    trained = load_run(RunDirectory(run), target)
    name = dataset or trained.config.data.dataset
    images = other_images(trained, name, data_dir) if dataset else images_of(trained, data_dir)
    measured = measure(trained, images, rule, target)
    test = measured.parts["test"]
    drawn = [] if out is None or test is None else _write(measured, test, out, given)
    if as_json:
        typer.echo(json.dumps({"run": str(run), "dataset": name, **measured.to_json()}))
        return
    _print(measured, f"{run} on {name}, by {measured.prediction}")
    for file in drawn:
        Console().print(f"Written: {file}", highlight=False, soft_wrap=True, markup=False)


def _write(measured: Measured, test: Confusion, out: Path, given: Forms) -> list[Path]:
    from neuroff.report.confusion import confusion_sheets, write_confusion
    from neuroff.report.formats import write_sheets

    values = test.to_json()
    drawn = write_confusion(values["counts"], measured.classes, out, given.figures)
    sheets = confusion_sheets(values["counts"], measured.classes, values["recall"], values["precision"])
    return [*drawn, *write_sheets(sheets, out, given.tables)]


def _print(measured: Measured, title: str) -> None:
    from neuroff.report.printed import percent

    table = []
    for name, part in measured.parts.items():
        shares = ("–", "–") if part is None else (f"{part.accuracy:.4f}", f"{part.balanced_accuracy:.4f}")
        table.append((name, *shares))
    console = table_console()
    console.print(rich_table(Grid(title, ("images", "accuracy", "balanced"), tuple(table))))
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
