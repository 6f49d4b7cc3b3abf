"""The training loop: stages, epochs, batches, chunks. It alone applies what local rules propose."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from neuroff.checks import require_kind
from neuroff.core.asking import Question
from neuroff.core.inputs import Inputs, Split
from neuroff.core.network import Network, image_drive
from neuroff.core.plan import Plan, Stage
from neuroff.core.rules import LayerGradient
from neuroff.core.together import require_split
from neuroff.errors import Interrupted
from neuroff.rng import generator
from neuroff.training.augmentation import augmented_stimulus
from neuroff.training.callbacks import Callback, EarlyStopping, KeepBest
from neuroff.training.dropout import silence_pixels
from neuroff.training.epoch import epoch_record
from neuroff.training.evaluate import accuracy
from neuroff.training.fitting import require_fitting
from neuroff.training.negatives import negative_labels, questions
from neuroff.training.online import learner
from neuroff.training.progress import Progress, Silent
from neuroff.training.side_by_side import Sums, learn_chunks, one_thread_of_torch
from neuroff.training.state import EpochRecord, TrainingState, initial_state
from neuroff.training.step import LayerStatistics
from neuroff.training.team import Alone, LostProcess, Rows, Team
from neuroff.training.window import require_held_out, windowed

_EVALUATED = 10_000  # images per accuracy during training; final accuracies use all

Save = Callable[[TrainingState], None]


@dataclass(frozen=True)
class TrainingResult:
    """What training leaves.

    Attributes:
        network: the trained network; it predicts by the rule of the plan, and ends with the last layer read.
        history: a record per epoch.
    """

    network: Network
    history: tuple[EpochRecord, ...]


@dataclass(frozen=True)
class _Around:
    """Whom a training listens to and tells."""

    listener: Progress
    save: Save
    should_stop: Callable[[], bool]
    team: Team
    callbacks: tuple[Callback, ...]

    def keep(self, state: TrainingState) -> None:
        """Save a state once, however many processes there are."""
        if self.team.leads:
            self.save(state)


@dataclass(frozen=True)
class _Batch:
    """What the chunks of one batch share."""

    plan: Plan
    inputs: Inputs
    stage: Stage
    counters: tuple[int, int]
    asked: Sequence[tuple[tuple[int, ...], Question]]
    first_drive: Tensor | None
    images: float

    def learn(self, network: Network, place: int, chunk: Rows, sums: Sums) -> None:
        """Add what one chunk gives, by its place among all chunks."""
        plan, inputs, layers = self.plan, self.inputs, self.stage.layers
        counters = (self.stage.index, *self.counters, place)
        signal = augmented_stimulus(inputs, chunk, plan.augmentation, plan.seed, *counters)
        if 0 in layers:
            silent = generator(plan.seed, "silent", *counters)
            signal = silence_pixels(signal, plan.pixel_dropout, silent)
        for indices, question in self.asked:
            learner(plan)(
                network,
                plan.losses(len(network.layers)),
                signal,
                question.rows(chunk),
                {index: sums.gradients[index] for index in indices},
                sums.statistics,
                images=self.images,
                depth=max(layers) + 1,
                first_drive=None if self.first_drive is None else self.first_drive[chunk],
                weight=None if inputs.weight is None else inputs.weight[chunk],
            )


def _never() -> bool:
    return False


def _keep_nothing(state: TrainingState) -> None:
    """Checkpoints are the caller's business; by default none are kept."""


@torch.no_grad()
def train(
    network: Network,
    split: Split,
    plan: Plan,
    *,
    state: TrainingState | None = None,
    progress: Progress | None = None,
    save: Save = _keep_nothing,
    should_stop: Callable[[], bool] = _never,
    callbacks: Sequence[Callback] = (),
    team: Team | None = None,
) -> TrainingResult:
    """Train a network from its start, or from a state, to its end.

    Args:
        network: where to start; left as it is. `neuroff.config.build` makes one of a configuration, with
            its plan.
        split: the images, on the device to train on.
        plan: how to train.
        state: where to go on; moved in place. It stands for the network's own parameters.
        progress: listener.
        save: called with the state every ``plan.checkpoint_every`` epochs, and when asked to stop.
        should_stop: asked in every batch.
        callbacks: told of every epoch, and may end a stage; those that the plan asks for come first.
        team: the processes that share the batches (`neuroff.training.ranks`); this one alone without it.

    Returns:
        The trained network and its history.

    Raises:
        TrainingError: if the loss is no longer finite, or another process of the team is gone; then the
            state before the batch has been saved.
        ConfigError: if the plan, the images or a callback do not fit the network.
        Interrupted: if ``should_stop`` said so; the state has been saved.
    """
    require_split(network, split, "train")
    require_kind("plan", plan, Plan, where="train")
    require_fitting(network, split.train, plan)
    network = replace(network, prediction=plan.prediction or network.prediction)
    plan = replace(plan, prediction=network.prediction)
    if plan.prediction == "window":
        require_held_out(split.held_out)
    if state is None:
        state = initial_state(network, plan, split.train.labels.device)
    network = replace(network, layers=state.layers)
    around = _Around(
        progress or Silent(), save, should_stop, team or Alone(), (*_asked_for(plan), *callbacks)
    )
    around.team.agree(
        stage=state.stage, epoch=state.epoch, batch=state.batch, images=len(split.train), seed=plan.seed
    )
    for callback in around.callbacks:
        callback.started(split, plan, state)
    images = len(split.train)
    chunks = plan.chunks(slice(0, min(plan.batch_size or images, images)))
    with one_thread_of_torch(network, len(chunks)):
        _run_stages(plan, network, split, state, around)
    for callback in around.callbacks:
        callback.finished(state)
    if plan.prediction == "window":
        network = windowed(network, split.held_out)
    return TrainingResult(network, tuple(state.history))


