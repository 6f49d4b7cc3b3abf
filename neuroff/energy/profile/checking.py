"""Every problem of a profile at once: the schema's, and those between tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any, Final

from pydantic import ValidationError

from neuroff.energy.profile.explain import explain
from neuroff.energy.profile.prices import coefficients, superseded_by
from neuroff.energy.profile.problems import InvalidProfileError, Path, Problem, place, show
from neuroff.energy.profile.schema import Profile
from neuroff.energy.profile.toml_text import line_index, line_of
from neuroff.energy.vocabulary import VOCABULARY, nearest

_MAX_TABLES = 1000
"""Most tables a profile may have: far more than a device needs, few enough to compare in pairs."""

_INHERITABLE: Final[frozenset[Path]] = frozenset(
    {("source",), ("meta",), *(("meta", key) for key in ("kind", "time_model", "boundary"))}
)
"""What a file may leave out because the profile it extends has it."""

_MANY = 200
"""No more problems than this of one kind are explained: a file with so many is not a profile."""


def profile_from_mapping(
    raw: Mapping[str, Any], where: str, text: str = "", *, unresolved: Problem | None = None
) -> Profile:
    """Build a profile from parsed TOML.

    Args:
        raw: the parsed file, with the tables of the profile it extends already put in.
        where: name of the file in messages.
        text: the text it was parsed from, to tell line numbers.
        unresolved: what is wrong with the profile it extends. What the file itself holds is checked
            all the same; what may be missing because of it is not reported.

    Raises:
        InvalidProfileError: naming every problem with its line, table and key.
    """
    if sum(1 for _ in islice(_walk(raw), _MAX_TABLES + 1)) > _MAX_TABLES:
        problem = Problem("", "too many tables", f"a profile of at most {_MAX_TABLES} tables")
        raise InvalidProfileError([problem], where)
    found: list[tuple[Path, Problem]] = []
    profile: Profile | None = None
    try:
        profile = Profile.model_validate(dict(raw))
    except ValidationError as error:
        for details in error.errors(include_url=False, include_input=False)[:_MANY]:
            is_inherited = details["type"] == "missing" and tuple(details["loc"]) in _INHERITABLE
            explained = None if unresolved and is_inherited else explain(details, raw)
            if explained is not None:
                found.append((tuple(details["loc"]), explained))
    if unresolved is None:
        found.extend(islice(_between_tables(raw), _MANY))
    else:
        found.append((("extends",), unresolved))
    if profile is not None and not found:
        found.extend(_double_counting(profile))
    if found or profile is None:
        index = line_index(text)
        located = {replace(problem, line=line_of(path, index)) for path, problem in found}
        raise InvalidProfileError(sorted(located, key=_by_line), where)
    return profile


def _by_line(problem: Problem) -> tuple[int, str, str]:
    return problem.line or 0, problem.place, problem.what


def _between_tables(raw: Mapping[str, Any]) -> Iterator[tuple[Path, Problem]]:
    """Problems of references between tables, found even where the schema is violated elsewhere."""
    yield from _repeated(raw, "source", "key")
    yield from _repeated(raw, "memory", "name")
    yield from _repeated(raw, "measurement", "name")
    keys = tuple(dict.fromkeys(str(table.get("key")) for table in _tables(raw.get("source"))))
    has_sources = isinstance(raw.get("source"), list)  # else the missing list is the one problem
    terms = _term_names(raw)
    for path, table in _walk(raw):
        for name in ("source", "band_source"):
            value = table.get(name)
            if isinstance(value, str) and value not in keys and has_sources:
                yield (*path, name), _dangling((*path, name), raw, value, keys)
        target = table.get("included_in")
        if isinstance(target, str) and target != "unknown" and target not in terms:
            fix = f'did you mean "{near}"?' if (near := nearest(target, terms)) else 'or write "unknown"'
            yield (
                (*path, "included_in"),
                Problem(
                    place((*path, "included_in"), raw),
                    f"no priced term is named {show(target)}",
                    "the name of a term of this file that has a value, or unknown",
                    fix,
                ),
            )
    if raw.get("source") == []:
        yield ("source",), Problem("source", "empty", "at least one [[source]] table")
    if not any(raw.get(name) for name in ("energy", "memory", "static", "limits", "measurement")):
        yield (
            (),
            Problem(
                "",
                "prices nothing and limits nothing",
                "at least one table under [energy], [static], [[memory]], [limits] or [[measurement]]",
            ),
        )
    yield from _clock_without_frequency(raw)


def _clock_without_frequency(raw: Mapping[str, Any]) -> Iterator[tuple[Path, Problem]]:
    static, timing = raw.get("static"), raw.get("time")
    has_frequency = isinstance(timing, dict) and "clock_Hz" in timing
    if isinstance(static, dict) and "clock" in static and not has_frequency:
        fix = "add clock_Hz to [time], the clock that the figures hold for"
        yield ("static", "clock"), Problem("[static.clock]", "an energy per cycle without a clock", "", fix)


def _repeated(raw: Mapping[str, Any], array: str, key: str) -> Iterator[tuple[Path, Problem]]:
    names = Counter(name for table in _tables(raw.get(array)) if isinstance(name := table.get(key), str))
    for position, table in enumerate(_tables(raw.get(array))):
        name = table.get(key)
        if isinstance(name, str) and names[name] > 1:
            path: Path = (array, position, key)
            yield path, Problem(place(path, raw), f"{show(name)} appears {names[name]} times", "unique names")


def _dangling(path: Path, raw: Mapping[str, Any], value: str, keys: tuple[str, ...]) -> Problem:
    near = nearest(value, keys)
    return Problem(
        place(path, raw),
        f"no [[source]] has the key {show(value)}",
        f"one of {', '.join(show(key) for key in keys[:20])}" if keys else "a key of a [[source]] table",
        f'did you mean "{near}"?' if near else "add a [[source]] table with this key",
    )


def _term_names(raw: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the terms with a value; see `neuroff.energy.profile.prices.coefficients` gives them."""
    energy = raw.get("energy")
    tables = energy if isinstance(energy, dict) else {}
    learning = tables.get("learning")
    learned = learning if isinstance(learning, dict) else {}
    named: dict[str, Any] = {name: table for name, table in tables.items() if name != "learning"}
    named |= {f"learning.{name}": table for name, table in learned.items()}
    for level in _tables(raw.get("memory")):
        named |= {f"memory.{level.get('name')}.{verb}": level.get(verb) for verb in ("read", "write")}
    energies = [name for name, table in named.items() if isinstance(table, dict) and "value_J" in table]
    static = raw.get("static")
    powers = static if isinstance(static, dict) else {}
    standing = [f"static.{part}" for part, table in powers.items() if isinstance(table, dict)]
    return (*energies, *standing)


