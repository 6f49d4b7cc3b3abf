"""In which forms figures and tables are written, and a table as files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from neuroff.files import write_bytes
from neuroff.report.grid import Grid

FIGURES: Final = ("svg", "png", "pdf")
TABLES: Final = ("csv", "latex")

Cell = str | float | int | bool | None

_LATEX: Final = MappingProxyType(
    {
        "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{",
        "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"$<$", ">": r"$>$",
        "±": r"$\pm$", "≥": r"$\geq$", "≤": r"$\leq$", "×": r"$\times$", "−": r"$-$", "–": "--",
        "µ": r"$\mu$", "γ": r"$\gamma$", "λ": r"$\lambda$", "θ": r"$\theta$", "Ω": r"$\Omega$",
        "…": r"\dots{}",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Sheet:
    """A table as files.

    Attributes:
        name: of the files, without ending.
        grid: as it is read, for LaTeX.
        records: as numbers, a row each, for CSV; units are in the names of the columns.
    """

    name: str
    grid: Grid
    records: Sequence[Mapping[str, Cell]]


def write_sheets(sheets: Iterable[Sheet], directory: Path, formats: Sequence[str]) -> list[Path]:
    """Write tables as ``<name>.csv`` and ``<name>.tex`` and return the files.

    Raises:
        RunError: if a file cannot be written.
    """
    written = []
    for sheet in sheets:
        for name in formats:
            path = directory / (f"{sheet.name}.csv" if name == "csv" else f"{sheet.name}.tex")
            write_bytes(path, (csv_of(sheet.records) if name == "csv" else latex_of(sheet.grid)).encode())
            written.append(path)
    return written


def csv_of(records: Sequence[Mapping[str, Cell]]) -> str:
    """Return rows as CSV with a header; numbers in full, nothing where a value is not known."""
    names = list(dict.fromkeys(name for row in records for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue()


def latex_of(grid: Grid) -> str:
    """Return a table for LaTeX, with rules of the package booktabs; its notes are comments."""
    columns = "".join("l" if index < grid.words else "r" for index in range(len(grid.header)))
    lines = [_row(grid.header), r"\midrule"]
    for index, row in enumerate(grid.rows):
        lines.append(_row(row))
        if index in grid.breaks:
            lines.append(r"\midrule")
    notes = [f"% {' '.join(note.split())}" for note in (grid.title, *grid.notes)]
    return "\n".join(
        (
            *notes,
            rf"\begin{{tabular}}{{{columns}}}",
            r"\toprule",
            *lines,
            r"\bottomrule",
            r"\end{tabular}",
            "",
        )
    )


def _row(cells: Sequence[str]) -> str:
    return " & ".join(map(latex_text, cells)) + r" \\"


def latex_text(text: str) -> str:
    """Return words as LaTeX prints them."""
    return "".join(_LATEX.get(letter, letter) for letter in " ".join(text.split()))
