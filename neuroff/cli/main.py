"""The command `neuroff`: subcommands, and the one place where errors become messages and exit codes."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.console import Console

from neuroff.cli import data, profiles
from neuroff.cli.compare import compare_command, demo_command
from neuroff.cli.energy import energy_command
from neuroff.cli.export import export_command
from neuroff.cli.reproduce import reproduce_command
from neuroff.cli.study import study_command
from neuroff.cli.sweep_energy import sweep_energy_command
from neuroff.cli.train import evaluate_command, train_command
from neuroff.cli.verify import verify_command
from neuroff.errors import NeuroffError
from neuroff.provenance import commit, versions
from neuroff.training import Interrupted

app = typer.Typer(
    help="Collaborative Forward-Forward learning, dense and spiking, with energy reports.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("demo")(demo_command)
app.command("train")(train_command)
app.command("evaluate")(evaluate_command)
app.command("compare")(compare_command)
app.command("reproduce")(reproduce_command)
app.command("study")(study_command)
app.command("energy")(energy_command)
app.command("export")(export_command)
app.command("verify")(verify_command)
app.command("sweep-energy")(sweep_energy_command)
app.add_typer(profiles.app, name="profiles")
app.add_typer(data.app, name="data")


def _print_versions(wanted: bool) -> None:
    if wanted:
        found = versions()
        others = ", ".join(f"{name} {number}" for name, number in found.items() if name != "neuroff")
        source = commit()
        typer.echo(f"neuroff {found['neuroff']}{f' (commit {source})' if source else ''}, {others}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_versions, is_eager=True, help="Print what a report should name."
        ),
    ] = False,
) -> None:
    """Options of the command itself; the help above stays."""


def main() -> None:
    """Run the command line; exit 2 on bad input, 130 when interrupted."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    try:
        app(arguments, prog_name="neuroff")
    except NeuroffError as error:
        _say(f"neuroff: {error}")
        return 2
    except Interrupted:
        _say(
            "neuroff: interrupted; checkpoints are kept: train, compare, reproduce, study and sweep-energy "
            "go on with --resume"
        )
        return 130
    except KeyboardInterrupt:
        _say("neuroff: interrupted")
        return 130
    except SystemExit as stop:  # help, usage errors and exits end here
        return stop.code if isinstance(stop.code, int) else 0
    return 0


def _say(message: str) -> None:
    Console(stderr=True).print(message, soft_wrap=True, highlight=False, markup=False)