def _run_stages(plan: Plan, network: Network, split: Split, state: TrainingState, around: _Around) -> None:
    """Run what the state has not seen yet of all stages."""
    planned = plan.stages(len(network.layers))
    for stage in planned[state.stage :]:
        around.listener.stage_started(stage, len(planned), state.epoch)
        first_drive = None if plan.augmentation.changes else _frozen_first_drive(network, split, stage)
        while state.epoch < stage.epochs:
            record = _run_epoch(plan, network, split, stage, state, first_drive, around)
            state.history.append(record)
            state.epoch += 1
            around.listener.epoch_finished(stage, record)
            ends = [callback.epoch_finished(stage, state) for callback in around.callbacks]
            around.team.agree(end_of_stage=any(ends))
            if any(ends):
                break
            if state.epoch % plan.checkpoint_every == 0 and state.epoch < stage.epochs:
                around.keep(state)
        for callback in around.callbacks:
            callback.stage_finished(stage, state)
        state.stage, state.epoch = state.stage + 1, 0
        around.keep(state)


def _asked_for(plan: Plan) -> tuple[Callback, ...]:
    stopping = () if plan.patience is None else (EarlyStopping(plan.patience),)
    return (*stopping, *((KeepBest(),) if plan.keep_best else ()))


def _frozen_first_drive(network: Network, split: Split, stage: Stage) -> Tensor | None:
    """Return the first layer's drive by all training images, if it stays the same for a whole stage."""
    if 0 in stage.layers or split.train.constant is None:
        return None
    return image_drive(network, split.train.constant, network.engine)


def _run_epoch(
    plan: Plan,
    network: Network,
    split: Split,
    stage: Stage,
    state: TrainingState,
    first_drive: Tensor | None,
    around: _Around,
) -> EpochRecord:
    """Run the batches of one epoch that the state has not seen yet."""
    started = time.perf_counter()
    train_inputs = split.train
    if state.batch == 0:
        state.seconds = 0.0
        state.statistics = {
            index: LayerStatistics.empty(train_inputs.labels.device) for index in stage.layers
        }
    if state.negatives is None:
        state.negatives = negative_labels(plan, network, train_inputs, stage, state.epoch)
    asked = questions(network, stage, train_inputs.labels, state.negatives)
    batches = plan.batches(stage.index, state.epoch, len(train_inputs))
    earlier = state.seconds
    for number in range(state.batch, len(batches)):
        rows = batches[number]
        images = _amount(train_inputs, rows)
        gradients = {index: LayerGradient.of(network.layers[index]) for index in stage.layers}
        statistics = around.team.statistics(state.statistics)
        batch = _Batch(plan, train_inputs, stage, (state.epoch, number), asked, first_drive, images)
        dealt = around.team.dealt(rows, plan.chunk_size)
        learn_chunks(batch.learn, dealt, network, Sums(gradients, statistics))
        try:
            stopped = around.team.add_up(
                network.layers, gradients, statistics, state.statistics, around.should_stop
            )
        except LostProcess:
            around.save(state)
            raise
        rate = plan.rate(stage, state.epoch, number / len(batches))
        for index, gradient in gradients.items():
            state.optimisers[index].step(gradient, rate)
        state.batch = number + 1
        state.seconds = earlier + time.perf_counter() - started
        around.listener.batch_finished(stage, state.epoch, state.batch / len(batches))
        if stopped:
            around.keep(state)
            raise Interrupted
    record = epoch_record(network, stage, state, _amount(train_inputs, slice(0, len(train_inputs))))
    state.batch, state.negatives = 0, None
    return _with_accuracy(plan, network, split, stage, record)


def _amount(inputs: Inputs, rows: slice | Tensor) -> float:
    """Return the number of some images, or the sum of their weights."""
    if inputs.weight is not None:
        return float(inputs.weight[rows].sum())
    return rows.stop - rows.start if isinstance(rows, slice) else rows.shape[0]


def _with_accuracy(
    plan: Plan, network: Network, split: Split, stage: Stage, record: EpochRecord
) -> EpochRecord:
    """Add accuracies by the layers trained so far, where the plan asks for them."""
    every = plan.evaluate_every
    if record.epoch != stage.epochs and (every == 0 or record.epoch % every):
        return record
    depth = max(stage.layers) + 1

    def measured(inputs: str) -> float | None:
        images = getattr(split, inputs).some(_EVALUATED)
        return accuracy(network, images, plan.prediction, depth=depth) if len(images) else None

    return replace(record, train_accuracy=measured("train"), held_out_accuracy=measured("held_out"))
