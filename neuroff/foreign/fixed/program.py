"""A network in fixed point as a program of the chip: what neuroff's emulator, netx and C files hold.

Every population is a layer of the chip, whose neurons share decays and threshold; weights before it are
matrices. `neuroff.foreign.fixed.timing` finds the delays with which spikes meet. What is not so is one
message.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from neuroff.chip.network import ChipEdge, ChipLayer, ChipNetwork
from neuroff.chip.neurons import MAX_BIAS_EXPONENT, MAX_BIAS_MANTISSA, MAX_DECAY, ChipNeurons
from neuroff.chip.numbers import ALIGN_BITS, DECAY_UNITY
from neuroff.chip.program import ChipProgram
from neuroff.chip.start import start_state
from neuroff.chip.synapses import ChipSynapses
from neuroff.errors import ExportError
from neuroff.foreign.fixed.integers import IntegerMembrane
from neuroff.foreign.fixed.quantise import Quantised
from neuroff.foreign.fixed.sums import IntegerSums
from neuroff.foreign.fixed.timing import Timing, timing_of
from neuroff.foreign.fixed.way import Way, refused, way_to
from neuroff.foreign.nodes.firing import Firing
from neuroff.foreign.nodes.population import Population
from neuroff.foreign.nodes.protocol import Weighted
from neuroff.foreign.nodes.weights import Matrix


def program_of_graph(
    quantised: Quantised, steps: int, *, chain: bool = False, hold: bool = True
) -> ChipProgram:
    """Return the program of a network.

    Args:
        quantised: a graph in fixed point.
        steps: T, steps in which a layer's spikes count.
        chain: whether layers must follow each other, each joined among its own neurons or not.
        hold: whether the chip's neurons can hold their state, which loops over several layers need.

    Raises:
        ExportError: naming the node that the chip's layers have not.
    """
    graph = quantised.graph
    if len(graph.inputs) != 1:
        raise ExportError(
            f"{len(graph.inputs)} inputs",
            where=graph.name,
            expected="one: a chip's axons are numbered through",
        )
    if not graph.populations:
        raise ExportError("no neurons", where=graph.name, expected="at least one layer")
    number = {graph.inputs[0]: 0} | {name: n for n, name in enumerate(graph.populations, start=1)}
    ways = {
        name: {key: way_to(graph, key, name) for key in quantised.units[name].weights}
        for name in graph.populations
    }
    timing = timing_of(number, ways, chain=chain, hold=hold)
    loose = [
        name
        for name, node in graph.nodes.items()
        if isinstance(node, Weighted) and not any(name in unit.weights for unit in quantised.units.values())
    ]
    if loose:
        raise refused(loose[0], "weights that no neuron follows", "neurons behind all weights")
    layers = tuple(_layer(quantised, name, ways[name], number, timing) for name in graph.populations)
    return ChipProgram(ChipNetwork(layers, timing.period), steps, 0, rest=_rest(quantised))


def _layer(
    quantised: Quantised, name: str, ways: Mapping[str, Way], number: Mapping[str, int], timing: Timing
) -> ChipLayer:
    """Return a layer; the synapses that are named first are from the layer before, or from further back."""
    own = number[name]
    edges = [
        (way.late, ChipEdge(number[way.source], _synapses(quantised, name, key, way, timing.delays[key])))
        for key, way in ways.items()
    ]
    forward = [edge for late, edge in edges if not late and edge.source < own]
    first = next((edge for edge in forward if edge.source == own - 1), forward[0])
    recurrent = next((edge for _, edge in edges if edge.source == own), None)
    return ChipLayer(
        first.synapses,
        _neurons(quantised, name, own if timing.period == 1 else 0),
        None if recurrent is None else recurrent.synapses,
        tuple(edge for _, edge in edges if edge is not first and edge is not recurrent),
        None if first.source == own - 1 else first.source,
    )


def _synapses(quantised: Quantised, name: str, key: str, way: Way, delays: Tensor) -> ChipSynapses:
    sender = quantised.graph.nodes[way.source]
    most = int(sender.firing.most) if isinstance(sender, Population) and sender.firing is not None else 1
    unit, node = quantised.units[name], quantised.graph.nodes[key]
    if not isinstance(node, IntegerSums) or not isinstance(node.node, Matrix):
        raise refused(key, f"{quantised.graph.kinds[key]}, whose weights are shared", "a matrix")
    weight = unit.weights[key].to(torch.int32)
    return ChipSynapses(
        weight,
        unit.exponents[key],
        quantised.bits,
        payload_bits=most.bit_length() if most > 1 else 0,
        delays=delays.expand(weight.shape[1]) if delays.numel() else delays,
    )


def _neurons(quantised: Quantised, name: str, lead: int) -> ChipNeurons:
    node = quantised.graph.nodes[name]
    assert isinstance(node, Population)
    assert isinstance(node.membrane, IntegerMembrane)
    membrane, firing = node.membrane, node.firing
    voltage = _alike(membrane.voltage_decay, name, "τ")
    current = (
        MAX_DECAY
        if membrane.current_decay is None
        else int(_alike(membrane.current_decay, name, "τ_syn")) - 1
    )
    fires = _fires(firing, name)
    bias = membrane.bias.reshape(-1)
    alpha = 0.0 if membrane.current_decay is None else 1.0 - (current + 1) / DECAY_UNITY
    held = None if firing is None else fires["threshold_mantissa"] << ALIGN_BITS
    start = start_state(bias, alpha, max(DECAY_UNITY - int(voltage), 1), lead, held)
    mantissa, exponent = _mantissas(bias)
    return ChipNeurons(
        mantissa,
        exponent,
        current,
        int(voltage),
        **fires,
        rest_at=0 if start.exact else lead,
        start_voltage=start.voltage,
        start_current=start.current,
    )


def _rest(quantised: Quantised) -> Tensor | None:
    """Return what potentials of a last layer that does not fire are counted from; None for zero."""
    node = quantised.graph.nodes[quantised.graph.populations[-1]]
    assert isinstance(node, Population)
    assert isinstance(node.membrane, IntegerMembrane)
    rest = torch.round(node.membrane.rest * node.membrane.unit).reshape(-1)
    return rest.to(torch.int32) if node.firing is None and bool(rest.any()) else None


def _fires(firing: Firing | None, name: str) -> dict[str, int]:
    """Return what a chip's neurons say of their spikes; those that do not fire have none in a step."""
    if firing is None:
        return {"threshold_mantissa": 0, "most": 0}
    to_rest = firing.reset == "value" and not bool(firing.value.ne(0).any())
    if firing.late or not (to_rest or firing.reset == "subtract"):
        raise refused(
            name,
            "a reset that is late, missing, or to a value other than rest",
            "neurons that reset to rest or subtract, at once",
            "--reset value",
        )
    taken = 0 if firing.taken is None else int(_alike(firing.taken, name, "subtraction"))
    return {
        "threshold_mantissa": int(_alike(firing.threshold, name, "thresholds")) >> ALIGN_BITS,
        "taken_mantissa": taken >> ALIGN_BITS,
        "most": int(firing.most),
    }


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
