"""Numbers of docs/spiking.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.numbers.claims import Claim, cited, say, setting
from benchmarks.numbers.kept import (
    TITLES,
    VARIANTS,
    fixed,
    gain,
    kept,
    mean,
    over_seeds,
    percent,
    plus_minus,
    points,
)
from benchmarks.numbers.pages import spiking_cost
from neuroff.experiments.statistics import holm, paired_test, spread

STUDIED = (
    ("firing-rate energy, κ = 20", "goodness", "mean-square-rate"),
    ("linear spike count, κ = 5", "goodness", "linear-5"),
    ("linear spike count, κ = 10", "goodness", "linear-10"),
    ("linear spike count, κ = 20", "goodness", "linear-20"),
    ("trace energy, λ = 0.9", "goodness", "trace-0.9"),
    ("trace energy, λ = 0.7", "goodness", "trace-0.7"),
    ("gain of the spikes so far (`online`)", "gain", "online"),
    ("no gain at all", "gain", "none"),
    ("constant gain 3", "gain", "constant-3"),
    ("online gain, `online_end`", "rule", "online_end-subtract"),
    ("online gain, `online_step`", "rule", "online_step-subtract"),
)
SCREENED = "screening-spiking-full.json"
WIDE = "network.widths=1000,1000"
BITS = (1, 2, 3, 4, 6, 8, None)


def claims() -> Iterator[Claim]:
    """State the page's numbers."""
    yield from _accuracy()
    yield from _spikes_in()
    yield from _fewer_steps()
    yield from _layers()
    yield from _frontier()
    yield from _own_negatives()
    yield from _bus()
    yield from _studies()
    yield from spiking_cost.claims()
    yield from _no_results()


def _accuracy() -> Iterator[Claim]:
    of = "spiking.json"
    for dataset, title in TITLES.items():
        columns = kept(of)[dataset]
        for name, variant in VARIANTS.items():
            column = columns[name]
            row = [over_seeds(column, "held_out"), over_seeds(column, "test")]
            rate = plus_minus(column["mean_rate"], 1.0, 3)
            if name == "ff":
                yield say(f"| {title} {variant} | {{}} | {{}} | | {{}} |", *row, rate, of=of)
            else:
                own = gain(column, columns["ff"])
                yield say(f"| {title} {variant} | {{}} | {{}} | {{}} | {{}} |", *row, own, rate, of=of)
    tests = [
        paired_test(kept(of)[d]["ff"]["test"], kept(of)[d][v]["test"])
        for d in TITLES
        for v in ("fcff", "acff")
    ]
    tests += [paired_test(kept(of)[d]["fcff"]["test"], kept(of)[d]["acff"]["test"]) for d in TITLES]
    corrected = holm({str(i): test.p for i, test in enumerate(tests) if test.p is not None})
    fashion = tests[3]
    yield say(
        "p = {} for A-CFF on Fashion-MNIST ({} points, 95 % interval {} to {} before correction) "
        "and p = 1 for the rest",
        fixed(corrected["3"], 2),
        *(points(value) for value in (fashion.difference, fashion.low, fashion.high)),
        of=of,
    )
    assert all(p == 1 for name, p in corrected.items() if name != "3")
    rates = [fixed(mean(kept(of)["mnist"][v]["mean_rate"]), 3) for v in VARIANTS]
    yield say("the spikes: {} per neuron and step in FF, {} in F-CFF, {} in A-CFF", *rates, of=of)
    below = sum(mean(kept(of)[d][v]["mean_rate"]) < 0.1 for d in TITLES for v in VARIANTS)
    assert below == 5
    short = {
        name: [aim - round(100 * mean(column["test"]), 2) for column in kept(of)[name].values()]
        for name, aim in (("mnist", 98.7), ("fashion-mnist", 90.3))
    }
    ends = [fixed(end(short[name]), 1) for name in TITLES for end in (min, max)]
    yield say("we are {} to {} and {} to {} points short", *ends, of=of)
    wrong = [100 * (1 - mean(column["train"])) for column in kept(of)["mnist"].values()]
    yield say("Training error is {} %", fixed(mean(wrong), 1), of=of)
    screened = {tuple(run["settings"]): run["held_out"] for run in kept(SCREENED)["runs"]}
    base = ("label.amplitude=2", "label.candidates=none")
    yield say(
        "FF with seed 0 went from {} to {} % of the held-out images",
        percent(kept(SCREENED)["runs"][0]["held_out"], 1),
        percent(kept(of)["mnist"]["ff"]["held_out"][0], 1),
        of=f"{SCREENED}, {of}",
    )
    yield say(
        "1000-1000 gained {} points without decay",
        fixed(100 * (screened[*base, WIDE] - screened[base]), 1),
        of=SCREENED,
    )
    yield say(
        "500-500 ({} against {} %",
        percent(screened["label.amplitude=2", "training.weight_decay=0.5", WIDE], 1),
        percent(screened[*base, "training.weight_decay=0.5"], 1),
        of=SCREENED,
    )
    yield say(
        "The dense path has {} % with",
        percent(mean(kept("best.json")["mnist"]["ff"]["test"]), 1),
        of="best.json",
    )


