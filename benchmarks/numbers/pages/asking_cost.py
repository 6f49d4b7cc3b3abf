"""Numbers of docs/asking.md about spikes, energy and learning on a chip."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from benchmarks.numbers.claims import Claim, say, setting
from benchmarks.numbers.kept import TITLES, fixed, kept, mean, percent
from benchmarks.numbers.pages.asking_partners import FULL, runs, test
from neuroff.energy import Counts, estimate, load_profile
from neuroff.energy.units import format_si

ENERGY = "groups-energy.json"
SEARCH = "screening-groups.json"
LEARNED = "fixed-point-groups.json"


def claims() -> Iterator[Claim]:
    """State those numbers."""
    yield from _digits()
    yield from _energy()
    yield from _decay()
    yield from _penalty()
    yield from _learning()


def _joules(value: float, digits: int = 3) -> str:
    return format_si(value, "J", digits=digits)


def _digits() -> Iterator[Claim]:
    of = "demo-askings.json"
    found = {run["run"]: run for run in kept(of)["runs"]}
    groups, label = found["runs/spiking-groups-ff-0"], found["runs/spiking-ff-0"]
    yield say(
        "as exported, at least {} on Loihi (Davies 2018) where the label form costs at least {}",
        *(_joules(run["energy_J"]["loihi1-davies2018"], n) for run, n in ((groups, 2), (label, 3))),
        of=of,
    )
    shares = [percent(run["test_accuracy"], 1) for run in (groups, label)]
    yield say("right more often ({} against {} %)", *shares, of=of)


def _energy() -> Iterator[Claim]:
    values = kept(ENERGY)
    profiles = values["profiles"]
    horowitz = load_profile("generic-horowitz45")
    counts = values["as_trained"]["counts"]
    joules = [estimate(Counts(counts[form]), horowitz).total_J.nominal for form in ("label", "groups")]
    yield say("not counted, {} times on 45 nm", fixed(joules[0] / joules[1], 1), of=ENERGY)
    yield setting("--rate-penalties 0,0.3", "a setting in a command")
    right = re.search(r"([\d.]+) % of test images right.*\(([\d.]+) %\)", values["what"])
    assert right is not None
    yield say("(T = 6, {} % as trained)", right[1], of=ENERGY)
    yield say("(T = 4, {} %):", right[2], of=ENERGY)

    def cells(name: str) -> list[str]:
        row = profiles[name]
        return [_joules(row["label_J"]), _joules(row["groups_J"]), fixed(row["ratio"], 1)]

    for words, name in (
        ("Loihi (Davies 2018)", "loihi1-davies2018"),
        ("Loihi (SANA-FE)", "loihi1-sanafe"),
        ("SpiNNaker 2", "spinnaker2"),
        ("SENECA", "seneca"),
    ):
        yield say(f"| {words} | ≥ {{}} | ≥ {{}} | {{}} |", *cells(name), of=ENERGY)
    first, second = cells("spinnaker1-allin"), cells("spinnaker1-spinnmachine")
    shown = [first[0].split()[0], second[0], first[1].split()[0], *second[1:2], first[2], second[2]]
    words = "| SpiNNaker 1, all in; SpiNNMachine | "
    yield say(words + "{}; ≥ {} | {}; ≥ {} | {}; {} |", *shown, of=ENERGY)
    first, second = cells("darwin3"), cells("tianjic")
    assert first[2] == second[2]
    shown = [first[0].split()[0], second[0], first[1], second[1], first[2]]
    yield say("| Darwin3, Tianjic | ≥ {}, {} | ≥ {}, {} | {} |", *shown, of=ENERGY)
    ratios = [fixed(end(row["ratio"] for row in profiles.values()), 1) for end in (min, max)]
    assert len(profiles) == 11
    yield say("a prediction costs {} to {} times less", *ratios, of=ENERGY)
    rates = values["as_trained"]["firing_rate"]["label"]
    yield say("(mean rate {} against", fixed(mean(rates), 3), of=ENERGY)
    finished = re.search(r"mean of ([\d.]+), ([\d.]+) and ([\d.]+)", values["what"])
    assert finished is not None
    yield say("against {} to {})", *(end(finished.groups()) for end in (min, max)), of=ENERGY)


def _searched(dataset: str, **changed: float) -> dict[str, Any]:
    """Return the case of the preset's settings, but for these."""
    spec = {"T": 4, "batch": 250, "widths": [500, 500], "epochs": 40, "data": dataset}
    preset = {"lr": 0.001, "alpha": 30.0, "beta": 0.9, "thr": 2, "k": 1, "drop": 0.1, "wd": 0.5, "center": 0}
    preset |= {"gamma": 0.0, "ls": 0.05, "const": 3, "square": 0.0, "seed": 0, "lam": 0.0, "inp": 0.0}
    (case,) = (
        case
        for group in kept(SEARCH)["groups"]
        if group["spec"] == spec
        for case in group["cases"]
        if all(case["settings"][name] == value for name, value in (preset | changed).items())
    )
    return dict(case)


