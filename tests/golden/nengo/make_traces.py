"""Golden traces of nengo 4.0.0: two populations with a filter between them.

    pip install nengo==4.0.0 "numpy<2" && python make_traces.py two_populations.json

Its neurons start at zero, without refractory time. The file holds what was shown ``(T, D)``, both matrices,
and the spikes of both populations, those of the second moved back by the step that a filter takes there.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import nengo
import numpy as np

STEPS, INPUTS, FIRST, SECOND, DT_S = 60, 12, 10, 6, 0.001


def population(neurons: int) -> nengo.Ensemble:
    at_zero = {"voltage": nengo.dists.Choice([0])}
    kind = nengo.LIF(tau_rc=0.02, tau_ref=0.0, initial_state=at_zero)
    return nengo.Ensemble(neurons, 1, neuron_type=kind, gain=np.ones(neurons), bias=np.zeros(neurons), seed=0)


def main() -> None:
    stream = np.random.default_rng(3)
    first = stream.normal(2, 6, (FIRST, INPUTS)).round(3)
    second = stream.normal(0.02, 0.05, (SECOND, FIRST)).round(5)
    shown = (stream.random((STEPS, INPUTS)) < 0.4).astype(int)
    with nengo.Network(seed=0) as network:
        given = nengo.Node(lambda t: shown[min(round(t / DT_S) - 1, STEPS - 1)])
        one, other = population(FIRST), population(SECOND)
        nengo.Connection(given, one.neurons, transform=first, synapse=None)
        nengo.Connection(one.neurons, other.neurons, transform=second, synapse=0.005)
        seen = [nengo.Probe(each.neurons) for each in (one, other)]
    with nengo.Simulator(network, dt=DT_S, progress_bar=False) as simulator:
        simulator.run_steps(STEPS + 1)
        sent = [(simulator.data[each] * DT_S).round().astype(int) for each in seen]
    told = {
        "nengo": nengo.__version__,
        "shown": shown.tolist(),
        "first": first.tolist(),
        "second": second.tolist(),
        "spikes": [sent[0][:STEPS].tolist(), sent[1][1:].tolist()],
    }
    Path(sys.argv[1]).write_text(json.dumps(told) + "\n", encoding="utf-8")


main()
