"""Random networks: every kind of node, branches and joins, recurrent edges, delays."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from tests.foreign.plain import Array, Fields, Plain

DT_S = 1e-3
NEURONS = ("IF", "LIF", "CubaLIF")
SILENT = ("LI", "I", "CubaLI")


class Maker:
    """A network in the making; ``rng`` draws numbers, ``draw`` structure."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
        self.net = Plain({}, [])

    def add(self, name: str, fields: Fields, *sources: str) -> str:
        self.net.nodes[name] = fields
        self.net.edges += [(source, name) for source in sources]
        return name

    def floats(self, values: Array) -> Array:
        """Numbers of any float type that a file may have."""
        return values.astype(self.draw(st.sampled_from([np.float16, np.float32, np.float64])))

    def weight(self, *shape: int) -> Array:
        """Weights of which some are zero."""
        drawn = self.rng.normal(0.3, 1.0, shape) * (self.rng.random(shape) < 0.8)
        return self.floats(drawn)

    def parameter(self, low: float, high: float, shape: tuple[int, ...]) -> Array:
        """One number for all neurons, in several spellings, or one for each."""
        form = self.draw(st.sampled_from(["each", "one", "scalar"]))
        drawn = self.rng.uniform(low, high, shape if form == "each" else ())
        # float16 would round time constants too roughly to stay above a step
        return np.asarray(drawn if form != "one" else drawn[None], np.float64)

    def neurons(self, kind: str, shape: tuple[int, ...]) -> Fields:
        fields: Fields = {"type": kind}
        if kind == "Threshold":
            return fields | {"threshold": self.parameter(0.1, 1.0, shape)}
        if kind in ("IF", "I"):
            fields["r"] = self.parameter(0.5 / DT_S, 1.5 / DT_S, shape)
        else:
            fields |= {"r": self.parameter(1.0, 4.0, shape), "v_leak": self.parameter(-0.3, 0.3, shape)}
            taus = ("tau_syn", "tau_mem") if kind.startswith("Cuba") else ("tau",)
            fields |= {tau: self.parameter(1.01 * DT_S, 8 * DT_S, shape) for tau in taus}
        if kind.startswith("Cuba"):
            fields["w_in"] = self.parameter(0.5, 2.0, shape)
        if kind in NEURONS:
            fields |= {
                "v_threshold": self.parameter(0.4, 1.2, shape),
                "v_reset": self.parameter(-0.5, 0.2, shape),
            }
        return fields


@st.composite
def networks(draw: Any) -> tuple[Plain, tuple[int, ...]]:
    """A network, and the shape of its input."""
    make = Maker(draw)
    image = draw(st.booleans())
    shape: tuple[int, ...] = (2, 6, 5) if image else (7,)
    last = make.add("input", {"type": "Input", "shape": np.array(shape)})
    if image:
        last, shape = _image_part(make, last, shape)
    elif draw(st.booleans()):
        shape = (1, 7)
        make.net.nodes["input"]["shape"] = np.array(shape)
        last, shape = _line(make, last)
    size = int(np.prod(shape))
    for index in range(draw(st.integers(1, 3))):
        last, size = _dense_part(make, last, size, index)
    if draw(st.booleans()):
        silent = draw(st.sampled_from(SILENT))
        make.add("readout w", {"type": "Linear", "weight": make.weight(3, size)}, last)
        last = make.add("readout", make.neurons(silent, (3,)), "readout w")
        size = 3
    make.add("output", {"type": "Output", "shape": np.array([size])}, last)
    return make.net, tuple(int(n) for n in make.net.nodes["input"]["shape"])


def _line(make: Maker, last: str) -> tuple[str, tuple[int, ...]]:
    """A convolution in one dimension."""
    fields = {
        "type": "Conv1d",
        "weight": make.weight(3, 1, 3),
        "bias": make.floats(make.rng.normal(0, 0.1, 3)),
        "stride": np.array(make.draw(st.sampled_from([1, 2]))),
        "padding": make.draw(st.sampled_from(["same", "valid", np.array(1)])),
        "dilation": np.array(make.draw(st.sampled_from([1, 2]))),
        "groups": np.array(1),
        "input_shape": np.array(7),
    }
    total = {"same": int(fields["dilation"]) * 2, "valid": 0}.get(str(fields["padding"]), 2)
    length = (7 + total - int(fields["dilation"]) * 2 - 1) // int(fields["stride"]) + 1
    make.add("line", fields, last)
    make.add("line neurons", make.neurons(make.draw(st.sampled_from(NEURONS)), (3, length)), "line")
    make.add("flat", {"type": "Flatten", "start_dim": np.array(0), "end_dim": np.array(-1)}, "line neurons")
    return "flat", (3 * length,)


