"""Numbers of docs/scaling.md."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.numbers.claims import Claim, printed, say, setting
from benchmarks.numbers.kept import fixed, kept, percent
from neuroff.decimals import to_digits

FACTORS = ("per_update", "per_update_and_layer", "per_image_and_product", "per_image_step_and_neuron")


def claims() -> Iterator[Claim]:
    """State the page's numbers."""
    of = "scaling.json"
    values = kept(of)
    last = [_two(values["processes"]["factors_s"][name]) for name in ("per_update", "per_byte_exchanged")]
    for path in ("dense", "spiking"):
        cells = [_two(values[path]["factors_s"][name]) for name in FACTORS]
        yield printed("| " + " | ".join([path, *cells, *(last if path == "dense" else ())]) + " |", of)
    for part in ("dense", "spiking", "processes"):
        for row in values[part]["held_out"]:
            path = "spiking" if row["steps"] > 1 else "dense"
            times = [fixed(row[name], 3) for name in ("seconds", "model_seconds")]
            steps = row["steps"] if row["steps"] > 1 else "–"
            sizes = f"{row['images']:,} | {row['depth']} × {row['width']} | {steps} | {row['processes']}"
            yield say(f"| {path} | {sizes} | {{}} s | {{}} s |", *times, of=of)
    errors = {
        part: percent(values[part]["largest_error_held_out"], 0) for part in ("dense", "spiking", "processes")
    }
    yield say(
        "is within {} % on every point that it was not fitted to ({} % dense, {} % spiking, {} % "
        "two processes)",
        max(errors.values(), key=int),
        *errors.values(),
        of=of,
    )
    yield setting(
        "414 MB on 40,000 rows of 1000 bytes and 417 MB on 120,000, whose rows alone are 80 MB "
        "more, and 320 MB",
        "printed by the test of data larger than memory",
    )


def _two(value: float) -> str:
    return f"{to_digits(value, 2):g}"
