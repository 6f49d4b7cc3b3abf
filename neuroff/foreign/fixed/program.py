"""A chain of layers in fixed point as a program of the chip: what neuroff's emulator, netx and C files hold.

Layer after layer, each with one matrix before it, and one among its own neurons where they recur: the chip's
layers are dense, its neurons of one layer share decays and threshold. What is not so is one message.
"""

from __future__ import annotations

import torch
from torch import Tensor

from neuroff.chip.network import ChipLayer, ChipNetwork
from neuroff.chip.neurons import MAX_BIAS_EXPONENT, MAX_BIAS_MANTISSA, MAX_DECAY, ChipNeurons
from neuroff.chip.numbers import ALIGN_BITS, DECAY_UNITY
from neuroff.chip.program import ChipProgram
from neuroff.chip.start import start_state
from neuroff.chip.synapses import ChipSynapses
from neuroff.errors import ExportError
from neuroff.foreign.fixed.integers import IntegerMembrane
from neuroff.foreign.fixed.quantise import Quantised
from neuroff.foreign.fixed.sums import IntegerSums
from neuroff.foreign.fixed.way import Way, refused, way_to
from neuroff.foreign.nodes.population import Population
from neuroff.foreign.nodes.protocol import Weighted
from neuroff.foreign.nodes.weights import Matrix


def program_of_chain(quantised: Quantised, steps: int) -> ChipProgram:
    """Return the program of a chain of layers.

    Args:
        quantised: a graph in fixed point.
        steps: T, steps in which a layer's spikes count.

    Raises:
        ExportError: naming the node that makes it no chain of the chip's layers.
    """
    graph = quantised.graph
    layers: list[ChipLayer] = []
    before = graph.inputs
    for name in graph.populations:
        forward, recurrent = [], []
        for key in quantised.units[name].weights:
            way = way_to(graph, key, name)
            if way.source == name:
                recurrent.append((key, way))
            elif (way.source,) == before and not way.recurrent:
                forward.append((key, way))
            else:
                edge = "back from" if way.recurrent else "from"
                raise refused(
                    key,
                    f"an edge {edge} {way.source!r} to {name!r}",
                    "edges from the layer before or among a layer's own neurons: a chip's layer works a step "
                    "later than the one before it",
                )
        if len(forward) != 1 or len(recurrent) > 1:
            raise refused(
                name,
                f"{len(forward)} nodes of weights before it and {len(recurrent)} among its neurons",
                "one matrix before every layer, and one at most among its neurons",
            )
        layers.append(
            ChipLayer(
                _synapses(quantised, name, *forward[0]),
                _neurons(quantised, name, len(layers) + 1),
                _synapses(quantised, name, *recurrent[0]) if recurrent else None,
            )
        )
        before = (name,)
    if not layers:
        raise ExportError("no neurons", where=graph.name, expected="at least one layer")
    loose = [
        name
        for name, node in graph.nodes.items()
        if isinstance(node, Weighted) and not any(name in unit.weights for unit in quantised.units.values())
    ]
    if loose:
        raise refused(loose[0], "weights that no neuron follows", "neurons behind all weights")
    return ChipProgram(ChipNetwork(tuple(layers)), steps, 0)


def _synapses(quantised: Quantised, name: str, key: str, way: Way) -> ChipSynapses:
    sender = quantised.graph.nodes[way.source]
    most = int(sender.firing.most) if isinstance(sender, Population) and sender.firing is not None else 1
    unit, node = quantised.units[name], quantised.graph.nodes[key]
    if not isinstance(node, IntegerSums) or not isinstance(node.node, Matrix):
        raise refused(key, f"{quantised.graph.kinds[key]}, whose weights are shared", "a matrix")
    return ChipSynapses(
        unit.weights[key].to(torch.int32),
        unit.exponents[key],
        quantised.bits,
        payload_bits=most.bit_length() if most > 1 else 0,
        delays=way.delays,
    )


def _neurons(quantised: Quantised, name: str, lead: int) -> ChipNeurons:
    node = quantised.graph.nodes[name]
    assert isinstance(node, Population)
    assert isinstance(node.membrane, IntegerMembrane)
    membrane, firing = node.membrane, node.firing
    if firing is None:
        raise refused(name, "neurons that do not fire", "neurons that fire")
    to_rest = firing.reset == "value" and not bool(firing.value.ne(0).any())
    if firing.late or not (to_rest or firing.reset == "subtract"):
        raise refused(
            name,
            "a reset that is late, missing, or to a value other than rest",
            "neurons that reset to rest or subtract, at once",
            "--reset value",
        )
    voltage = _alike(membrane.voltage_decay, name, "τ")
    current = (
        MAX_DECAY
        if membrane.current_decay is None
        else int(_alike(membrane.current_decay, name, "τ_syn")) - 1
    )
    threshold = _alike(firing.threshold, name, "thresholds")
    bias = membrane.bias.reshape(-1)
    alpha = 0.0 if membrane.current_decay is None else 1.0 - (current + 1) / DECAY_UNITY
    start = start_state(bias, alpha, max(DECAY_UNITY - int(voltage), 1), lead)
    mantissa, exponent = _mantissas(bias)
    return ChipNeurons(
        mantissa,
        exponent,
        current,
        int(voltage),
        int(threshold) >> ALIGN_BITS,
        taken_mantissa=0
        if firing.taken is None
        else int(_alike(firing.taken, name, "subtraction")) >> ALIGN_BITS,
        most=int(firing.most),
        start_voltage=start.voltage,
        start_current=start.current,
    )


def _mantissas(bias: Tensor) -> tuple[Tensor, Tensor]:
    exponent = torch.zeros_like(bias)
    for step in range(1, MAX_BIAS_EXPONENT + 1):
        exponent = torch.where(bias.abs() > MAX_BIAS_MANTISSA * 2 ** (step - 1), float(step), exponent)
    return (bias / 2**exponent).to(torch.int32), exponent.to(torch.int32)


def _alike(values: Tensor, name: str, what: str) -> float:
    first = float(values.reshape(-1)[0])
    if bool((values != first).any()):
        raise refused(name, f"{what} that differ between its neurons", "one for all neurons of a layer")
    return first
