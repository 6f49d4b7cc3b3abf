"""`neuroff verify`: an exported file against the run it comes from, spike by spike."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from neuroff.choices import Library
from neuroff.cli.options import DataDir, Json

if TYPE_CHECKING:
    from neuroff.exchange.verdict import Verdict


def verify_command(
    file: Annotated[
        Path, typer.Argument(metavar="F", help="What `neuroff export` wrote; a folder for sanafe.")
    ],
    run: Annotated[Path, typer.Argument(help="Folder of the run it is said to come from.")],
    images: Annotated[int, typer.Option(min=1, help="Test images, each shown with every label.")] = 100,
    simulator: Annotated[
        Library | None, typer.Option(help="For .nir: run the file in this library, by its own importer.")
    ] = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Run a file and its run on the same test images and compare every neuron at every step.

    The file's network meets what the run becomes when it is exported again. A C header is compiled and run if
    there is a compiler. Exit code 0 when all spikes agree, 1 when they do not, 2 when the file is damaged or
    of another network. Files may be anybody's: nothing that a file holds is ever executed.

    Examples:
    neuroff verify network.h runs/spiking

    neuroff verify spiking.nir runs/spiking --simulator snntorch --images 20 --json
    """
    from neuroff.cli.spiking_run import load_spiking
    from neuroff.exchange.verifying import verify

    found = load_spiking(run, data_dir)
    done = verify(file, found.trained.network, found.split, images=images, simulator=simulator)
    if as_json:
        typer.echo(json.dumps(done.result(file, run).to_json()))
    else:
        _tell(done.verdict, done.kind, done.ran_by, done.accuracy)
    if done.verdict.first is not None:
        raise typer.Exit(1)


def _tell(verdict: Verdict, kind: str, ran_by: str, shares: dict[str, float]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{kind}, run by {ran_by}: {verdict.images} images, {verdict.neuron_steps:,} neuron-steps")
    first = verdict.first
    if first is None:
        console.print(f"All {verdict.spikes:,} spikes agree.")
    else:
        console.print(
            f"{verdict.differing:,} neuron-steps differ ({verdict.spikes:,} spikes). First: "
            f"step {first.step}, layer {first.layer + 1}, neuron {first.neuron}, image {first.image} "
            f"with label {first.label}: only the {first.fired} fires."
        )
    console.print(
        f"Accuracy: file {shares['file']:.4f}, exported anew {shares['export']:.4f}, "
        f"as trained {shares['run']:.4f}"
    )
    if verdict.same_class is not None:
        console.print(
            f"The numbers that leave the file's network name the exported class for {verdict.same_class} of "
            f"{verdict.images} images."
        )
