"""A chain of layers in fixed point as a program of the chip: what neuroff's emulator, netx and C files hold.

Layer after layer, each with one matrix before it: the chip's layers are dense, its neurons of one layer share
decays and threshold, and reset to rest. What is not so is one message.
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
from neuroff.foreign.nodes.delay import Delay
from neuroff.foreign.nodes.population import Population
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
    reached = graph.inputs
    for name in graph.populations:
        weights = quantised.units[name].weights
        if len(weights) != 1 or len(reached) != 1:
            raise _refused(
                name, f"{len(weights)} nodes of weights before it", "one matrix before every layer"
            )
        ((key, weight),) = weights.items()
        delays = _delays_before(quantised, key, reached[0])
        if not isinstance(graph.nodes[key], Matrix):
            raise _refused(key, f"{graph.kinds[key]}, whose weights are shared", "a matrix")
        synapses = ChipSynapses(weight.to(torch.int32), 0, quantised.bits, delays=delays)
        layers.append(ChipLayer(synapses, _neurons(quantised, name, len(layers) + 1)))
        reached = (name,)
    if not layers:
        raise ExportError("no neurons", where=graph.name, expected="at least one layer")
    loose = [
        name
        for name, node in graph.nodes.items()
        if isinstance(node, Matrix) and not any(name in unit.weights for unit in quantised.units.values())
    ]
    if loose:
        raise _refused(loose[0], "weights that no neuron follows", "neurons behind all weights")
    return ChipProgram(ChipNetwork(tuple(layers)), steps, 0)


def _delays_before(quantised: Quantised, name: str, source: str) -> Tensor:
    """Return the delays between the layer before and its weights; refuse anything else on the way."""
    graph, here = quantised.graph, name
    delays = torch.zeros(0, dtype=torch.int32)
    while here != source:
        sources = graph.sources(here)
        if len(sources) != 1:
            raise _refused(here, f"{len(sources)} sources", f"{source!r} alone before it")
        if (sources[0], here) in graph.recurrent:
            raise _refused(here, "a recurrent edge", "layers that follow each other")
        here = sources[0]
        node = graph.nodes[here]
        if isinstance(node, Delay):
            delays = node.steps.reshape(-1).to(torch.int32)
        elif isinstance(node, Population) and here != source:
            raise _refused(name, f"spikes of {here!r}", f"those of {source!r}, the layer before")
    return delays


def _neurons(quantised: Quantised, name: str, lead: int) -> ChipNeurons:
    node = quantised.graph.nodes[name]
    assert isinstance(node, Population)
    assert isinstance(node.membrane, IntegerMembrane)
    membrane, firing = node.membrane, node.firing
    if firing is None:
        raise _refused(name, "neurons that do not fire", "neurons that fire")
    to_rest = firing.reset == "value" and not bool(firing.value.ne(0).any())
    if firing.late or not (to_rest or firing.reset == "subtract"):
        raise _refused(
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
        raise _refused(name, f"{what} that differ between its neurons", "one for all neurons of a layer")
    return first


def _refused(name: str, what: str, expected: str, fix: str = "") -> ExportError:
    return ExportError(
        what, where=f"node {name!r}", expected=expected, fix=f"read the file with {fix}" if fix else ""
    )
