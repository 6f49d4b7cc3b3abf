"""How much an installation takes on disk: neuroff, each library that it asks for, and what those ask for.

Sizes are of the files that each distribution lists as its own. Machine code that Python and Numba write later
is not counted.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from typing import Any

from packaging.requirements import Requirement

from benchmarks.measure import surroundings
from benchmarks.output import benchmark_parser, finish

_EXAMPLES = """examples:
  python -m benchmarks.installed
  python -m benchmarks.installed --json --out installed.json
"""


def required(found: Distribution) -> list[str]:
    """Return the names of the libraries that an installation asks for without extras."""
    asked = [Requirement(line) for line in found.requires or ()]
    return [each.name for each in asked if each.marker is None or each.marker.evaluate({"extra": ""})]


def installed(name: str, known: dict[str, Distribution]) -> None:
    """Add a library and all that it asks for to those that are known, each by its plain name."""
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return
    plain = found.metadata["Name"].lower().replace("_", "-")
    if plain in known:
        return
    known[plain] = found
    for each in required(found):
        installed(each, known)


def bytes_of(found: Distribution) -> int:
    """Return the size of the files that a distribution lists, links and bytecode left out."""
    places = (file.locate() for file in found.files or () if file.suffix != ".pyc")
    return sum(place.stat().st_size for place in map(_path, places) if place.is_file())


def _path(place: Any) -> Any:
    return place.resolve()


def parts(sizes: Mapping[str, int], known: Mapping[str, Distribution]) -> Iterator[tuple[str, int]]:
    """Yield each library that neuroff itself asks for, with what it alone brings."""
    asked = [name.lower().replace("_", "-") for name in required(known["neuroff"])]
    for name in asked:
        with_it: dict[str, Distribution] = {}
        without: dict[str, Distribution] = {}
        installed(name, with_it)
        for other in asked:
            if other != name:
                installed(other, without)
        yield name, sum(sizes[each] for each in with_it if each not in without or each == name)


def measure() -> dict[str, Any]:
    """Measure the environment that this runs in."""
    known: dict[str, Distribution] = {}
    installed("neuroff", known)
    sizes = {name: bytes_of(found) for name, found in known.items()}
    return {
        "benchmark": "installed",
        "total_bytes": sum(sizes.values()),
        "bytes": dict(sorted(sizes.items(), key=lambda each: -each[1])),
        "brings_bytes": dict(sorted(parts(sizes, known), key=lambda each: -each[1])),
        **surroundings(),
    }


def table(result: dict[str, Any]) -> str:
    """Return the result as text."""
    lines = [f"{'library':16}{'itself':>10}{'brings':>10}"]
    for name, brought in result["brings_bytes"].items():
        lines.append(f"{name:16}{result['bytes'][name] / 1e6:>7.0f} MB{brought / 1e6:>7.0f} MB")
    lines += [
        "",
        f"All of it, neuroff included: {result['total_bytes'] / 1e6:.0f} MB. brings: with what nothing else "
        "here asks for.",
    ]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; return the exit code."""
    parser = benchmark_parser("benchmarks.installed", __doc__, _EXAMPLES)
    given = parser.parse_args(arguments)
    return finish(measure, table, as_json=given.json, out=given.out)


if __name__ == "__main__":
    sys.exit(main())
