"""`neuroff export`: a trained spiking network as a file for other tools."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from neuroff.chip.deploy import events
from neuroff.chip.file import write_loihi
from neuroff.chip.limits import chip_work, require_fit
from neuroff.cli.options import DataDir, Json
from neuroff.cli.spiking_run import load_spiking
from neuroff.core.inputs import Inputs
from neuroff.energy import load_profile
from neuroff.errors import ConfigError, ExportError
from neuroff.exchange.c.source import write_c
from neuroff.exchange.nir.flavour import Flavour
from neuroff.exchange.port import ChipPort, Target, chip_port, graph_port
from neuroff.exchange.sanafe.files import write_sanafe


def export_command(
    run: Annotated[Path, typer.Argument(help="Folder of a finished run of a spiking network.")],
    to: Annotated[
        Target,
        typer.Option(
            "--to",
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
    _refuse_options(to, bits=bits, flavour=flavour, spikes=spikes, profile=profile, label=label)
    if out.exists() and not force:
        raise ExportError(
            "is there already", where=str(out), fix="name another, or overwrite it with --force"
        )
    found = load_spiking(run, data_dir)
    network, split = found.trained.network, found.split
    files = [out]
    if to == "nir":
        from neuroff.exchange.nir.write import write_nir  # needs h5py

        graph = graph_port(network, split)
        write_nir(graph.graph, out, flavour or "nir")
        notes, shape = graph.notes, [graph.graph.input.width, *network.widths[1:]]
    else:
        port = chip_port(network, split, to, bits=bits or 8, spikes=spikes)
        files = list(_write(port, to, out, split.test, (profile or "loihi1-sanafe", image, label)))
        notes, shape = port.notes, list(port.program.widths)
    size = sum(file.stat().st_size for file in files)
    if as_json:
        told = {"run": str(run), "to": to, "files": list(map(str, files)), "bytes": size, "widths": shape}
        typer.echo(json.dumps({**told, "bits": None if to == "nir" else bits or 8, "notes": list(notes)}))
        return
    console = Console()
    console.print(f"{'-'.join(map(str, shape))} for {to}:", highlight=False)
    for note in notes:
        console.print(f"  {note}", highlight=False, soft_wrap=True, markup=False)
    for file in files:
        console.print(f"Written: {file}", highlight=False, soft_wrap=True, markup=False)
    console.print(f"What it costs: neuroff verify {out} {run}", highlight=False, soft_wrap=True, markup=False)


def _refuse_options(to: Target, **given: Any) -> None:
    """Refuse options that another target has."""
    targets = {
        "bits": ("netx", "sanafe", "loihi", "c"), "flavour": ("nir",), "spikes": ("loihi", "c"),
        "profile": ("sanafe",), "label": ("sanafe",),
    }  # fmt: skip
    for name, value in given.items():
        if value not in (None, False) and to not in targets[name]:
            raise ConfigError(
                f"--{name} with --to {to}", where="export", expected=f"--to {'|'.join(targets[name])}"
            )


def _write(
    port: ChipPort, to: Target, out: Path, test: Inputs, shown: tuple[str, int, int | None]
) -> tuple[Path, ...]:
    if to == "sanafe":
        return _write_sanafe(port, out, port.fed(test), *shown)
    if to == "netx":
        from neuroff.exchange.netx import write_netx  # needs h5py

        write_netx(out, port.program)
    elif to == "c":
        write_c(out, port.program)
    else:
        write_loihi(out, port.program)
    return (out,)


def _write_sanafe(
    port: ChipPort, out: Path, test: Inputs, profile: str, image: int, label: int | None
) -> tuple[Path, ...]:
    chip = load_profile(profile)
    classes = port.program.classes
    if image >= len(test) or (label is not None and label >= classes):
        raise ConfigError(
            f"image {image}, label {label}", where="export", expected=f"below {len(test)} and {classes}"
        )
    signal = test.stimulus(slice(image, image + 1), "predict", image)
    shown = test.labels[image : image + 1] if label is None else test.labels.new_tensor([label])
    sent = events(port.deployment, signal, shown[None])
    work = chip_work(port.deployment, test.head(image + 1).tail(1))
    placed = require_fit(port.deployment, work, chip)
    return write_sanafe(out, port.program, sent, chip, placed)
