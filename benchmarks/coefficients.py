"""Every number of every profile, and whether it was read once more in its source.

    python -m benchmarks.coefficients [--json FILE]

prints how many were, and writes them all. `read_again.toml`, beside this file, holds each number as its
source prints it; here it is converted anew. What it does not hold was not read again, or could not be.
"""

from __future__ import annotations

import argparse
import json
import math
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from neuroff.energy import list_profiles
from neuroff.energy.profile.catalogue import load_profile
from neuroff.energy.profile.schema import Profile

FILE = Path(__file__).with_name("read_again.toml")
UNITS: Mapping[str, float] = MappingProxyType(
    {
        "J": 1.0, "mJ": 1e-3, "uJ": 1e-6, "nJ": 1e-9, "pJ": 1e-12,
        "W": 1.0, "mW": 1e-3, "uW": 1e-6,
        "s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "Hz": 1.0,
    }
)  # fmt: skip
_SUFFIXES = ("_J", "_W", "_s", "_Hz", "_W_per_Hz")
_PRINTED_DIGITS = 0.003  # a profile may hold fewer digits than are printed


def entries() -> list[dict[str, Any]]:
    """Return the numbers that were read again."""
    found: list[dict[str, Any]] = tomllib.loads(FILE.read_text(encoding="utf-8"))["number"]
    return found


def converted(entry: Mapping[str, Any]) -> float:
    """Return what is printed in SI units: a sum where the profile adds several figures."""
    return math.fsum(float(number) for number in entry["printed"]) * UNITS[entry["unit"]]


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


def agrees(entry: Mapping[str, Any], value: float) -> bool:
    """Whether a profile holds what is printed."""
    return math.isclose(converted(entry), value, rel_tol=_PRINTED_DIGITS)


def table() -> dict[str, Any]:
    """Return every number with its source, and how it reads there where it was read again."""
    read = {(entry["profile"], entry["path"]): entry for entry in entries()}
    rows = []
    for name in list_profiles():
        profile = load_profile(name)
        sources = {source.key: source for source in profile.source}
        for path, value, key in numbers(profile):
            entry, source = read.get((name, path)), sources.get(key)
            rows.append(
                {
                    "profile": name,
                    "number": path,
                    "value_SI": value,
                    "source": None if source is None else f"{source.citation}: {source.locator}",
                    "checked": None if source is None else source.checked,
                    "read_again": None
                    if entry is None
                    else {"printed": entry["printed"], "unit": entry["unit"], "at": entry["at"]},
                }
            )
    day = tomllib.loads(FILE.read_text(encoding="utf-8"))["read"]
    again = sum(row["read_again"] is not None for row in rows)
    return {"read": day, "numbers": len(rows), "read_again": again, "rows": rows}


def main() -> None:
    """Print the counts, and write the table if a file is named."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the table")
    chosen = parser.parse_args()
    found = table()
    print(f"{found['read_again']} of {found['numbers']} numbers were read again on {found['read']}.")
    if chosen.json is not None:
        chosen.json.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
