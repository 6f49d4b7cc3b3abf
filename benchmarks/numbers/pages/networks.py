"""Numbers of docs/networks.md."""

from __future__ import annotations

from collections.abc import Iterator

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


def claims() -> Iterator[Claim]:
    """State the page's numbers."""
    of = "networks.json"
    for network in kept(of)["networks"]:
        name, layers = network["network"].rsplit(", ", 1)
        subtracting = network["accuracy_8_bits_subtracting"]
        joules = network["energy_J"]["loihi1-davies2018"]["nominal"]
        cells = (
            TRAINED_IN[name],
            layers,
            percent(network["accuracy"]),
            percent(network["accuracy_8_bits"]),
            "–" if subtracting is None else percent(subtracting),
            fixed(network["spikes"], 0),
            f"{fixed(network['synaptic_operations'] / 1000, 0)} k",
            "≥ " + format_si(joules, "J", digits=2),
        )
        yield printed("| " + " | ".join(cells) + " |", of)
    lost = [n["accuracy"] - n["accuracy_8_bits"] for n in kept(of)["networks"] if "Multi" not in n["network"]]
    yield say("costs up to {} points in networks that fire", fixed(100 * max(lost), 1), of=of)
    kept_well = [
        n["accuracy"] - n["accuracy_8_bits_subtracting"]
        for n in kept(of)["networks"]
        if n["accuracy_8_bits_subtracting"] is not None
    ]
    yield say("where at most {} points are lost", fixed(100 * max(kept_well), 2), of=of)
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
