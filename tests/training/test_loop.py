from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from neuroff.config import Config
from neuroff.config.build import build_network, build_plan
from neuroff.config.inputs import prepare
from neuroff.core.plan import Stage
from neuroff.data import DataSet
from neuroff.errors import TrainingError
from neuroff.training import Interrupted, TrainingResult, TrainingState
from neuroff.training.restoring import restore_state
from neuroff.training.state import EpochRecord
from tests.narrow import bias_of, present, weight_of
from tests.samples import state_by, train_by

ALL_WAYS = [
    ("dense", "sequential", "none"),
    ("dense", "interleaved", "50"),
    ("spiking", "sequential", "none"),
    ("spiking", "interleaved", "50"),
]


def parameters(result: TrainingResult) -> list[torch.Tensor]:
    return [
        tensor
        for layer in result.network.layers
        for tensor in (weight_of(layer), bias_of(layer), layer.gamma)
    ]


def assert_same_bits(one: TrainingResult, other: TrainingResult) -> None:
    for left, right in zip(parameters(one), parameters(other), strict=True):
        assert torch.equal(left, right)


@pytest.mark.parametrize(("path", "schedule", "batch"), ALL_WAYS)
def test_gamma_zero_is_plain_ff_bit_for_bit(
    quick: Callable[..., Config], few_digits: DataSet, path: str, schedule: str, batch: str
) -> None:
    common = (f"schedule={schedule}", f"batch_size={batch}", "collaboration.threshold=centred")
    ff = quick(*common, path=path)
    fcff = quick(*common, "gamma=0", path=path, variant="fcff")
    assert_same_bits(train_by(ff, prepare(few_digits, ff)), train_by(fcff, prepare(few_digits, fcff)))


@pytest.mark.parametrize(("path", "schedule", "batch"), ALL_WAYS)
def test_same_seed_same_bits_and_global_generator_untouched(
    quick: Callable[..., Config], few_digits: DataSet, path: str, schedule: str, batch: str
) -> None:
    config = quick(f"schedule={schedule}", f"batch_size={batch}", path=path, variant="acff")
    before = torch.get_rng_state()
    first = train_by(config, prepare(few_digits, config))
    assert torch.equal(torch.get_rng_state(), before)
    torch.rand(3)
    again = train_by(config, prepare(few_digits, config))
    assert_same_bits(first, again)
    assert [record.layers for record in first.history] == [record.layers for record in again.history]
    other = config.model_copy(update={"seed": 1})
    assert not torch.equal(
        weight_of(train_by(other, prepare(few_digits, other)).network.layers[0]),
        weight_of(first.network.layers[0]),
    )


@pytest.mark.parametrize(("path", "schedule", "batch"), ALL_WAYS)
@pytest.mark.parametrize("stop_after", [1, 3, 6])
@pytest.mark.parametrize("negatives", ["redrawn", "hard"])
def test_stopped_and_resumed_equals_uninterrupted(
    quick: Callable[..., Config],
    few_digits: DataSet,
    path: str,
    schedule: str,
    batch: str,
    stop_after: int,
    negatives: str,
) -> None:
    ways = (f"schedule={schedule}", f"batch_size={batch}", f"negatives={negatives}")
    config = quick(*ways, path=path, variant="acff")
    split = prepare(few_digits, config)
    whole = train_by(config, split)
    asked = iter(range(1, 1000))
    kept = {}

    def save(state: TrainingState) -> None:
        kept["tensors"] = {name: tensor.clone() for name, tensor in state.tensors().items()}
        kept["values"] = state.values()

    with pytest.raises(Interrupted):
        train_by(config, split, save=save, should_stop=lambda: next(asked) == stop_after)
    resumed = restore_state(
        kept["tensors"],
        kept["values"],
        build_network(config, split.train.pixels.shape[1], 10),
        build_plan(config),
        "memory",
    )
    result = train_by(config, split, state=resumed)
    assert_same_bits(result, whole)
    for left, right in zip(result.history, whole.history, strict=True):
        assert (left.layers, left.train_accuracy) == (right.layers, right.train_accuracy)


