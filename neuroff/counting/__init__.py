"""Counting the work of a forward pass, exactly; `summary` says what a network is before one."""

from types import MappingProxyType
from typing import TYPE_CHECKING

from neuroff.lazily import names_of

if TYPE_CHECKING:
    from neuroff.counting.described import Summary, summary

_HOMES = MappingProxyType({"Summary": "described", "summary": "described"})

__all__ = ["Summary", "summary"]

__getattr__ = names_of(__name__, _HOMES)
