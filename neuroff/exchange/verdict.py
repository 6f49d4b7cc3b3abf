"""Two networks on the same images, spike by spike: one in a file, and what its run becomes when exported."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from neuroff.chip.deploy import Deployment, chunk_rows, events, goodness_of, score
from neuroff.chip.network import ChipNetwork, run
from neuroff.chip.readout import Readout
from neuroff.core.inputs import Inputs
from neuroff.core.network import Network
from neuroff.core.scores import PredictionRule, combined
from neuroff.core.signal import Signal
from neuroff.errors import ExportError, ShapeError
from neuroff.exchange.c.running import RunC
from neuroff.exchange.graph.graph import Graph
from neuroff.exchange.graph.neurons import Neurons
from neuroff.exchange.graph.presenting import OUTPUT, Simulate, prediction_chunks
from neuroff.exchange.graph.presenting import goodness_of as graph_goodness
from neuroff.exchange.graph.readout import has_readout
from neuroff.exchange.graph.reference import run_whole


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
        same_class: images whose class by the numbers that leave both networks is one; None where spikes do.
    """

    images: int
    neuron_steps: int
    spikes: int
    differing: int
    first: Difference | None
    accuracy: dict[str, float]
    same_class: int | None = None


@dataclass(frozen=True, eq=False)
class _Shown:
    """A chunk of images shown to both: spikes ``(T, K·B, N)`` by layer, and class scores ``(K, B)``.

    ``told`` are the classes ``(B,)`` by the numbers that leave both networks, if they do.
    """

    rows: slice
    expected: Sequence[Tensor]
    found: Sequence[Tensor]
    expected_scores: Tensor
    found_scores: Tensor
    told: tuple[Tensor, ...] | None = None


@torch.no_grad()
def verify_chip(
    deployment: Deployment,
    expected: ChipNetwork,
    found: ChipNetwork,
    inputs: Inputs,
    rule: PredictionRule | None = None,
    run_c: RunC | None = None,
    told: Callable[[Sequence[Tensor | None], int], Tensor] | None = None,
    readout: Readout | None = None,
) -> Verdict:
    """Compare two networks on the chip at every step of every presentation.

    Args:
        deployment: of the run: it encodes the images and reads the goodness.
        expected: what the run becomes.
        found: what a file holds.
        inputs: images as the run's network receives them.
        rule: of prediction; the network's own without it.
        run_c: runs ``found`` in place of the emulator.
        told: the classes that ``found`` itself says, of events and a number of samples.
        readout: how they are read from spike counts.

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
            classes = None
            if told is not None and readout is not None:
                counts = _counted(deployment, mine)
                classes = readout.scores(counts).argmax(0), told(sent, samples)
            yield _Shown(rows, mine, theirs, scores[0], scores[1], classes)

    return _verdict(shown(), inputs)


@torch.no_grad()
def verify_graph(
    expected: Graph,
    found: Graph,
    inputs: Inputs,
    network: Network,
    rule: PredictionRule | None = None,
    simulate: Simulate | None = None,
) -> Verdict:
    """Compare two graphs at every step of every presentation.

    Args:
        expected: what the run becomes.
        found: what a file holds.
        inputs: images that arrive as spikes.
        network: the run's; goodness of its layers is read from spike counts.
        rule: of prediction; the network's own without it.
        simulate: runs ``found`` in place of neuroff's reference.

    Raises:
        ExportError: if the graphs are of different widths or lengths.
        ShapeError: if there are no images.
    """
    _require_alike(expected, found)
    theirs_of = simulate or _reference(found)
    names = [[name for name, _ in graph.named(Neurons)] for graph in (expected, found)]
    asking = inputs.encoder.asking

    def shown() -> Iterator[_Shown]:
        for rows, spikes in prediction_chunks(inputs, 25):
            (mine, leaving), theirs = run_whole(expected, Signal(spikes)), theirs_of(spikes)
            renamed = {a: theirs[b] for a, b in zip(*names, strict=True)}
            scores = [
                combined(network, graph_goodness(expected, sent, asking, network.goodness), rule)
                for sent in (mine, renamed)
            ]
            told = None
            if has_readout(expected) and has_readout(found) and OUTPUT in theirs:
                told = tuple(each.double().sum(0).argmax(1) for each in (leaving, theirs[OUTPUT]))
            both = list(mine.values()), list(renamed.values())
            yield _Shown(rows, *both, scores[0], scores[1], told)

    return _verdict(shown(), inputs)


def _reference(graph: Graph) -> Simulate:
    def simulate(spikes: Tensor) -> dict[str, Tensor]:
        sent, leaving = run_whole(graph, Signal(spikes))
        return {**sent, OUTPUT: leaving}

    return simulate


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


def _counted(deployment: Deployment, spikes: Sequence[Tensor]) -> list[Tensor]:
    # Layer l works one step later than the layer before it: its window begins at step l + 1.
    return [fired[index + 1 : index + 1 + deployment.steps].sum(0) for index, fired in enumerate(spikes)]


def _scores(
    deployment: Deployment, spikes: Sequence[Tensor], candidates: Tensor, rule: PredictionRule | None
) -> Tensor:
    counts = _counted(deployment, spikes)
    goodness = goodness_of(deployment, (count.to(torch.int32) for count in counts), candidates)
    return score(deployment.model.network, goodness, rule)


def _verdict(shown: Iterable[_Shown], inputs: Inputs) -> Verdict:
    if not len(inputs):
        raise ShapeError("no images to compare on", where="verify", expected="at least one")
    steps = spikes = differing = 0
    right, alike = {"file": 0, "export": 0}, None
    first: Difference | None = None
    for part in shown:
        truth = inputs.labels[part.rows]
        right["export"] += int((part.expected_scores.argmax(0) == truth).sum())
        right["file"] += int((part.found_scores.argmax(0) == truth).sum())
        if part.told is not None:
            alike = (alike or 0) + int((part.told[0] == part.told[1]).sum())
        differs = [mine != theirs for mine, theirs in zip(part.expected, part.found, strict=True)]
        steps += sum(each.numel() for each in differs)
        spikes += sum(int(each.sum()) for each in part.expected)
        count = sum(int(each.sum()) for each in differs)
        differing += count
        if count and first is None:
            first = _first(part, differs, len(truth))
    accuracy = {name: number / len(inputs) for name, number in right.items()}
    return Verdict(len(inputs), steps, spikes, differing, first, accuracy, alike)


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