def _spikes_in() -> Iterator[Claim]:
    of = "spiking-spikes-in.json"
    runs = kept(of)["runs"]
    yield say(
        "| MNIST A-CFF, spikes in, `gain=online` | {} | {} | | {} |",
        *(plus_minus([run["accuracy"][part] for run in runs]) for part in ("held_out", "test")),
        plus_minus([mean(run["firing_rate"]) for run in runs], 1.0, 3),
        of=of,
    )


def _fewer_steps() -> Iterator[Claim]:
    of = "spiking-four-steps.json"
    mnist, fashion = kept(of)["runs"]
    values = [
        percent(mnist["accuracy"]["test"]),
        percent(mnist["accuracy"]["held_out"]),
        fixed(mean(mnist["firing_rate"]), 3),
        percent(fashion["accuracy"]["test"]),
        percent(fashion["accuracy"]["held_out"]),
        fixed(mean(fashion["firing_rate"]), 3),
    ]
    yield say(
        "A-CFF has {} % of the MNIST test images ({} % held out) at a mean rate of {}, and "
        "{} % ({} %) of Fashion-MNIST's at {}",
        *values,
        of=of,
    )


def _layers() -> Iterator[Claim]:
    of = "spiking.json"

    def second(dataset: str, variant: str) -> list[Any]:
        return [run["layers"][1] for run in kept(of)[dataset][variant]["runs"]]

    def left(dataset: str, variant: str, digits: int) -> str:
        layers = second(dataset, variant)
        return percent(mean(layer["signal"] / layer["signal_alone"] for layer in layers), digits)

    def gamma(dataset: str) -> float:
        return mean(run["gamma"][1] for run in kept(of)[dataset]["acff"]["runs"])

    def alone(dataset: str, variant: str, digits: int) -> str:
        return percent(mean(layer["alone"] for layer in second(dataset, variant)), digits)

    yield say(
        "γ₂ learns its way to {}, and {} % of layer 2's learning signal is left, against {} % in "
        "F-CFF: alone it "
        "classifies {} % of the test images right, F-CFF's {} %",
        fixed(gamma("mnist"), 1),
        left("mnist", "acff", 1),
        left("mnist", "fcff", 0),
        alone("mnist", "acff", 0),
        alone("mnist", "fcff", 0),
        of=of,
    )
    yield say(
        "On Fashion-MNIST γ₂ ends at {}, {} % of the signal is left, and layer 2 alone has {} %",
        fixed(gamma("fashion-mnist"), 2),
        left("fashion-mnist", "acff", 0),
        alone("fashion-mnist", "acff", 1),
        of=of,
    )


def _frontier() -> Iterator[Claim]:
    of = "frontier.json"
    rows = {(row["T"], row["choice"]["penalty"]): row for row in kept(of)["rows"]}
    for steps in (4, 6, 8, 10):
        cells = [rows[steps, penalty] for penalty in (0.0, 0.5, 1.0)]
        values = [
            value
            for cell, digits in zip(cells, (2, 3, 3), strict=True)
            for value in (percent(cell["test"], 1), fixed(cell["mean_rate"], digits))
        ]
        yield say(f"| T = {steps} | {{}} %, {{}} | {{}} %, {{}} | {{}} %, {{}} |", *values, of=of)


