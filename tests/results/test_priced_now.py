"""Energies that are kept were priced by the profiles as they are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from neuroff.energy import list_profiles, load_profile
from tests.results.checking import STORED


def _digests(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield name and digest of every profile that a result was priced by."""
    if isinstance(value, dict):
        if "sha256" in value:
            yield value.get("id", name), value["sha256"]
        for key, part in value.items():
            yield from _digests(part, key)
    elif isinstance(value, list):
        for part in value:
            yield from _digests(part, name)


_PRICED = (
    "demo.json",
    "demo-askings.json",
    "energy-front-askings.json",
    "energy-front-fashion.json",
    "fixed-point-groups.json",
    "fixed-point-learning.json",
)


def test_no_other_kept_file_names_a_profile_with_its_digest() -> None:
    shipped = set(list_profiles())
    named = {
        file.name
        for file in STORED.glob("*.json")
        if shipped & {name for name, _ in _digests(json.loads(file.read_text()))}
    }
    assert named == set(_PRICED)


@pytest.mark.parametrize("file", _PRICED)
def test_a_profile_that_changes_asks_for_its_results_anew(file: str) -> None:
    shipped = set(list_profiles())
    found = {
        (name, digest)
        for name, digest in _digests(json.loads((STORED / file).read_text()))
        if name in shipped
    }
    assert found
    assert found == {(name, load_profile(name).sha256()) for name, _ in found}
