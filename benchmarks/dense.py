"""Dense Forward-Forward at the paper's scale: neuroff against a textbook autograd version of it.

Both train a 784-500-500 network on 50,000 images, full batch, layer after layer, and predict 10,000 images.
neuroff trains as ever, with the paper's preset and wrong labels drawn anew in every epoch. The textbook's
overlaid copies and its inputs to the second layer are made once and not counted. It computes in float32
throughout, also where neuroff uses bfloat16.

MNIST is used if its files are found (NEUROFF_DATA), random images of the same statistics otherwise.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from statistics import median
from typing import Any

from benchmarks.dense_sides import (
    LAYERS,
    Trained,
    agreement,
    clocked_prediction,
    clocked_training,
    configuration,
    images_for,
)
from benchmarks.measure import json_from_own_process, matrix_rate, ratio, surroundings
from benchmarks.output import benchmark_parser, finish, positive
from neuroff.config.inputs import prepare

_EXAMPLES = """examples:
  python -m benchmarks.dense                          all of it: some minutes, 3 GB
  python -m benchmarks.dense --samples 5000           a smaller try
  python -m benchmarks.dense --json --out dense.json  for a program to read
"""


def needed_flop(images: int, test_images: int, widths: tuple[int, ...], classes: int) -> dict[str, float]:
    """Return the flop of the matrix products that an epoch and a prediction stand for.

    Layer 1 multiplies each image once forward and once for the gradient, since both labels share its pixels;
    layer 2 does so for the positive and the negative. Prediction multiplies each image once in layer 1 and
    each of its labelled versions in layer 2. Fewer are made where pixels are a background and where what
    labels share is multiplied once, so a share of the machine's rate may lie above one.
    """
    pixels, first, second = widths
    return {
        "layer1": 4.0 * images * pixels * first,
        "layer2": 8.0 * images * first * second,
        "predict": 2.0 * test_images * (pixels * first + classes * first * second),
    }


def measure(
    samples: int, repeats: int, *, bfloat16: bool = True, random_images: bool = False
) -> dict[str, Any]:
    """Measure everything.

    Args:
        samples: number of training images.
        repeats: epochs that count, of each layer, engine and precision.
        bfloat16: whether to measure neuroff in bfloat16 too.
        random_images: whether to take random images even where MNIST is found.
    """
    config = configuration(samples, repeats + 1)
    dataset = images_for(config, random_images=random_images)
    split = prepare(dataset, config)
    trained = clocked_training(split, config)
    epochs = {"float32": trained.clock.seconds}
    precisions = ("float32", "bfloat16") if bfloat16 else ("float32",)
    prediction = clocked_prediction(trained, split, repeats, precisions)
    rate = matrix_rate()
    flop = needed_flop(len(split.train), len(split.test), trained.network.widths, split.train.encoder.classes)
    fractions = _fractions(trained, flop) | {
        "predict": flop["predict"] / rate / median(prediction["float32"])
    }
    if bfloat16:
        epochs["bfloat16"] = clocked_training(
            split, configuration(samples, repeats + 1, "bfloat16")
        ).clock.seconds
    speedup: dict[str, Any] = {
        precision: {layer: ratio(times[layer]["textbook"], times[layer]["neuroff"]) for layer in LAYERS}
        for precision, times in epochs.items()
    }
    seconds: dict[str, Any] = {
        precision: {layer: _medians(times[layer]) for layer in LAYERS} for precision, times in epochs.items()
    }
    predicted = {name: ratio(prediction["textbook"], prediction[name]) for name in precisions}
    peaks = {engine: _peak(engine, samples, random_images) for engine in ("neuroff", "textbook")}
    return {
        "benchmark": "dense",
        "speedup": speedup | {"predict": predicted},
        "bfloat16_accuracy": agreement(dataset, samples) if bfloat16 else None,
        "gemm_fraction": fractions,
        "gemm_flop_per_s": median([*trained.clock.rates["layer1"], *trained.clock.rates["layer2"], rate]),
        "peak_rss_bytes": peaks["neuroff"],
        "peak_rss_bytes_textbook": peaks["textbook"],
        "seconds": seconds | {"predict": _medians(prediction)},
        "repeats": repeats,
        "data": {"source": dataset.name, "train_images": len(split.train), "test_images": len(split.test)},
        **surroundings(),
    }


def table(result: dict[str, Any]) -> str:
    """Return the result as text."""
    lines = [f"{'':24}{'textbook':>12}{'neuroff':>12}{'speedup':>10}{'of matrix rate':>16}"]
    for precision in (name for name in ("float32", "bfloat16") if name in result["seconds"]):
        for layer in LAYERS:
            share = f"{result['gemm_fraction'][layer]:.0%}" if precision == "float32" else ""
            speedup = result["speedup"][precision][layer]
            lines.append(
                _row(f"epoch {layer} {precision}", result["seconds"][precision][layer], speedup, share)
            )
    for precision, speedup in result["speedup"]["predict"].items():
        share = f"{result['gemm_fraction']['predict']:.0%}" if precision == "float32" else ""
        seconds = result["seconds"]["predict"]
        seconds = {"textbook": seconds["textbook"], "neuroff": seconds[precision]}
        lines.append(_row(f"predict {precision}", seconds, speedup, share))
    data = result["data"]
    return "\n".join(
        [
            *lines,
            "",
            f"{data['train_images']} training and {data['test_images']} test images ({data['source']}). "
            f"Matrix products run at {result['gemm_flop_per_s'] / 1e9:.0f} Gflop/s.",
            *_agreeing(result["bfloat16_accuracy"]),
            f"Largest memory of a whole training process: neuroff {result['peak_rss_bytes'] / 1e9:.2f} GB, "
            f"textbook {result['peak_rss_bytes_textbook'] / 1e9:.2f} GB.",
        ]
    )


def _fractions(trained: Trained, flop: dict[str, float]) -> dict[str, float]:
    """Return, by layer, the share of an epoch's time that the needed products alone would take."""
    clock = trained.clock
    return {
        layer: median(
            flop[layer] / rate / seconds
            for rate, seconds in zip(clock.rates[layer], clock.seconds[layer]["neuroff"], strict=True)
        )
        for layer in LAYERS
    }


