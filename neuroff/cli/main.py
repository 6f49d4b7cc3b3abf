"""The command `neuroff`: subcommands, and the one place where errors become messages and exit codes."""

from __future__ import annotations

import os
import sys
from types import MappingProxyType
from typing import Annotated

import typer
from rich.console import Console

from neuroff.cli.lazy import Entry, group_of
from neuroff.cli.loudness import set_loudness
from neuroff.cli.scripts import print_error, run_for_scripts
from neuroff.cli.streams import open_streams
from neuroff.errors import Interrupted, NeuroffError

_OUT_OF_MEMORY = ("allocate memory", "out of memory")  # as PyTorch says it of the machine and of a device
_SIGPIPE = 128 + 13  # what a shell says of a program whose reader has gone

COMMANDS = MappingProxyType(
    {
        "demo": Entry(
            "compare",
            "demo_command",
            "Train dense and spiking FF, F-CFF and A-CFF on the embedded digits and compare them.",
        ),
        "train": Entry(
            "train", "train_command", "Train a network and keep everything about the run in one folder."
        ),
        "evaluate": Entry(
            "evaluate",
            "evaluate_command",
            "Measure a trained network on all training, held-out and test images.",
        ),
        "predict": Entry(
            "predict",
            "predict_command",
            "Predict the class of every row of a file, with the goodness of all classes and the spikes.",
        ),
        "compare": Entry(
            "compare",
            "compare_command",
            "Compare variants, paths and seeds: accuracy, goodness, spikes and energy, with figures "
            "and a page.",
        ),
        "reproduce": Entry(
            "reproduce",
            "reproduce_command",
            "Reproduce the Collaborative Forward-Forward paper: every table and figure, with seeds "
            "and statistics.",
        ),
        "merge": Entry(
            "merge", "merge_command", "Bring the finished runs of several folders into one, each once."
        ),
        "study": Entry(
            "study",
            "study_command",
            "Train the cases of one study of the spiking path and put them side by side.",
        ),
        "energy": Entry(
            "energy",
            "energy_command",
            "Count the work of a prediction and of a training sample, and price it on hardware profiles.",
        ),
        "export": Entry(
            "export",
            "export_command",
            "Write a trained spiking network as a file for simulators, chips and microcontrollers.",
        ),
        "verify": Entry(
            "verify",
            "verify_command",
            "Run a file and its run on the same test images and compare every neuron at every step.",
        ),
        "sweep-energy": Entry(
            "sweep_energy",
            "sweep_energy_command",
            "Train networks of several sizes and show the Pareto front of "
            "accuracy against energy on each device.",
        ),
        "profiles": Entry(
            "profiles",
            "app",
            "Hardware profiles: what one event costs on a device, and where the figure comes from.",
        ),
        "data": Entry(
            "data",
            "app",
            "List data sets, fetch them and check what is there. The digits data set needs no download.",
        ),
    }
)

app = typer.Typer(
    cls=group_of(COMMANDS),
    help="Collaborative Forward-Forward learning, dense and spiking, with energy reports.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)


def _print_versions(wanted: bool) -> None:
    if wanted:
        from neuroff.provenance import commit, versions

        found = versions()
        others = ", ".join(f"{name} {number}" for name, number in found.items() if name != "neuroff")
        source = commit()
        typer.echo(f"neuroff {found['neuroff']}{f' (commit {source})' if source else ''}, {others}")
        loops = "numba in long runs, torch in short ones" if "numba" in found else "torch; numba is missing"
        typer.echo(f"layers (training.engine=auto): {loops}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_versions, is_eager=True, help="Print what a report should name."
        ),
    ] = False,
    quiet: Annotated[
        bool, typer.Option("-q", "--quiet", help="No progress, only results. After a command too.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("-v", "--verbose", help="Progress of every epoch. After a command too.")
    ] = False,
) -> None:
    """Options of the command itself; the help above stays."""
    set_loudness("quiet" if quiet else "verbose" if verbose else "usual")


def main() -> None:
    """Run the command line; exit 2 on bad input, 130 when interrupted."""
    # Before PyTorch is loaded: its threads that have nothing to do wait, and leave the core to others.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    open_streams()
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code.

    With ``--json`` an error of any kind is one JSON object on standard output, besides its message on
    standard error.
    """
    as_json = "--json" in arguments
    try:
        if as_json:
            run_for_scripts(app, arguments)
        else:
            app(arguments, prog_name="neuroff")
    except NeuroffError as error:
        return _ended(type(error).__name__, str(error), error, as_json=as_json)
    except Interrupted:
        kept = (
            "interrupted; checkpoints are kept: train, compare, reproduce, study and sweep-energy go on with "
            "--resume"
        )
        return _ended("Interrupted", kept, as_json=as_json, code=130)
    except KeyboardInterrupt:
        return _ended("Interrupted", "interrupted", as_json=as_json, code=130)
    except SystemExit as stop:  # help, usage errors and exits end here
        if isinstance(stop.__context__, BrokenPipeError):  # rich and typer end the process for it
            return _closed_pipe()
        return _flushed(stop.code if isinstance(stop.code, int) else 0)
    except BrokenPipeError:
        return _closed_pipe()
    except OSError as error:
        return _no_output(error, as_json=as_json)
    except (MemoryError, RuntimeError) as error:
        if not isinstance(error, MemoryError) and not any(said in str(error) for said in _OUT_OF_MEMORY):
            raise
        lacking = NeuroffError(
            "not enough memory", fix="choose smaller widths, batches or chunks, or close other programs"
        )
        return _ended("MemoryError", str(lacking), lacking, as_json=as_json)
    return _flushed(0)


def _ended(
    kind: str, message: str, error: NeuroffError | None = None, *, as_json: bool, code: int = 2
) -> int:
    """Say why a command ended, as JSON too where that is asked for, and return the exit code."""
    if as_json:
        print_error(kind, message, error)
    _say(f"neuroff: {message}")
    return code


def _flushed(code: int) -> int:
    """Return an exit code, once all that was printed is out."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        return _closed_pipe()
    except OSError as error:
        return _no_output(error)
    except ValueError:  # closed by the caller
        return code
    return code


def _closed_pipe() -> int:
    """Say nothing where the reader of a pipe has gone, as other programs do."""
    _silence_output()
    return _SIGPIPE


def _no_output(error: OSError, *, as_json: bool = False) -> int:
    where = str(error.filename or "standard output")
    found = NeuroffError(f"cannot read or write ({error.strerror or error})", where=where)
    code = _ended("OSError", str(found), found, as_json=as_json)
    if not error.filename:
        _silence_output()
    return code


def _silence_output() -> None:
    """Point standard output elsewhere, so that closing it at the end says nothing more."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):  # not a stream of the system's
        return


def _say(message: str) -> None:
    Console(stderr=True).print(message, soft_wrap=True, highlight=False, markup=False)
