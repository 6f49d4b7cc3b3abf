"""``extends``: a profile that takes the tables of another one and replaces some of them.

What is replaced is always a whole priced entry, never a key inside one, so that a new figure cannot
keep the source of the old one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from neuroff.energy.profile.schema import Profile

MAX_EXTENDS: Final = 8
"""Longest chain of profiles that extend each other."""

_OWN_META: Final = ("id", "name", "revision")
"""Keys of ``[meta]`` that a profile never takes from another."""

_JOINED: Final[Mapping[str, str]] = {"source": "key", "measurement": "name"}
"""Arrays of tables that are joined, and the key that tells their tables apart."""


def merged(own: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    """Parsed TOML of ``own`` on top of that of the profile it extends.

    ``[meta]`` is joined key by key except id, name and revision; terms under ``[energy]`` and
    ``[energy.learning]`` and parts of ``[static]`` are replaced one by one and whole; sources and
    measurements are joined, those of ``own`` first; every other table is replaced whole.
    """
    result = {**base, **own}
    meta = base.get("meta")
    if isinstance(meta, dict) and isinstance(own.get("meta"), dict):
        result["meta"] = {key: value for key, value in meta.items() if key not in _OWN_META} | own["meta"]
    for name in ("energy", "static"):
        result |= _joined_tables(name, own, base)
    energy, own_energy, base_energy = (_table(side, "energy") for side in (result, own, base))
    if "learning" in own_energy and "learning" in base_energy:
        result["energy"] = {**energy, **_joined_tables("learning", own_energy, base_energy)}
    for name, key in _JOINED.items():
        if isinstance(own.get(name), list) and isinstance(base.get(name), list):
            tables = [table for table in own[name] if isinstance(table, dict)]
            taken = {label for table in tables if isinstance(label := table.get(key), str)}
            result[name] = [*own[name], *(table for table in base[name] if table.get(key) not in taken)]
    return result


def differences(profile: Profile, base: Profile) -> tuple[str, ...]:
    """Names of the tables in which a profile differs from the one it extends, in its own order.

    Terms are named as in reports (``energy.synop``, ``static.chip``); ``[meta]`` and sources are left out.
    """
    mine, theirs = _parts(profile), _parts(base)
    return tuple(name for name in {**mine, **theirs} if mine.get(name) != theirs.get(name))


def _parts(profile: Profile) -> dict[str, object]:
    parts: dict[str, object] = {f"energy.{name}": term for name, term in profile.energy.terms().items()}
    parts |= {f"static.{name}": part for name, part in profile.static if part is not None}
    parts |= {f"measurement.{entry.name}": entry for entry in profile.measurement}
    for name in ("memory", "time", "io", "limits", "topology"):
        if getattr(profile, name):
            parts[name] = getattr(profile, name)
    return parts


def _joined_tables(name: str, own: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(own.get(name), dict) and isinstance(base.get(name), dict):
        return {name: {**base[name], **own[name]}}
    return {}


def _table(raw: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = raw.get(name)
    return value if isinstance(value, dict) else {}
