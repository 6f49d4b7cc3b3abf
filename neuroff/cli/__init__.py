"""The command line: one file per group of commands."""

from neuroff.cli.main import main

__all__ = ["main"]
