"""What ``--json`` makes of an error: one object, as of a result."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import typer

from neuroff.errors import NeuroffError

# Wrong usage of any kind; typer exports one kind alone.
_UsageError: Any = typer.BadParameter.__base__
_INTERRUPTED = 130


def run_for_scripts(app: typer.Typer, arguments: Sequence[str]) -> None:
    """Run one command; wrong usage is told as JSON too.

    Raises:
        KeyboardInterrupt: where it is interrupted.
        SystemExit: where the command ends otherwise than at its own end.
    """
    try:
        code = typer.main.get_command(app)(list(arguments), prog_name="neuroff", standalone_mode=False)
    except _UsageError as wrong:
        print_error("UsageError", wrong.format_message())
        wrong.show()
        sys.exit(wrong.exit_code)
    except typer.Abort:  # what click makes of Ctrl-C
        raise KeyboardInterrupt from None
    if code == _INTERRUPTED:  # what typer makes of it
        raise KeyboardInterrupt
    if isinstance(code, int) and code:
        sys.exit(code)


def print_error(kind: str, message: str, error: NeuroffError | None = None) -> None:
    """Print an error as JSON: its kind, its whole message, and the message's parts, empty where it has none.

    Where standard output takes nothing any more, what is said on standard error has to do.

    Args:
        kind: name of the error.
        message: all of it.
        error: whose parts they are; the message is all that there is without.
    """
    parts = {name: getattr(error, name, "") for name in ("what", "where", "expected", "fix")}
    parts["what"] = parts["what"] or message
    with suppress(OSError, ValueError):
        typer.echo(json.dumps({"error": {"kind": kind, "message": message, **parts}}))
