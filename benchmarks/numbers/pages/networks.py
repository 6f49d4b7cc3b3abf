"""Numbers of docs/networks.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.numbers.claims import Claim, printed, say, setting
from benchmarks.numbers.kept import fixed, kept, percent
from neuroff.energy.units import format_si

TRAINED_IN = {
    "snntorch 1.0.0, reset zero": "snnTorch 1.0.0, reset to zero",
    "snntorch 1.0.0, reset subtract": "snnTorch 1.0.0, reset by subtraction",
    "norse 1.1.0": "Norse 1.1.0, LIFBoxCell",
    "spikingjelly": "SpikingJelly 2.0.0, LIFNode",
    "sinabs 3.1.3, SingleSpike": "sinabs 3.1.3, LIF, `SingleSpike`",
    "sinabs 3.1.3, MultiSpike": "sinabs 3.1.3, LIF, `MultiSpike`",
}


def by_default(network: Mapping[str, Any]) -> float:
    """Return the accuracy of what `--to loihi` writes: neurons subtract where they were trained so."""
    subtracting = network["accuracy_8_bits_subtracting"]
    return float(network["accuracy_8_bits"] if subtracting is None else subtracting)


def _priced(networks: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    counts = [sum(price is not None for price in network["energy_J"].values()) for network in networks]
    (profiles,) = {len(network["energy_J"]) for network in networks}
    return f"{min(counts)} to {max(counts)}", str(profiles)


def claims() -> Iterator[Claim]:
    """State the page's numbers."""
    of = "networks.json"
    for network in kept(of)["networks"]:
        name, layers = network["network"].rsplit(", ", 1)
        joules = network["energy_J"]["loihi1-davies2018"]["nominal"]
        cells = (
            TRAINED_IN[name],
            layers,
            fixed(network["training_processor_seconds"], 0),
            percent(network["accuracy"]),
            percent(by_default(network)),
            percent(network["accuracy_8_bits"]),
            fixed(network["spikes"], 0),
            f"{fixed(network['synaptic_operations'] / 1000, 0)} k",
            "≥ " + format_si(joules, "J", digits=2),
        )
        yield printed("| " + " | ".join(cells) + " |", of)
    networks = kept(of)["networks"]
    slowest = max(network["training_processor_seconds"] for network in networks)
    yield say("at most {} s of processor time", fixed(slowest, 0), of=of)
    lost = [network["accuracy"] - by_default(network) for network in networks]
    yield say("{} networks lose at most {} points", str(len(networks)), fixed(100 * max(lost), 2), of=of)
    once = [n["accuracy"] - n["accuracy_8_bits"] for n in networks if "Multi" not in n["network"]]
    yield say("a reset to rest costs up to {} points", fixed(100 * max(once), 1), of=of)
    yield say("have a price on {} of {} profiles", *_priced(networks), of=of)
    of = "any-network.json"
    large, tests = kept(of)["large"], kept(of)["tests"]
    yield say(
        "graph of {} neurons with {} million synapses",
        f"{large['neurons']:,}",
        fixed(large["synapses"] / 1e6, 0),
        of=of,
    )
    seconds = large["read_s"] + large["count_s"] + large["place_s"]
    yield say("placed in {} s at a peak of {} MB", fixed(seconds, 1), fixed(large["peak_MB"], 0), of=of)
    yield say("{} damaged files", f"{tests['files']:,}", of=of)
    yield setting("more than 99.5 % of neuron-steps", "a bound that a test holds")
    yield setting("dt = 0.1 ms", "what the libraries' writers put into every file")
    yield setting("snnTorch 1.0;", "a version")
    yield setting("Norse 1.1;", "a version")
    yield setting("SpikingJelly 2.0,", "a version")
    yield setting("sinabs 3.1,", "a version")
