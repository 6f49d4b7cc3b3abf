"""The kinds of result by name, and their JSON schemas."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from neuroff.errors import require_choice
from neuroff.results.base import Filed
from neuroff.results.comparison import ComparisonResult
from neuroff.results.cost import Cost
from neuroff.results.diagnosis import RunDetails
from neuroff.results.energy import EnergyResult
from neuroff.results.ported import ExportResult, PredictResult, VerifyResult
from neuroff.results.raster import Raster
from neuroff.results.readings import Readings
from neuroff.results.reproduction import ReproductionResult
from neuroff.results.run import BackpropResult, RunResult
from neuroff.results.study import StudyResult, StudyRow
from neuroff.results.sweep import SweepResult

KINDS: Final[Mapping[str, type[Filed]]] = MappingProxyType(
    {
        "run": RunResult,
        "backprop": BackpropResult,
        "compare": ComparisonResult,
        "snapshot": Raster,
        "sweep-energy": SweepResult,
        "readings": Readings,
        "cost": Cost,
        "reproduce": ReproductionResult,
        "details": RunDetails,
        "study": StudyResult,
        "study-case": StudyRow,
        "energy": EnergyResult,
        "export": ExportResult,
        "verify": VerifyResult,
        "predict": PredictResult,
    }
)
"""Class of every kind of result."""


def schema(kind: str) -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of a kind of result, derived from its class.

    Args:
        kind: a key of `KINDS`.

    Raises:
        ConfigError: if there is no such kind.
    """
    require_choice(kind, tuple(KINDS), "kind of result")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **KINDS[kind].model_json_schema(mode="validation"),
    }
