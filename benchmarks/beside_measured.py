"""Published measurements of whole workloads beside what the profiles make of the same work.

    python -m benchmarks.beside_measured [--json FILE]

A row has a ratio where the operations of the workload are published, and a band where they are only
bounded; where neither is, it says what is missing. ``held out`` rows were not used to obtain the
coefficients; the others test that terms are added up as their source adds them.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from neuroff.energy import Counts, estimate, load_profile
from neuroff.energy.profile.schema import Profile

_DIGITS = 6
_ABR = "abr/power_benchmarks@fce95c8"
_NOTES = "quoted in dyigitpolat/mimarsinan, docs/research/physics"
_KEYWORD = 390 * 256 + 256 * 256 + 256 * 29  # products of the keyword network of Blouw et al.
_BRANCH = 390 * 256 + 9 * 256 * 256 + 256 * 29  # of one copy of their ten-layer network


@dataclass(frozen=True)
class Row:
    """One measurement.

    Attributes:
        profile: whose coefficients price the work.
        workload: what was measured.
        unit: J an inference or an event, or W.
        measured: as published.
        at: where that was read.
        model: what the profile gives; None where operations are not published.
        model_low, model_high: what it gives for the fewest and the most operations there can have been.
        ratio: model over measurement.
        held_out: whether the coefficients were obtained without it.
        why: what the difference comes from, or what is missing.
    """

    profile: str
    workload: str
    unit: str
    measured: float
    at: str
    why: str
    held_out: bool = True
    model: float | None = None
    model_low: float | None = None
    model_high: float | None = None
    ratio: float | None = None


def rows() -> Iterator[Row]:
    """Yield the measurements that sources of profiles publish."""
    yield from _truenorth()
    yield from _odin()
    yield from _query()
    yield from _keyword_network()
    yield from _spinnaker()
    yield from _loihi_keywords()
    yield from _inferred()
    yield from _without_operations()


def _truenorth() -> Iterator[Row]:
    profile = load_profile("truenorth-marginal")
    same = "between the two points of the line"
    ends = "an end of the fitted line"
    for rate, measured, volts, held_out, why, at in (
        (11.58, 68e-3, 0.8, False, ends, "Akopyan et al. 2015, Fig. 17"),
        (20.07, 71e-3, 0.8, True, same, "Akopyan et al. 2015, Fig. 17"),
        (95.93, 94e-3, 0.8, False, ends, "Akopyan et al. 2015, Fig. 17"),
        (
            20.0,
            72e-3,
            0.775,
            True,
            "another supply and another paper than the line's",
            "Merolla et al. 2014, p. 7",
        ),
        (20.0, 65e-3, 0.75, True, "a lower supply than the line's", "Akopyan et al. 2015, section VII"),
    ):
        events = 2**20 * 128 * rate
        model = _nominal(profile, {"synaptic_events": events, "chip_seconds": 1.0})
        workload = f"2^20 neurons at {rate} Hz, 128 synapses each, {volts} V"
        yield _row(profile, workload, "W", measured, model, f"{at}, {_NOTES}", why, held_out)


def _odin() -> Iterator[Row]:
    profile = load_profile("odin")
    assert profile.time is not None
    for clock, events, measured, held_out, why in (
        (75e6, 37.5e6, 477e-6, False, "an operating point of the fit"),
        (1.3e6, 256 * 10 * 256, 35e-6, True, "256 neurons at 10 Hz, the slow clock"),
    ):
        timed = profile.model_copy(update={"time": profile.time.model_copy(update={"clock_Hz": clock})})
        model = _nominal(timed, {"synaptic_events": float(events), "chip_seconds": 1.0})
        workload = f"{events / 1e6:.3g} M synaptic events a second, clock of {clock / 1e6:g} MHz"
        at = f"Frenkel et al. 2019, section IV-A, {_NOTES}"
        yield _row(profile, workload, "W", measured, model, at, why, held_out)


def _query() -> Iterator[Row]:
    """A search among 76,800 patterns: 667 to 750 spikes, each to every pattern's neuron, 60 steps."""
    patterns, steps, spikes = 76_800, 60, (667 + 750) / 2
    counts = {"synaptic_events": spikes * patterns, "neuron_updates_inactive": float(patterns * steps)}
    for name, events, why in (
        (
            "loihi1-davies2018",
            "synaptic_events",
            "the price of an event is published as a minimum, before silicon",
        ),
        (
            "loihi1-sanafe",
            "synaptic_events_dense",
            "fitted to other runs, with spikes' paths outside the synapse",
        ),
    ):
        profile = load_profile(name)
        at = f"Frady et al. 2020, Table 2, {_NOTES}"
        workload = "nearest of 76,800 patterns on 32 chips, 708 spikes a query (667 to 750), dynamic"
        yield _row(
            profile,
            workload,
            "J",
            1.33e-3,
            _nominal(profile, counts | {events: counts["synaptic_events"]}),
            at,
            why,
        )


