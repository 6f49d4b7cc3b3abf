"""Write lava_learning.json: learning in lava-nc 0.10.0's integers, which the emulator reproduces bit for bit.

Environment as for lava_traces.py:

    lava/bin/python tests/golden/loihi/lava_learning.py

lava-nc's own functions are called, neuroff is not imported:

* rules: the text is read by Loihi3FLearningRule; the accumulator of every synapse is what its
  LearningRuleApplierBitApprox makes of weights and traces;
* writes: accumulators become weights by the stochastic rounding and clipping of the learning connection, for
  every value of its random number that makes a difference;
* impulses: traces with an impulse added, likewise.
"""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from lava.magma.core.learning.learning_rule import Loihi3FLearningRule
from lava.magma.core.learning.learning_rule_applier import LearningRuleApplierBitApprox
from lava.magma.core.model.py.connection import LearningConnectionModelBitApproximate as Connection
from lava.utils.weightutils import SignMode

RULES = [
    "dw = u0 * 2^-4 * x1 * y2 - u0 * 2^-4 * x1 * y3",
    "dw = u0 * 2^-7 * x1 * y2 - u0 * 2^-7 * x1 * y3",
    "dw = u0 * 3 * 2^-6 * x1 * y2 - u0 * 3 * 2^-6 * x1 * y3",
    "dw = u0 * 7 * 2^2 * x1 * y1 - u0 * 5 * 2^-2 * x2 * y3",
    "dw = u0 * 2^8 * x1 * y2",
]
SYNAPSES = (5, 6)  # neurons, axons


def rules(draw):
    """Yield what lava-nc's appliers compute."""
    for text in RULES:
        learned = Loihi3FLearningRule(dw=text.removeprefix("dw = "), t_epoch=10)
        series = learned.dw
        neurons, axons = SYNAPSES
        for low, high in ((0, 128), (0, 9)):
            traces = {name: draw.integers(low, high, axons) for name in ("x1", "x2")}
            traces |= {name: draw.integers(low, high, neurons) for name in ("y1", "y2", "y3")}
            weights = draw.integers(-256, 256, SYNAPSES)
            arguments = {
                f"{name}_u": value[None, :] if name[0] == "x" else value[:, None]
                for name, value in traces.items()
            }
            accumulator = LearningRuleApplierBitApprox(series).apply(
                weights.astype(np.int32) << 7, shape=SYNAPSES, u=1, **arguments
            )
            yield {
                "rule": text,
                "mantissas": [product.s_mantissa for product in series.products],
                "shifts": [product.s_exp for product in series.products],
                "traces": {name: value.tolist() for name, value in traces.items()},
                "weights": weights.tolist(),
                "accumulator": np.asarray(accumulator).tolist(),
            }


def writes(draw):
    """Yield accumulators, the random number in 128 parts, and the weights."""
    mixed = SimpleNamespace(sign_mode=SignMode.MIXED)
    edges = [-32769, -32768, -32767, -129, -128, -127, -1, 0, 1, 127, 128, 129, 32640, 32767]
    accumulators = np.array([*edges, *draw.integers(-(2**15), 2**15, 26)])
    for part in (0, 1, 40, 64, 100, 127):
        rounded = Connection._stochastic_round_synaptic_variable("weights", accumulators, (part + 0.5) / 128)
        clipped = Connection._saturate_synaptic_variable(mixed, "weights", rounded >> 7)
        yield {"accumulators": accumulators.tolist(), "part": part, "weights": clipped.tolist()}


def impulses(draw):
    """Yield traces before and after an impulse of 1/256 parts, and the random number."""
    before = np.array([0, 1, 50, 100, 126, 127])
    for impulse in (8 * 256, 12 * 256 + 100, 100, 127 * 256):
        whole, fraction = Connection._decompose_impulses(np.array([impulse / 256]))
        for random in (0, *draw.integers(0, 128, 4).tolist(), 127):
            after = Connection._add_impulse(before, random, whole, fraction)
            yield {
                "impulse": impulse, "random": random, "before": before.tolist(), "after": after.tolist()
            }  # fmt: skip


def main():
    """Write the file beside this script."""
    draw = np.random.default_rng(20240902)
    found = {"rules": list(rules(draw)), "writes": list(writes(draw)), "impulses": list(impulses(draw))}
    Path(__file__).with_suffix(".json").write_text(
        json.dumps({"lava-nc": "0.10.0", **found}, separators=(",", ":")) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
