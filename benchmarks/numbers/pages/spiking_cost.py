"""Numbers of docs/spiking.md about converted networks and cost."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.numbers.claims import Claim, say
from benchmarks.numbers.kept import (
    fixed,
    kept,
    minus,
    percent,
)


def claims() -> Iterator[Claim]:
    """State those numbers."""
    yield from _converted()
    yield from _speed()


def _converted() -> Iterator[Claim]:
    of = "conversion.json"
    values = kept(of)
    found = {row["steps"]: percent(row["accuracy"], 1) for row in values["twin"]}
    yield say("with slope {} and {} in T", *(minus(fixed(slope, 2)) for slope in values["slope"]), of=of)
    yield say(
        "{} % at T = 4, {} % at 16, {} % at 64 and {} % at 256, dense {} %",
        *(found[steps] for steps in (4, 16, 64, 256)),
        percent(values["dense_accuracy"], 1),
        of=of,
    )


def _speed() -> Iterator[Claim]:
    of = "benchmark-spiking-events.json"
    for case in (each for each in kept(of)["cases"] if each["threads"] == 1):
        quicker = case["step"]["speedup_processor"]
        yield say(
            "| {} and {} | {} × | {} × | {} × | {} × |",
            *(fixed(rate, 2)[1:] for rate in case["rates"]),
            *(fixed(quicker[f"{rival}-hoisted"], 1) for rival in ("snntorch", "norse", "spikingjelly")),
            fixed(case["predict"]["speedup"]["snntorch-hoisted"], 1),
            of=of,
        )
    peaks = kept(of)["peak_bytes"]
    yield say(
        "Peak memory of a step is {} MB, {} with snnTorch",
        *(fixed(peaks[side] / 1e6, 0) for side in ("neuroff", "snntorch-hoisted")),
        of=of,
    )
    of = "benchmark-spiking.json"
    hoisted = kept(of)["speedup_hoisted"].values()
    yield say(
        "the step is {} to {} × as quick as the hoisted",
        fixed(min(hoisted), 1),
        fixed(max(hoisted), 1),
        of=of,
    )
    of = "benchmark-spiking-steps.json"
    values = kept(of)
    added = values["processor_seconds_per_added_step"]

    def memory(name: str) -> list[str]:
        return [fixed(size / 1e6, 0) for size in values["peak_bytes"][name]]

    for words, name, stored in (
        ("neuroff, batch", "neuroff", "neuroff, batch"),
        *((f"{title}, autograd", key, key) for title, key in (("snnTorch", "snntorch"), ("Norse", "norse"))),
    ):
        times = [fixed(1e3 * seconds, 0) for seconds in values["processor_seconds"][name]]
        yield say(
            f"| {words} | {{}}, {{}}, {{}} ms | {{}} ms | {{}}, {{}}, {{}} MB |",
            *times,
            fixed(1e3 * added[name], 1),
            *memory(stored),
            of=of,
        )
    yield say(
        "| {}, {}, {} MB; {}, {}, {} MB |",
        *memory("neuroff, online_end"),
        *memory("neuroff, online_step"),
        of=of,
    )
    shares = [
        ours / theirs
        for rival in ("snntorch", "norse")
        for ours, theirs in list(
            zip(values["peak_bytes"]["neuroff, batch"], values["peak_bytes"][rival], strict=True)
        )[1:]
    ]
    yield say(
        "Batch memory is {} to {} of autograd's at", fixed(min(shares), 2), fixed(max(shares), 2), of=of
    )
    whole = kept("benchmark-spiking.json")["peak_bytes"]
    yield say(
        "and {} at T = 10 with", fixed(whole["neuroff"] / whole["norse"], 2), of="benchmark-spiking.json"
    )
