"""Tables, figures and pages made from what the experiments measured.

`energy_grids` and `write_energy` take an energy report, `rich_table` prints any grid on a `rich` console.
`tables.comparison_table` is for the terminal, `save.write_figures` for files, `html.render_comparison` for
one page that holds everything. Names are loaded when they are first used; only drawing loads matplotlib.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neuroff.report.energy.grids import energy_grids
    from neuroff.report.energy.write import write_energy
    from neuroff.report.grid import rich_table

_HOMES = {"energy_grids": "energy.grids", "rich_table": "grid", "write_energy": "energy.write"}

__all__ = ["energy_grids", "rich_table", "write_energy"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'neuroff.report' has no attribute {name!r}")
    return getattr(import_module(f"neuroff.report.{_HOMES[name]}"), name)
