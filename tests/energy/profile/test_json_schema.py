from __future__ import annotations

import copy
import json
import math
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuroff.energy import VOCABULARY, list_profiles
from neuroff.energy.profile.checking import profile_from_mapping
from neuroff.energy.profile.json_schema import json_schema
from neuroff.energy.profile.problems import InvalidProfileError

SHIPPED = Path(__file__).parents[3] / "hardware_profiles"
SCHEMA = json_schema()
TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "number": (int, float),
    "integer": (int,),
}
KNOWN = {
    "$defs",
    "$ref",
    "$schema",
    "additionalProperties",
    "anyOf",
    "const",
    "default",
    "description",
    "else",
    "enum",
    "exclusiveMinimum",
    "if",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minimum",
    "oneOf",
    "pattern",
    "patternProperties",
    "properties",
    "propertyNames",
    "required",
    "then",
    "title",
    "type",
}
"""Keywords that the small validator below knows; the schema must not use others unnoticed."""


def parsed(name: str) -> dict[str, Any]:
    return tomllib.loads((SHIPPED / f"{name}.toml").read_text(encoding="utf-8"))


def problems(value: Any, schema: dict[str, Any], path: str = "") -> Iterator[str]:
    """Violations of the keywords in KNOWN: enough of JSON Schema for this schema."""
    if "$ref" in schema:
        yield from problems(value, SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]], path)
    if "type" in schema:
        is_bool = isinstance(value, bool) and schema["type"] != "boolean"
        if is_bool or not isinstance(value, TYPES[schema["type"]]):
            yield f"{path}: not {schema['type']}"
            return
    if "const" in schema and value != schema["const"]:
        yield f"{path}: not {schema['const']}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path}: {value} not in enum"
    for keyword, count in (("anyOf", range(1, 99)), ("oneOf", range(1, 2))):
        if keyword in schema:
            valid = sum(not list(problems(value, option, path)) for option in schema[keyword])
            if valid not in count:
                yield f"{path}: {valid} of {keyword}"
    if "if" in schema:
        branch = "else" if list(problems(value, schema["if"], path)) else "then"
        yield from problems(value, schema[branch], path)
    if isinstance(value, str):
        yield from (f"{path}: too long" for _ in range(len(value) > schema.get("maxLength", 1e9)))
        if "pattern" in schema and not re.search(schema["pattern"], value):
            yield f"{path}: pattern"
    if isinstance(value, int | float):
        if not schema.get("minimum", -math.inf) <= value <= schema.get("maximum", math.inf):
            yield f"{path}: out of range"
        if value <= schema.get("exclusiveMinimum", -math.inf):
            yield f"{path}: out of range"
    if isinstance(value, list):
        if len(value) > schema.get("maxItems", 1e9):
            yield f"{path}: too many"
        for position, item in enumerate(value):
            yield from problems(item, schema.get("items", {}), f"{path}[{position}]")
    if isinstance(value, dict):
        yield from (f"{path}: {name} missing" for name in schema.get("required", ()) if name not in value)
        for name, item in value.items():
            where = f"{path}.{name}"
            yield from problems(name, schema.get("propertyNames", {}), where)
            patterns = [s for p, s in schema.get("patternProperties", {}).items() if re.search(p, name)]
            if name in schema.get("properties", {}):
                yield from problems(item, schema["properties"][name], where)
            elif patterns:
                yield from problems(item, patterns[0], where)
            elif schema.get("additionalProperties") is False:
                yield f"{where}: unknown"
            elif isinstance(schema.get("additionalProperties"), dict):
                yield from problems(item, schema["additionalProperties"], where)


def keywords(schema: Any) -> Iterator[str]:
    if isinstance(schema, list):
        for item in schema:
            yield from keywords(item)
    elif isinstance(schema, dict):
        for keyword, value in schema.items():
            yield keyword
            if keyword in ("properties", "$defs", "patternProperties"):
                for item in value.values():
                    yield from keywords(item)
            elif keyword not in ("default", "const"):
                yield from keywords(value)