def _own_negatives() -> Iterator[Claim]:
    of = "own-negatives.json"
    for dataset, title in (("digits", "digits"), ("mnist", "6,000 MNIST images")):
        for drawn_by, words in (("stage", "by all layers"), ("layer", "by each layer")):
            runs = [
                run for run in kept(of)["runs"] if (run["dataset"], run["drawn_by"]) == (dataset, drawn_by)
            ]
            values = [plus_minus([run[part] for run in runs]) for part in ("held_out", "test")]
            drawn = "drawn " if (dataset, drawn_by) == ("digits", "stage") else ""
            yield say(f"| {title}, {drawn}{words} | {{}} | {{}} |", *values, of=of)


def _studied(study: str, case: str, part: str) -> list[float]:
    return [row[part] for row in kept(f"study-{study}.json")["rows"] if row["case"] == case]


def _studies() -> Iterator[Claim]:
    for words, study, case in STUDIED:
        values = [plus_minus(_studied(study, case, part), digits=1) for part in ("held_out", "test")]
        rate = fixed(mean(_studied(study, case, "mean_rate")), 2)
        yield say(f"| {words} | {{}} | {{}} | {{}} |", *values, rate, of=f"study-{study}.json")
    zero = [f"{rule}-zero" for rule in ("batch", "online_end", "online_step")]
    rates = [mean(_studied("rule", case, "mean_rate")) for case in zero]
    yield say(
        "`batch`, `online_end`, `online_step` | {}, {}, {} | {}, {}, {} | {} to {} |",
        *(percent(mean(_studied("rule", case, part)), 1) for part in ("held_out", "test") for case in zero),
        fixed(min(rates), 2),
        fixed(max(rates), 2),
        of="study-rule.json",
    )


def _bus() -> Iterator[Claim]:
    of = "study-bus.json"
    rows = kept(of)["rows"]

    def over(key: str, value: int | None) -> float:
        return mean(row["held_out"] for row in rows if row["choice"][key] == value)

    yield say(
        "Means over delays: {}, {}, {}, {}, {}, {} % for 1, 2, 3, 4, 6, 8 bits, {} % exact",
        *(percent(over("bits", bits), 1) for bits in BITS),
        of=of,
    )
    yield say(
        "Means over bits: {}, {}, {}, {} % for delays of",
        *(percent(over("delay", delay), 1) for delay in (0, 1, 2, 4)),
        of=of,
    )
    cases = {row["case"] for row in rows}
    most = max(spread(_studied("bus", case, "held_out")).deviation or 0.0 for case in cases)
    yield say("standard deviation over seeds up to {} points", percent(most, 1), of=of)
    plain = plus_minus(_studied("goodness", "mean-square-rate", "held_out"), digits=1)
    yield say("plain FF, which hears nobody, has {} %", plain, of="study-goodness.json")


def _no_results() -> Iterator[Claim]:
    yield cited("Ghader et al. report 98.34 to 98.69 and 90.27 %", "Ghader et al., as they print it")
    yield cited("250 MB of audio libraries", "tonic's dependencies on PyPI")
    yield cited("GPL-3.0", "tonic's licence")
    for bound in ("> 0.9:", "> 0.99 and > 0.85", "> 0.95 and > 0.7"):
        yield setting(f"{bound}", "lower bounds that a test holds")
    for words in (
        "The aims were 98.7 and 90.3 %",
        "a mean rate below 0.1 without",
        "A penalty of 0.5 keeps",
        "the mean rate is below 0.05, and accuracy at most 0.3 points below",
        "is within 0.1 points of",
        "good to about 0.4 points",
        "The floors were 6 and 9 ×",
        "bins of 1.4 s",
    ):
        yield setting(words, "an aim, a setting, or a bound that the table above shows")