def _decay() -> Iterator[Claim]:
    spec = {"T": 6, "batch": 250, "widths": [500, 500], "epochs": 30, "data": "fashion-mnist"}
    (cases,) = (group["cases"] for group in kept(SEARCH)["groups"] if group["spec"] == spec)
    plain = cases[0]
    found = {
        case["settings"]["wd"]: case["held_out_percent"][2]
        for case in cases
        if {**case["settings"], "wd": 0} == {**plain["settings"], "wd": 0}
    }
    gained = max(found.values()) - found[0.0]
    yield say("gives most ({} points on Fashion-MNIST at T = 6)", fixed(gained, 1), of=SEARCH)


def _penalty() -> Iterator[Claim]:
    def seen(dataset: str, **changed: float) -> tuple[str, str]:
        case = _searched(dataset, **changed)
        return fixed(case["spikes"], 0), fixed(case["held_out_percent"][2])

    mnist, fashion = (
        [seen(name, **changed) for changed in ({}, {"lam": 0.1}, {"lam": 0.3}, {"alpha": 45})]
        for name in TITLES
    )

    def across(before: tuple[str, str], after: tuple[str, str]) -> list[str]:
        return [before[0], after[0], before[1], after[1]]

    yield say("({} → {} spikes, {} → {} %)", *across(*fashion[:2]), of=SEARCH)
    yield say("({} → {}, {} → {} %)", *across(*mnist[:2]), of=SEARCH)
    cases = [_searched("mnist", **changed)["held_out_percent"][2] for changed in ({}, {"lam": 0.1})]
    yield say("for {} points on MNIST", fixed(cases[0] - cases[1], 1), of=SEARCH)
    yield say("({}, {} %; {}, {} %). With the preset", *fashion[2], *mnist[2], of=SEARCH)
    yield say("a third ({}, {} %; {}, {} %)", *fashion[3], *mnist[3], of=SEARCH)
    after = [runs(f"{name}-rate-penalty") for name in TITLES]
    before = [
        [run for run in runs(name) if run["seed"] in {other["seed"] for other in found}]
        for name, found in zip(TITLES, after, strict=True)
    ]
    yield say("test images see {} and {} %", *(percent(mean(test(found))) for found in after), of=FULL)
    yield say("(FF of these seeds: {} and {})", *(percent(mean(test(found))) for found in before), of=FULL)
    spikes = [[mean(run["spikes"] for run in found) for found in side] for side in (after, before)]
    yield say(
        "at {} and {} % of the spikes", *(percent(a / b, 0) for a, b in zip(*spikes, strict=True)), of=FULL
    )
    held = [mean(run["accuracy"]["held_out"] for run in side[1]) for side in (after, before)]
    yield say("held out too ({} of {} %)", *map(percent, held), of=FULL)
    lost = mean(test(before[1])) - mean(test(after[1]))
    yield say("costs {} points here", percent(lost, 1), of=FULL)


def _learning() -> Iterator[Claim]:
    labels = "fixed-point-learning.json"
    for words, of in (
        (f"class groups, FF (`results/{LEARNED}`)", LEARNED),
        ("FF ([porting.md](porting.md))", labels),
    ):
        record = kept(of)["records"]["ff"]
        energy = kept(of)["energy"]["ff"]
        joules = [_joules(energy[chip]["energy_J"]["nominal"]) for chip in ("loihi1-davies2018", "seneca")]
        shares = [record["held_out"][-1], record["test"], *record["test_layers"]]
        yield say(
            f"{words} | {{}} % | {{}} % | {{}}, {{}} % | ≥ {{}} | ≥ {{}} |",
            *map(percent, shares),
            *joules,
            of=of,
        )
    ahead = kept(LEARNED)["learning"]["ff"] - kept(labels)["learning"]["ff"]
    yield say("than the label form by {} points", percent(ahead, 1), of=f"{LEARNED}, {labels}")
    (floating,) = test(runs("mnist-spikes-in"))
    yield say("has {} % (above: T = 4", percent(floating), of=FULL)
    lost = percent(floating - kept(LEARNED)["learning"]["ff"], 1)
    yield say("and a hinge lose {} points together", lost, of=f"groups.json, {LEARNED}")
