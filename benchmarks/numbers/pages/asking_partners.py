"""Numbers of docs/asking.md about collaboration under class groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks.numbers.claims import Claim, say
from benchmarks.numbers.kept import TITLES, fixed, kept, mean, minus, percent, plus_minus

FULL = "groups.json, groups-collaboration.json"
FEW = "screening-collaboration.json"
BOUND = "acff, gamma_most=0.25"
NORMALISED = "acff, coupling=normalised"


def runs(table: str, column: str = "ff") -> list[dict[str, Any]]:
    """Return a column's runs of groups.json, with the further seeds of groups-collaboration.json."""
    found = [run for file in FULL.split(", ") for run in kept(file)["tables"].get(table, {}).get(column, [])]
    return list({run["seed"]: run for run in found}.values())


def test(found: Sequence[dict[str, Any]]) -> list[float]:
    """Return test accuracies."""
    return [run["accuracy"]["test"] for run in found]


def claims() -> Iterator[Claim]:
    """State those numbers."""
    yield from _table()
    yield from _paired()
    yield from _alone()
    yield from _cures()
    yield from _where()


def _table() -> Iterator[Claim]:
    for words, column in (
        ("FF", "ff"),
        ("F-CFF, γ = 0.5, all partners", "fcff"),
        ("A-CFF, γ from 0.1", "acff"),
        ("A-CFF, `coupling=normalised`, seed 0 only", NORMALISED),
        ("A-CFF, `gamma_most=0.25`", BOUND),
    ):
        tables = [runs(name, column) for name in TITLES]
        cells = [plus_minus(test(found)) for found in tables]
        spikes = [fixed(mean(run["spikes"] for run in found), 0) for found in tables]
        seeds = len(tables[0])
        assert seeds == len(tables[1])
        yield say(f"| {words} | {{}} | {{}} | {{}}, {{}} | {seeds} |", *cells, *spikes, of=FULL)


def _gain(table: str, column: str, part: str = "test") -> list[float]:
    before = {run["seed"]: run["accuracy"][part] for run in runs(table)}
    return [run["accuracy"][part] - before[run["seed"]] for run in runs(table, column)]


def _less(values: list[float]) -> str:
    return plus_minus([-value for value in values])


def _paired() -> Iterator[Claim]:
    mnist, fashion = TITLES
    yield say("F-CFF gains {} points on MNIST", plus_minus(_gain(mnist, "fcff")), of=FULL)
    yield say("loses {} on Fashion-MNIST (mean", _less(_gain(fashion, "fcff")), of=FULL)
    held = [minus(fixed(100 * mean(_gain(name, "fcff", "held_out")))) for name in TITLES]
    yield say("held out {} and {}): no", *held, of=FULL)
    lost = [fixed(-100 * mean(_gain(name, "acff")), 1) for name in TITLES]
    yield say("A-CFF with added coupling loses {} and {} points", *lost, of=FULL)
    yield say("paired with FF it has {} points more on MNIST", plus_minus(_gain(mnist, BOUND)), of=FULL)
    yield say("and {} less on Fashion-MNIST", _less(_gain(fashion, BOUND)), of=FULL)
    held = [fixed(100 * mean(_gain(name, BOUND, "held_out"))) for name in TITLES]
    yield say("(held out {} and {} more)", *held, of=FULL)
    first = [percent(test(runs(name, column))[0]) for column in ("ff", "acff") for name in TITLES]
    assert all(runs(name, column)[0]["seed"] == 0 for column in ("ff", "acff") for name in TITLES)
    yield say("(FF of that seed has {} and {}, A-CFF without a cure {} and {})", *first, of=FULL)


def _alone() -> Iterator[Claim]:
    def layer(index: int, column: str, digits: int = 2) -> list[str]:
        return [
            percent(mean(run["layers_alone"][index] for run in runs(name, column)), digits) for name in TITLES
        ]

    both = [*layer(1, "ff"), *layer(1, "fcff")]
    yield say("Layer 2 alone has {} and {} % in FF, {} and {} % in F-CFF", *both, of=FULL)
    both = [*layer(0, "ff"), *layer(0, "fcff")]
    yield say("({} and {} % against {} and {} %)", *both, of=FULL)
    yield say("the first layer alone falls to {} and {} %", *layer(0, "acff", 0), of=FULL)
    yield say("the second to {} % on", layer(1, "acff", 0)[1], of=FULL)


def _few(variant: str, *settings: str, images: int = 5000, cure: str | None = None) -> list[dict[str, Any]]:
    """Return cases of these settings, beside those of the schedule, in the order of their seeds."""
    schedule = {"epochs=30", "batch_size=50", "epochs=60", "batch_size=25"}
    return [
        case
        for case in kept(FEW)["cases"]
        if case["variant"] == variant
        and case["images"] == images
        and set(case["settings"]) - schedule == set(settings)
        and list(case.get("cure", {})) == ([cure] if cure else [])
    ]


def _held(cases: list[dict[str, Any]]) -> list[str]:
    assert [case["seed"] for case in cases] == [0, 1]
    return [percent(case["held_out"]["G"]) for case in cases]


def _cures() -> Iterator[Claim]:
    without = [*_held(_few("ff")), *_held(_few("acff", "partners=all"))]
    yield say("FF has {} and {} there, A-CFF {} and {})", *without, of=FEW)
    for words, partners, cure in (
        ("`coupling=normalised`", "all", "normalised"),
        ("`gamma_most=0.25`", "all", "most"),
        ("`partners=trained`", "trained", None),
        ("decay of γ", "all", "decay"),
        ("weights learn from G alone, only γ from C", "all", "own"),
    ):
        cases = _few("acff", f"partners={partners}", cure=cure)
        gammas = [fixed(gamma) for gamma in cases[0]["gamma"]]
        if partners == "trained":
            yield say(f"{words} | {{}}, {{}} | –, {{}} |", *_held(cases), gammas[1], of=FEW)
        else:
            yield say(f"{words} | {{}}, {{}} | {{}}, {{}} |", *_held(cases), *gammas, of=FEW)


def _where() -> Iterator[Claim]:
    def of_all(variant: str, *settings: str, images: int = 5000) -> str:
        return percent(mean(case["held_out"]["G"] for case in _few(variant, *settings, images=images)))

    normalised = ("partners=all", "coupling=normalised")
    strong = "collaboration.gamma=1"
    one = "neuron.steps=1"
    assert len(_few("ff", one)) == 3
    yield say(
        "seeds, {} against {} and {} %; 1,000 images",
        of_all("ff", one),
        of_all("fcff", one, *normalised, strong),
        of_all("acff", one, *normalised),
        of=FEW,
    )
    yield say(
        "two seeds, {} against {} and {} %; four layers",
        of_all("ff", images=1000),
        of_all("fcff", *normalised, strong, images=1000),
        of_all("acff", *normalised, images=1000),
        of=FEW,
    )
    four = "widths=100,100,100,100"
    yield say(
        "two seeds, {} against {} (γ = 1), {} (γ = 0.25) and {} % (A-CFF",
        of_all("ff", four),
        of_all("fcff", four, "partners=all", strong),
        of_all("fcff", four, "partners=all", "collaboration.gamma=0.25"),
        of_all("acff", four, "partners=all"),
        of=FEW,
    )
