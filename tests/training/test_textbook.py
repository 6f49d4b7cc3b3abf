"""Against an independent textbook FF: overlaid copies, autograd, written from the formulas alone."""

from __future__ import annotations

import pytest
import torch

from benchmarks import textbook
from neuroff.config.build import build_network, build_plan
from neuroff.config.inputs import prepare
from neuroff.config.overrides import apply_settings
from neuroff.config.presets import preset
from neuroff.core.inputs import Inputs
from neuroff.core.plan import Stage
from neuroff.data import DataSet, load
from neuroff.errors import DataError
from neuroff.training.evaluate import predict
from neuroff.training.negatives import negative_labels
from tests.narrow import bias_of, weight_of
from tests.samples import state_by, train_by


def scaled(inputs: Inputs) -> torch.Tensor:
    """Pixels as the textbook takes them, in float64."""
    return (inputs.pixels[:].double() / 255 - inputs.encoder.mean) / inputs.encoder.deviation


def test_equals_the_textbook_over_fifty_epochs(digits: DataSet) -> None:
    config = apply_settings(
        preset("paper", dataset="digits"),
        ["precision=float64", "widths=60,40,20", "epochs=50", "evaluate_every=0", "train_count=400"],
    )
    split = prepare(digits, config)
    encoder = split.train.encoder
    start = [
        textbook.TextbookLayer(weight_of(layer).clone(), bias_of(layer).clone())
        for layer in state_by(config, 784).layers
    ]
    expected = textbook.train(
        scaled(split.train),
        split.train.labels,
        start,
        lambda layer, epoch: negative_labels(
            build_plan(config), build_network(config, 784, 10), split.train, Stage(layer, (layer,), 50), epoch
        ),
        epochs=50,
        amplitude=encoder.amplitude,
    )
    found = train_by(config, split)
    for index, curve in enumerate(expected.losses):
        ours = [record.layers[0].loss for record in found.history if record.stage == index]
        assert ours == pytest.approx(curve, rel=1e-8)
    for layer, theirs in zip(found.network.layers, expected.layers, strict=True):
        assert float((weight_of(layer) - theirs.weight).norm() / theirs.weight.norm()) < 1e-6
    assert expected.losses[0][-1] < 0.7 * expected.losses[0][0]
    images, amplitude = scaled(split.test), encoder.amplitude
    assert torch.equal(
        predict(found.network, split.test), textbook.predict(expected.layers, images, amplitude)
    )


def mnist() -> DataSet:
    try:
        return load("mnist")
    except DataError as error:
        pytest.skip(f"MNIST is not here: {error}")


def test_bfloat16_products_keep_the_paper_s_losses() -> None:
    """Losses agree to 1e-3 over 20 epochs of the paper's set-up, on MNIST, with 1,000 of its images."""
    common = ["train_count=1000", "epochs=20", "evaluate_every=0"]
    curves = []
    for precision in ("float32", "bfloat16"):
        config = apply_settings(preset("paper"), [*common, f"precision={precision}"])
        history = train_by(config, prepare(mnist(), config)).history
        curves.append([record.layers[0].loss for record in history])
    assert curves[1] == pytest.approx(curves[0], rel=1e-3)
    assert curves[0][19] < 0.9 * curves[0][0]
