"""`neuroff energy`: what a trained network's prediction and its training cost on hardware."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import torch
import typer
from rich.console import Console

from neuroff.cli.console import table_console
from neuroff.cli.options import DataDir, Json
from neuroff.config.inputs import prepare
from neuroff.core.inputs import Inputs
from neuroff.core.network import Network
from neuroff.data import load
from neuroff.device import require_device
from neuroff.energy import Profile, list_profiles, load_profile
from neuroff.energy.pricing.account import account
from neuroff.experiments.energy import count_run
from neuroff.experiments.meter import NoMeter, find_meter, measure
from neuroff.files import write_bytes
from neuroff.provenance import commit, versions
from neuroff.report.energy import tables
from neuroff.report.energy.learning_table import learning_grid
from neuroff.report.energy.page import markdown_page, render_energy
from neuroff.report.energy.report import EnergyReport, Measured
from neuroff.report.energy.save import energy_drawings
from neuroff.report.grid import Grid, rich_table
from neuroff.runs.folder import RunDirectory, load_run
from neuroff.training.evaluate import predict

SHORT_LIST = ("loihi1-davies2018", "generic-horowitz45", "cpu-degnan2016")
"""Profiles that fit a table side by side; all of them with ``--profile all``."""

_IN_DETAIL = 3  # profiles whose terms are printed as well

Profiles = Annotated[
    list[str] | None,
    typer.Option("--profile", metavar="NAME|FILE|all", help="Hardware profile; may be repeated."),
]


def energy_command(
    run: Annotated[Path, typer.Argument(help="Folder of a finished run.")],
    profile: Profiles = None,
    images: Annotated[int, typer.Option(min=1, help="Test images whose forward pass is counted.")] = 1000,
    learning_images: Annotated[
        int, typer.Option(min=0, help="Training images whose learning is counted; 0: none.")
    ] = 200,
    weight_bits: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=64,
            help="Bits of a stored weight; without it 32 for a dense network and 8 for a spiking one, or "
            "what the device has if that is less.",
        ),
    ] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the report as one page.")] = None,
    markdown: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it as Markdown, figures beside it.")
    ] = None,
    with_measure: Annotated[
        bool, typer.Option("--measure", help="Measure this machine's joules too, where it has a counter.")
    ] = False,
    device: Annotated[str, typer.Option(help="cpu, cuda, or cuda:N; what --measure measures.")] = "cpu",
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Count the work of a prediction and of a training sample, and price it on hardware profiles.

    Energies are counts times published coefficients, not measured power. What a profile cannot price is
    listed and makes the total a lower bound (≥); a network that does not fit a device has no energy there.
    All profiles without --profile.

    Examples:
    neuroff energy runs/digits

    neuroff energy runs/digits --profile loihi1-davies2018 --json

    neuroff energy runs/digits --profile all --html energy.html
    """
    chosen = selected_profiles(profile or ["all"])
    where = require_device(device)
    trained = load_run(RunDirectory(run), where)
    images_of = load(trained.config.data.dataset, data_dir, steps=trained.config.neuron.steps)
    split = prepare(images_of, trained.config, where)
    work = count_run(
        trained.config,
        trained.network,
        split,
        images=images,
        learning_images=learning_images,
        weight_bit=weight_bits,
    )
    measured, no_meter = None, None
    if with_measure:
        found = _measured(trained.network, split.test.head(images), where)
        measured, no_meter = (None, found.reason) if isinstance(found, NoMeter) else (found, None)
    report = EnergyReport(
        run=str(run),
        dataset=trained.config.data.dataset,
        path=trained.config.path,
        variant=trained.config.variant,
        images=work.activity.images,
        learning_images=work.learning_images,
        epoch_images=work.epoch_images,
        firing_rate=work.activity.firing_rate,
        counted=work.counted,
        accounts=tuple(account(work.counted, entry) for entry in chosen),
        measured=measured,
        no_meter=no_meter,
        versions=versions(),
        commit=commit(),
    )
    written = _write(report, html, markdown)
    if as_json:
        typer.echo(json.dumps(report.to_dict(), allow_nan=False))
        return
    console = table_console()
    _print(report, console)
    for path in written:
        console.print(f"Written: {path}", highlight=False, soft_wrap=True)


def selected_profiles(names: list[str]) -> list[Profile]:
    """Return the named profiles, or all that ship with neuroff if ``all`` is among the names."""
    wanted = list(dict.fromkeys(name for name in names if name != "all"))
    shipped = list_profiles() if "all" in names else []
    return [load_profile(name) for name in [*shipped, *(name for name in wanted if name not in shipped)]]


def _measured(network: Network, inputs: Inputs, device: str) -> Measured | NoMeter:
    """Predict the images over and over while a counter runs."""
    meter = find_meter(device)
    if isinstance(meter, NoMeter):
        return meter
    on_card = device.startswith("cuda")

    def task() -> None:
        predict(network, inputs)
        if on_card:
            torch.cuda.synchronize(device)

    reading = measure(meter, task)
    samples = reading.rounds * len(inputs)
    name = torch.cuda.get_device_name(device) if on_card else f"{torch.get_num_threads()} threads"
    return Measured(
        meter.name,
        meter.boundary,
        name,
        samples,
        reading.seconds / samples,
        reading.energy_J / samples,
        reading.idle_W,
    )


def _write(report: EnergyReport, html: Path | None, markdown: Path | None) -> list[Path]:
    if html is None and markdown is None:
        return []
    drawings = energy_drawings(report)
    written = []
    if html is not None:
        write_bytes(html, render_energy(report, drawings).encode())
        written.append(html)
    if markdown is not None:
        for name, text in drawings.items():
            figure = markdown.with_name(f"{markdown.stem}-{name}.svg")
            write_bytes(figure, text.encode())
            written.append(figure)
        page = markdown_page(report, {name: f"{markdown.stem}-{name}.svg" for name in drawings})
        write_bytes(markdown, page.encode())
        written.append(markdown)
    return written


def _print(report: EnergyReport, console: Console) -> None:
    makers: list[Callable[[EnergyReport], Grid]] = [
        tables.counts_grid,
        tables.main_grid,
        tables.sweep_grid,
        tables.twin_grid,
        learning_grid,
    ]
    for make in makers:
        _show(make(report), console)
    if len(report.accounts) <= _IN_DETAIL:
        for entry in report.accounts:
            _show(tables.terms_grid(entry), console)
    else:
        _show(tables.unpriced_grid(report.accounts), console)
        _show(tables.digests_grid(report.accounts), console)
    for line in tables.measured_lines(report):
        console.print(line, highlight=False)


def _show(grid: Grid, console: Console) -> None:
    if grid.rows:
        console.print(rich_table(grid))
        console.print()
