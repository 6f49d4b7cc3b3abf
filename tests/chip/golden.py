"""Golden traces of other emulators, and the same cases through ours."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from neuroff.chip.network import ChipLayer, ChipNetwork, NetworkState, Trace, at_start, step
from neuroff.chip.neurons import ChipNeurons
from neuroff.chip.synapses import ChipSynapses, SignMode


def sign_mode(weight: Tensor) -> SignMode:
    """Return the narrowest sign mode that holds a matrix of integers."""
    least, most = (int(edge) for edge in torch.aminmax(weight))
    if least >= 0:
        return "excitatory"
    return "inhibitory" if most <= 0 else "mixed"


FOLDER = Path(__file__).parents[1] / "golden" / "loihi"


@dataclass(frozen=True)
class Case:
    """One golden case: what went in and what came out."""

    name: str
    content: dict[str, Any]

    @property
    def network(self) -> ChipNetwork:
        return ChipNetwork(tuple(_layer(described) for described in self.content["layers"]))

    @property
    def events(self) -> Tensor:
        """``(steps, axons)``."""
        return torch.tensor(self.content["events"])

    def start(self, samples: int) -> NetworkState:
        """The state in which the case begins, which may be any, not only rest."""
        state = at_start(self.network, samples)
        neurons = []
        for described, resting in zip(self.content["layers"], state.neurons, strict=True):
            current, voltage = (
                torch.tensor(described["neurons"][name], dtype=torch.int32).expand(samples, -1)
                for name in ("u", "v")
            )
            neurons.append(replace(resting, current=current, voltage=voltage))
        return NetworkState(state.synapses, tuple(neurons))

    @property
    def expected(self) -> list[dict[str, Tensor]]:
        return [
            {name: torch.tensor(values, dtype=torch.int32) for name, values in layer.items()}
            for layer in self.content["traces"]
        ]


def golden(name: str) -> list[Case]:
    """Read a file of golden cases."""
    content = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return [Case(entry["name"], entry) for entry in content["cases"]]


def traced(case: Case, samples: int = 1) -> list[Trace]:
    """Run a case in ``samples`` copies and return the course of every layer."""
    network, state = case.network, case.start(samples)
    kept: list[list[tuple[Tensor, Tensor, Tensor]]] = [[] for _ in network.layers]
    for events in case.events:
        taken = step(network, state, events.expand(samples, -1))
        state = taken.state
        for index, spikes in enumerate(taken.spikes):
            neurons = state.neurons[index]
            kept[index].append((neurons.current, neurons.voltage, spikes))
    return [Trace(*map(torch.stack, zip(*layer, strict=True))) for layer in kept]


def _layer(described: dict[str, Any]) -> ChipLayer:
    synapses, neurons = described["synapses"], described["neurons"]
    weight = torch.tensor(synapses["weights"])
    sign = synapses["sign_mode"]
    mantissa = torch.tensor(neurons["bias_mant"])
    return ChipLayer(
        ChipSynapses(
            weight,
            synapses["weight_exp"],
            synapses["num_weight_bits"],
            sign.lower() if sign else sign_mode(weight),
            synapses["message_bits"],
            torch.tensor(synapses["delays"] or [], dtype=torch.int32),
        ),
        ChipNeurons(
            mantissa,
            torch.tensor(neurons["bias_exp"]),
            neurons["du"],
            neurons["dv"],
            neurons["vth"],
            neurons["refractory"],
        ),
    )
