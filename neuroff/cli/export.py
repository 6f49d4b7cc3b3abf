"""`neuroff export` and `neuroff verify`: a trained network as a file, and the file against the network."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from neuroff.cli.options import DataDir, Json
from neuroff.data import load
from neuroff.energy import load_profile
from neuroff.errors import ConfigError, ExportError
from neuroff.evaluate import accuracy
from neuroff.export.c_running import compiled, find_compiler
from neuroff.export.c_source import read_c, write_c
from neuroff.export.files_read import kind_of
from neuroff.export.loihi.deploy import Deployment, events
from neuroff.export.loihi.limits import chip_work, require_fit
from neuroff.export.loihi_file import read_loihi, write_loihi
from neuroff.export.nir_flavour import Flavour
from neuroff.export.port import (
    ChipPort,
    Target,
    chip_port,
    graph_port,
    require_fitting,
    require_spiking,
)
from neuroff.export.program import ChipProgram
from neuroff.export.sanafe_files import write_sanafe
from neuroff.export.sanafe_reading import read_sanafe
from neuroff.export.verify import Verdict, verify_chip, verify_graph
from neuroff.inputs import Inputs, Split, prepare
from neuroff.interop.simulators.libraries import Library
from neuroff.runs import RunDirectory, TrainedRun, load_run


@dataclass(frozen=True, eq=False)
class _Run:
    """A finished run and its images."""

    trained: TrainedRun
    split: Split


def export_command(
    run: Annotated[Path, typer.Argument(help="Folder of a finished run of a spiking network.")],
    to: Annotated[
        Target,
        typer.Option(
            "--to",
            help="nir: graph for other simulators; loihi: integers for neuroff's emulator; netx: lava-dl's HDF5; "
            "sanafe: SANA-FE's network, mapping and architecture files; c: C99 header.",
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
    found = _load(run, data_dir)
    network, split = found.trained.network, found.split
    files = [out]
    if to == "nir":
        from neuroff.export.nir_write import write_nir  # needs h5py

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
    kind = kind_of(file)
    if simulator is not None and kind != "nir":
        raise ConfigError(f"--simulator {simulator}", where="verify", expected="a .nir file")
    found = _load(run, data_dir)
    test = found.split.test.head(images)
    if kind == "nir":
        ran_by, verdict = _verify_nir(file, found, test, simulator)
    else:
        ran_by, verdict = _verify_chip(file, kind, found, test)
    shares = {**verdict.accuracy, "run": accuracy(found.trained.network, test)}
    told = {"file": str(file), "run": str(run), "kind": kind, "ran_by": ran_by, **verdict.to_json()}
    if as_json:
        typer.echo(json.dumps({**told, "accuracy": shares}))
    else:
        _tell(verdict, kind, ran_by, shares)
    if verdict.first is not None:
        raise typer.Exit(1)


def _load(run: Path, data_dir: Path | None) -> _Run:
    trained = load_run(RunDirectory(run))
    require_spiking(trained.network)
    return _Run(trained, prepare(load(trained.config.data.dataset, data_dir), trained.config))


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
        from neuroff.export.netx import write_netx  # needs h5py

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
    signal = test.signal(slice(image, image + 1), "predict", image)
    shown = test.labels[image : image + 1] if label is None else test.labels.new_tensor([label])
    sent = events(port.deployment, signal, shown[None])
    placed = require_fit(port.deployment, _work(port.deployment, test, image), chip)
    return write_sanafe(out, port.program, sent, chip, placed)


def _work(deployment: Deployment, test: Inputs, image: int) -> Any:
    return chip_work(deployment, test.head(image + 1).tail(1))


def _verify_nir(file: Path, found: _Run, test: Inputs, simulator: Library | None) -> tuple[str, Verdict]:
    from neuroff.export.nir_read import read_nir  # needs h5py
    from neuroff.export.sweep import as_spikes

    port = graph_port(found.trained.network, found.split)
    graph = read_nir(file, dt_ms=port.graph.dt_ms, steps=port.graph.steps)
    simulate, name = None, "neuroff's reference"
    if simulator is not None:
        from neuroff.interop.simulators.libraries import load as load_simulator

        ready = load_simulator(simulator, file, double=graph.numeric == "float64")
        simulate, name = ready.simulate, f"{simulator} {ready.version}"
    verdict = verify_graph(port.graph, graph, as_spikes(test), found.trained.network.goodness, simulate)
    return name, verdict


def _verify_chip(file: Path, kind: Target, found: _Run, test: Inputs) -> tuple[str, Verdict]:
    network = found.trained.network
    program = _read(file, kind)
    spikes = not program.chip.layers[0].synapses.payload_bits
    port = chip_port(network, found.split, kind, bits=max(program.bits, 2), spikes=spikes)
    require_fitting(program, port.program, str(file))
    rule = found.trained.config.network.prediction
    shared = (port.deployment, port.program.chip, program.chip, port.fed(test), rule)
    if kind == "c" and find_compiler() is not None:
        with compiled(program) as run_c:
            return "the C compiler's program", verify_chip(*shared, run_c)
    return "neuroff's emulator", verify_chip(*shared)


def _read(file: Path, kind: Target) -> ChipProgram:
    if kind == "netx":
        from neuroff.export.netx import read_netx  # needs h5py

        return read_netx(file)
    if kind == "sanafe":
        return read_sanafe(file)
    return read_c(file) if kind == "c" else read_loihi(file)


def _tell(verdict: Verdict, kind: str, ran_by: str, shares: dict[str, float]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{kind}, run by {ran_by}: {verdict.images} images, {verdict.neuron_steps:,} neuron-steps")
    first = verdict.first
    if first is None:
        console.print(f"All {verdict.spikes:,} spikes agree.")
    else:
        console.print(
            f"{verdict.differing:,} neuron-steps differ ({verdict.spikes:,} spikes). First: step {first.step}, layer "
            f"{first.layer + 1}, neuron {first.neuron}, image {first.image} with label {first.label}: only the "
            f"{'file' if first.fired == 'file' else 'run'} fires."
        )
    console.print(
        f"Accuracy: file {shares['file']:.4f}, exported anew {shares['export']:.4f}, as trained {shares['run']:.4f}"
    )
