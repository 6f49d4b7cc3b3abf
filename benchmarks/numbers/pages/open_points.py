"""Numbers of docs/reproduction.md about precision, the open points and cost."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.numbers.claims import Claim, cited, printed, say, setting
from benchmarks.numbers.kept import (
    VARIANTS,
    kept,
    mean,
    minus,
    percent,
    plus_minus,
    points,
)
from neuroff.decimals import fixed
from neuroff.experiments.statistics import spread
from neuroff.report.reproduction.paper import PAPER, published_gain

FULL = "reproduction.json"
RULES = ("goodness", "collaborative", "last")


def claims() -> Iterator[Claim]:
    """State those numbers."""
    yield from _precision()
    yield from _open_points()
    yield from _combined()
    yield from _cost()
    yield from _no_results()


def _precision() -> Iterator[Claim]:
    of = "float32-seed-mnist.json"
    exact = [percent(mean(kept(of)["mnist"][v]["test"])) for v in ("ff", "fcff")]
    yield say("test accuracies are {} and {} % in float32", *exact, of=of)
    other = [percent(kept(FULL)["mnist"][v]["test"][3]) for v in ("ff", "fcff")]
    yield say("float32, {} and {} % in bfloat16", *other, of=FULL)
    differ = [spread(kept(FULL)["mnist"][v]["test"]).deviation or 0.0 for v in ("ff", "fcff")]
    yield say("where seeds differ by {} and {} points", *(percent(value) for value in differ), of=FULL)
    of = "float32-readings-mnist.json"
    rounded = {(r["point"], r["choice"], r["variant"]): r for r in kept("readings-mnist.json")["readings"]}
    off = [
        rounded[row["point"], row["choice"], row["variant"]]["held_out"]["goodness"]
        - row["held_out"]["goodness"]
        for row in kept(of)["readings"]
    ]
    yield say(
        "held-out accuracies differ by {} points, at most by {}",
        minus(plus_minus(off)),
        percent(max(map(abs, off))),
        of=f"{of}, readings-mnist.json",
    )


def _combined() -> Iterator[Claim]:
    of = "combined-readings.json"
    (plain,) = (
        row["held_out"]["goodness"]
        for row in kept("readings-mnist.json")["readings"]
        if (row["variant"], row["point"], row["choice"]) == ("ff", "amplitude", "one")
    )
    rows = kept(of)["readings"]
    assert len(rows) == 14
    for row in rows:
        words, _, last = row["choice"].rpartition(", ")
        given = [last] if row["variant"] == "fcff" else []  # γ
        yield say(
            f"| {VARIANTS[row['variant']]}: {words}, {'{}' if given else last} | {{}} | {{}} | {{}} |",
            *given,
            *(minus(points(row["held_out"][rule] - plain)) for rule in RULES),
            of=f"{of}, readings-mnist.json",
        )
    for title, variant in (("A-CFF", "acff"), ("F-CFF", "fcff")):
        best = max(max(row["held_out"].values()) for row in rows if row["variant"] == variant)
        yield say(f"no {title} gains more than {{}}", points(best - plain), of=f"{of}, readings-mnist.json")
    yield say(
        "the paper's gains on test images are {} (F-CFF) and {} points (A-CFF)",
        percent(published_gain(PAPER, "mnist", "ff", "fcff"), 1),
        percent(published_gain(PAPER, "mnist", "ff", "acff"), 1),
        of="neuroff/report/reproduction/paper.py",
    )
    yield setting("A-CFF with γ from 0.1, F-CFF with γ = 1 or 0.5", "settings of the grid")


def _open_points() -> Iterator[Claim]:
    of = "readings-mnist.json"
    rows: dict[tuple[str, ...], float] = {
        (r["variant"], r["point"], r["choice"]): r["held_out"]["goodness"] for r in kept(of)["readings"]
    }

    def lost(*key: str) -> str:
        return fixed(100 * (rows["ff", "base", "preset"] - rows[key]), 1)

    data = (("amplitude", "one"), ("input", "raw"), ("negatives", "fixed"), ("negatives", "permuted"))
    yield say(
        "costs {} points, raw pixels with it {}, wrong labels drawn once {}, permuted labels {}",
        *(lost("ff", *key) for key in data),
        of=of,
    )

    def gained(variant: str) -> list[float]:
        return [100 * (rows[variant, *key] - rows["ff", *key]) for key in data]

    ends = [fixed(end(gained(v)), 1, "+") for v in ("fcff", "acff") for end in (min, max)]
    yield say("F-CFF {} to {} points, A-CFF {} to {} at the preset's", *ends, of=of)
    label = kept("label-one-mnist.json")["mnist"]["ff"]["test"][0]
    yield say(
        "the label of 1 does for most of it ({} points, one seed)",
        fixed(100 * (kept(FULL)["mnist"]["ff"]["test"][0] - label), 1),
        of=f"{FULL}, label-one-mnist.json",
    )
    together = [
        rows[v, "schedule", "interleaved"] - rows["ff", "schedule", "interleaved"] for v in ("fcff", "acff")
    ]
    yield say("hear each other, {} and {} points", *map(points, together), of=of)
    one = [rows[v, "amplitude", "one"] - rows["ff", "amplitude", "one"] for v in ("fcff", "acff")]
    yield say("under a label of 1 had gains of {} (below)", percent(mean(one), 1), of=of)
    of = "backprop-learning-rate.json"
    rates = kept(of)["learning_rates"]
    found = [percent(rates[rate]["accuracy"]["held_out"]) for rate in ("0.001", "0.003")]
    yield printed(f"{found[0]} % at 0.001, {found[1]} % at 0.003", of)


def _cost() -> Iterator[Claim]:
    of = "cost.json"
    columns, ratio = kept(of)["columns"], kept(of)["ratio_to_ff"]
    seconds = {name: fixed(column["seconds_per_epoch"], 2) for name, column in columns.items()}
    lorberbom = sorted(seconds[f"lorberbom_{name}"] for name in ("all", "earlier"))
    yield say(
        "takes {} s in FF, {} s in F-CFF and {} s in A-CFF ({} × FF;",
        *(seconds[v] for v in VARIANTS),
        fixed(ratio["acff"], 2),
        of=of,
    )
    yield say("{} to {} s in Lorberbom's", *lorberbom, of=of)
    yield say("Backpropagation takes {} s", seconds["bp"], of=of)
    memory = {name: fixed(column["peak_rss_bytes"] / 1e9, 2) for name, column in columns.items()}
    yield say(
        "{} GB at the peak ({} GB interleaved) against backpropagation's {} GB",
        memory["ff"],
        memory["lorberbom_all"],
        memory["bp"],
        of=of,
    )


def _no_results() -> Iterator[Claim]:
    yield setting("p < 0.01 after correction", "the level that the tables count by")
    yield setting("the aim of 0.5 is met")
    yield setting("the aim was 1.05 at most")
    yield setting("The aims were 98.8 and 90.0 %")
    yield setting("alike to 0.01 in all seeds", "a bound on reproduction.json")
    yield cited(
        "are 98.65 % (2000-2000) and 89.0 % (four layers of 2000), Lorberbom's collaboration has "
        "97.9 and 88.4 %",
        "github.com/dah33; Lorberbom et al., AAAI 2024",
    )
