"""Numbers of docs/estimators.md."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.numbers.claims import Claim, say, setting
from benchmarks.numbers.kept import kept, mean, minus, percent
from neuroff.report.printed import points

MODELS = ("FFClassifier", "SpikingFFClassifier", "MLPClassifier", "LogisticRegression")


def claims() -> Iterator[Claim]:
    """State the page's numbers."""
    of = "tables.json"
    for table, found in kept(of)["accuracy"].items():
        yield say(
            f"| {table} | {{}} | {{}} | {{}} | {{}} |", *(percent(mean(found[m]), 1) for m in MODELS), of=of
        )
    of = "calibration.json"
    for table, measured in kept(of)["tables"].items():
        cells = [
            value
            for m in MODELS
            for value in (percent(measured[m]["error"], 1), minus(points(measured[m]["sureness"], 1)))
        ]
        yield say(f"| {table} | {{}} ({{}}) | {{}} ({{}}) | {{}} ({{}}) | {{}} ({{}}) |", *cells, of=of)
    ours = [-100 * one[m]["sureness"] for one in kept(of)["tables"].values() for m in MODELS[:2]]
    yield say("than they say, by {} to {} points", f"{min(ours):.0f}", f"{max(ours):.0f}", of=of)
    yield setting("Label smoothing (0.05 by default)")
