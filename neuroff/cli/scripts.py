"""What ``--json`` makes of an error: one object, as of a result."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

import typer

from neuroff.errors import NeuroffError

# Wrong usage of any kind; typer exports one kind alone.
_UsageError: Any = typer.BadParameter.__base__


def run_for_scripts(app: typer.Typer, arguments: Sequence[str]) -> None:
    """Run one command; wrong usage is told as JSON too.

    Raises:
        SystemExit: where the command ends otherwise than at its own end.
    """
    try:
        code = typer.main.get_command(app)(list(arguments), prog_name="neuroff", standalone_mode=False)
    except _UsageError as wrong:
        typer.echo(json.dumps({"error": {"kind": "UsageError", "message": wrong.format_message()}}))
        wrong.show()
        sys.exit(wrong.exit_code)
    except typer.Abort:
        sys.exit(1)
    if isinstance(code, int) and code:
        sys.exit(code)


def error_json(error: NeuroffError) -> str:
    """Return an error as JSON: its kind, its whole message, and the message's parts."""
    parts = {name: getattr(error, name) for name in ("what", "where", "expected", "fix")}
    return json.dumps({"error": {"kind": type(error).__name__, "message": str(error), **parts}})
