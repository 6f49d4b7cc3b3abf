"""Two networks on the same images, spike by spike: one in a file, and what its run becomes when exported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from neuroff.chip.deploy import Deployment, chunk_rows, events, goodness_of, score
from neuroff.chip.network import ChipNetwork, run
from neuroff.core.goodness import GoodnessMeasure
from neuroff.core.inputs import Inputs
from neuroff.core.scores import PredictionRule
from neuroff.core.signal import Signal
from neuroff.errors import ExportError, ShapeError
from neuroff.exchange.c.running import RunC
from neuroff.exchange.graph.graph import Graph
from neuroff.exchange.graph.neurons import Neurons
from neuroff.exchange.graph.presenting import Simulate, prediction_chunks
from neuroff.exchange.graph.presenting import goodness_of as graph_goodness
from neuroff.exchange.graph.reference import run as run_graph


@dataclass(frozen=True)
class Difference:
    """The first spike that only one of two networks sent: all numbers from 0.

    Attributes:
        image: among the images compared.
        label: presented with it.
        step: of the presentation.
        layer: first to last.
        neuron: of the layer.
        fired: which of the two fired, ``file`` or ``run``.
    """

    image: int
    label: int
    step: int
    layer: int
    neuron: int
    fired: str


@dataclass(frozen=True)
class Verdict:
    """What a comparison found.

    Attributes:
        images: how many were shown, each with every label.
        neuron_steps: neurons times steps times presentations.
        spikes: that the run's network sent.
        differing: neuron-steps in which one of both fired.
        first: where they part, the earliest step of the first image; None if they agree.
        accuracy: share of images classified rightly, by ``file`` and by ``export``: what the run becomes.
    """

    images: int
    neuron_steps: int
    spikes: int
    differing: int
    first: Difference | None
    accuracy: dict[str, float]


@dataclass(frozen=True, eq=False)
class _Shown:
    """A chunk of images shown to both: spikes ``(T, K·B, N)`` by layer, and label scores ``(K, B)``."""

    rows: slice
    expected: Sequence[Tensor]
    found: Sequence[Tensor]
    expected_scores: Tensor
    found_scores: Tensor


@torch.no_grad()
def verify_chip(
    deployment: Deployment,
    expected: ChipNetwork,
    found: ChipNetwork,
    inputs: Inputs,
    rule: PredictionRule = "goodness",
    run_c: RunC | None = None,
) -> Verdict:
    """Compare two networks on the chip at every step of every presentation.

    Args:
        deployment: of the run: it encodes the images and reads the goodness.
        expected: what the run becomes.
        found: what a file holds.
        inputs: images as the run's network receives them.
        rule: of prediction.
        run_c: runs ``found`` in place of the emulator.

    Raises:
        ShapeError: if there are no images.
    """

    def shown() -> Iterator[_Shown]:
        asking = deployment.model.network.asking
        for rows in chunk_rows(len(inputs), asking.presentations):
            stimulus = inputs.stimulus(rows, "predict", rows.start)
            candidates = asking.everything(stimulus.samples, stimulus.label.device)
            sent, samples = events(deployment, stimulus, candidates), candidates.numel()
            mine = _course(expected, sent, samples)
            theirs = _course(found, sent, samples) if run_c is None else run_c(sent, samples)
            scores = [_scores(deployment, spikes, candidates, rule) for spikes in (mine, theirs)]
            yield _Shown(rows, mine, theirs, *scores)

    return _verdict(shown(), inputs)


@torch.no_grad()
def verify_graph(
    expected: Graph, found: Graph, inputs: Inputs, goodness: GoodnessMeasure, simulate: Simulate | None = None
) -> Verdict:
    """Compare two graphs at every step of every presentation.

    Args:
        expected: what the run becomes.
        found: what a file holds.
        inputs: images that arrive as spikes.
        goodness: of every layer; prediction is by its sum.
        simulate: runs ``found`` in place of neuroff's reference.

    Raises:
        ExportError: if the graphs are of different widths or lengths.
        ShapeError: if there are no images.
    """
    _require_alike(expected, found)

    def reference(graph: Graph) -> Simulate:
        return lambda spikes: run_graph(graph, Signal(spikes))

    theirs_of = simulate or reference(found)
    names = [[name for name, _ in graph.named(Neurons)] for graph in (expected, found)]

    def shown() -> Iterator[_Shown]:
        for rows, spikes in prediction_chunks(inputs, 25):
            mine, theirs = run_graph(expected, Signal(spikes)), theirs_of(spikes)
            renamed = {a: theirs[b] for a, b in zip(*names, strict=True)}
            scores = [
                graph_goodness(expected, sent, inputs.encoder.asking, goodness) for sent in (mine, renamed)
            ]
            yield _Shown(rows, list(mine.values()), list(renamed.values()), *scores)

    return _verdict(shown(), inputs)


def _require_alike(expected: Graph, found: Graph) -> None:
    shapes: list[Any] = []
    for graph in (expected, found):
        widths = [node.outputs for _, node in graph.named(Neurons)]
        shapes.append(([graph.input.width, *widths], graph.steps))
    if shapes[0] != shapes[1]:
        raise ExportError(
            f"a network of widths {shapes[1][0]} and {shapes[1][1]} steps",
            where="verify",
            expected=f"that of the run: {shapes[0][0]}, {shapes[0][1]} steps",
        )


def _course(network: ChipNetwork, sent: list[Tensor | None], samples: int) -> list[Tensor]:
    steps = [taken.spikes for taken in run(network, sent, samples)]
    return [torch.stack(spikes) for spikes in zip(*steps, strict=True)]


def _scores(
    deployment: Deployment, spikes: Sequence[Tensor], candidates: Tensor, rule: PredictionRule
) -> Tensor:
    # Layer l works one step later than the layer before it: its window begins at step l + 1.
    counts = [fired[index + 1 : index + 1 + deployment.steps].sum(0) for index, fired in enumerate(spikes)]
    goodness = [goodness_of(deployment, count.to(torch.int32), candidates) for count in counts]
    return score(deployment.model.network, goodness, rule)


def _verdict(shown: Iterable[_Shown], inputs: Inputs) -> Verdict:
    if not len(inputs):
        raise ShapeError("no images to compare on", where="verify", expected="at least one")
    steps = spikes = differing = 0
    right = {"file": 0, "export": 0}
    first: Difference | None = None
    for part in shown:
        truth = inputs.labels[part.rows]
        right["export"] += int((part.expected_scores.argmax(0) == truth).sum())
        right["file"] += int((part.found_scores.argmax(0) == truth).sum())
        differs = [mine != theirs for mine, theirs in zip(part.expected, part.found, strict=True)]
        steps += sum(each.numel() for each in differs)
        spikes += sum(int(each.sum()) for each in part.expected)
        count = sum(int(each.sum()) for each in differs)
        differing += count
        if count and first is None:
            first = _first(part, differs, len(truth))
    accuracy = {name: number / len(inputs) for name, number in right.items()}
    return Verdict(len(inputs), steps, spikes, differing, first, accuracy)


def _first(part: _Shown, differs: Sequence[Tensor], images: int) -> Difference:
    """Return the earliest difference: by step, then image and label, then layer, then neuron."""
    found = []
    for layer, each in enumerate(differs):
        places = each.nonzero()
        if len(places):
            step, row, neuron = (int(number) for number in places[0])
            found.append((step, row, layer, neuron))
    step, row, layer, neuron = min(found)
    fired = "run" if bool(part.expected[layer][step, row, neuron]) else "file"
    return Difference(part.rows.start + row % images, row // images, step, layer, neuron, fired)
