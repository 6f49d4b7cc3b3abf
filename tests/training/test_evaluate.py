from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neuroff.config.build import build_network
from neuroff.core.inputs import Inputs
from neuroff.core.network import Network
from neuroff.core.scores import PredictionRule, class_scores
from neuroff.errors import ShapeError
from neuroff.training.evaluate import accuracy, goodness_margin, predict
from tests.narrow import present
from tests.samples import configured, few, few_inputs, split_of, train_by

RULES = ("goodness", "collaborative", "last")
paths = pytest.mark.parametrize("path", ["dense", "spiking"])


def untrained(path: str, *settings: str, count: int = 23) -> tuple[Network, Inputs]:
    config = configured("goodness_scale=20", *settings, path=path, variant="fcff")
    return build_network(config, 12, 4), few_inputs(config, count)


@paths
@few
@given(chunk=st.integers(1, 30), rule=st.sampled_from(RULES))
def test_predictions_do_not_depend_on_the_chunk_size(path: str, chunk: int, rule: PredictionRule) -> None:
    network, inputs = untrained(path)
    whole = predict(network, inputs, rule, chunk_size=1000)
    assert whole.shape == (23,)
    assert torch.equal(predict(network, inputs, rule, chunk_size=chunk), whole)


@paths
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("depth", [None, 1, 2])
def test_the_predicted_class_has_the_highest_score(
    path: str, rule: PredictionRule, depth: int | None
) -> None:
    network, inputs = untrained(path)
    scores = class_scores(network, inputs.stimulus(slice(None)), rule, depth)
    assert torch.equal(predict(network, inputs, rule, depth=depth), scores.argmax(0))


@pytest.mark.parametrize("encoding", ["bernoulli", "regular", "latency"])
def test_predictions_repeat_for_every_encoding(encoding: str) -> None:
    network, inputs = untrained("spiking", f"encoding={encoding}")
    assert torch.equal(predict(network, inputs), predict(network, inputs))


def relabelled(inputs: Inputs, labels: torch.Tensor) -> Inputs:
    return replace(inputs, labels=labels)


@paths
def test_accuracy_and_margin_of_labels_that_are_right_or_wrong(path: str) -> None:
    network, inputs = untrained(path)
    found = predict(network, inputs)
    scores = class_scores(network, inputs.stimulus(slice(None)))
    right, wrong = relabelled(inputs, found), relabelled(inputs, scores.argmin(0))
    assert accuracy(network, right) == 1.0
    assert goodness_margin(network, right) > 0
    assert accuracy(network, wrong) == 0.0
    assert goodness_margin(network, wrong) < 0
    half = torch.where(torch.arange(23) < 10, found, scores.argmin(0))
    assert accuracy(network, relabelled(inputs, half)) == pytest.approx(10 / 23)


@paths
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("goodness", ["mean_squares", "negative_squares"])
def test_margin_is_true_score_minus_best_wrong_one(path: str, rule: PredictionRule, goodness: str) -> None:
    network, inputs = untrained(path, f"goodness={goodness}")
    scores = class_scores(network, inputs.stimulus(slice(None)), rule).T.tolist()
    margins = []
    for row, label in zip(scores, inputs.labels.tolist(), strict=True):
        margins.append(row[label] - max(score for k, score in enumerate(row) if k != label))
    assert goodness_margin(network, inputs, rule) == pytest.approx(sum(margins) / len(margins), rel=1e-9)


def test_margin_does_not_depend_on_chunks() -> None:
    network, inputs = untrained("dense", count=1003)
    parts = [
        replace(
            inputs,
            pixels=inputs.pixels[rows],
            labels=inputs.labels[rows],
            constant=present(inputs.constant).rows(rows),
        )
        for rows in (slice(0, 400), slice(400, 1003))
    ]
    together = (400 * goodness_margin(network, parts[0]) + 603 * goodness_margin(network, parts[1])) / 1003
    assert goodness_margin(network, inputs) == pytest.approx(together, rel=1e-9)


@paths
def test_learning_raises_accuracy_and_margin(path: str) -> None:
    config = configured(
        "schedule=interleaved", "epochs=40", "loss=pairwise", "normalisation=rms", "widths=30,20",
        "goodness_scale=20", "learning_rate=0.01", path=path, variant="fcff",
    )  # fmt: skip
    split = split_of(config, train=120, test=40)
    before = build_network(config, 12, 4)
    after = train_by(config, split).network
    assert accuracy(after, split.test) > max(0.7, accuracy(before, split.test))
    assert goodness_margin(after, split.test) > goodness_margin(before, split.test)


def test_no_images_are_a_shape_error() -> None:
    network, inputs = untrained("dense")
    nothing = inputs.head(0)
    for measured in (predict, accuracy, goodness_margin):
        with pytest.raises(ShapeError, match="no images"):
            measured(network, nothing)
