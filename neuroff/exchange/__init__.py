"""Trained networks as files that simulators, chips and microcontrollers read.

`export` writes one, `register` adds a format from outside, `verify` compares a file with its network spike by
spike. `graph` holds the one graph that exporters read, with a reference of what it computes; `nir`,
`sanafe`, `c` and `netx` are the formats, `port` what becomes of a network on its way.
"""

from types import MappingProxyType
from typing import TYPE_CHECKING

from neuroff.lazily import names_of

if TYPE_CHECKING:
    from neuroff.exchange.formats import Exported, Format, export, register
    from neuroff.exchange.port import chip_port
    from neuroff.exchange.verifying import Verified, verify
    from neuroff.exchange.writers import ExportOptions

_HOMES = MappingProxyType(
    {
        "ExportOptions": "writers",
        "Exported": "formats",
        "Format": "formats",
        "Verified": "verifying",
        "chip_port": "port",
        "export": "formats",
        "register": "formats",
        "verify": "verifying",
    }
)

__all__ = [
    "ExportOptions",
    "Exported",
    "Format",
    "Verified",
    "chip_port",
    "export",
    "register",
    "verify",
]

__getattr__ = names_of(__name__, _HOMES)