def _agreeing(found: dict[str, float] | None) -> list[str]:
    if found is None:
        return []
    return [
        f"A network of the best preset, six epochs old, predicts {found['float32']:.2%} in float32 and "
        f"{found['bfloat16']:.2%} in bfloat16 right; {found['equal']:.2%} get the same class in both."
    ]


def _medians(times: dict[str, list[float]]) -> dict[str, float]:
    return {engine: median(seconds) for engine, seconds in times.items()}


def _peak(engine: str, samples: int, random_images: bool) -> int:
    options = ["--samples", str(samples), *(["--random-images"] if random_images else [])]
    return int(json_from_own_process("benchmarks.memory", f"dense-{engine}", *options)["peak_bytes"])


def _row(name: str, seconds: dict[str, float], speedup: float, share: str) -> str:
    return f"{name:24}{seconds['textbook']:>10.3f} s{seconds['neuroff']:>10.3f} s{speedup:>9.2f}x{share:>16}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; return the exit code."""
    parser = benchmark_parser("benchmarks.dense", __doc__, _EXAMPLES)
    parser.add_argument("--samples", type=positive, default=50_000, help="training images (default: 50000)")
    parser.add_argument("--repeats", type=positive, default=3, help="epochs that count per side (default: 3)")
    parser.add_argument(
        "--skip-bfloat16", action="store_true", help="leave out bfloat16, slow on many processors"
    )
    given = parser.parse_args(arguments)
    return finish(
        lambda: measure(
            given.samples, given.repeats, bfloat16=not given.skip_bfloat16, random_images=given.random_images
        ),
        table,
        as_json=given.json,
        out=given.out,
    )


if __name__ == "__main__":
    sys.exit(main())
