"""Schema violations told in the words of the file: what was expected and how to fix it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from neuroff.energy.profile.coefficients import EnergyCoefficient
from neuroff.energy.profile.fields import EVIDENCE_ORDER, PATTERNS
from neuroff.energy.profile.problems import Path, Problem, place, show, value_at
from neuroff.energy.profile.schema import EnergyTables, Profile
from neuroff.energy.units import UNIT_SUFFIXES, split_unit
from neuroff.energy.vocabulary import nearest

_NEEDED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "source": "the key of a [[source]] table",
        "evidence": f"how the figure was obtained, weakest first: {', '.join(EVIDENCE_ORDER)}",
        "per": "the one count of the vocabulary that the coefficient multiplies",
        "value_J": "energy in joules, for example 23.6e-12",
        "value_W": "power in watts, for example 0.1",
        "workload": "what ran: network, data, number of time steps",
        "boundary": "what the figures enclose: operation, core, chip, board, wall or unstated",
        "citation": "authors, title or journal, year",
        "locator": "table, page, file or section of the source",
        "checked": "primary, transcription or memory",
        "access_width_bit": "how many bits one access moves",
    }
)
_TOP: Final[Mapping[Path, str]] = MappingProxyType({("meta",): "[meta]", ("source",): "[[source]]"})
_TOP_NEEDED: Final[Mapping[Path, str]] = MappingProxyType(
    {
        ("schema",): 'schema = "1.0" at the top of the file',
        ("meta",): "a table with id, name, kind, time_model and boundary",
        ("source",): "at least one [[source]] table",
        ("energy",): "tables of terms, for example [energy.synop]",
    }
)
_KINDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "float_type": ("a number, without quotes", ""),
        "int_type": ("a whole number, without quotes", ""),
        "int_parsing_size": ("a smaller whole number", ""),
        "bool_type": ("true or false, without quotes", ""),
        "string_type": ("text in quotes", ""),
        "finite_number": ("a finite number", "leave the key out where nothing is known"),
        "dict_type": ("a table", ""),
        "tuple_type": ("an array", "write an array of tables with [[double brackets]]"),
        "band": ("low <= value <= high", "swap or correct the figures"),
        "two_prices": ("one of the two", "remove value_J or included_in"),
        "text": ("printable text", ""),
        "no_per": ("per beside value_J", 'add per, for example per = "inference"'),
        "negative_energy": (
            'an energy of at least 0 where part is not "dynamic"',
            "check the sign, or say that it is running minus idle",
        ),
    }
)
_SAID = ("band", "two_prices", "text", "no_per", "negative_energy")
"""Kinds whose message says what is wrong."""


def explain(error: ErrorDetails, raw: Mapping[str, Any]) -> Problem | None:
    """One schema violation as a problem without its line; None where another violation says it already."""
    path: Path = tuple(step for step in error["loc"] if step != "[key]")
    value = value_at(path, raw)
    kind, context = error["type"], error.get("ctx", {})
    if kind == "no_price":
        return _no_price(path, raw)
    if kind == "no_quantity":
        figures = "at least one of value_J, power_W, time_s and rate_Hz"
        return Problem(place(path[:-1], raw), "measures nothing", figures, "add the figure")
    where = place(path, raw)
    key = str(path[-1]) if path else ""
    if kind == "extra_forbidden":
        return _unknown_key(path, where, is_table=isinstance(value, dict | list))
    if kind == "missing":
        fix = "say where the figure comes from" if key == "source" and len(path) > 1 else "add it"
        return Problem(_TOP.get(path, where), "missing", _TOP_NEEDED.get(path, _NEEDED.get(key, "")), fix)
    if kind == "literal_error":
        options = str(context["expected"]).replace("'", "").replace(" or ", ", ").split(", ")
        near = nearest(value, tuple(options)) if isinstance(value, str) else None
        fix = f'did you mean "{near}"?' if near else ""
        return Problem(where, f"{show(value)} is not known", str(context["expected"]), fix)
    if kind == "count_name":
        near = str(context.get("near") or "")
        fix = f'did you mean "{near}"?' if near else "list the counts with list(neuroff.energy.VOCABULARY)"
        return Problem(where, f"unknown count {show(value)}", "a name of the vocabulary of counts", fix)
    if kind.startswith(("greater_than", "less_than")):
        return _out_of_range(where, value, context)
    if kind.startswith("string_pattern"):
        name = value if isinstance(value, str) else key
        return Problem(
            where, f"{show(name)} is not a valid name", PATTERNS[str(context["pattern"])], "rename it"
        )
    if kind in ("too_long", "string_too_long"):
        return Problem(where, "too long", f"at most {context.get('max_length')}")
    if kind == "model_type":
        keys = f"a table with {', '.join(_keys_at(path))}"
        return Problem(where, f"is {show(value)}", _TOP_NEEDED.get(path, keys))
    expected, fix = _KINDS.get(kind, ("", ""))
    what = str(error["msg"]) if kind in _SAID else f"is {show(value)}"
    if kind in ("band", "negative_energy") and value is not None:
        what = f"{show(value)} is {what}"
    return Problem(where, what, expected or str(error["msg"]), fix)


def _no_price(path: Path, raw: Mapping[str, Any]) -> Problem | None:
    table = value_at(path[:-1], raw)
    if isinstance(table, dict) and any((split_unit(key) or (key,))[0] == "value" for key in table):
        return None  # the wrong unit is a problem of its own
    return Problem(
        place(path[:-1], raw),
        "has no price",
        "value_J, or included_in with the name of the term that contains this energy",
        'add value_J with evidence and source, or included_in = "unknown"',
    )


def _unknown_key(path: Path, where: str, *, is_table: bool) -> Problem:
    key = str(path[-1])
    allowed = _keys_at(path[:-1])
    unit = split_unit(key)
    if unit is not None:
        stem, base = unit
        proper = f"{stem}_{base}" if f"{stem}_{base}" in allowed else _with_any_unit(stem, allowed)
        if proper is not None:
            return _wrong_unit(where, "wrong unit in the key", proper)
    proper = _with_any_unit(key, allowed)
    if proper is not None:
        return _wrong_unit(where, "no unit in the key", proper)
    near = nearest(key, allowed)
    fix = f"did you mean {near}?" if near else "remove it"
    what = "unknown table" if is_table else "unknown key"
    return Problem(where, what, f"one of {', '.join(allowed)}", fix)


def _wrong_unit(where: str, what: str, proper: str) -> Problem:
    unit = UNIT_SUFFIXES[proper.rpartition("_")[2]]
    return Problem(where, what, f"{proper}, in {unit}", f"use {proper} and write the number in {unit}")


def _with_any_unit(stem: str, allowed: tuple[str, ...]) -> str | None:
    return next((f"{stem}_{unit}" for unit in UNIT_SUFFIXES if f"{stem}_{unit}" in allowed), None)


def _out_of_range(where: str, value: Any, context: Mapping[str, Any]) -> Problem:
    bounds = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    expected = ", ".join(
        f"a number of {bounds[name]} {context[name]:g}" for name in bounds if name in context
    )
    is_negative = isinstance(value, int | float) and value < 0
    what = f"{show(value)} is negative" if is_negative else f"{show(value)} is out of range"
    fix = "check the sign" if is_negative else "check the exponent: values are in SI base units"
    return Problem(where, what, expected, fix)


def _keys_at(path: Path) -> tuple[str, ...]:
    """The keys that the schema allows in the table at ``path``."""
    model: type[BaseModel] = Profile
    is_mapping = False
    for step in path:
        if isinstance(step, int):
            continue
        if is_mapping:
            is_mapping = False
            continue
        fields = {field.alias or name: field for name, field in model.model_fields.items()}
        if step in fields:
            annotation = fields[step].annotation
            is_mapping = get_origin(annotation) is dict
            model = _model_in(annotation) or model
        elif model is EnergyTables:
            model = EnergyCoefficient
    return tuple(field.alias or name for name, field in model.model_fields.items())


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for argument in get_args(annotation) if (found := _model_in(argument))), None)