def _keyword_network() -> Iterator[Row]:
    """A keyword network at one and at 64 inputs a batch, and ten copies of a deeper one: dynamic energies."""
    once, deep = f"keyword network 390-256-256-29, {_KEYWORD} products", 10 * _BRANCH
    batch, larger = f"{once}, batch 64", f"ten copies of 390-256 (ten layers)-29, {deep} products, batch 1"
    once = f"{once}, batch 1"
    derived = "the price was derived from it"
    batched = "the price is that of one input at a time, where most of the energy is not the products'"
    grown = "the same fixed cost is spread over more products"
    constant = "one constant of another processor at large batches"
    table, running = f"{_ABR}, paper, Table 1", f"{_ABR}, logs/running"
    for name, workload, products, measured, at, why, held_out in (
        ("cpu-degnan2016", once, _KEYWORD, 6.3e-3, table, f"{constant}; measured at batch 1", True),
        ("cpu-degnan2016", batch, _KEYWORD, 348.3e-6, f"{running}/cpu_bsize_64", constant, True),
        ("cpu-blouw2018", once, _KEYWORD, 6.3e-3, table, derived, False),
        ("cpu-blouw2018", batch, _KEYWORD, 348.3e-6, f"{running}/cpu_bsize_64", batched, True),
        ("cpu-blouw2018", larger, deep, 60.31e-3, f"{running}/cpu_scaled_10x", grown, True),
        ("gpu-blouw2018", once, _KEYWORD, 29.8e-3, table, derived, False),
        ("gpu-blouw2018", batch, _KEYWORD, 726.9e-6, f"{running}/gpu_bsize_64", batched, True),
        ("gpu-blouw2018", larger, deep, 277.3e-3, f"{running}/gpu_scaled_10x", grown, True),
        ("jetson-tx1-blouw2018", once, _KEYWORD, 5.6e-3, table, derived, False),
        ("jetson-tx1-blouw2018", batch, _KEYWORD, 101.7e-6, f"{running}/jetson_bsize_64", batched, True),
    ):
        profile = load_profile(name)
        model = _nominal(profile, {"macs_float32": float(products)})
        yield _row(profile, workload, "J", measured, model, at, why, held_out)


def _spinnaker() -> Iterator[Row]:
    machine, average = load_profile("spinnaker1-spinnmachine"), load_profile("spinnaker1-allin")
    yield _row(
        machine, "806 busy cores, above the idle box of 31.88 W", "W", 59.38 - 31.88,
        _nominal(machine, {"core_seconds_on": 806.0}), "SpiNNMachine@fe5a06a, version_spin1.py",
        "the power of a core was derived from it", held_out=False,
    )  # fmt: skip
    yield _row(
        average, "cortical microcircuit in real time, whole machine, a synaptic event", "J", 0.601e-6,
        _nominal(average, {"synaptic_events": 1.0}), "INM-6/microcircuit-PD14-model, performance_summary.md",
        "twelve boards for one network: mostly standing power of cores that wait",
    )  # fmt: skip


def _loihi_keywords() -> Iterator[Row]:
    """Steps are published, spikes are not: from no spike at all to one of each neuron at each step."""
    profile, steps = load_profile("loihi1-davies2018"), 10
    for workload, measured, neurons, synapses, at, why in (
        (
            "keyword network 390-256-256-29, ten steps, dynamic", 0.27e-3, 256 + 256 + 29, _KEYWORD,
            f"{_ABR}, paper, Table 1, and logs/running/loihi_run01",
            "steps as in its larger runs; 70 of the 81 mW stay after a run: processors, its authors think",
        ),
        (
            "nine more copies of the ten-layer network on the same chips, ten steps, dynamic", 152.3e-6,
            9 * (10 * 256 + 29), 9 * _BRANCH, f"{_ABR}, logs/running/loihi_I08O08C10L10 less C01L10",
            "embedded processors cancel in the difference",
        ),
    ):  # fmt: skip
        silent = _nominal(profile, {"neuron_updates_inactive": float(steps * neurons)})
        every = {"neuron_updates_active": float(steps * neurons), "synaptic_events": float(steps * synapses)}
        bounds = (silent, _nominal(profile, every))
        yield Row(profile.id, workload, "J", measured, at, why, model_low=bounds[0], model_high=bounds[1])


