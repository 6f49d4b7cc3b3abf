"""Numbers of docs/convolution.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from statistics import mean
from typing import Any

from benchmarks.numbers.claims import Claim, cited, say, setting
from benchmarks.numbers.kept import fixed, kept, percent, plus_minus
from benchmarks.numbers.pages.convolution_settings import of_mnist_seeds
from benchmarks.numbers.pages.readme import groups

LAYERS = ("two", "six")
STEP = "benchmark-convolution.json"
DEPTH = "benchmark-convolution-depth.json"
INTEGERS = "convolution-integers.json"
PORTED = "convolution-ported.json"


def claims() -> Iterator[Claim]:
    """State the page's numbers."""
    yield from _best()
    dense = plus_minus(groups("dense-fashion-mnist-all-images")).partition(" ")[0]
    yield say("groups on dense layers have {} %", dense, of="groups.json")
    yield cited("93.41 (ASGE), 92.31 (CwComp)", "the papers' own tables")
    yield setting(
        "`asking.grid=7` gives the neurons of a channel one weight in each of 7 × 7 cells", "the example"
    )
    yield from _asked_twice()
    yield setting("instead of 2.3 MB", "a size that the C exporter wrote for the digits preset")
    yield from _integers()
    yield from _ported()
    yield from _step()
    yield from _depth()


def _best() -> Iterator[Claim]:
    """State the best run of each kind."""
    of = "convolution.json"
    runs = kept(of)["runs"]
    alike = plus_minus([run["accuracy"]["test"] for run in runs if of_mnist_seeds(run)])
    mnist, fashion, spiking = (
        percent(max(_tested(runs, *kind)))
        for kind in (("mnist", "dense"), ("fashion-mnist", "dense"), ("fashion-mnist", "spiking"))
    )
    asked = percent(max(run["asked"]["mirrored"]["test"] for run in kept("mirrored.json")["runs"]))
    yield say("| MNIST, dense | 48-96-192 | – | {} | – |", mnist, of=of)
    yield say("| MNIST, spiking, three seeds | 24-48-192 | 4 | {} | – |", alike, of=of)
    yield say("| Fashion-MNIST, dense | 96-192-256-256 | – | {} | – |", fashion, of=of)
    yield say("| Fashion-MNIST, spiking | 48-96-256 | 4 | {} | {} |", spiking, asked, of=of)


def _tested(runs: list[dict[str, Any]], dataset: str, path: str) -> list[float]:
    """Return the test accuracies of a set's runs on a path."""
    alike = (
        run for run in runs if (run["config"]["data"]["dataset"], run["config"]["path"]) == (dataset, path)
    )
    return [run["accuracy"]["test"] for run in alike]


def _asked_twice() -> Iterator[Claim]:
    """State what the mirror image gives, and what it costs."""
    of = "mirrored.json"
    for run in kept(of)["runs"]:
        ways = [run["asked"][name] for name in ("once", "mirrored")]
        events = [f"{fixed(way['counts']['synaptic_events'] / 1e6, 1)} M" for way in ways]
        channels = "-".join(re.findall(r"conv\s(\d+)x", run["config"]["network"]["layers"]))
        row = f"| {channels} | {{}} | {{}} | {{}} | {{}} |"
        yield say(row, *(percent(way["test"]) for way in ways), *events, of=of)
    yield setting("mean of 500 test images", "the command's own number")


def _step() -> Iterator[Claim]:
    dense, spiking = kept(STEP)["cases"]
    assert (dense["path"], spiking["path"]) == ("dense", "spiking")
    for words, case, name in (
        ("dense, neuroff", dense, "neuroff"),
        ("dense, PyTorch with autograd", dense, "pytorch"),
        ("spiking, neuroff", spiking, "neuroff"),
        ("spiking, snnTorch", spiking, "snntorch"),
        ("spiking, snnTorch, all steps in one convolution", spiking, "snntorch-hoisted"),
    ):
        ratio = "1" if name == "neuroff" else fixed(case["speedup"][name])
        memory = [_mebibytes(kept(STEP)["peak_bytes"][case["path"]][name][f"{n} layers"]) for n in LAYERS]
        row = f"| {words} | " + ("1" if ratio == "1" else "{}")
        values = [] if ratio == "1" else [ratio]
        if name == "snntorch-hoisted":
            row += " ({} of processor time)"
            values.append(fixed(case["speedup_processor"][name]))
        yield say(row + " | {}, {} MiB |", *values, *memory, of=STEP)


def _integers() -> Iterator[Claim]:
    """State what integers cost, the runs on digits as one row."""
    runs = kept(INTEGERS)["runs"]
    for words, name in (("digits", "digits"), ("MNIST", "mnist"), ("Fashion-MNIST", "fashion-mnist")):
        rows = [run for run in runs if run["dataset"] == name]
        images, ways = rows[0]["images"], rows[0]["accuracy"]
        shares = [percent(mean(run["accuracy"][way] for run in rows)) for way in ways]
        said = words if len(rows) == 1 else f"{words}, mean of five seeds"
        yield say(f"| {said} | {{}} | {{}} | {{}} | {{}} | {{}} |", f"{images:,}", *shares, of=INTEGERS)
    yield setting("an image is worth 0.28 points", "one in 360")


def _ported() -> Iterator[Claim]:
    """State what convolutions are as files, and that nothing differs."""
    mnist, plain, standardised = (run["files"] for run in kept(PORTED)["runs"])
    told = [found for files in (mnist, plain, standardised) for found in files.values() if "agree" in found]
    assert len(told) == 6
    assert all(found["agree"] and not found["differing"] for found in told)
    assert [kind for kind, found in standardised.items() if "refused" in found] == ["sanafe"]
    beside = [files["netx"]["lava"] for files in (plain, standardised)]
    assert not any(any(lava["differing"]) for lava in beside)
    header = mnist["c"]
    millions = (header["tables_B"] / 1e6, header["matrices_B"] / 1e6)
    yield say("has {} MB of tables", fixed(millions[0]), of=PORTED)
    yield say("the matrices are {} MB", fixed(millions[1], 0), of=PORTED)
    yield say("needs {} MB of state", fixed(header["state_B"] / 1e6), of=PORTED)
    yield say("{} spikes on {} test images", f"{header['spikes']:,}", str(header["images"]), of=PORTED)
    yield say("all spikes of {} images agree in C and netx", str(plain["c"]["images"]), of=PORTED)
    spikes = [f"{sum(lava['spikes']):,}" for lava in beside]
    yield say("all {} and {} spikes of {} images", *spikes, str(beside[0]["images"]), of=PORTED)


def _depth() -> Iterator[Claim]:
    for words, path, name in (
        ("dense, neuroff", "dense", "neuroff"),
        ("dense, PyTorch with autograd", "dense", "pytorch"),
        ("spiking, neuroff", "spiking", "neuroff"),
        ("spiking, snnTorch", "spiking", "snntorch"),
    ):
        peaks = kept(DEPTH)["peak_bytes"][path][name]
        yield say(f"| {words} | {{}}, {{}}, {{}}, {{}} |", *map(_mebibytes, peaks.values()), of=DEPTH)
    size = kept(DEPTH)["bytes_of_activities_of_a_layer"]["spiking, all steps"]
    yield say("at all steps are {} MiB in floats", _mebibytes(size), of=DEPTH)


def _mebibytes(size: float) -> str:
    return f"{float(fixed(size / 2**20, 0)):,.0f}"
