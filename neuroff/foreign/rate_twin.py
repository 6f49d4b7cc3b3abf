"""A trained dense network of rectified linear units as spikes, for networks that PyTorch users have.

A unit has the activity a = max(0, I); an integrate-and-fire neuron that subtracts its threshold fires at a
rate that tends to min(1, a / λ) under the same input over λ (Rueckauer et al., Front. Neurosci. 11:682,
2017). λ of each layer is a high quantile of its activities on calibration data, and goes into the weights
(threshold balancing, Diehl et al., IJCNN 2015); potentials start at half a threshold (Bu et al., AAAI 2022).
Inputs in [0, 1] arrive as evenly spread spikes, sums of the last weights are read out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from neuroff.checks import require_kind, require_number, require_whole
from neuroff.core.checks import require_tensor
from neuroff.errors import ExportError
from neuroff.foreign.convention import Convention
from neuroff.foreign.counting import count_graph
from neuroff.foreign.fixed.agreement import answers_of
from neuroff.foreign.graph import SpikingGraph
from neuroff.foreign.modules.part import Part, neurons
from neuroff.foreign.modules.watching import ENTRY, watch
from neuroff.foreign.nodes.convolution import UnfittedConvolution
from neuroff.foreign.nodes.weights import UnfittedMatrix
from neuroff.foreign.of_module import Pieces, known_part, pieces_of
from neuroff.foreign.running import run

_RULE = Convention("its own library", reset="subtract", fires="reached")


@dataclass(frozen=True)
class Twin:
    """A dense network as spikes.

    Attributes:
        graph: the spiking network.
        scales: λ of each layer of units.
    """

    graph: SpikingGraph
    scales: Mapping[str, float]


@dataclass(frozen=True)
class TwinError:
    """How far a twin is from its dense network after so many steps.

    Attributes:
        steps: T.
        answers: share of samples with the same answer.
        right: share of samples whose answer is right: dense, and as spikes; None without labels.
        spikes: per sample, of all neurons.
        synaptic_operations: per sample.
    """

    steps: int
    answers: float
    right: tuple[float, float] | None
    spikes: float
    synaptic_operations: float


def spiking_twin(
    module: nn.Module, inputs: Tensor, *, dt_ms: float = 1.0, quantile: float = 0.999, name: str = ""
) -> Twin:
    """Return a dense network as spikes.

    Args:
        module: weights, rectified linear units, mean pools, flattening and batch norm, one behind the other.
        inputs: calibration data in [0, 1], ``(B, …)``.
        dt_ms: duration of a step.
        quantile: of a layer's activities, which becomes a rate of one.
        name: in reports.

    Raises:
        ExportError: naming the part that spikes cannot be made of.
    """
    if not isinstance(inputs, Tensor) or inputs.ndim < 2 or not bool(((inputs >= 0) & (inputs <= 1)).all()):
        raise ExportError("inputs outside [0, 1]", where="spiking_twin", expected="a tensor (B, …) in [0, 1]")
    require_kind("module", module, nn.Module, where="spiking_twin", expected="an nn.Module")
    require_number("quantile", quantile, above=0.0, most=1.0, where="spiking_twin")
    require_number("dt_ms", dt_ms, above=0.0, where="spiking_twin")
    seen = watch(module, inputs[None], loops=False, also=(nn.ReLU,))
    scales = {
        key: _quantile(seen.output(key), quantile)
        for key, part in seen.leaves.items()
        if isinstance(part, nn.ReLU)
    }

    def part_of(key: str, part: nn.Module) -> Part:
        if not isinstance(part, nn.ReLU):
            made = known_part(part, dt_ms)
            if made.fires:
                raise ExportError(
                    "neurons that spike already", expected="rectified linear units", fix="use from_module"
                )
            return made
        shape = tuple(seen.gave[key][0].shape[1:])
        one, half = torch.ones(shape).double(), torch.full(shape, 0.5, dtype=torch.float64)
        given = {"r": one * 1000.0 / dt_ms, "v_threshold": one, "v_reset": one * 0, "v_first": half}
        return neurons("IF", given, _RULE, dt_ms / 1000.0)

    pieces = pieces_of(seen, part_of)
    _balance(pieces, scales)
    return Twin(pieces.graph(name or type(module).__name__, dt_ms), scales)


def spread(inputs: Tensor, steps: int) -> Tensor:
    """Return evenly spread spikes: ⌊T x + ½⌋ of them for a value x in [0, 1], ``(T, B, …)`` float64."""
    require_tensor("inputs", inputs, where="spread", expected="(B, …)")
    require_whole("steps", steps, least=1, where="spread")
    values = inputs.double()
    counts = torch.stack([torch.floor(t * values + 0.5) for t in range(steps + 1)])
    return counts[1:] - counts[:-1]


@torch.no_grad()
def twin_errors(
    module: nn.Module,
    twin: Twin,
    inputs: Tensor,
    steps: Sequence[int] = (4, 8, 16, 32, 64),
    labels: Tensor | None = None,
) -> tuple[TwinError, ...]:
    """Return how far a twin is from its dense network, for several numbers of steps.

    Args:
        module: the dense network.
        twin: made of it.
        inputs: in [0, 1], ``(B, …)``; others than those it was made with.
        steps: T of each row.
        labels: ``(B,)``, the right answers, where they are known.
    """
    training = module.training
    dense = module.eval()(inputs).flatten(1).argmax(1)
    module.train(training)
    rows = []
    for length in steps:
        values = {ENTRY: spread(inputs, length).reshape(length, len(inputs), *twin.graph.nodes[ENTRY].inputs)}
        found = answers_of(twin.graph, run(twin.graph, values))
        activity = count_graph(twin.graph, values)
        right = None
        if labels is not None:
            right = tuple(float((each == labels).double().mean()) for each in (dense, found))
        rows.append(
            TwinError(
                length,
                float((found == dense).double().mean()),
                None if right is None else (right[0], right[1]),
                sum(activity.per_sample(key, "sent") for key in twin.scales),
                sum(activity.synaptic_operations(key) for key in twin.graph.nodes),
            )
        )
    return tuple(rows)


def _quantile(values: Tensor, share: float) -> float:
    flat = values.flatten().double()
    found = float(torch.kthvalue(flat, max(1, round(share * flat.numel()))).values)
    return found if found > 0 else float(flat.max()) or 1.0


def _balance(pieces: Pieces, scales: Mapping[str, float]) -> None:
    """Put λ into the weights: those before a layer of units are divided by it, those behind it multiplied."""
    arriving = {ENTRY: 1.0}
    for source, target in pieces.edges:
        node, scale = pieces.nodes[target], arriving[source]
        if isinstance(node, UnfittedMatrix | UnfittedConvolution):
            after = [b for a, b in pieces.edges if a == target]
            own = scales[after[0]] if len(after) == 1 and after[0] in scales else 1.0
            bias = None if node.bias is None else node.bias / own
            pieces.nodes[target] = replace(node, weight=node.weight * scale / own, bias=bias)
            scale = own
        elif target in scales and not isinstance(pieces.nodes[source], UnfittedMatrix | UnfittedConvolution):
            raise ExportError(
                "rectified linear units behind no weights",
                where=f"part {target!r}",
                expected="Linear or Conv before",
            )
        if arriving.setdefault(target, scale) != scale:
            raise ExportError(
                "a sum of layers that were scaled apart",
                where=f"part {target!r}",
                expected="one layer before",
            )
