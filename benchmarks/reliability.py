"""Tables of docs/reliability.md from the results that they show.

    python -m benchmarks.reliability [--check]

writes the tables between the page's marks anew from docs/results; with --check it says whether they are
those.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

HERE = Path(__file__).resolve().parent.parent
PAGE = HERE / "docs" / "reliability.md"
RESULTS = HERE / "docs" / "results"


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a Markdown table."""
    lines = [list(head), ["---"] * len(list(head)), *(list(map(str, row)) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def kills(found: Mapping[str, Any]) -> str:
    """Return the kills by command."""
    rows = [
        (name, each["kills"], each["ended_before"], each["left_temporaries"], each["not_as_undisturbed"])
        for name, each in found["by_command"].items()
    ]
    total = [sum(row[place] for row in rows) for place in range(1, 5)]
    head = (
        "command",
        "killed",
        "had ended before",
        "left a temporary file",
        "other than undisturbed afterwards",
    )
    return table(head, [*rows, ("together", *total)])


def fuzz(found: Mapping[str, Any]) -> str:
    """Return the inputs by reader."""
    rows = (
        (
            name,
            f"{each['inputs']:,}",
            f"{each['read']:,}",
            f"{each['refused']:,}",
            sum(each.get("kinds", {}).values()),
            f"{each['cpu_s']:.0f} s",
            f"{each['slowest_s']:.2f} s",
        )
        for name, each in found["readers"].items()
    )
    return table(
        ("reader", "inputs", "read", "refused", "faults", "processor time", "slowest, wall time"), rows
    )


def bombs(found: Mapping[str, Any]) -> str:
    """Return the bombs."""
    rows = (
        (name, f"{each['file_bytes']:,}", f"{each['cpu_s']:.2f} s", f"{each['memory_MB']:.0f} MB")
        for name, each in found["bombs"].items()
    )
    return table(("file", "bytes", "processor time", "memory"), rows)


def matrix(found: Mapping[str, Any]) -> str:
    """Return what became of sizes and of settings."""
    kinds, shapes = ("right", "clear", "slow", "fault"), found["shapes"]
    each = {"sizes": {kind: sum(case["outcome"] == kind for case in shapes) for kind in kinds}}
    each[f"{found['settings']} numeric settings at their ends and beyond"] = {
        kind: found["outcomes"].get(kind, 0) - each["sizes"][kind] for kind in kinds
    }
    head = ("cases", "tried", "right", "one message", "not done in a minute", "faults")
    return table(head, ((name, sum(of.values()), *of.values()) for name, of in each.items()))


def long_run(found: Mapping[str, Any]) -> str:
    """Return the memory of long runs."""
    rows = (
        (
            f"{found[name]['count']:,} {what}",
            f"{found[name]['after_a_tenth_MB']:.0f} MB",
            f"{found[name]['at_the_end_MB']:.0f} MB",
            f"{found[name]['largest_since_MB']:.0f} MB",
        )
        for name, what in (("training", "epochs of one training"), ("predicting", "predictions of a file"))
        if name in found
    )
    return table(("in one process", "memory after a tenth", "at the end", "largest in between"), rows)


TABLES: Mapping[str, Callable[[Mapping[str, Any]], str]] = MappingProxyType(
    {"kills": kills, "fuzz": fuzz, "bombs": bombs, "matrix": matrix, "long-run": long_run}
)
"""By the name of the results file and of the mark in the page."""


def filled(page: str) -> str:
    """Return a page with its tables made anew.

    Raises:
        ValueError: if a mark is missing.
    """
    for name, made in TABLES.items():
        start, end = f"<!-- table: {name}.json -->\n", "<!-- end -->"
        before, mark, rest = page.partition(start)
        _, closing, after = rest.partition(end)
        if not mark or not closing:
            raise ValueError(f"no table {name} in the page")
        found = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
        page = f"{before}{start}\n{made(found)}\n\n{end}{after}"
    return page


def main() -> None:
    """Write the page, or check it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--check", action="store_true")
    page = PAGE.read_text(encoding="utf-8")
    if parser.parse_args().check:
        sys.exit(filled(page) != page)
    PAGE.write_text(filled(page), encoding="utf-8")


if __name__ == "__main__":
    main()