def _image_part(make: Maker, last: str, shape: tuple[int, ...]) -> tuple[str, tuple[int, ...]]:
    draw = make.draw
    groups = draw(st.sampled_from([1, 2]))
    padding = draw(st.sampled_from(["same", "valid", np.array([1, 0]), np.array([0, 2])]))
    dilation = draw(st.sampled_from([np.array([1, 1]), np.array([2, 1])]))
    stride = draw(st.sampled_from([np.array([1, 1]), np.array([2, 1]), np.array([1, 2])]))
    weight = make.weight(4, 2 // groups, 2, 3)
    fields: Fields = {
        "type": "Conv2d",
        "weight": weight,
        "bias": make.floats(make.rng.normal(0, 0.1, 4)),
        "stride": stride,
        "padding": padding,
        "dilation": dilation,
        "groups": np.array(groups),
        "input_shape": np.array(shape[1:]),
    }
    make.add("conv", fields, last)
    spans = [int(d) * (k - 1) for d, k in zip(dilation, (2, 3), strict=True)]
    pads = spans if isinstance(padding, str) and padding == "same" else [0, 0]
    if not isinstance(padding, str):
        pads = [2 * int(p) for p in padding]
    lengths = [
        (n + p - span - 1) // int(s) + 1 for n, p, span, s in zip(shape[1:], pads, spans, stride, strict=True)
    ]
    now: tuple[int, ...] = (4, *lengths)
    last = make.add("conv neurons", make.neurons(draw(st.sampled_from(NEURONS)), now), "conv")
    if draw(st.booleans()) and min(lengths) >= 2:
        kind = draw(st.sampled_from(["SumPool2d", "AvgPool2d"]))
        pool = {
            "type": kind,
            "kernel_size": np.array([2, 2]),
            "stride": np.array([2, 1]),
            "padding": np.array([0, 1]),
        }
        last = make.add("pool", pool, last)
        now = (4, (lengths[0] - 2) // 2 + 1, lengths[1] + 2 - 2 + 1)
    last = make.add("flat", {"type": "Flatten", "start_dim": np.array(0), "end_dim": np.array(-1)}, last)
    return last, (int(np.prod(now)),)


def _dense_part(make: Maker, last: str, size: int, index: int) -> tuple[str, int]:
    """Weights and neurons, and on some days a scale, a delay, a branch, a recurrent or a self-made edge."""
    draw, width = make.draw, make.draw(st.integers(2, 6))
    if draw(st.integers(0, 3)) == 0:
        scale = make.parameter(-1.0, 2.0, (size,))
        last = make.add(f"scale{index}", {"type": "Scale", "scale": scale}, last)
    if draw(st.integers(0, 2)) == 0:
        delays = make.rng.integers(0, 5, (size,)) * DT_S
        last = make.add(f"delay{index}", {"type": "Delay", "delay": delays.astype(np.float32)}, last)
    bias = {"bias": make.floats(make.rng.normal(0, 0.2, width))} if draw(st.booleans()) else {}
    kind = "Affine" if bias else "Linear"
    before = [make.add(f"w{index}", {"type": kind, "weight": make.weight(width, size), **bias}, last)]
    if draw(st.integers(0, 2)) == 0:  # a branch, joined again
        before.append(make.add(f"side{index}", {"type": "Linear", "weight": make.weight(width, size)}, last))
    fires = draw(st.sampled_from((*NEURONS, "Threshold")))
    neurons = make.add(f"in {index}.lambda", make.neurons(fires, (width,)), *before)
    form = draw(st.sampled_from(["none", "none", "weights", "itself"]))
    if form == "weights":
        back = make.add(f"r{index}", {"type": "Linear", "weight": make.weight(width, width)}, neurons)
        make.net.edges.append((back, neurons))
        make.net.late.add((back, neurons))
    elif form == "itself":
        make.net.edges.append((neurons, neurons))
        make.net.late.add((neurons, neurons))
    return neurons, width
