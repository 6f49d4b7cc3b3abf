"""Small networks with names and numbers of their own."""

from __future__ import annotations

import itertools

import numpy as np

from tests.foreign.plain import Fields, Plain

INPUTS, NEURONS = 12, 6
CASES = ("leaky-readout", "leak-not-zero", "reset-not-zero")


def lif(neurons: int, **changed: float) -> Fields:
    """A LIF population: τ of 5 ms, θ of 1, gain, leak and reset of 1, 0 and 0."""
    values = {"tau": 5e-3, "r": 1.0, "v_leak": 0.0, "v_threshold": 1.0, "v_reset": 0.0, **changed}
    return {"type": "LIF", **{key: np.full(neurons, value) for key, value in values.items()}}


def linear(outputs: int, inputs: int, seed: int = 0) -> Fields:
    """Weights, a fifth of them zero."""
    stream = np.random.default_rng(seed)
    weight = stream.normal(0.8, 1.5, (outputs, inputs)) * (stream.random((outputs, inputs)) < 0.8)
    return {"type": "Linear", "weight": weight.astype(np.float32)}


def case(name: str, inputs: int = INPUTS) -> Plain:
    """One of `CASES`: a network that earlier versions read, ran, counted and priced, and did not export."""
    if name == "leaky-readout":
        leaky = {key: value for key, value in lif(NEURONS).items() if key in ("tau", "r", "v_leak")}
        nodes = {
            "input": end("Input", inputs),
            "w": linear(8, inputs),
            "n": lif(8),
            "w2": linear(NEURONS, 8, seed=1),
            "o": {"type": "LI", **leaky},
            "output": end("Output", NEURONS),
        }
        return Plain(nodes, list(itertools.pairwise(nodes)))
    changed = {"leak-not-zero": {"v_leak": 0.2}, "reset-not-zero": {"v_reset": -0.3}}[name]
    return small(n=lif(NEURONS, **changed))


def end(kind: str, *shape: int) -> Fields:
    """An Input or Output."""
    return {"type": kind, "shape": np.array(shape)}


def small(**changed: Fields) -> Plain:
    """Twelve inputs, weights ``w``, six neurons ``n``, an output; nodes may be changed or added by name."""
    nodes = {
        "input": end("Input", INPUTS),
        "w": linear(NEURONS, INPUTS),
        "n": lif(NEURONS),
        "output": end("Output", NEURONS),
    }
    return Plain(nodes | changed, [("input", "w"), ("w", "n"), ("n", "output")])
