"""Peak memory of a training step over the depth of a convolutional network, beside PyTorch and snnTorch.

    python -m benchmarks.convolution_depth [--images N] [--json] [--out FILE]

Memory is the largest resident memory of a process of its own over two steps, beyond what it held before, for
stacks of 32 channels. With autograd all activities wait for the way back; a local rule needs those of
one layer, so what grows is parameters, their gradients and moments, which are told beside.
"""

from __future__ import annotations

import sys
from typing import Any, get_args

from benchmarks.convolution_sides import ENGINES
from benchmarks.measure import json_from_own_process, surroundings
from benchmarks.output import benchmark_parser, finish, positive
from neuroff.config.schema import Path

DEPTHS = (2, 4, 8, 16)
CHANNELS = 32
_EXAMPLES = """examples:
  python -m benchmarks.convolution_depth --images 50 --out convolution-depth.json
"""


def measure(images: int, *, random_images: bool = False) -> dict[str, Any]:
    """Measure every side at every depth."""
    flags = ["--random-images"] if random_images else []
    peaks = {
        path: {
            name: {
                str(depth): json_from_own_process(
                    "benchmarks.convolution",
                    *("--images", str(images), "--peak", path, name),
                    ", ".join([f"conv {CHANNELS}x3"] * depth),
                    *flags,
                )
                for depth in DEPTHS
            }
            for name in ENGINES[path]
        }
        for path in get_args(Path)
    }
    return {
        "benchmark": "convolution_depth",
        "images": images,
        "channels": CHANNELS,
        "peak_bytes": peaks,
        "bytes_of_activities_of_a_layer": {
            "dense": 4 * images * CHANNELS * 28 * 28,
            "spiking, all steps": 4 * 4 * images * CHANNELS * 28 * 28,
        },
        "bytes_of_a_layer_more": 4 * 4 * (CHANNELS * CHANNELS * 9 + CHANNELS),
        **surroundings(),
    }


def table(result: dict[str, Any]) -> str:
    """Return the result as text."""
    lines = [f"peak memory over depth, {result['images']} images, MiB"]
    for path, sides in result["peak_bytes"].items():
        for name, depths in sides.items():
            told = ", ".join(f"{depth}: {size / 2**20:.0f}" for depth, size in depths.items())
            lines.append(f"{path}, {name}: {told}")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    parser = benchmark_parser("benchmarks.convolution_depth", __doc__, _EXAMPLES)
    parser.add_argument("--images", type=positive, default=50, help="of a batch; default 50")
    options = parser.parse_args(arguments)
    return finish(
        lambda: measure(options.images, random_images=options.random_images),
        table,
        as_json=options.json,
        out=options.out,
    )


if __name__ == "__main__":
    sys.exit(main())
