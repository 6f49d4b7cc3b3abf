"""The work of choosing wrong labels: hard ones take a sweep over the labels before every epoch.

Counted as `neuroff.training.negatives` runs it: all labels through the layers of the stage; or, with a
shortlist, all labels through the first layer and the few that fit it best through all of them, the image's
drive used again. Drawing one of the scored labels is not counted: one random number a label.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from neuroff.core.inputs import Inputs
from neuroff.core.network import Network
from neuroff.core.plan import Plan, Stage
from neuroff.core.scores import scores_of
from neuroff.counting.layer import LayerActivity, gathered
from neuroff.counting.tally import LayerTally, tally
from neuroff.energy.work import LayerWork, NetworkWork
from neuroff.training.negatives import listens_to, shortlist

Candidates = Callable[[slice], Tensor]


def negatives_work(
    plan: Plan,
    network: Network,
    inputs: Inputs,
    stage: Stage,
    zeros: tuple[Tensor | None, ...],
    chunk_size: int,
) -> tuple[NetworkWork, ...]:
    """Return the sweeps that choose an image's wrong label for an epoch; none where it is drawn unseen.

    Args:
        plan: says how wrong labels are drawn.
        network: as it stands.
        inputs: training images.
        stage: the stage.
        zeros: of `neuroff.counting.tally.zero_weights`.
        chunk_size: images in flight at once.
    """
    if plan.negatives.kind != "hard" or not network.asking.contrasts:
        return ()
    depth = listens_to(plan, stage)
    candidates = shortlist(plan, network, depth)
    device = inputs.labels.device

    def everything(rows: slice) -> Tensor:
        return network.asking.everything(len(range(*rows.indices(len(inputs)))), device)

    def chosen(rows: slice) -> Tensor:
        stimulus = inputs.stimulus(rows, "predict", rows.start)
        fits = scores_of(network, stimulus, everything(rows), depth=1)
        wrong = fits.scatter(0, inputs.labels[rows][None], float("-inf"))
        return wrong.topk(candidates, dim=0).indices

    if candidates == network.classes - 1:
        return (_sweep(network, inputs, zeros, chunk_size, depth, everything, again=False),)
    return (
        _sweep(network, inputs, zeros, chunk_size, 1, everything, again=False),
        _sweep(network, inputs, zeros, chunk_size, depth, chosen, again=True),
    )


def _sweep(
    network: Network,
    inputs: Inputs,
    zeros: tuple[Tensor | None, ...],
    chunk_size: int,
    depth: int,
    candidates: Candidates,
    *,
    again: bool,
) -> NetworkWork:
    """Return the work of a sweep; ``again``: the image's drive is known already."""
    chunks: list[list[LayerTally]] = []
    shown = 0
    for start in range(0, len(inputs), chunk_size):
        rows = slice(start, min(start + chunk_size, len(inputs)))
        labels = candidates(rows)
        shown = labels.shape[0]
        stimulus = inputs.stimulus(rows, "predict", start)
        chunks.append(list(tally(network, stimulus, labels, zeros, depth=depth)))
    layers = gathered(network, chunks, zeros)
    works = [
        _without_image(layer, shown) if again and not layer.index else _work(layer, shown) for layer in layers
    ]
    return NetworkWork("choice of wrong labels", tuple(works), network.population.steps, shown, scored=True)


def _work(layer: LayerActivity, shown: int) -> LayerWork:
    return layer.work("shared", shown, layer.tally.shared.shape[1])


def _without_image(layer: LayerActivity, shown: int) -> LayerWork:
    found, none = layer.tally, torch.zeros_like(layer.tally.shared)
    work = _work(
        replace(layer, tally=replace(found, shared=none, shared_events=none, shared_zero=none)), shown
    )
    if not found.analog:
        return work
    own = layer.own_connections // layer.own_inputs if layer.own_inputs else 0
    return replace(work, products=float(shown * own), zero_products=0.0)
