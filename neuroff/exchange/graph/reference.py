"""What a graph computes: the oracle every exporter is held to.

The equations are those of `nodes` and `neurons`, on PyTorch and in the order of operations of
`neuroff.core.neurons`, so that the leaky neurons fire bit for bit as neuroff's do. Edges take no time: what a
node sends at step t reaches the next node at step t; along a recurrent edge at step t + 1.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from neuroff.chip.checks import FloatArray
from neuroff.core.readout import activity_of, running_activity
from neuroff.core.signal import Signal, unit_gain
from neuroff.core.synapses import Dense
from neuroff.errors import ExportError, ShapeError
from neuroff.exchange.graph.graph import Graph
from neuroff.exchange.graph.neurons import CubaLIFNode, CubaLINode, LIFNode, LINode, Neurons, Silent
from neuroff.exchange.graph.nodes import (
    AffineNode,
    DelayNode,
    InputNode,
    NormaliseNode,
    OutputNode,
    ScaleNode,
)
from neuroff.exchange.graph.planar import ConvNode, PoolNode


@torch.no_grad()
def run(graph: Graph, presentation: Signal) -> dict[str, Tensor]:
    """Run a presentation from rest.

    Args:
        graph: the graph; its ``numeric`` type is the type of the arithmetic.
        presentation: ``(T, B, D)``, or ``(B, D)`` for values that stay for all T steps; with a gain per
            sample if and only if the graph's input asks the host for one.

    Returns:
        What every population sends at every step, ``(T, B, N)`` by name of the node: spikes, or potentials
        of neurons that do not fire.

    Raises: see `run_whole`.
    """
    return run_whole(graph, presentation)[0]


@torch.no_grad()
def run_whole(graph: Graph, presentation: Signal) -> tuple[dict[str, Tensor], Tensor]:
    """Run a presentation from rest, as `run` does, and return what leaves the graph too.

    Args:
        graph: see `run`.
        presentation: see `run`.

    Returns:
        What `run` returns, and what reaches the output at every step, ``(T, B, N)``.

    Raises:
        ShapeError: if the presentation does not fit the input.
        ExportError: if the input asks for spikes and gets something else.
    """
    back: dict[str, Tensor] = {}
    for _ in range(graph.steps + 1):  # what step t sends back is right once steps before it are
        before = back
        populations, leaving, back = _pass(graph, presentation, before)
        if all(name in before and torch.equal(before[name], sent) for name, sent in back.items()):
            break
    return populations, leaving


def _pass(
    graph: Graph, presentation: Signal, back: dict[str, Tensor]
) -> tuple[dict[str, Tensor], Tensor, dict[str, Tensor]]:
    """Run all steps of all nodes, given what recurrent edges carry.

    Args:
        graph: the graph.
        presentation: see `run`.
        back: ``(T, B, N)`` that the sources of recurrent edges send; nothing of those that are not there.

    Returns:
        What populations send, what leaves, and what the sources of recurrent edges send.
    """
    numeric: torch.dtype = getattr(torch, graph.numeric)
    sent: dict[str, Signal] = {}
    populations: dict[str, Tensor] = {}
    leaving = torch.empty(0)
    for name, node in graph.nodes.items():
        if isinstance(node, InputNode):
            sent[name] = _checked(graph, node, presentation, numeric)
            continue
        late = {source for source in graph.sources(name) if (source, name) in graph.recurrent}
        arriving = _sum(
            [
                _a_step_later(back[source]) if source in late else sent[source]
                for source in graph.sources(name)
                if source not in late or source in back
            ]
        )
        if isinstance(node, Neurons):
            populations[name] = fire(node, _resolved(arriving), graph.steps)
            sent[name] = Signal(populations[name])
        elif isinstance(node, Silent):
            populations[name] = potentials(node, _resolved(arriving), graph.steps)
            sent[name] = Signal(populations[name])
        elif isinstance(node, AffineNode):
            synapses = Dense(torch.from_numpy(node.weight.copy()), torch.from_numpy(node.bias.copy()))
            sent[name] = Signal(synapses.drive(arriving, numeric))
        elif isinstance(node, ConvNode):
            sent[name] = Signal(node.synapses.drive(arriving, numeric))
        elif isinstance(node, PoolNode):
            sent[name] = node.pooled(arriving)
        elif isinstance(node, ScaleNode):
            sent[name] = _scaled(node, arriving)
        elif isinstance(node, DelayNode):
            sent[name] = Signal(_delayed(node, arriving.values, graph.steps), arriving.gain)
        elif isinstance(node, NormaliseNode):
            values = _resolved(arriving)
            sent[name] = Signal(values, gains_of(node, values))
        elif isinstance(node, OutputNode):
            leaving = _resolved(arriving)
    sources = sorted({source for source, _ in graph.recurrent})
    return populations, leaving, {source: _resolved(sent[source]) for source in sources}


def _a_step_later(values: Tensor) -> Signal:
    """Return what arrives of ``(T, B, N)`` along an edge that takes a step."""
    return Signal(torch.cat([torch.zeros_like(values[:1]), values[:-1]]))


def fire(node: Neurons, drive: Tensor, steps: int) -> Tensor:
    """Run neurons from rest.

    Args:
        node: the neurons.
        drive: x_t, ``(T, B, N)``, or ``(B, N)`` for a current that stays.
        steps: T.

    Returns:
        Spikes ``(T, B, N)``.
    """
    constant = drive.ndim == 2
    threshold = _number(node.threshold, drive)
    value = None if node.value is None else torch.from_numpy(node.value.copy()).to(drive.dtype)
    beta = _number(node.beta, drive) if isinstance(node, LIFNode | CubaLIFNode) else 1.0
    alpha = _number(node.alpha, drive) if isinstance(node, CubaLIFNode) else None
    compare = torch.ge if node.fires == "reached" else torch.gt
    spikes = drive.new_empty(steps, *drive.shape[-2:])
    state, current = torch.zeros_like(spikes[0]), torch.zeros_like(spikes[0])
    waiting = torch.zeros_like(spikes[0]) if node.refractory else None
    for t in range(steps):
        arriving = drive if constant else drive[t]
        if alpha is not None:
            current = arriving = _decayed_sum(arriving, current, alpha)
        potential = _decayed_sum(arriving, state, beta)
        if waiting is not None:
            potential = torch.where(waiting == 0, potential, state)
        compare(potential, threshold, out=spikes[t])
        if waiting is not None:
            spikes[t].mul_(waiting == 0)
            waiting = (waiting - 1.0).clamp_(min=0.0).add_(spikes[t], alpha=float(node.refractory))
        if value is not None:
            state = torch.where(spikes[t] > 0, value, potential)
        elif node.reset == "zero":
            state = torch.addcmul(potential, potential, spikes[t], value=-1.0)
        elif isinstance(threshold, Tensor):
            state = torch.addcmul(potential, spikes[t], threshold, value=-1.0)
        else:
            state = torch.sub(potential, spikes[t], alpha=threshold)
    return spikes


def potentials(node: Silent, drive: Tensor, steps: int) -> Tensor:
    """Run neurons that do not fire from rest; arguments as of `fire`.

    Returns:
        Potentials ``(T, B, N)``.
    """
    beta = _number(node.beta, drive) if isinstance(node, LINode | CubaLINode) else 1.0
    alpha = _number(node.alpha, drive) if isinstance(node, CubaLINode) else None
    found = drive.new_empty(steps, *drive.shape[-2:])
    state, current = torch.zeros_like(found[0]), torch.zeros_like(found[0])
    for t in range(steps):
        arriving = drive if drive.ndim == 2 else drive[t]
        if alpha is not None:
            current = arriving = _decayed_sum(arriving, current, alpha)
        found[t] = state = _decayed_sum(arriving, state, beta)
    return found.add_(torch.from_numpy(node.rest.copy()).to(drive.dtype))


def _number(values: FloatArray, like: Tensor) -> float | Tensor:
    """Return one number if all neurons have the same: the arithmetic of `neuroff.core.neurons`."""
    first = float(values[0])
    return first if (values == first).all() else torch.from_numpy(values.copy()).to(like.dtype)


def _decayed_sum(arriving: Tensor, kept: Tensor, decay: float | Tensor) -> Tensor:
    if isinstance(decay, Tensor):
        return torch.addcmul(arriving, kept, decay)
    return torch.add(arriving, kept, alpha=decay)


def _resolved(signal: Signal) -> Tensor:
    return signal.values if signal.gain is None else signal.values * signal.gain[..., None]


def _sum(signals: list[Signal]) -> Signal:
    if len(signals) == 1:
        return signals[0]
    total = _resolved(signals[0])
    for signal in signals[1:]:
        total = total + _resolved(signal)
    return Signal(total)


def _delayed(node: DelayNode, values: Tensor, steps: int) -> Tensor:
    over_time = values if values.ndim == 3 else values.expand(steps, *values.shape)
    delayed = torch.zeros_like(over_time)
    axons = torch.from_numpy(node.steps.copy())
    for d in np.unique(node.steps).tolist():
        if d < steps:
            chosen = axons == d
            delayed[d:, :, chosen] = over_time[: steps - d, :, chosen]
    return delayed


def _scaled(node: ScaleNode, arriving: Signal) -> Signal:
    factor = _number(node.gain, arriving.values)
    if isinstance(factor, Tensor):
        return Signal(arriving.values * factor, arriving.gain)
    # One gain for all is applied after the product, as a gain per sample is.
    gain = arriving.values.new_ones(arriving.values.shape[-2]) if arriving.gain is None else arriving.gain
    return Signal(arriving.values, gain * factor)


def gains_of(node: NormaliseNode, values: Tensor) -> Tensor:
    """Return the gain ``(B,)`` of what reaches a node, or ``(T, B)`` where it changes from step to step.

    Args:
        node: the normalisation.
        values: ``(T, B, N)``, or ``(B, N)`` constant over time.
    """
    if values.ndim == 2:
        return unit_gain(values, node.length, node.epsilon)
    if node.timing == "presentation":
        return unit_gain(activity_of(values, node.trace_decay), node.length, node.epsilon)
    so_far = running_activity(values, node.trace_decay)
    return torch.stack([unit_gain(activity, node.length, node.epsilon) for activity in so_far])


def _checked(graph: Graph, node: InputNode, presentation: Signal, numeric: torch.dtype) -> Signal:
    values, gain = presentation.values, presentation.gain
    expected = f"(T, B, D) = ({graph.steps}, B, {node.width}), or (B, {node.width})"
    if values.ndim not in (2, 3) or values.shape[-1] != node.width:
        raise ShapeError(f"a presentation of shape {tuple(values.shape)}", where="run", expected=expected)
    if values.ndim == 3 and values.shape[0] != graph.steps:
        raise ShapeError(f"a presentation of {values.shape[0]} steps", where="run", expected=expected)
    if node.carries == "spikes" and not bool(((values == 0) | (values == 1)).all()):
        raise ExportError("values other than zero and one", where="run", expected="spikes")
    if node.host_gain != (gain is not None):
        raise ExportError(
            "a gain per sample is missing" if node.host_gain else "a gain per sample",
            where="run",
            expected="a gain if and only if the input asks for one",
        )
    return Signal(values.to(numeric), None if gain is None else gain.to(numeric))
