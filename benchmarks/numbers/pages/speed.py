"""Numbers of benchmarks/README.md and of the speed section of docs/results/README.md."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.numbers.claims import Claim, say, setting
from benchmarks.numbers.kept import fixed, kept, percent

DENSE = "benchmark-dense.json"
EVENTS = "benchmark-spiking-events.json"
PARTS = "benchmark-spiking-parts.json"
KINDS = "benchmark-spiking-kinds.json"
WAITING = "benchmark-waiting.json"


def results() -> Iterator[Claim]:
    """State the numbers of docs/results/README.md."""
    of = DENSE
    values = kept(of)
    for precision in ("float32", "bfloat16"):
        for layer in ("layer1", "layer2"):
            seconds = values["seconds"][precision][layer]
            cells = [fixed(seconds[side], 2) for side in ("textbook", "neuroff")] + [
                fixed(values["speedup"][precision][layer], 1)
            ]
            row = f"| epoch, layer {layer[-1]}, {precision} | {{}} s | {{}} s | {{}} | "
            if precision == "float32":
                yield say(row + "{} % |", *cells, percent(values["gemm_fraction"][layer], 0), of=of)
            else:
                yield say(row + "|", *cells, of=of)
    seconds = values["seconds"]["predict"]
    for precision, speedup in values["speedup"]["predict"].items():
        row = f"| prediction of 10,000 images, {precision} | {{}} s | {{}} s | {{}} | "
        cells = [fixed(seconds[side], 2) for side in ("textbook", precision)] + [fixed(speedup, 1)]
        if precision == "float32":
            yield say(row + "{} % |", *cells, percent(values["gemm_fraction"]["predict"], 0), of=of)
        else:
            yield say(row + "|", *cells, of=of)
    yield say(
        "training at the paper's scale: {} GB (textbook {} GB)",
        fixed(values["peak_rss_bytes"] / 1e9, 2),
        fixed(values["peak_rss_bytes_textbook"] / 1e9, 2),
        of=of,
    )
    of = "benchmark-spiking.json"
    for rival, title in (("snntorch", "snnTorch"), ("norse", "Norse")):
        times = [fixed(1e3 * kept(of)["seconds"][side], 0) for side in (rival, "neuroff")]
        yield say(
            f"| spiking step, {title} | {{}} ms | {{}} ms | {{}} (products hoisted: {{}}) |",
            *times,
            fixed(kept(of)["speedup"][rival], 1),
            fixed(kept(of)["speedup_hoisted"][rival], 1),
            of=of,
        )
    of = "benchmark-dense-xeon.json"
    speed = kept(of)["speedup"]
    yield say(
        "and {} and {} on an Intel Xeon that has them, where float32 had {} and {} (",
        *(fixed(speed[p][layer], 1) for p in ("bfloat16", "float32") for layer in ("layer1", "layer2")),
        of=of,
    )
    yield setting("ran at 110 Gflop/s", "the same file's rate")
    yield setting("layer 1 had 4.1 and layer 2 had 2.4", "a run of before, with two threads")
    yield setting("its ratios were 0.46 and 0.27 on the older machine", "an earlier run, not kept")
    yield setting("89.35 is 89.4; .3495 is .3 and .35", "an example of the rule")
    yield setting("(20 s for its six runs by labels", "demo.json holds the seconds")


def _installed() -> Iterator[Claim]:
    of = "benchmark-installed.json"
    brings = kept(of)["brings_bytes"]
    yield say("CPU build | | {} GB |", fixed(kept(of)["total_bytes"] / 1e9, 2), of=of)
    yield say(
        "PyTorch brings {} MB, Numba {}, SciPy {}, matplotlib {}",
        *(fixed(brings[name] / 1e6, 0) for name in ("torch", "numba", "scipy", "matplotlib")),
        of=of,
    )
    yield say("neuroff itself {} MB", fixed(kept(of)["bytes"]["neuroff"] / 1e6, 1), of=of)


def bench() -> Iterator[Claim]:
    """State the numbers of benchmarks/README.md."""
    first, second = (case for case in kept(EVENTS)["cases"] if case["threads"] == 1)
    quick = [case["step"]["speedup_processor"] for case in (first, second)]
    for number, aims in ((0, "8 × (6 ×)"), (1, "12 × (9 ×)")):
        yield setting(aims, "an aim and a floor")
        yield Claim(f"| {aims} | {{}} × |", (fixed(quick[number]["snntorch-hoisted"], 1),), EVENTS)
    both = [fixed(quick[0][f"{rival}-hoisted"], 1) for rival in ("norse", "spikingjelly")]
    yield Claim("| 8 × (6 ×) | {} ×, {} × |", tuple(both), EVENTS)
    predicted = [fixed(case["predict"]["speedup"]["snntorch-hoisted"], 1) for case in (first, second)]
    yield Claim("| 10 × (6 ×) | {} ×, {} × |", tuple(predicted), EVENTS)
    dense = kept(DENSE)
    layers = ("layer1", "layer2")
    yield Claim(
        "| 5 ×, 3 × (4 ×, 2.5 ×) | {} ×, {} × |",
        tuple(fixed(dense["speedup"]["float32"][layer], 1) for layer in layers),
        DENSE,
    )
    yield Claim(
        "| .85 (.75) | {}, {} |",
        tuple(fixed(dense["gemm_fraction"][layer], 2).removeprefix("0") for layer in layers),
        DENSE,
    )
    yield say(
        "takes here, layers 1, 2 | | {} ×, {} × |",
        *(fixed(dense["speedup"]["bfloat16"][layer], 1) for layer in layers),
        of=DENSE,
    )
    sweeps = tuple(fixed(dense["speedup"]["predict"][name], 1) for name in ("float32", "bfloat16"))
    yield Claim("bfloat16 | 10 × (6 ×) | {} ×, {} × |", sweeps, DENSE)
    learned = dense["bfloat16_accuracy"]
    yield say(
        "right in float32, {} % in bfloat16, and {} % get the same class",
        *(percent(learned[name], 2) for name in ("bfloat16", "equal")),
        of=DENSE,
    )
    yield say("is {} % right in float32", percent(learned["float32"], 2), of=DENSE)
    pairs = [case["step"]["speedup"] for case in kept(EVENTS)["cases"] if case["threads"] == 2]
    yield Claim(
        "| 8 ×, 12 × (6 ×, 9 ×) | {} ×, {} × |",
        tuple(fixed(each["snntorch-hoisted"], 1) for each in pairs),
        EVENTS,
    )
    yield setting("images side by side, 250 each, with", "half of the benchmark's batch")
    for case in kept(KINDS)["cases"]:
        yield say(f"| {case['kind']} | {{}} × |", fixed(case["speedup"], 1), of=KINDS)
    yield setting("rules**, rate .07, one", "the lower rate of the benchmark")
    yield from _installed()
    seconds = kept(WAITING)["processor_seconds"]
    yield say("| {} s | | prices on 25", fixed(seconds["neuroff --help"], 2), of=WAITING)
    yield say("| {} s | | placing", fixed(seconds["prices on 25 profiles"], 2), of=WAITING)
    placing = [seconds[f"placing 10^6 neurons in {count} layer(s) on Loihi"] for count in (1, 1000)]
    yield say("| {} s, {} s |", *(fixed(value, 2) for value in placing), of=WAITING)
    case = kept(PARTS)["cases"][0]
    parts, total = case["parts"], case["total"]
    shares = [
        sum(value for name, value in parts.items() if name.startswith("first layer")),
        parts["second layer, spikes to spikes"],
        parts["second layer, back in time and into the weights"],
        parts["optimiser"],
        parts["the rest"],
    ]
    yield say("{} ms under the", fixed(1e3 * total, 0), of=PARTS)
    yield say(
        "first layer {} %, second layer forward {} %, its way back into the weights {} %, "
        "optimiser {} %, the rest "
        "(Python, goodness, weights into tiles) {} %",
        *(percent(share / total, 0) for share in shares),
        of=PARTS,
    )
    for words in (
        "| 10 × (6 ×) |",
        "| 5 ×, 3 × (4 ×, 2.5 ×) |",
        "| .85 (.75) |",
        "| 0.4 s |",
        "| 5 s |",
        "rate .17",
        "rate .07",
        ".17 and .07, wall time",
    ):
        yield setting(words, "an aim, a floor, or a firing rate that names a row")
    yield setting("8 ×, 12 × (6 ×, 9 ×)", "aims and floors")
