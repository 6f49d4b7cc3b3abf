from __future__ import annotations

from pathlib import Path

import pytest
import torch

from neuroff.config import Config
from neuroff.config.build import build_plan
from neuroff.config.inputs import prepare
from neuroff.config.overrides import apply_settings
from neuroff.config.presets import preset
from neuroff.data import DataSet
from neuroff.errors import ConfigError, TrainingError
from neuroff.experiments.backprop import backprop_parameters, backprop_predictions, train_backprop
from neuroff.runs.folder import RunDirectory
from neuroff.training import Interrupted
from tests.narrow import present


@pytest.fixture
def config() -> Config:
    small = ["widths=30,20", "training.epochs=30", "evaluate_every=10", "checkpoint_every=7"]
    return apply_settings(preset("paper", dataset="digits"), small)


def test_it_learns_and_reads_back(config: Config, digits: DataSet, tmp_path: Path) -> None:
    directory = RunDirectory(tmp_path / "run")
    result = train_backprop(directory, config, digits, learning_rate=0.01)
    assert present(result.accuracy.test) > 0.85
    split = prepare(digits, config)
    predicted = backprop_predictions(backprop_parameters(directory), split.test)
    assert float((predicted == split.test.labels).double().mean()) == result.accuracy.test
    assert len(result.history) == 30
    assert not directory.checkpoint_file.exists()


def test_stopped_and_resumed_equals_uninterrupted(
    config: Config, few_digits: DataSet, tmp_path: Path
) -> None:
    whole, parts = RunDirectory(tmp_path / "whole"), RunDirectory(tmp_path / "parts")
    train_backprop(whole, config, few_digits, learning_rate=0.01)
    asked = iter(range(1, 100))
    with pytest.raises(Interrupted):
        train_backprop(parts, config, few_digits, learning_rate=0.01, should_stop=lambda: next(asked) == 11)
    assert parts.checkpoint_file.exists()
    train_backprop(parts, config, few_digits, learning_rate=0.01)
    for left, right in zip(backprop_parameters(whole), backprop_parameters(parts), strict=True):
        assert torch.equal(left, right)


def test_its_gradient_is_that_of_the_mean_cross_entropy(
    config: Config, few_digits: DataSet, tmp_path: Path
) -> None:
    """One step of plain PyTorch from the same start gives the same weights."""
    from neuroff.experiments import backprop

    one = apply_settings(config, ["training.epochs=1"])
    split = prepare(few_digits, one)
    start = backprop._initial(one, split, 0.01, 10)
    module = torch.nn.Sequential(
        torch.nn.Linear(784, 30), torch.nn.ReLU(), torch.nn.Linear(30, 20), torch.nn.ReLU(),
        torch.nn.Linear(20, 10),
    )  # fmt: skip
    with torch.no_grad():
        for ours, theirs in zip(start.parameters, module.parameters(), strict=True):
            theirs.copy_(ours)
    optimiser = torch.optim.Adam(module.parameters(), lr=0.01)
    images = (split.train.pixels[:].float() / 255 - split.train.encoder.mean) / split.train.encoder.deviation
    torch.autograd.backward(torch.nn.functional.cross_entropy(module(images), split.train.labels))
    optimiser.step()
    train_backprop(RunDirectory(tmp_path / "one"), one, few_digits, learning_rate=0.01)
    trained = backprop_parameters(RunDirectory(tmp_path / "one"))
    for ours, theirs in zip(trained, module.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs.detach(), rtol=1e-4, atol=1e-6)


def test_smaller_batches_are_more_steps(config: Config, few_digits: DataSet, tmp_path: Path) -> None:
    """Two batches of 100 are two steps of plain PyTorch over the shuffled images."""
    from neuroff.experiments import backprop

    halves = apply_settings(config, ["training.epochs=1", "training.batch_size=100"])
    split = prepare(few_digits, halves)
    state = backprop._initial(halves, split, 0.01, 10)
    images = (split.train.pixels[:].float() / 255 - split.train.encoder.mean) / split.train.encoder.deviation
    for rows in build_plan(halves).batches(0, 0, 200):
        state.optimiser.zero_grad()
        logits = backprop._logits(state.parameters, images[rows], torch.float32)
        torch.autograd.backward(torch.nn.functional.cross_entropy(logits, split.train.labels[rows]))
        state.optimiser.step()
    train_backprop(RunDirectory(tmp_path / "run"), halves, few_digits, learning_rate=0.01)
    for ours, theirs in zip(
        backprop_parameters(RunDirectory(tmp_path / "run")), state.parameters, strict=True
    ):
        torch.testing.assert_close(ours, theirs.detach(), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("key", ["pixel_dropout", "shift", "flip", "cutout", "weight_decay"])
def test_what_the_baseline_does_not_do_is_refused(
    config: Config, few_digits: DataSet, tmp_path: Path, key: str
) -> None:
    value = "1" if key in ("shift", "cutout") else "0.1"
    with pytest.raises(ConfigError, match=f"training.{key}="):
        train_backprop(
            RunDirectory(tmp_path / "run"),
            apply_settings(config, [f"training.{key}={value}"]),
            few_digits,
            learning_rate=0.01,
        )
    assert not (tmp_path / "run").exists()


def test_divergence_is_reported(config: Config, few_digits: DataSet, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="backpropagation has loss"):
        train_backprop(RunDirectory(tmp_path / "run"), config, few_digits, learning_rate=1e30)


def test_products_may_be_bfloat16(config: Config, few_digits: DataSet, tmp_path: Path) -> None:
    """The rounding is there, and learning does not mind it."""
    rounded = apply_settings(config, ["training.precision=bfloat16"])
    whole, coarse = RunDirectory(tmp_path / "whole"), RunDirectory(tmp_path / "coarse")
    exact = train_backprop(whole, config, few_digits, learning_rate=0.01)
    other = train_backprop(coarse, rounded, few_digits, learning_rate=0.01)
    losses = [[record.loss for record in result.history] for result in (exact, other)]
    assert losses[0] != losses[1]
    assert losses[0][0] == pytest.approx(losses[1][0], abs=1e-3)  # of the same weights
    assert abs(present(exact.accuracy.test) - present(other.accuracy.test)) < 0.05
