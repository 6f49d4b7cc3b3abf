"""Tables, figures and pages made from what the experiments measured.

`energy_grids` and `write_energy` take an energy report, `sweep_grid` and `write_sweep` a sweep,
`comparison_table` and `write_figures` a comparison; `rich_table` prints any grid on a `rich` console.
`render_comparison` makes one page that holds everything. Names are loaded when they are first used; only
drawing loads matplotlib.
"""

from types import MappingProxyType
from typing import TYPE_CHECKING

from neuroff.lazily import names_of

if TYPE_CHECKING:
    from neuroff.report.energy.grids import energy_grids
    from neuroff.report.energy.pareto import sweep_grid, write_sweep
    from neuroff.report.energy.write import write_energy
    from neuroff.report.figures import Curve, accuracy_against_steps, error_against_steps, new_figure
    from neuroff.report.grid import rich_table
    from neuroff.report.html import render_comparison
    from neuroff.report.save import write_drawings, write_figures
    from neuroff.report.tables import comparison_table
    from neuroff.report.theme import themed

_HOMES = MappingProxyType(
    {
        "Curve": "figures",
        "accuracy_against_steps": "figures",
        "comparison_table": "tables",
        "energy_grids": "energy.grids",
        "error_against_steps": "figures",
        "new_figure": "figures",
        "render_comparison": "html",
        "rich_table": "grid",
        "sweep_grid": "energy.pareto",
        "themed": "theme",
        "write_drawings": "save",
        "write_energy": "energy.write",
        "write_figures": "save",
        "write_sweep": "energy.pareto",
    }
)

__all__ = [
    "Curve",
    "accuracy_against_steps",
    "comparison_table",
    "energy_grids",
    "error_against_steps",
    "new_figure",
    "render_comparison",
    "rich_table",
    "sweep_grid",
    "themed",
    "write_drawings",
    "write_energy",
    "write_figures",
    "write_sweep",
]

__getattr__ = names_of(__name__, _HOMES)
