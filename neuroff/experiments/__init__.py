"""Experiments: several runs side by side, and what is looked at together."""

from types import MappingProxyType
from typing import TYPE_CHECKING

from neuroff.lazily import names_of

if TYPE_CHECKING:
    from neuroff.experiments.columns import cells
    from neuroff.experiments.energy_sweep import EnergySweep, sweep_energy
    from neuroff.experiments.reproduction import reproduce
    from neuroff.experiments.statistics import paired_test, spread

_HOMES = MappingProxyType(
    {
        "EnergySweep": "energy_sweep",
        "cells": "columns",
        "paired_test": "statistics",
        "reproduce": "reproduction",
        "spread": "statistics",
        "sweep_energy": "energy_sweep",
    }
)

__all__ = [
    "EnergySweep",
    "cells",
    "paired_test",
    "reproduce",
    "spread",
    "sweep_energy",
]

__getattr__ = names_of(__name__, _HOMES)