def test_the_validator_knows_every_keyword() -> None:
    assert set(keywords(SCHEMA)) <= KNOWN


@pytest.mark.parametrize("name", list_profiles())
def test_shipped_profiles_follow_the_schema(name: str) -> None:
    assert list(problems(parsed(name), SCHEMA)) == []


@pytest.mark.parametrize("name", list_profiles())
def test_shipped_profiles_follow_the_schema_for_another_validator(name: str) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert list(jsonschema.Draft202012Validator(SCHEMA).iter_errors(parsed(name))) == []


def test_the_schema_is_json_with_a_description_of_every_key() -> None:
    assert json.loads(json.dumps(SCHEMA, allow_nan=False)) == SCHEMA
    assert "null" not in json.dumps(SCHEMA)
    assert SCHEMA["properties"]["schema"] == {"const": "1.0", "type": "string"}
    synop = SCHEMA["$defs"]["EnergyCoefficient"]["properties"]
    assert synop["per"]["enum"] == list(VOCABULARY)
    for table in ("EnergyCoefficient", "LearningCoefficient", "Measurement", "StaticPower", "Meta", "Source"):
        for key, entry in SCHEMA["$defs"][table]["properties"].items():
            assert entry.get("description"), f"{table}.{key}"
    for table, entry in SCHEMA["$defs"].items():
        assert entry["description"], table
        assert "``" not in json.dumps(entry)
        assert ":class:" not in json.dumps(entry)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema",), "2.0"),
        (("metta",), {}),
        (("meta", "kind"), "spikin"),
        (("meta", "node_nm"), 0),
        (("energy", "synop", "per"), "synaptic_event"),
        (("energy", "synop", "value_J"), -1),
        (("energy", "synop", "value_pJ"), 3),
        (("energy", "synop", "included_in"), "hop_x"),
        (("energy", "Synop"), {}),
        (("energy", "learning", "Update"), {}),
        (("energy", "learning", "synapse_update", "evidence"), "guess"),
        (("memory", 0, "access_width_bit"), 1.5),
        (("static", "chip", "value_W"), "1"),
        (("limits", "neurons_per_core", "kind"), "fence"),
        (("source", 0, "checked"), "yes"),
        (("topology", "multicast"), "no"),
    ],
)
def test_what_the_schema_refuses_the_check_refuses_too(path: tuple[str | int, ...], value: Any) -> None:
    raw = copy.deepcopy(parsed("loihi1-davies2018"))
    table: Any = raw
    for step in path[:-1]:
        table = table[step]
    table[path[-1]] = value
    assert list(problems(raw, SCHEMA))
    with pytest.raises(InvalidProfileError):
        profile_from_mapping(raw, "here")


def test_a_profile_that_extends_needs_less() -> None:
    small = {"schema": "1.0", "extends": "odin", "meta": {"id": "x", "name": "X"}}
    assert list(problems(small, SCHEMA)) == []
    assert list(problems({**small, "extends": "../odin"}, SCHEMA))
    del small["extends"]
    assert {problem.partition(": ")[2] for problem in problems(small, SCHEMA)} == {
        "source missing",
        "kind missing",
        "time_model missing",
        "boundary missing",
    }


def paths(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from paths(item, (*path, key))


@given(st.sampled_from(list_profiles()), st.data())
def test_what_the_check_accepts_the_schema_accepts(name: str, data: st.DataObject) -> None:
    """The schema is never stricter than the check, whatever is taken out of a profile."""
    raw = parsed(name)
    path = data.draw(st.sampled_from(list(paths(raw))))
    table: Any = raw
    for step in path[:-1]:
        table = table[step]
    del table[path[-1]]
    try:
        profile_from_mapping(raw, "here")
    except InvalidProfileError:
        return
    assert list(problems(raw, SCHEMA)) == []
