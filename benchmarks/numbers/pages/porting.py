"""Numbers of docs/porting.md."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.numbers.claims import Claim, say, setting
from benchmarks.numbers.kept import TITLES, VARIANTS, fixed, kept, mean, percent
from neuroff.energy.units import format_si

LEARNED = "fixed-point-learning.json"


def claims() -> Iterator[Claim]:
    """State the page's numbers."""
    yield from _moved()
    yield from _learned()
    yield from _limits()
    yield from _no_results()


def _moved() -> Iterator[Claim]:
    of = "porting.json"
    values = kept(of)
    yield say("a gain per image | {} % | {} % |", *(percent(values["float"][d]) for d in TITLES), of=of)
    found = {percent(reader["accuracy"]) for reader in values["nir"].values()}
    assert len(found) == 1
    yield say("spikes, floating point | {} % | |", *found, of=of)
    yield say("accuracy {} % in every cell", *found, of=of)
    spikes = mean(reader["spikes"] for reader in values["nir"].values())
    assert fixed(spikes / 1e6, 0) == "239"
    yield say(
        "rounded only | {} % | {} % |", *(percent(values["quantised_untuned"][d]["8"]) for d in TITLES), of=of
    )
    yield say(
        "epochs of fine-tuning | {} % | {} % |",
        *(percent(values["quantised"][d]["8"]) for d in TITLES),
        of=of,
    )
    few = [percent(values["quantised"][d][bits]) for d in TITLES for bits in ("4", "2")]
    yield say("bits, after fine-tuning | {}, {} % | {}, {} % |", *few, of=of)
    speed = values["emulator_speed"]
    yield say("it makes {} times as many", fixed(speed["speedup"], 0), of=of)
    yield say("{} times with one", fixed(speed["speedup_one_sample"], 0), of=of)


def joules(value: float, digits: int = 3) -> str:
    """Print an energy."""
    return format_si(value, "J", digits=digits)


def _learned() -> Iterator[Claim]:
    values = kept(LEARNED)
    for name, title in VARIANTS.items():
        record = values["records"][name]
        cells = [
            percent(record["held_out"][-1]),
            percent(record["test"]),
            *(percent(share) for share in record["test_layers"]),
            *(
                joules(values["energy"][name][chip]["energy_J"]["nominal"])
                for chip in ("loihi1-davies2018", "seneca")
            ),
        ]
        if name == "acff":
            gammas = [fixed(gamma / 256, 2) for gamma in record["gammas"][-1]]
            words = "| A-CFF, γ = " + gammas[0] + ", {} at the end | {} % | {} % | {}, {} % | ≥ {} | ≥ {} |"
            cells = [gammas[1], *cells]
        else:
            strength = ", γ = 1/4" if name == "fcff" else ""
            words = f"| {title}{strength} | " + "{} % | {} % | {}, {} % | ≥ {} | ≥ {} |"
        yield say(words, *cells, of=LEARNED)
    plain = values["records"]["ff"]["events"][-1]
    energy = values["energy"]["ff"]["loihi1-davies2018"]
    yield say(
        "nearly all synaptic events: {} million an image",
        fixed(plain["synaptic_events"] / 1e6, 2),
        of=LEARNED,
    )
    update = energy["terms_J"]["learning.synapse_update"]["nominal"]
    yield say(
        "Updates take {} of the {}", fixed(1e6 * update, 2), joules(energy["energy_J"]["nominal"]), of=LEARNED
    )
    of = "fixed-point-groups.json"
    yield say("from one presentation an image: {} %", percent(kept(of)["learning"]["ff"]), of=of)


def _limits() -> Iterator[Claim]:
    found = kept(LEARNED)["ablation"]
    near = "one presentation per write"
    yield say(
        "is as good as one for 20 images ({} %; to nearest {} %)",
        percent(found[near], 1),
        percent(found[f"rounded to nearest, {near}"], 1),
        of=LEARNED,
    )
    seeds = [found[name] for name in ("as it is", "as it is, seed 1", "as it is, seed 2")]
    yield say("three seeds ({} to {} %)", percent(min(seeds), 1), percent(max(seeds), 1), of=LEARNED)


def _no_results() -> Iterator[Claim]:
    yield setting(
        "5.7 million of them in ten presentations", "counted while that run went on; only its sum was kept"
    )
    yield setting(
        "the first had 91.85 % (92.43 % held out)", "a run that was not kept, reported beside the second"
    )
    yield setting("they have 88.0 %", "a run that was not kept")
    for words in (
        "as trained 97.4 %",
        "12,722,242 spikes and predicts 97.2 %",
        "as spikes, predict 97.4 %",
        "3,264 spikes",
    ):
        yield setting(words, "printed by neuroff verify on 500 images; the run was not kept")
