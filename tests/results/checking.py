"""How a JSON value fits the schema of a kind of result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from neuroff.results import schema

OLD = Path(__file__).parents[1] / "golden" / "results"
"""Files that neuroff wrote before its results had classes."""
STORED = Path(__file__).parents[2] / "docs" / "results"
"""Results that the documentation keeps, of many dates."""


def misfits(kind: str, values: object) -> list[str]:
    """Return what is wrong with a value by the schema of a kind; empty if it fits."""
    jsonschema: Any = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator.check_schema(schema(kind))
    found = jsonschema.Draft202012Validator(schema(kind)).iter_errors(values)
    return [f"{error.json_path}: {error.message}" for error in found]
