"""`neuroff export`: a trained spiking network as a file for other tools."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from neuroff.choices import ChipReset, Flavour
from neuroff.cli.options import DataDir, Json
from neuroff.cli.written import Decay, DtMs, Gain, ResetBy, SpikesPerStep, WrittenBy, told
from neuroff.errors import ConfigError, require_choice

if TYPE_CHECKING:
    from neuroff.exchange.formats import Exported


def export_command(
    run: Annotated[
        Path,
        typer.Argument(
            metavar="RUN|FILE.nir",
            help="Folder of a finished run of a spiking network, or a network that others trained.",
        ),
    ],
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="<nir|netx|sanafe|loihi|c>",
            help="nir: graph for other simulators; loihi: integers for neuroff's emulator; netx: HDF5 of "
            "lava-dl; sanafe: SANA-FE's network, mapping and architecture files; c: C99 header.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="F", help="File to write; a folder for sanafe.")],
    bits: Annotated[
        int | None,
        typer.Option(
            "--bits", "--quantise", min=2, max=8, help="Bits of a weight; 8 without it. Not for nir."
        ),
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
    image: Annotated[int, typer.Option(min=0, help="For sanafe: the test image of a run it is shown.")] = 0,
    label: Annotated[
        int | None, typer.Option(min=0, help="For sanafe: the label shown with it; the true one without it.")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.npz",
            help="For FILE.nir: `spikes`, (T, B, …), and `labels`, (B,), if they are known: what integers "
            "cost is said of these.",
        ),
    ] = None,
    calibrate: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.npz",
            help="For FILE.nir: spikes on which thresholds are chosen where a reset changes; without it the "
            "first half of --data, the second half of which is then judged. Alone it is --data too.",
        ),
    ] = None,
    dt_ms: DtMs = None,
    written_by: WrittenBy = None,
    reset: ResetBy = None,
    spikes_per_step: SpikesPerStep = None,
    decay: Decay = None,
    gain: Gain = None,
    chip_reset: Annotated[
        ChipReset | None,
        typer.Option(
            help="What the chip can do at a spike: reset to rest alone, as Loihi 1, or subtract too, as "
            "software and programmable neurons (Loihi 2). Without it subtract for c and rest for "
            "the others; of FILE.nir subtract for loihi too."
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Write a trained spiking network as a file for simulators, chips and microcontrollers.

    Gains between layers become fixed ones in the weights, chosen on training images; integer targets also
    round weights, and reset to zero where neurons cannot subtract. What was changed is printed; `neuroff
    verify` tells what it costs. What a target cannot express is refused, never dropped.

    Examples:
    neuroff export runs/spiking --to nir --flavour snntorch --out spiking.nir

    neuroff export runs/spiking --to loihi --bits 6 --out spiking.safetensors

    neuroff export runs/spiking --to c --out network.h

    neuroff export network.nir --to nir --flavour sinabs --data spikes.npz --dt-ms 1 --out for-sinabs.nir

    neuroff export network.nir --to c --data spikes.npz --dt-ms 1 --written-by norse --out network.h
    """
    from neuroff.cli.spiking_run import load_spiking
    from neuroff.exchange.formats import export
    from neuroff.exchange.writers import ExportOptions
    from neuroff.foreign.converting import convert_file
    from neuroff.foreign.porting import port_file
    from neuroff.foreign.targets import TARGETS

    if data is not None or run.suffix == ".nir":
        if data is None and to != "nir":
            data, calibrate = calibrate, None
        if data is None:
            raise ConfigError(
                "no spikes to compare both on",
                where=str(run),
                expected="spikes, (T, B, …), that the network would be shown",
                fix="--data FILE.npz",
            )
        require_choice(to, ("nir", *TARGETS), "--to")
        rule = told(written_by, reset, spikes_per_step, decay, gain)
        _without(
            f"--to {to} of {run.name}",
            spikes=spikes or None,
            image=image or None,
            label=label,
        )
        if to == "nir":
            _without("--to nir", bits=bits, calibrate=calibrate, chip_reset=chip_reset, profile=profile)
            done = convert_file(
                run, out, data, flavour=flavour or "nir", dt_ms=dt_ms, written_by=rule, force=force
            )
        else:
            _without(f"--to {to}", flavour=flavour, profile=None if to == "sanafe" else profile)
            done = port_file(
                run,
                to,
                out,
                data,
                calibrate,
                dt_ms=dt_ms,
                written_by=rule,
                bits=bits or 8,
                chip_reset=chip_reset,
                profile=profile,
                force=force,
            ).exported
        _tell(done, run, out, as_json=as_json)
        return
    _without(
        "a run",
        calibrate=calibrate,
        dt_ms=dt_ms,
        written_by=written_by,
        reset=reset,
        spikes_per_step=spikes_per_step,
        decay=decay,
        gain=gain,
    )
    found = load_spiking(run, data_dir)
    options = ExportOptions(bits, flavour, spikes, profile, image, label, chip_reset=chip_reset)
    done = export(found.trained.network, found.split, to, out, options, force=force)
    _tell(done, run, out, as_json=as_json)
    if not as_json:
        words = f"What it costs: neuroff verify {out} {run}"
        Console().print(words, highlight=False, soft_wrap=True, markup=False)


def _without(what: str, **given: object) -> None:
    """Refuse options that would do nothing.

    Raises:
        ConfigError: naming the first that is not None.
    """
    for name, value in given.items():
        if value is not None:
            raise ConfigError(
                f"does nothing for {what}", where=f"--{name.replace('_', '-')}", fix="leave it out"
            )


def _tell(done: Exported, run: Path, out: Path, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(done.result(run).to_json()))
        return
    console = Console()
    console.print(f"{'-'.join(map(str, done.widths))} for {done.to}:", highlight=False)
    for note in done.notes:
        console.print(f"  {note}", highlight=False, soft_wrap=True, markup=False)
    for file in done.files:
        console.print(f"Written: {file}", highlight=False, soft_wrap=True, markup=False)
