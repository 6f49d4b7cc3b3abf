"""Networks that others trained: read, run, counted, described for pricing, and moved to integers.

`read_nir` makes a `SpikingGraph` of a ``.nir`` file, `from_module` of a module of snnTorch, Norse or
SpikingJelly, `spiking_twin` of a dense network. `run` steps it, `count_graph` counts what its nodes do,
`work_of` says it in the terms that placement and pricing read, and `port_graph` makes integers and a file of
it. ``convention`` is what a file leaves open, ``nodes`` has a file for each family of nodes, ``spikes`` reads
recorded spikes, ``fixed`` is the arithmetic of a chip.
"""

from types import MappingProxyType
from typing import TYPE_CHECKING

from neuroff.lazily import names_of

if TYPE_CHECKING:
    from neuroff.foreign.convention import convention_of
    from neuroff.foreign.counting import count_graph
    from neuroff.foreign.graph import SpikingGraph
    from neuroff.foreign.of_module import from_module
    from neuroff.foreign.porting import port_graph
    from neuroff.foreign.rate_twin import spiking_twin, spread, twin_errors
    from neuroff.foreign.reading import read_nir
    from neuroff.foreign.running import run
    from neuroff.foreign.spikes import read_spikes, values_for
    from neuroff.foreign.work import work_of

_HOMES = MappingProxyType(
    {
        "SpikingGraph": "graph",
        "convention_of": "convention",
        "count_graph": "counting",
        "from_module": "of_module",
        "port_graph": "porting",
        "read_nir": "reading",
        "read_spikes": "spikes",
        "run": "running",
        "spiking_twin": "rate_twin",
        "spread": "rate_twin",
        "twin_errors": "rate_twin",
        "values_for": "spikes",
        "work_of": "work",
    }
)

__all__ = [
    "SpikingGraph",
    "convention_of",
    "count_graph",
    "from_module",
    "port_graph",
    "read_nir",
    "read_spikes",
    "run",
    "spiking_twin",
    "spread",
    "twin_errors",
    "values_for",
    "work_of",
]

__getattr__ = names_of(__name__, _HOMES)
