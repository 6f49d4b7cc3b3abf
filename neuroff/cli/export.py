"""`neuroff export`: a trained spiking network as a file for other tools."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from neuroff.cli.options import DataDir, Json
from neuroff.cli.spiking_run import load_spiking
from neuroff.exchange.formats import FORMATS, export
from neuroff.exchange.nir.flavour import Flavour
from neuroff.exchange.writers import ExportOptions


def export_command(
    run: Annotated[Path, typer.Argument(help="Folder of a finished run of a spiking network.")],
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="<" + "|".join(FORMATS.names()) + ">",
            help="nir: graph for other simulators; loihi: integers for neuroff's emulator; netx: HDF5 of "
            "lava-dl; sanafe: SANA-FE's network, mapping and architecture files; c: C99 header.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="F", help="File to write; a folder for sanafe.")],
    bits: Annotated[
        int | None, typer.Option(min=2, max=8, help="Bits of a weight; 8 without it. Not for nir.")
    ] = None,
    flavour: Annotated[
        Flavour | None,
        typer.Option(help="Who will read a .nir file; nir, the plain equations, without it."),
    ] = None,
    spikes: Annotated[
        bool,
        typer.Option(
            "--spikes",
            help="For loihi and c: pixels arrive as spikes, not as one volley of graded spikes. The other "
            "targets always have it so.",
        ),
    ] = False,
    profile: Annotated[
        str | None,
        typer.Option(metavar="NAME|FILE", help="For sanafe: the chip; loihi1-sanafe without it."),
    ] = None,
    image: Annotated[int, typer.Option(min=0, help="For sanafe: the test image it is shown.")] = 0,
    label: Annotated[
        int | None, typer.Option(min=0, help="For sanafe: the label shown with it; the true one without it.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Write a trained spiking network as a file for simulators, chips and microcontrollers.

    Gains between layers become fixed ones in the weights, chosen on training images; integer targets also
    round weights and reset to zero. What was changed is printed; `neuroff verify` tells what it costs. What a
    target cannot express is refused, never dropped.

    Examples:
    neuroff export runs/spiking --to nir --flavour snntorch --out spiking.nir

    neuroff export runs/spiking --to loihi --bits 6 --out spiking.safetensors

    neuroff export runs/spiking --to c --out network.h
    """
    options = ExportOptions(bits, flavour, spikes, profile, image, label)
    found = load_spiking(run, data_dir)
    done = export(found.trained.network, found.split, to, out, options, force=force)
    if as_json:
        typer.echo(json.dumps(done.result(run).to_json()))
        return
    console = Console()
    console.print(f"{'-'.join(map(str, done.widths))} for {to}:", highlight=False)
    for note in done.notes:
        console.print(f"  {note}", highlight=False, soft_wrap=True, markup=False)
    for file in done.files:
        console.print(f"Written: {file}", highlight=False, soft_wrap=True, markup=False)
    console.print(f"What it costs: neuroff verify {out} {run}", highlight=False, soft_wrap=True, markup=False)
