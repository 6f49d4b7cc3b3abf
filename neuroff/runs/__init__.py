"""Run folders and grids of runs, and what executes them."""

from types import MappingProxyType
from typing import TYPE_CHECKING

from neuroff.lazily import names_of

if TYPE_CHECKING:
    from neuroff.runs.backends import Processes, Serial
    from neuroff.runs.cluster import DaskCluster
    from neuroff.runs.grid import Execution

_HOMES = MappingProxyType(
    {"DaskCluster": "cluster", "Execution": "grid", "Processes": "backends", "Serial": "backends"}
)

__all__ = ["DaskCluster", "Execution", "Processes", "Serial"]

__getattr__ = names_of(__name__, _HOMES)
