"""Numbers of docs/asking.md: class groups as trained and ported; what they cost is in `asking_cost`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any

from benchmarks.numbers.claims import Claim, cited, say, setting
from benchmarks.numbers.kept import TITLES, fixed, kept, mean, minus, over_seeds, percent, plus_minus
from benchmarks.numbers.pages import asking_cost, asking_partners
from benchmarks.numbers.pages.asking_partners import FULL, runs, test
from neuroff.decimals import to_digits

FIRST = "groups.json"
PORTED = "groups-ported.json"
STEPS_OF_LABELS = 1000 * 6 * 10
"""Neurons, time steps and presentations of a prediction by `--preset best`."""


def claims() -> Iterator[Claim]:
    """State the page's numbers."""
    yield from _neurons()
    yield from _measured()
    yield from _alone()
    yield from _ported()
    yield from asking_cost.claims()
    yield from asking_partners.claims()
    yield from _elsewhere()


def _neurons() -> Iterator[Claim]:
    of = "screening-neurons.json"
    one, falling, rising, learned = kept(of)["runs"]
    for words in ("β of .9 and .7 in", ".7 and .9 has"):
        yield setting(words, "a setting")
    yield Claim("and .7 in the two layers has {} %,", (percent(falling["held_out"]),), of)
    yield Claim(".7 and .9 has {}, one β {};", (percent(rising["held_out"]), percent(one["held_out"])), of)
    yield say(
        "thresholds have {}, and {} on training images where one β has {}",
        *map(percent, (learned["held_out"], learned["train"], one["train"])),
        of=of,
    )


def _accuracies(found: Sequence[dict[str, Any]]) -> str:
    """Print test accuracies: each while there are fewer than three seeds, else mean and deviation."""
    return plus_minus(test(found)) if len(found) > 2 else ", ".join(map(percent, test(found)))


def _spikes(*tables: Sequence[dict[str, Any]]) -> list[str]:
    return [fixed(mean(run["spikes"] for run in found), 0) for found in tables]


def _measured() -> Iterator[Claim]:
    for words, ending in (
        ("T = 4, 50,000 images, five seeds", ""),
        ("MNIST with shifts, 60 epochs", "wide"),
        ("a penalty on firing, λ = 0.1, two seeds", "rate-penalty"),
        ("`neuron.reset=zero`, one seed", "reset-zero"),
        ("(`data.input_scale=raw`, `neuron.encoding=regular`), reset to zero, one seed", "spikes-in"),
    ):
        names = {
            "": ("mnist", "fashion-mnist"),
            "wide": ("wide-mnist-shift-all-images", "wide-fashion-mnist-all-images"),
        }.get(ending, (f"mnist-{ending}", f"fashion-mnist-{ending}"))
        tables = [runs(name) for name in names]
        cells = [_accuracies(found) for found in tables]
        yield say(f"{words} | {{}} | {{}} | {{}}, {{}} |", *cells, *_spikes(*tables), of=FULL)
    shifted = runs("mnist-shift")
    yield say("`training.pixel_dropout=0`) | {} | – | {} |", _accuracies(shifted), *_spikes(shifted), of=FULL)
    dense = [_accuracies(runs(f"dense-{name}-all-images")) for name in TITLES]
    yield say("dense, 784-1000-1000, all 60,000 images | {} | {} | – |", *dense, of=FULL)
    shifted = runs("dense-mnist-shift-all-images")
    yield say("the same with shifts of a pixel, 60 epochs | {} | – | – |", _accuracies(shifted), of=FULL)
    best = kept("spiking.json")
    columns = [over_seeds(best[name]["ff"], "test") for name in TITLES]
    rates = [mean(best[name]["ff"]["mean_rate"]) for name in TITLES]
    columns += [f"{to_digits(rate * STEPS_OF_LABELS, 3):,.0f}" for rate in rates]
    yield say(
        "label form, T = 6 ([spiking.md](spiking.md)) | {} | {} | {}, {} |", *columns, of="spiking.json"
    )
    seconds = median(run["training_seconds"] for name in TITLES for run in kept(FIRST)["tables"][name]["ff"])
    yield say("of 40 epochs took {} s on one thread", fixed(seconds, 0), of=FULL)


def _alone() -> Iterator[Claim]:
    beside = {
        name: plus_minus([run["layers_alone"][1] - run["accuracy"]["test"] for run in runs(name)], sign="+")
        for name in TITLES
    }
    yield say(
        "as good as the sum on Fashion-MNIST ({} points, five seeds)", minus(beside["fashion-mnist"]), of=FULL
    )
    yield say("better on MNIST ({})", minus(beside["mnist"]), of=FULL)
    of = "groups-collaboration.json"
    cells = []
    for name in TITLES:
        later = kept(of)["tables"][name]["ff"]
        assert [run["seed"] for run in later] == [3, 4]
        for run in later:
            windows = run["windows_held_out"]
            assert max(windows, key=windows.__getitem__) == "2-2"
        cells += [percent(run["layers_alone"][1]) for run in later] + [
            percent(share) for share in test(later)
        ]
    yield say("{} and {} % on MNIST where the sum of both layers has {} and {}", *cells[:4], of=of)
    yield say("{} and {} % on Fashion-MNIST where it has {} and {}", *cells[4:], of=of)


def _ported() -> Iterator[Claim]:
    fixed_point = kept(PORTED)["fixed_point"]

    def found(reset: str, *bits: str) -> list[str]:
        return [percent(fixed_point[f"{name}, reset {reset}"][bit]) for name in TITLES for bit in bits]

    yield say("keeps {} of {} and {} of {} %;", *found("to zero", "8", "float"), of=PORTED)
    yield say("4 bits keep {} and {}.", *found("to zero", "4"), of=PORTED)
    yield say(
        "by subtraction it keeps {} of {} and {} of {}.", *found("by subtraction", "8", "float"), of=PORTED
    )
    simulators = kept(PORTED)["simulators"]
    assert all(
        row["same_class"] == row["images"] == 10000 for of in simulators.values() for row in of.values()
    )
    assert not any(row["differing"] for of in simulators.values() for row in of.values())
    (spikes,) = {row["spikes"] for row in simulators["mnist"].values() if row["kind"] == "nir"}
    yield say("every spike agrees with neuroff's ({} on MNIST)", f"{spikes:,}", of=PORTED)


def _elsewhere() -> Iterator[Claim]:
    yield setting("98.7 and 90.3 % were aimed at", "an aim")
    yield setting("99.1 with shifts, 99.3 and 90.8 with any width; on the dense path 98.9 and 90.8", "an aim")
    yield setting("has what was aimed at, 99.3", "an aim")
    papers = "the papers' and repositories' own tables"
    yield cited("98.34 to 98.69 on MNIST and 90.27 on Fashion-MNIST", papers)
    yield cited("re-implementation has 98.02 on MNIST", papers)
    yield cited("98.65 on MNIST (dense, 2 × 2000)", papers)
    yield cited("Hinton 99.36 on MNIST", papers)
