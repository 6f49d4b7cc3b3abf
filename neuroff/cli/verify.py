"""`neuroff verify`: an exported file against the run it comes from, spike by spike."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from torch import Tensor

from neuroff.chip.file import read_loihi
from neuroff.chip.program import ChipProgram
from neuroff.cli.options import DataDir, Json
from neuroff.cli.spiking_run import SpikingRun, load_spiking
from neuroff.core.inputs import Inputs
from neuroff.errors import ConfigError
from neuroff.exchange.c.running import compiled, find_compiler
from neuroff.exchange.c.source import read_c
from neuroff.exchange.files_read import kind_of
from neuroff.exchange.graph.graph import as_numeric
from neuroff.exchange.graph.presenting import as_spikes
from neuroff.exchange.port import Target, chip_port, graph_port, require_fitting
from neuroff.exchange.sanafe.read import read_sanafe
from neuroff.exchange.verify import Verdict, verify_chip, verify_graph
from neuroff.interop.simulators.libraries import Library
from neuroff.interop.simulators.libraries import load as load_simulator
from neuroff.training.evaluate import accuracy


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
    found = load_spiking(run, data_dir)
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


def _verify_nir(
    file: Path, found: SpikingRun, test: Inputs, simulator: Library | None
) -> tuple[str, Verdict]:
    from neuroff.exchange.nir.read import read_nir  # needs h5py

    network = found.trained.network
    expected = graph_port(network, found.split).graph
    graph = read_nir(file, dt_ms=expected.dt_ms, steps=expected.steps)
    if simulator is None:
        return "neuroff's reference", verify_graph(expected, graph, as_spikes(test), network.goodness)
    # In float64 the numbers of the file count; in float32 every library rounds in an order of its own.
    loaded = load_simulator(simulator, file, double=True)
    expected, graph = as_numeric(expected, "float64"), as_numeric(graph, "float64")

    def simulate(spikes: Tensor) -> Mapping[str, Tensor]:
        return loaded.simulate(spikes.double())

    verdict = verify_graph(expected, graph, as_spikes(test), network.goodness, simulate)
    return f"{simulator} {loaded.version} in float64", verdict


def _verify_chip(file: Path, kind: Target, found: SpikingRun, test: Inputs) -> tuple[str, Verdict]:
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
        from neuroff.exchange.netx import read_netx  # needs h5py

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
            f"{verdict.differing:,} neuron-steps differ ({verdict.spikes:,} spikes). First: "
            f"step {first.step}, layer {first.layer + 1}, neuron {first.neuron}, image {first.image} "
            f"with label {first.label}: only the {first.fired} fires."
        )
    console.print(
        f"Accuracy: file {shares['file']:.4f}, exported anew {shares['export']:.4f}, "
        f"as trained {shares['run']:.4f}"
    )
