"""Every number of every profile, and whether it was read once more in its source.

    python -m benchmarks.coefficients [--json FILE]

prints how many were, and writes them all. `read_again.toml`, beside this file, holds each number as it is
printed, with its unit and with what the profile did to it; here that is computed anew. Numbers whose source
could not be reached stand there too, with what was tried.
"""

from __future__ import annotations

import argparse
import ast
import json
import math
import operator
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from neuroff.energy import list_profiles
from neuroff.energy.profile.catalogue import load_profile
from neuroff.energy.profile.schema import Profile

FILE = Path(__file__).with_name("read_again.toml")
UNITS: Mapping[str, float] = MappingProxyType(
    {
        "J": 1.0, "mJ": 1e-3, "uJ": 1e-6, "nJ": 1e-9, "pJ": 1e-12,
        "W": 1.0, "mW": 1e-3, "uW": 1e-6,
        "s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "Hz": 1.0, "MHz": 1e6,
    }
)  # fmt: skip
_SUFFIXES = ("_J", "_W", "_s", "_Hz", "_W_per_Hz")
_PRINTED_DIGITS = 0.003  # a profile may hold fewer digits than are printed
_OPERATIONS: Mapping[type[ast.operator], Callable[[float, float], float]] = MappingProxyType(
    {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
)


@dataclass(frozen=True)
class Reading:
    """A number as it is printed.

    Attributes:
        profile: which profile holds it.
        path: where in the profile.
        printed: numbers with their units, and the profile's arithmetic: ``"3.34 W / 32"``.
        at: where that was read.
        by: who prints it: the source that the profile cites, or somebody else's copy of it.
    """

    profile: str
    path: str
    printed: str
    at: str
    by: Literal["source", "transcription"]


@dataclass(frozen=True)
class Unread:
    """Numbers that could not be read again: whose they are, and what was tried."""

    source: str
    tried: str
    numbers: tuple[tuple[str, str], ...]

    def holds(self, profile: str, path: str) -> bool:
        """Whether a number is among them; ``*`` stands for any path."""
        return any(profile == name and fnmatchcase(path, pattern) for name, pattern in self.numbers)


def readings() -> list[Reading]:
    """Return the numbers that were read again."""
    return [
        Reading(profile, path, printed, group["at"], group["by"])
        for group in _kept()["reading"]
        for profile, path, printed in group["numbers"]
    ]


def unread() -> list[Unread]:
    """Return the numbers that were not."""
    return [
        Unread(group["source"], group["tried"], tuple((name, path) for name, path in group["numbers"]))
        for group in _kept()["unread"]
    ]


def _kept() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def converted(printed: str) -> float:
    """Return what is printed in SI units.

    Raises:
        ValueError: for anything but numbers, units, sums, products and brackets.
    """
    units = "|".join(sorted(UNITS, key=len, reverse=True))
    in_SI = re.sub(
        rf"([0-9.]+(?:e[+-]?[0-9]+)?) ({units})\b", lambda m: f"({m[1]} * {UNITS[m[2]]!r})", printed
    )
    try:
        return _value(ast.parse(in_SI, mode="eval").body)
    except SyntaxError as error:
        raise ValueError(f"no arithmetic: {printed}") from error


def _value(node: ast.expr) -> float:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(node.value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand)
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS:
        return _OPERATIONS[type(node.op)](_value(node.left), _value(node.right))
    raise ValueError(f"no number, sum or product: {ast.unparse(node)}")


def numbers(profile: Profile) -> Iterator[tuple[str, float, str]]:
    """Yield path, value in SI units and source of a profile's energies, powers, times and rates."""
    tables = profile.model_dump(by_alias=True, exclude_none=True)
    for name in ("energy", "static", "time", "memory", "measurement", "inferred"):
        yield from _walk(name, tables.get(name), "")


def _walk(path: str, value: Any, source: str) -> Iterator[tuple[str, float, str]]:
    if isinstance(value, Mapping):
        source = str(value.get("source", source))
        for key, part in value.items():
            if key != "factors":
                yield from _walk(f"{path}.{key}", part, source)
    elif isinstance(value, list | tuple):
        for place, part in enumerate(value):
            name = part.get("name", place) if isinstance(part, Mapping) else place
            yield from _walk(f"{path}.{name}", part, source)
    elif isinstance(value, float | int) and path.endswith(_SUFFIXES):
        yield path, float(value), source


def agrees(reading: Reading, value: float) -> bool:
    """Whether a profile holds what is printed, in full or rounded to its own digits (two at least)."""
    printed = converted(reading.printed)
    digits = len(f"{abs(value):.15g}".partition("e")[0].replace(".", "").strip("0"))
    rounded = digits >= 2 and math.isclose(float(f"{printed:.{digits}g}"), value, rel_tol=1e-9)
    return rounded or math.isclose(printed, value, rel_tol=_PRINTED_DIGITS)


def table() -> dict[str, Any]:
    """Return every number with its source, and how it reads there where it was read again."""
    read, missing = {(entry.profile, entry.path): entry for entry in readings()}, unread()
    rows = [
        _row(profile, path, value, source, read.get((name, path)), missing)
        for name, profile in ((name, load_profile(name)) for name in list_profiles())
        for path, value, source in numbers(profile)
    ]
    by = Counter(row["read_again"]["by"] for row in rows if row["read_again"])
    return {
        "read": _kept()["read"],
        "numbers": len(rows),
        "read_in_the_source": by["source"],
        "read_in_a_transcription": by["transcription"],
        "source_not_reached": sum(row["not_reached"] is not None for row in rows),
        "rows": rows,
    }


def _row(
    profile: Profile, path: str, value: float, key: str, read: Reading | None, unread: list[Unread]
) -> dict[str, Any]:
    source = next((source for source in profile.source if source.key == key), None)
    missing = next((group for group in unread if group.holds(profile.id, path)), None)
    return {
        "profile": profile.id,
        "number": path,
        "value_SI": value,
        "source": None if source is None else f"{source.citation}: {source.locator}",
        "checked": None if source is None else source.checked,
        "read_again": None if read is None else {"printed": read.printed, "at": read.at, "by": read.by},
        "not_reached": None if missing is None else {"source": missing.source, "tried": missing.tried},
    }


def main() -> None:
    """Print the counts, and write the table if a file is named."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the table")
    chosen = parser.parse_args()
    found = table()
    print(
        f"Of {found['numbers']} numbers, {found['read_in_the_source']} were read again in the source that is "
        f"cited, {found['read_in_a_transcription']} in somebody else's copy of it; "
        f"{found['source_not_reached']} could not be."
    )
    if chosen.json is not None:
        chosen.json.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
