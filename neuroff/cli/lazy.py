"""Commands that are loaded when they run: help costs no more than its own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from neuroff.cli.loudness import taken_out


@dataclass(frozen=True)
class Entry:
    """Where a command is, and what a list of commands says of it.

    Attributes:
        module: of `neuroff.cli`.
        name: of the function, or of the `typer.Typer` of a group of commands.
        help: the first sentence of its own help.
    """

    module: str
    name: str
    help: str

    def loaded(self) -> Any:
        """Return the command itself."""
        found = getattr(import_module(f"neuroff.cli.{self.module}"), self.name)
        if isinstance(found, typer.Typer):
            return typer.main.get_command(found)
        alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        alone.command()(found)
        return typer.main.get_command(alone)


class LazyCommand(TyperCommand):
    """Stands for a command until it is called."""

    def __init__(self, name: str, entry: Entry) -> None:
        super().__init__(name, help=entry.help)
        self._entry = entry

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Load the command and let it parse its arguments; ``-q`` and ``-v`` may stand among them."""
        command = self._entry.loaded()
        command.name = self.name
        return command.make_context(info_name, taken_out(args), parent=parent, **extra)


def group_of(entries: Mapping[str, Entry]) -> type[TyperGroup]:
    """Return a group of commands of these names, in this order."""

    class Lazy(TyperGroup):
        """Loads a command when it is called."""

        def list_commands(self, ctx: Any) -> list[str]:
            return list(entries)

        def get_command(self, ctx: Any, cmd_name: str) -> LazyCommand | None:
            return LazyCommand(cmd_name, entries[cmd_name]) if cmd_name in entries else None

    return Lazy
