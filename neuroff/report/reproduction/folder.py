"""All that a folder of `neuroff reproduce` holds: read, shown, written and summed up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Self

from rich.console import RenderableType

from neuroff.errors import RunError
from neuroff.experiments.columns import TABLES
from neuroff.files import read_json
from neuroff.report.formats import write_sheets
from neuroff.report.reproduction.comparing import gains
from neuroff.report.reproduction.cost import cost_table
from neuroff.report.reproduction.model import parse_reproduction
from neuroff.report.reproduction.paper import NO_PAPER
from neuroff.report.reproduction.preset_tables import preset_tables
from neuroff.report.reproduction.readings import readings_table
from neuroff.report.reproduction.save import write_preset, write_reproduction
from neuroff.report.reproduction.sheets import preset_sheets, reproduction_sheets
from neuroff.report.reproduction.tables import reproduction_tables
from neuroff.report.save import USUAL
from neuroff.results.cost import Cost
from neuroff.results.readings import Readings

_TITLES: Final = MappingProxyType({"best": "Best preset, dense", "spiking": "Best preset, spiking"})


@dataclass(frozen=True)
class Reproduced:
    """What was reproduced.

    Attributes:
        results: the tables by the name of their file: the paper's, and those of presets.
        readings: a grid of readings for each data set.
        cost: time and memory of each column, where they were measured.
    """

    results: Mapping[str, Any]
    readings: tuple[Readings, ...]
    cost: Cost | None

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read a folder.

        Raises:
            RunError: if there are no results in it, or one is damaged.
        """
        there = [name for name in TABLES.values() if (folder / f"{name}.json").exists()]
        results = {name: read_json(folder / f"{name}.json") for name in there}
        readings = tuple(Readings.read(path) for path in sorted(folder.glob("readings-*.json")))
        cost = Cost.read(folder / "cost.json") if (folder / "cost.json").exists() else None
        if not (results or readings or cost):
            raise RunError(
                "no results here",
                where=str(folder),
                expected=", ".join(
                    f"{name}.json" for name in (*TABLES.values(), "readings-<data set>", "cost")
                ),
                fix="run `neuroff reproduce` without --report first",
            )
        return cls(results, readings, cost)

    @property
    def paper(self) -> Mapping[str, Any]:
        """The paper's table; empty where there is none."""
        found: Mapping[str, Any] = self.results.get("reproduction", {})
        return found

    def presets(self) -> Iterator[tuple[str, str, Any]]:
        """Yield name, title and table of each preset."""
        for name, title in _TITLES.items():
            if name in self.results:
                yield name, title, self.results[name]

    def write(self, folder: Path, figures: Sequence[str] = USUAL, tables: Sequence[str] = ()) -> list[Path]:
        """Write every table and figure, and return the files.

        Args:
            folder: where to.
            figures: their formats, some of `neuroff.report.formats.FIGURES`; pages show the SVG.
            tables: formats of tables as files of their own, some of `neuroff.report.formats.TABLES`.

        Raises:
            RunError: if one cannot be written.
        """
        files: list[Path] = []
        if self.paper or self.readings or self.cost:
            files += write_reproduction(self.paper, self.readings, self.cost, folder, figures)
        files += write_sheets(reproduction_sheets(parse_reproduction(self.paper)), folder / "tables", tables)
        for name, title, found in self.presets():
            files += write_preset(found, name, title, folder / name, figures)
            shown = preset_sheets(parse_reproduction(found, name), title, NO_PAPER)
            files += write_sheets(shown, folder / name / "tables", tables)
        return files

    def tables(self) -> Iterator[RenderableType]:
        """Yield the tables for the terminal."""
        yield from reproduction_tables(self.paper)
        for _, title, found in self.presets():
            yield from preset_tables(found, title)
        yield from map(readings_table, self.readings)
        if self.cost:
            yield cost_table(self.cost)

    def summary(self) -> dict[str, Any]:
        """Return what ``--json`` prints, but for the files."""
        kept = ("seeds", "train", "held_out", "test", "seconds")
        rows = ("variant", "point", "choice", "seed", "train", "held_out", "gamma")
        return {
            "results": {
                name: {
                    dataset: {column: {key: entry[key] for key in kept} for column, entry in columns.items()}
                    for dataset, columns in table.items()
                }
                for name, table in self.results.items()
            },
            "gains": {name: _gains(table) for name, table in self.results.items()},
            "readings": [
                {key: row[key] for key in rows}
                for grid in self.readings
                for row in grid.to_json()["readings"]
            ],
            "cost": self.cost and self.cost.ratio_to_ff,
        }


def _gains(table: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "dataset": gain.dataset,
            "base": gain.base,
            "column": gain.column,
            "difference": gain.test.difference,
            "interval": [gain.test.low, gain.test.high],
            "p_holm": gain.p_holm,
            "cohens_d": gain.test.cohens_d,
        }
        for gain in gains(parse_reproduction(table), NO_PAPER)
    ]
