from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch

from neuroff.config import Config
from neuroff.config.build import build_network, build_plan
from neuroff.config.inputs import prepare
from neuroff.core.asking import LabelAsking
from neuroff.core.inputs import Inputs
from neuroff.core.network import Network
from neuroff.core.plan import Stage
from neuroff.data import DataSet
from neuroff.training.evaluate import scored
from neuroff.training.negatives import negative_labels, shortlisted
from tests.samples import train_by

BOTH = Stage(0, (0, 1), 4)


def drawn(
    config: Config, digits: DataSet, epoch: int = 0, network: Network | None = None
) -> tuple[torch.Tensor, Inputs]:
    inputs = prepare(digits, config).train
    network = network or build_network(config, inputs.pixels.shape[1], 10)
    return negative_labels(build_plan(config), network, inputs, BOTH, epoch), inputs


def test_when_labels_are_drawn_anew(quick: Callable[..., Config], digits: DataSet) -> None:
    for kind, repeats, may_be_true in (
        ("fixed", True, False),
        ("redrawn", False, False),
        ("permuted", True, True),
        ("hard", False, False),
    ):
        first, inputs = drawn(quick(f"negatives={kind}"), digits)
        second, _ = drawn(quick(f"negatives={kind}"), digits, epoch=1)
        assert torch.equal(first, second) == repeats, kind
        share_true = float((first == inputs.labels).double().mean())
        assert (0.03 < share_true < 0.2) if may_be_true else share_true == 0, kind


def test_the_hardest_negatives_are_the_best_fitting_wrong_labels(
    quick: Callable[..., Config], digits: DataSet
) -> None:
    config = quick("negatives=hard", "hardness=1e6")
    split = prepare(digits, config)
    network = train_by(config, split).network
    found, inputs = drawn(config, digits, network=network)
    scores = torch.cat([part for _, part in scored(network, inputs, config.network.prediction)], 1)
    wrong = scores.scatter(0, inputs.labels[None], float("-inf"))
    short_of_best = wrong.amax(0) - wrong.gather(0, found[None])[0]
    assert float(short_of_best.max()) < 1e-4  # scores may be equal, so labels may differ


def test_harder_means_better_fitting(quick: Callable[..., Config], digits: DataSet) -> None:
    config = quick("negatives=hard")
    network = train_by(config, prepare(digits, config)).network
    fits = []
    for hardness in (0, 2, 50):
        found, inputs = drawn(quick("negatives=hard", f"hardness={hardness}"), digits, network=network)
        scores = torch.cat([part for _, part in scored(network, inputs, "goodness")], 1)
        fits.append(float(scores.gather(0, found[None]).mean()))
    assert fits[0] < fits[1] < fits[2]


def test_a_shortlist_scores_as_all_layers_do(quick: Callable[..., Config], digits: DataSet) -> None:
    config = quick("negatives=hard")
    split = prepare(digits, config)
    network = train_by(config, split).network
    inputs = split.train
    everything = torch.cat([part for _, part in scored(network, inputs, "goodness")], 1)
    first = torch.cat([part for _, part in scored(network, inputs, "goodness", 1)], 1)
    found = torch.cat(list(shortlisted(network, inputs, "goodness", 2, 3)), 1)
    kept = found.isfinite()
    assert torch.equal(kept.sum(0), torch.full_like(inputs.labels, 3))
    assert not kept.gather(0, inputs.labels[None]).any()
    torch.testing.assert_close(found[kept], everything[kept])
    wrong = first.scatter(0, inputs.labels[None], float("-inf"))
    least_kept = wrong.where(kept, float("inf")).amin(0)
    best_left = wrong.where(~kept, float("-inf")).amax(0)
    assert bool((least_kept >= best_left - 1e-5).all())


def test_a_shortlist_of_all_wrong_labels_changes_nothing(
    quick: Callable[..., Config], digits: DataSet
) -> None:
    for count in ("none", "9", "500"):
        found, _ = drawn(quick("negatives=hard", f"candidates={count}"), digits)
        assert torch.equal(found, drawn(quick("negatives=hard"), digits)[0])
    short, inputs = drawn(quick("negatives=hard", "candidates=1", "hardness=0"), digits)
    assert not bool((short == inputs.labels).any())
    assert not torch.equal(short, drawn(quick("negatives=hard"), digits)[0])


def test_an_asking_that_needs_no_wrong_labels_draws_none(
    quick: Callable[..., Config], digits: DataSet
) -> None:
    class Once(LabelAsking):
        contrasts = False

    config = quick("negatives=hard")
    network = replace(build_network(config, 784, 10), asking=Once(10))
    found, inputs = drawn(config, digits, network=network)
    assert torch.equal(found, inputs.labels)