def test_chunks_change_rounding_only(quick: Callable[..., Config], few_digits: DataSet) -> None:
    config = quick("batch_size=none", "precision=float64", variant="acff")
    small = config.model_copy(update={"training": config.training.model_copy(update={"chunk_size": 33})})
    one, other = (train_by(c, prepare(few_digits, c)) for c in (config, small))
    for left, right in zip(parameters(one), parameters(other), strict=True):
        torch.testing.assert_close(left, right, rtol=1e-9, atol=1e-11)


def test_acff_moves_gamma_and_fcff_does_not(quick: Callable[..., Config], few_digits: DataSet) -> None:
    adaptive, fixed = quick(variant="acff"), quick(variant="fcff")
    moved = train_by(adaptive, prepare(few_digits, adaptive)).network.layers
    stayed = train_by(fixed, prepare(few_digits, fixed)).network.layers
    assert float(moved[0].gamma) == pytest.approx(0.1), "the first layer has no trained partner"
    assert abs(float(moved[1].gamma) - 0.1) > 1e-3
    assert [float(layer.gamma) for layer in stayed] == [0.5, 0.5]


@pytest.mark.parametrize("optimiser", ["descent", "adam"])
def test_gamma_follows_its_optimiser(
    quick: Callable[..., Config], few_digits: DataSet, optimiser: str
) -> None:
    settings = ("epochs=1", "batch_size=none", "schedule=interleaved", f"gamma_optimiser={optimiser}")
    config = quick(*settings, variant="acff")
    gamma = float(train_by(config, prepare(few_digits, config)).network.layers[1].gamma)
    moved = abs(gamma - 0.1)
    assert moved > 0
    if optimiser == "adam":
        assert moved == pytest.approx(0.01, rel=1e-3), "Adam's first step has the length of its learning rate"


def test_non_finite_loss_stops_with_advice(quick: Callable[..., Config], few_digits: DataSet) -> None:
    config = quick()
    split = prepare(few_digits, config)
    state = state_by(config, split.train.pixels.shape[1])
    weight_of(state.layers[0])[0, 100] = float("nan")
    with pytest.raises(TrainingError, match=r"layer 1 has loss nan.*Lower training.learning_rate"):
        train_by(config, split, state=state)


@pytest.mark.parametrize("path", ["dense", "spiking"])
def test_a_black_box_between_layers_does_not_stop_learning(
    quick: Callable[..., Config], digits: DataSet, path: str
) -> None:
    """NetworkFF claims that FF tolerates non-differentiable parts; no gradient passes between layers."""

    def quantise(output: torch.Tensor) -> torch.Tensor:
        return (output * 4).round().clamp(0, 3)

    config = quick("epochs=12", "widths=100,100", path=path, variant="acff")
    split = prepare(digits, config)
    plain = train_by(config, split)
    boxed = train_by(config, split, black_boxes={0: quantise})
    assert torch.equal(weight_of(plain.network.layers[0]), weight_of(boxed.network.layers[0]))
    if path == "dense":
        assert not torch.equal(weight_of(plain.network.layers[1]), weight_of(boxed.network.layers[1]))
    assert present(boxed.history[-1].train_accuracy) > 0.9


def test_learning_works_on_both_paths(quick: Callable[..., Config], digits: DataSet) -> None:
    for path in ("dense", "spiking"):
        config = quick("epochs=12", "widths=100,100", path=path)
        history = train_by(config, prepare(digits, config)).history
        assert present(history[-1].train_accuracy) > 0.93, path
        assert history[-1].layers[0].loss < 0.5 * history[0].layers[0].loss, path


def test_progress_hears_every_epoch(quick: Callable[..., Config], few_digits: DataSet) -> None:
    heard: list[tuple[Any, ...]] = []

    class Listener:
        def stage_started(self, stage: Stage, stages: int, done_epochs: int) -> None:
            heard.append(("stage", stage.index, stages, done_epochs))

        def batch_finished(self, stage: Stage, epoch: int, share: float) -> None:
            heard.append(("batch", epoch, share))

        def epoch_finished(self, stage: Stage, record: EpochRecord) -> None:
            heard.append(("epoch", record.epoch))

    config = quick("schedule=sequential", "epochs=2", "batch_size=100")
    train_by(config, prepare(few_digits, config), progress=Listener())
    assert heard[:4] == [("stage", 0, 2, 0), ("batch", 0, 0.5), ("batch", 0, 1.0), ("epoch", 1)]
    assert sum(entry[0] == "epoch" for entry in heard) == 4
