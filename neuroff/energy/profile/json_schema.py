"""The profile schema as JSON Schema, for editors that complete and check TOML while it is written.

It says less than ``neuroff profiles check``: references between tables, bands and double counting
need the whole file.
"""

from __future__ import annotations

import inspect
import re
from typing import Any, Final

from pydantic import BaseModel

from neuroff.energy.profile.schema import Profile

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_ATTRIBUTE = re.compile(r"^    (\w+): (.+(?:\n {8,}.+)*)", re.MULTILINE)
_MARKUP = re.compile(r":\w+:`~?([^`]*)`|``([^`]*)``")

_PRICED: Final = {
    "oneOf": [{"required": ["value_J", "evidence", "source"]}, {"required": ["included_in"]}],
}
_MEASURED: Final = {"anyOf": [{"required": [name]} for name in ("value_J", "power_W", "time_s", "rate_Hz")]}


def json_schema() -> dict[str, Any]:
    """JSON Schema of a profile file, with a description at every table and key that has one."""
    schema = _plain(Profile.model_json_schema(by_alias=True))
    tables: dict[str, Any] = schema["$defs"]
    _describe(Profile, schema, tables)
    energy = tables["EnergyTables"]
    energy["additionalProperties"] = {"$ref": "#/$defs/EnergyCoefficient"}
    energy["properties"]["learning"]["additionalProperties"] = False
    for name in ("Price", "EnergyCoefficient", "LearningCoefficient"):
        tables[name].update(_PRICED)
    for table in tables.values():
        if "factors" in table.get("properties", {}):
            table["properties"]["factors"]["additionalProperties"] = False
    tables["Measurement"].update(_MEASURED)
    tables["MetaOfExtension"] = {**tables["Meta"], "required": ["id", "name"]}
    properties = schema["properties"]
    return {
        "$schema": DIALECT,
        "title": "neuroff hardware profile",
        "description": schema["description"],
        "type": "object",
        "properties": {**properties, "meta": {"type": "object"}},
        "required": ["schema", "meta"],
        "additionalProperties": False,
        "if": {"required": ["extends"]},
        "then": {"properties": {"meta": {"$ref": "#/$defs/MetaOfExtension"}}},
        "else": {"properties": {"meta": {"$ref": "#/$defs/Meta"}}, "required": ["source"]},
        "$defs": tables,
    }


def _plain(value: Any) -> Any:
    """Without what means nothing in TOML: null, its defaults, and titles made from names of keys."""
    if isinstance(value, list):
        return [_plain(item) for item in value if item != {"type": "null"}]
    if not isinstance(value, dict):
        return value
    options = value.get("anyOf")
    if isinstance(options, list) and {"type": "null"} in options:
        (only,) = [option for option in options if option != {"type": "null"}]
        value = {**{key: entry for key, entry in value.items() if key not in ("anyOf", "default")}, **only}
    is_schema = not isinstance(value.get("title"), dict)  # a key named title would hold a table
    return {
        key: _plain(entry)
        for key, entry in value.items()
        if not (is_schema and key == "title") and not (key == "default" and entry in (None, [], {}))
    }


def _describe(model: type[BaseModel], schema: dict[str, Any], tables: dict[str, Any]) -> None:
    """Put the descriptions of a model's docstring, and those of the models it holds, in."""
    for part in {model, *_models_below(model)}:
        target = schema if part is model else tables[part.__name__]
        target["description"] = _first_paragraph(part)
        for name, text in _attributes(part).items():
            if name in target.get("properties", {}):
                target["properties"][name]["description"] = text


def _models_below(model: type[BaseModel]) -> set[type[BaseModel]]:
    found: set[type[BaseModel]] = set()
    waiting: list[Any] = [model]
    while waiting:
        current = waiting.pop()
        if isinstance(current, type) and issubclass(current, BaseModel):
            if current in found:
                continue
            found.add(current)
            waiting.extend(field.annotation for field in current.model_fields.values())
            waiting.extend(inspect.get_annotations(current, eval_str=True).values())  # extra keys, too
        else:
            waiting.extend(getattr(current, "__args__", ()))
    return found - {model}


def _attributes(model: type[BaseModel]) -> dict[str, str]:
    """Descriptions under ``Attributes`` of a model and the models it is built on."""
    described: dict[str, str] = {}
    for part in reversed(model.__mro__):
        if issubclass(part, BaseModel):
            _, _, section = inspect.cleandoc(part.__doc__ or "").partition("Attributes:\n")
            described |= {name: _words(text) for name, text in _ATTRIBUTE.findall(section)}
    return described


def _first_paragraph(model: type[BaseModel]) -> str:
    return _words(inspect.cleandoc(model.__doc__ or "").partition("\n\n")[0])


def _words(text: str) -> str:
    return " ".join(_MARKUP.sub(lambda match: match[1] or match[2], text).split())