def _inferred() -> Iterator[Row]:
    """The band inferred from one workload of a device, on its others."""
    for name, at, why in (
        ("speck", "Yao et al. 2024, Table 1", "an average over one task's work"),
        (
            "loihi2",
            "arXiv 2608.18341, Table 2, and one chip at rest",
            "a small network keeps cores up for little",
        ),
    ):
        for task in load_profile(name).inferred[1:]:
            work = (task.low.operations_count, task.high.operations_count)
            yield _in_band(name, task.name, task.high.energy_J, at, why, work)
    why = "host and bus of a Raspberry Pi are in the measurement, not in the band"
    at, products, neurons = "SevillaFe/EcoEdgeAI-akida-mac@b0da634, README.md", 7_646_432, 87_233
    yield _in_band("akida1000", "MiniNet above idle", 0.73 * 4.30e-3, at, why, (products + neurons, products))


def _in_band(name: str, task: str, measured: float, at: str, why: str, work: tuple[float, float]) -> Row:
    """Return a workload of so many operations, and so many synaptic ones, priced by a device's first band."""
    first = load_profile(name).inferred[0]
    ends = (first.low.value_J * work[0], first.high.value_J * work[1])
    task += f", priced by the band inferred from {first.name}"
    return Row(name, task, "J", measured, at, why, model_low=min(ends), model_high=max(ends))


def _without_operations() -> Iterator[Row]:
    for name, workload, measured, at, why in (
        ("loihi1-davies2018", "a step of learning, 512 and 256 neurons", 23e-6,
         "Electronics 13(16):3203, abstract", "spikes and synapse updates a step"),
        ("loihi2", "CLP-SNN, one learning step on OpenLORIS", 0.05e-3, "arXiv 2511.01553, abstract",
         "neurons, spikes and synapse updates a step"),
        ("loihi2", "PilotNet with LIF neurons, 16 steps", 1.661e-3, "lava-dl, pilotnet_snn/benchmark.ipynb",
         "prices of any event; its band is inferred from this"),
        ("loihi2", "PilotNet with sigma-delta neurons, frames on the chip already", 0.09e-3,
         "arXiv 2310.03251, Table 1, in a copy", "operations of that run"),
        ("akida1000", "two convolutions on MNIST, above floor power", 0.0552e-3,
         "an assignment of ECE6790", "which network the output is of"),
        ("odin", "MNIST at 16 x 16, rank order, ten neurons", 15e-9, "arXiv 1804.07858, abstract",
         "input events before the first output spike"),
        ("xylo-a2", "keyword spotting, dynamic", 6.6e-6, "arXiv 2406.15112, abstract", "spikes an inference"),
        ("sne", "DVS gesture, 1.2 % input activity", 80e-6, "arXiv 2204.10687, abstract",
         "events an inference"),
        ("sne", "DVS gesture, 4.9 % input activity", 261e-6, "arXiv 2204.10687, abstract",
         "events an inference"),
        ("sne", "DVS gesture, whole chip of ColibriES", 7.7e-3, "arXiv 2302.07957, abstract",
         "events an inference"),
        ("brainscales2", "an electrocardiogram sample, chip", 192e-6, "arXiv 2103.15960, abstract",
         "prices of any event"),
    ):  # fmt: skip
        yield Row(name, workload, "J", measured, at, f"not published: {why}")


def _row(
    profile: Profile,
    workload: str,
    unit: str,
    measured: float,
    model: float,
    at: str,
    why: str,
    held_out: bool = True,
) -> Row:
    return Row(profile.id, workload, unit, measured, at, why, held_out, model=model, ratio=model / measured)


def _nominal(profile: Profile, counts: dict[str, float]) -> float:
    return estimate(Counts(counts), profile).total_J.nominal


def table() -> list[dict[str, object]]:
    """Return the rows as plain data, numbers with six digits."""
    return [
        {
            key: float(f"{each:.{_DIGITS}g}") if isinstance(each, float) else each
            for key, each in asdict(row).items()
        }
        for row in rows()
    ]


def main() -> None:
    """Print the rows, and write them if a file is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the table")
    chosen = parser.parse_args()
    for row in rows():
        print(f"{_ratio(row):>13}  {'held out' * row.held_out:8}  {row.profile}: {row.workload} ({row.why})")
    if chosen.json is not None:
        chosen.json.write_text(json.dumps(table(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _ratio(row: Row) -> str:
    if row.ratio is not None:
        return f"{row.ratio:.2f}"
    if row.model_low is None or row.model_high is None:
        return "–"
    return f"{row.model_low / row.measured:.2g} to {row.model_high / row.measured:.2g}"


if __name__ == "__main__":
    main()
