"""Numbers of README.md."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.numbers.claims import Claim, say, setting
from benchmarks.numbers.kept import TITLES, fixed, kept, mean, over_seeds, percent, plus_minus
from neuroff.report.reproduction.paper import PAPER

LAYERS = ("layer1", "layer2")


def claims() -> Iterator[Claim]:
    """State the page's numbers."""
    yield say(
        "| the paper | {} | {} | {} | {} |",
        *(fixed(100 * PAPER[dataset][variant].test, 1) for dataset in TITLES for variant in ("ff", "acff")),
        of="neuroff/report/reproduction/paper.py",
    )
    for words, of in (
        ("`--preset paper`, 784-500-500", "reproduction.json"),
        ("`--preset best`, 784-1000-1000", "best.json"),
        (
            "`--preset best --path spiking`, 784-500-500, T = 6, analog input, gain that looks ahead",
            "spiking.json",
        ),
    ):
        yield say(
            f"| {words} | {{}} | {{}} | {{}} | {{}} |",
            *(
                over_seeds(kept(of)[dataset][variant], "test")
                for dataset in TITLES
                for variant in ("ff", "acff")
            ),
            of=of,
        )
    of = "spiking-spikes-in.json"
    spikes_in = plus_minus([run["accuracy"]["test"] for run in kept(of)["runs"]])
    yield say("with spikes in and no look-ahead | – | {} | – | – |", spikes_in, of=of)
    of = "best-all-images.json"
    yield say(
        "none held out | {} | – | {} | – |", *(over_seeds(kept(of)[d]["ff"], "test") for d in TITLES), of=of
    )
    yield from _groups()
    yield from _convolutions()
    yield from _energy_and_ports()
    yield from quickness()
    yield setting("more than 2 % of the variance", "the bound in the code")
    yield setting("28×28")


def groups(table: str, variant: str = "ff") -> list[float]:
    """Return test accuracies of a table of groups.json, with the further seeds of "
    "groups-collaboration.json."""
    runs = list(kept("groups.json")["tables"][table][variant])
    runs += kept("groups-collaboration.json")["tables"].get(table, {}).get(variant, [])
    return [run["accuracy"]["test"] for run in {run["seed"]: run for run in runs}.values()]


def _groups() -> Iterator[Claim]:
    of = "groups.json, groups-collaboration.json"
    values = [plus_minus(groups(table)) for table in TITLES]
    yield say("T = 4, one presentation | {} | – | {} | – |", *values, of=of)
    yield say("the same with shifts of a pixel | {} | – | – | – |", plus_minus(groups("mnist-shift")), of=of)
    dense = [plus_minus(groups(f"dense-{table}-all-images")) for table in TITLES]
    yield say("784-1000-1000, all 60,000 images | {} | – | {} | – |", *dense, of=of)
    runs = kept("groups.json")["tables"]
    spikes = [mean(run["spikes"] for run in runs[table]["ff"]) for table in TITLES]
    assert min(spikes) > 200
    assert max(spikes) < 272
    yield setting("some 200 to 270 spikes", "rounded means of groups.json")


def _convolutions() -> Iterator[Claim]:
    of = "convolution.json"
    found = [percent(run["accuracy"]["test"]) for run in kept(of)["runs"]]
    yield say("of a pixel {} % dense (one seed)", found[4], of=of)
    seeds = plus_minus([kept(of)["runs"][index]["accuracy"]["test"] for index in (3, 14, 15)])
    yield say("and {} %\n  spiking", seeds, of=of)
    yield say("on Fashion-MNIST, one seed, {} and {} %", found[10], found[13], of=of)
    twice = kept("mirrored.json")["runs"][0]["asked"]["mirrored"]["test"]
    yield say("{} where the mirror image is presented too", percent(twice), of="mirrored.json")


def _energy_and_ports() -> Iterator[Claim]:
    of = "groups-energy.json"
    ratios = [profile["ratio"] for profile in kept(of)["profiles"].values()]
    assert len(ratios) == 11
    yield say("costs {} to {} times less", fixed(min(ratios), 1), fixed(max(ratios), 1), of=of)
    of = "networks.json"
    networks = kept(of)["networks"]
    assert len(networks) == 12
    assert all(network["emulator_gives_the_same_spikes"] for network in networks)
    priced = [sum(price is not None for price in network["energy_J"].values()) for network in networks]
    yield say("a price on {} to {} profiles", str(min(priced)), str(max(priced)), of=of)
    of = "groups-ported.json"
    ports = kept(of)["simulators"]["mnist"].values()
    assert all(port["agree"] and port["same_class"] == port["images"] for port in ports)
    ((spikes, images),) = {(port["spikes"], port["images"]) for port in ports if port["kind"] == "nir"}
    yield say("the same {} spikes on all {} test images", f"{spikes:,}", f"{images:,}", of=of)


def quickness() -> Iterator[Claim]:
    """State where bfloat16 products are quick."""
    found = {}
    for of in ("benchmark-dense.json", "benchmark-dense-xeon.json"):
        seconds = kept(of)["seconds"]
        ratios = [
            seconds["float32"][layer]["neuroff"] / seconds["bfloat16"][layer]["neuroff"] for layer in LAYERS
        ]
        found[of] = fixed(min(ratios), 1), fixed(max(ratios), 1)
    (low, high), (slow, less_slow) = found.values()
    yield say(
        "{} to {} times as quick as float32 on an AMD EPYC, {} to {} times on an Intel Xeon",
        low,
        high,
        slow,
        less_slow,
        of=", ".join(found),
    )
