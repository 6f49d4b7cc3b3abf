"""Published measurements of whole workloads beside what the profiles make of the same work.

    python -m benchmarks.beside_measured [--json FILE]

A row has a ratio where the operations of the workload are published; where they are not, it says what is
missing. ``held out`` rows were not used to obtain the coefficients; the others test that terms are added up
as their source adds them.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from neuroff.energy import Counts, estimate, load_profile
from neuroff.energy.profile.schema import Profile


@dataclass(frozen=True)
class Row:
    """One measurement.

    Attributes:
        profile: whose coefficients price the work.
        workload: what was measured.
        unit: J an inference, or W.
        measured: as published.
        model: what the profile gives; None where operations are not published.
        ratio: model over measurement.
        held_out: whether the coefficients were obtained without it.
        why: what the difference comes from, or what is missing.
    """

    profile: str
    workload: str
    unit: str
    measured: float
    model: float | None
    ratio: float | None
    held_out: bool
    why: str


def rows() -> Iterator[Row]:
    """Yield the measurements that sources of profiles publish."""
    yield from _truenorth()
    yield from _odin()
    yield from _keyword_network()
    spinnaker = load_profile("spinnaker1-spinnmachine")
    yield _row(
        spinnaker, "806 busy cores, above the idle box of 31.88 W", "W", 59.38 - 31.88,
        _nominal(spinnaker, {"core_seconds_on": 806.0}), False, "the power of a core was derived from it",
    )  # fmt: skip
    yield from _without_operations()


def _truenorth() -> Iterator[Row]:
    profile = load_profile("truenorth-marginal")
    for name, rate in (("sweep_12_hz", 11.58), ("sweep_20_hz", 20.07), ("sweep_96_hz", 95.93)):
        events = 2**20 * 128 * rate
        model = _nominal(profile, {"synaptic_events": events, "chip_seconds": 1.0})
        held_out = name == "sweep_20_hz"
        why = "between the two points of the line" if held_out else "an end of the fitted line"
        yield _row(
            profile,
            f"2^20 neurons at {rate} Hz, 128 synapses each",
            "W",
            _power(profile, name),
            model,
            held_out,
            why,
        )


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
        yield _row(profile, workload, "W", measured, model, held_out, why)


def _keyword_network() -> Iterator[Row]:
    products = 390 * 256 + 256 * 256 + 256 * 29
    for name, measured, held_out, why in (
        (
            "cpu-degnan2016",
            6.3e-3,
            True,
            "one constant of another processor at large batches; measured at batch 1",
        ),
        ("cpu-blouw2018", 6.3e-3, False, "the price was derived from it"),
        ("gpu-blouw2018", 29.8e-3, False, "the price was derived from it"),
        ("jetson-tx1-blouw2018", 5.6e-3, False, "the price was derived from it"),
    ):
        profile = load_profile(name)
        model = _nominal(profile, {"macs_float32": float(products)})
        yield _row(
            profile,
            f"keyword network 390-256-256-29, {products} products, batch 1",
            "J",
            measured,
            model,
            held_out,
            why,
        )


def _without_operations() -> Iterator[Row]:
    for name, workload, measured, why in (
        (
            "loihi1-davies2018",
            "keyword network 390-256-256-29, dynamic",
            0.27e-3,
            "spikes and steps an inference",
        ),
        (
            "loihi2",
            "CLP-SNN, one learning step on OpenLORIS",
            0.05e-3,
            "neurons, spikes and synapse updates a step",
        ),
        ("xylo-a2", "keyword spotting, dynamic", 6.6e-6, "spikes an inference"),
        ("sne", "DVS gesture, 1.2 % input activity", 80e-6, "events an inference"),
        ("sne", "DVS gesture, 4.9 % input activity", 261e-6, "events an inference"),
        ("brainscales2", "an electrocardiogram sample, chip", 192e-6, "prices of any event"),
    ):
        yield Row(name, workload, "J", measured, None, None, True, f"not published: {why}")


def _row(
    profile: Profile, workload: str, unit: str, measured: float, model: float, held_out: bool, why: str
) -> Row:
    return Row(profile.id, workload, unit, measured, model, model / measured, held_out, why)


def _nominal(profile: Profile, counts: dict[str, float]) -> float:
    return estimate(Counts(counts), profile).total_J.nominal


def _power(profile: Profile, name: str) -> float:
    found = next(entry.power_W for entry in profile.measurement if entry.name == name)
    assert found is not None
    return found


def rounded(value: float | None) -> float | None:
    """Return six digits of a number, where there is one."""
    return None if value is None else float(f"{value:.6g}")


def table() -> list[dict[str, object]]:
    """Return the rows as plain data, numbers with six digits."""
    return [
        asdict(
            replace(
                row, model=rounded(row.model), ratio=rounded(row.ratio), measured=float(f"{row.measured:.6g}")
            )
        )
        for row in rows()
    ]


def main() -> None:
    """Print the rows, and write them if a file is named."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the table")
    chosen = parser.parse_args()
    for row in rows():
        ratio = "     –" if row.ratio is None else f"{row.ratio:6.2f}"
        kind = "held out" if row.held_out else " " * 8
        print(f"{ratio}  {kind}  {row.profile}: {row.workload} ({row.why})")
    if chosen.json is not None:
        chosen.json.write_text(json.dumps(table(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
