"""What stands in the tables: columns, and the runs that fill their cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from neuroff.checks import require_all, require_wholes, require_words
from neuroff.choices import Path as NetworkPath
from neuroff.choices import PresetName, Variant
from neuroff.errors import ConfigError

if TYPE_CHECKING:
    from neuroff.config import Config


@dataclass(frozen=True)
class Column:
    """One column of the tables.

    Attributes:
        variant: ff, fcff or acff; the baseline ``bp`` uses ff's configuration for everything but learning.
        settings: ``key=value`` on top of the preset.
        title: in print.
        is_backprop: whether backpropagation trains it.
    """

    variant: Variant
    title: str
    settings: tuple[str, ...] = ()
    is_backprop: bool = False


_LORBERBOM = (
    "collaboration.threshold=literal",
    "collaboration.gamma=1",
    "collaboration.weight=one",
    "training.schedule=interleaved",
)

COLUMNS: Final[Mapping[str, Column]] = MappingProxyType(
    {
        "ff": Column("ff", "FF"),
        "fcff": Column("fcff", "F-CFF"),
        "acff": Column("acff", "A-CFF"),
        "bp": Column("ff", "backpropagation", is_backprop=True),
        "lorberbom_earlier": Column("fcff", "Lorberbom γ<t", (*_LORBERBOM, "collaboration.partners=trained")),
        "lorberbom_all": Column("fcff", "Lorberbom γ", (*_LORBERBOM, "collaboration.partners=all")),
    }
)
"""Columns by name. Lorberbom et al. (AAAI 2024): a plain sum over earlier or all layers, no coefficient."""


@dataclass(frozen=True)
class Cell:
    """One run of the tables.

    Attributes:
        table: the file its result is gathered in; see `TABLES`.
        dataset: named data set.
        column: key of `COLUMNS`.
        config: of the run.
    """

    table: str
    dataset: str
    column: str
    config: Config

    @property
    def name(self) -> str:
        """Name of its folder."""
        return f"{self.table}-{self.dataset}-{self.column}-{self.config.seed}"

    @property
    def folder(self) -> str:
        """Its folder, below the reproduction's."""
        return f"runs/{self.name}"


TABLES: Final[Mapping[tuple[PresetName, NetworkPath], str]] = MappingProxyType(
    {("paper", "dense"): "reproduction", ("best", "dense"): "best", ("best", "spiking"): "spiking"}
)
"""Name of the result by preset and path, ``reproduction.json`` and so on."""


def cells(
    datasets: Sequence[str],
    columns: Sequence[str],
    seeds: Sequence[int],
    settings: Sequence[str] = (),
    start: PresetName = "paper",
    path: NetworkPath = "dense",
) -> Iterator[Cell]:
    """Yield the runs, seed by seed, so that every column has the same seeds when time runs out.

    Raises:
        ConfigError: if there is no table for the preset and path, or backpropagation is asked for elsewhere
            than on the paper's.
    """
    from neuroff.config.overrides import apply_settings
    from neuroff.config.presets import preset

    require_all("datasets", datasets, str, where="reproduce")
    require_words("columns", columns, tuple(COLUMNS), where="reproduce")
    require_wholes("seeds", seeds, least=0, below=2**63, where="reproduce")
    table = TABLES.get((start, path))
    if table is None or (start != "paper" and any(COLUMNS[name].is_backprop for name in columns)):
        raise ConfigError(
            f"no table of preset {start} on the {path} path with columns {', '.join(columns)}",
            where="reproduce",
            expected="preset paper (dense), or preset best (dense or spiking) without bp",
        )
    for seed in seeds:
        for dataset in datasets:
            for name in columns:
                column = COLUMNS[name]
                config = preset(start, path=path, variant=column.variant, dataset=dataset, seed=seed)
                yield Cell(
                    table, dataset, name, apply_settings(apply_settings(config, settings), column.settings)
                )
