from __future__ import annotations

import pytest
import torch

from benchmarks import textbook
from benchmarks.images import mnist_or_random
from neuroff.config.build import build_network, build_plan
from neuroff.config.inputs import prepare
from neuroff.config.overrides import apply_settings
from neuroff.config.presets import preset
from neuroff.core.plan import Stage
from neuroff.training.evaluate import predict
from neuroff.training.negatives import negative_labels
from tests.narrow import bias_of, weight_of
from tests.samples import state_by, train_by

EPOCHS = 5


def test_overlay_writes_into_a_copy() -> None:
    images = torch.full((3, 12), 0.5)
    written = textbook.overlay(images, torch.tensor([2, 0, 9]), 3.0)
    assert (images == 0.5).all()
    assert (written[:, 10:] == 0.5).all()
    assert written[:, :10].nonzero().tolist() == [[0, 2], [1, 0], [2, 9]]
    assert (written[:, :10].sum(1) == 3.0).all()


def test_loss_is_the_mean_softplus_and_does_not_overflow() -> None:
    positive, negative = torch.tensor([2.0, -1e5]).double(), torch.tensor([2.0, 2.0]).double()
    expected = (3 * torch.log(torch.tensor(2.0).double()) + 1e5 + 2.0) / 4
    assert textbook.loss(positive, negative, 2.0).item() == pytest.approx(expected.item(), rel=1e-15)


def test_neuroff_trains_and_predicts_as_the_textbook_does() -> None:
    settings = ["train_count=60", "precision=float64", f"epochs={EPOCHS}", "widths=14,9", "chunk_size=25"]
    config = apply_settings(preset("paper"), settings)
    split = prepare(mnist_or_random(60, 40, random=True), config)
    encoder = split.train.encoder

    def scaled(pixels: torch.Tensor) -> torch.Tensor:
        return (pixels.double() / 255.0 - encoder.mean) / encoder.deviation

    state = state_by(config, 784)
    initial = [
        textbook.TextbookLayer(weight_of(each).clone(), bias_of(each).clone()) for each in state.layers
    ]
    theirs = textbook.train(
        scaled(split.train.pixels[:]),
        split.train.labels,
        initial,
        lambda layer, epoch: negative_labels(
            build_plan(config), build_network(config, 784, 10), split.train, Stage(layer, (layer,), 50), epoch
        ),
        epochs=EPOCHS,
        amplitude=encoder.amplitude,
    )
    ours = train_by(config, split, state=state)
    assert not torch.equal(theirs.layers[0].weight, initial[0].weight)
    for layer, reference in zip(ours.network.layers, theirs.layers, strict=True):
        torch.testing.assert_close(weight_of(layer), reference.weight, rtol=1e-9, atol=1e-10)
        torch.testing.assert_close(bias_of(layer), reference.bias, rtol=1e-9, atol=1e-10)
    found = [record.layers[0].loss for record in ours.history]
    assert found == pytest.approx([value for losses in theirs.losses for value in losses], rel=1e-10)
    expected = textbook.predict(theirs.layers, scaled(split.test.pixels[:]), encoder.amplitude)
    assert torch.equal(predict(ours.network, split.test), expected)
    assert expected.unique().numel() > 1