def _double_counting(profile: Profile) -> Iterator[tuple[Path, Problem]]:
    """Prices that would be added twice, or that contain each other."""
    listed = coefficients(profile)
    priced = [coefficient for coefficient in listed if coefficient.band_J is not None]
    totals = {coefficient.per: coefficient for coefficient in priced}
    for coefficient in priced:
        path: Path = ("energy", *coefficient.term.split("."))
        where = f"[energy.{coefficient.term}]"
        total = VOCABULARY[coefficient.per].part_of
        containing = superseded_by(coefficient, listed)
        if total in totals and not containing:
            yield (
                path,
                Problem(
                    where,
                    f"prices {coefficient.per}, which is a share of {total}, priced by {totals[total].term}",
                    "prices for the total or for its shares, not both",
                ),
            )
        if coefficient.is_superseding and containing:
            yield (
                path,
                Problem(
                    where,
                    f"includes other counts and is itself included in {containing[0].term}",
                    "a figure that includes others to stand on its own",
                    "list every included count in one of the two",
                ),
            )


def _tables(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _walk(raw: Any, path: Path = ()) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every table below the top, with its path. The depth of parsed files is limited."""
    if isinstance(raw, dict):
        if path:
            yield path, raw
        for key, value in raw.items():
            yield from _walk(value, (*path, key))
    elif isinstance(raw, list):
        for position, value in enumerate(raw):
            yield from _walk(value, (*path, position))
