from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterator

import pytest
from pydantic import BaseModel, ValidationError

from neuroff.energy import Profile, coefficients, weakest_evidence
from neuroff.energy.profile.coefficients import EnergyCoefficient, LearningCoefficient
from neuroff.energy.units import UNIT_SUFFIXES

Load = Callable[[str], Profile]

COUNTED = {"revision", "factors"}
"""Numeric keys that are no quantity; the keys of factors are checked one by one."""


def models(model: type[BaseModel], seen: set[type[BaseModel]]) -> set[type[BaseModel]]:
    seen.add(model)
    for field in model.model_fields.values():
        for part in leaves(field.annotation):
            if isinstance(part, type) and issubclass(part, BaseModel) and part not in seen:
                models(part, seen)
    return seen


def leaves(annotation: object) -> Iterator[object]:
    arguments = typing.get_args(annotation)
    if not arguments or typing.get_origin(annotation) is typing.Literal:
        yield annotation
    for argument in arguments:
        if not isinstance(argument, str | int | float):
            yield from leaves(argument)


def test_every_numeric_key_ends_in_its_unit() -> None:
    checked = 0
    for model in models(Profile, {EnergyCoefficient, LearningCoefficient}):
        for name, field in model.model_fields.items():
            numeric = {int, float} & {part for part in leaves(field.annotation) if isinstance(part, type)}
            if numeric and name not in COUNTED:
                assert name.rpartition("_")[2] in UNIT_SUFFIXES, f"{model.__name__}.{name}"
                checked += 1
    assert checked > 25


def test_profiles_are_immutable(load_text: Load, toy: str) -> None:
    profile = load_text(toy)
    with pytest.raises(ValidationError):
        profile.meta.name = "other"  # type: ignore[misc]
    with pytest.raises(ValidationError):
        profile.energy.terms()["synop"].value_J = 1.0  # type: ignore[misc]
    assert type(profile.source) is tuple


def test_digest_follows_content_not_layout(load_text: Load, toy: str) -> None:
    digest = load_text(toy).sha256()
    # Written out so that a key added to the schema later cannot change the digest of old profiles.
    assert digest == "b1be5031a384c2fb123e15c7fcd9ac7cf7da79a0bfb3e7dc2776eb00210fdd4a"
    assert (
        load_text("# a comment\n" + toy.replace("value_J = 2e-12", "value_J   = 0.002e-9")).sha256() == digest
    )
    assert (
        load_text(toy.replace('evidence = "spice"', 'evidence = "spice"\nderived = false')).sha256() == digest
    )
    assert load_text(toy.replace("value_J = 2e-12", "value_J = 2.1e-12")).sha256() != digest
    assert load_text(toy.replace("Somebody", "Somebody else")).sha256() != digest


def test_json_schema_can_be_exported() -> None:
    schema = Profile.model_json_schema()
    energy = schema["$defs"]["EnergyTables"]
    assert energy["additionalProperties"] == {"$ref": "#/$defs/EnergyCoefficient"}
    assert "value_J" in schema["$defs"]["EnergyCoefficient"]["properties"]


def test_coefficients_of_every_table(load_text: Load, toy: str) -> None:
    profile = load_text(
        toy
        + """
[energy.learning.rule]
per = "synapse_updates"
value_J = 3e-12
evidence = "estimated"
source = "lab"
rule = "stdp"

[[memory]]
name = "near"
access_width_bit = 64
[memory.read]
value_J = 64e-12
high_J = 128e-12
evidence = "layout"
source = "lab"
[memory.write]
included_in = "synop"

[[memory]]
name = "far"
access_width_bit = 8
[memory.read]
value_J = 4e-12
evidence = "layout"
source = "lab"

[static.chip]
value_W = 0.5
low_W = 0.25
evidence = "metered"
source = "lab"
"""
    )
    listed = {entry.term: entry for entry in coefficients(profile)}
    assert {term: entry.per for term, entry in listed.items()} == {
        "synop": "synaptic_events",
        "update": "neuron_updates_active",
        "learning.rule": "synapse_updates",
        "memory.near.read": "mem_reads_bit_level1",
        "memory.near.write": "mem_writes_bit_level1",
        "memory.far.read": "mem_reads_bit_level2",
        "static.chip": "chip_seconds",
    }
    bands = {term: entry.band_J.to_dict() if entry.band_J else None for term, entry in listed.items()}
    assert bands["synop"] == {"low": 1e-12, "nominal": 2e-12, "high": 4e-12}
    assert bands["memory.near.read"] == pytest.approx({"low": 1e-12, "nominal": 1e-12, "high": 2e-12})
    assert bands["memory.far.read"] == pytest.approx({"low": 5e-13, "nominal": 5e-13, "high": 5e-13})
    assert bands["memory.near.write"] is None
    assert bands["static.chip"] == {"low": 0.25, "nominal": 0.5, "high": 0.5}
    assert weakest_evidence(profile) == "estimated"
    assert isinstance(profile.energy.terms(), dict)
    assert isinstance(profile.energy.learning["rule"].rule, str)
    assert types.MappingProxyType(profile.energy.terms())["learning.rule"].scope == "marginal"
