"""A run directory: a configuration, a checkpoint while training, a network and a result when it is done.

==================== ==================================================================
config.json          the configuration, written first
checkpoint.safetensors everything needed to go on; removed when training is done
network.safetensors  the trained parameters
result.json          accuracies, history, time, versions, commit; written last
==================== ==================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch

from neuroff.config import Config, parse_config
from neuroff.config.build import build, build_network
from neuroff.config.inputs import prepare
from neuroff.core.engine import Engine, chosen_engine, has_kernels
from neuroff.core.inputs import Inputs, Split
from neuroff.core.network import Network
from neuroff.core.plan import Plan
from neuroff.core.synapses import Planes
from neuroff.data import DataSet
from neuroff.errors import ConfigError, RunError, shortened
from neuroff.files import (
    read_json,
    read_tensors,
    sha256_of,
    write_json,
    write_tensors,
)
from neuroff.results import RunResult
from neuroff.runs.content import content_of
from neuroff.runs.directory import RunDirectory as RunDirectory
from neuroff.runs.network_file import save_network
from neuroff.runs.result import FORMAT, PARTS, Part, describe_result
from neuroff.runs.stage_store import StageStore
from neuroff.training import Progress, initial_state, train
from neuroff.training.callbacks import Callback
from neuroff.training.state import TrainingState, layers_from_tensors, restore_state
from neuroff.training.team import Alone, Team
from neuroff.training.window import cut


@dataclass(frozen=True)
class TrainedRun:
    """A finished run, read back.

    Attributes:
        config: its configuration.
        network: the trained network.
        result: what ``result.json`` holds.
    """

    config: Config
    network: Network
    result: RunResult


def train_run(
    directory: RunDirectory,
    config: Config,
    dataset: DataSet,
    *,
    device: str = "cpu",
    resume: bool = False,
    measured: Sequence[Part] = PARTS,
    stage_store: StageStore | None = None,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    callbacks: Sequence[Callback] = (),
    team: Team | None = None,
) -> RunResult:
    """Train into a run directory and return what its ``result.json`` holds.

    Args:
        directory: where the run lives.
        config: its configuration.
        dataset: the images.
        device: where to train.
        resume: go on from the directory's checkpoint if there is one.
        measured: images the final accuracy is taken on; a choice between settings leaves the test images out.
        stage_store: finished stages to start from and to add to.
        progress: listener.
        should_stop: asked in every batch.
        callbacks: told of every epoch, beside those that the configuration asks for.
        team: the processes that train together; this one alone without it.

    Raises:
        RunError: if the directory holds another run, or one that is not to be resumed.
        neuroff.training.Interrupted: if asked to stop; the checkpoint is kept.
    """
    team = team or Alone()
    refuse_other_run(directory, config, resume)
    if team.leads:
        directory.forget_temporaries()
    if directory.result_file.exists():
        return RunResult.read(directory.result_file)
    split = prepare(dataset, config, device)
    network, plan = build(config, split)
    resumed = _resumed_state(directory, network, plan, split, device) if resume else None
    state, engine = resumed or (initial_state(network, plan, device), network.engine)
    network = replace(network, engine=engine)
    if stage_store is not None:
        stage_store.advance(config, dataset, state)
    team.agree(run=int(content_of(config, dataset)[:15], 16))  # nobody writes before all have looked
    if team.leads:
        write_json(directory.config_file, config.model_dump(mode="json"))

    def save(current: TrainingState) -> None:
        if stage_store is not None and current.stage > 0 and current.epoch == 0 and current.batch == 0:
            stage_store.keep(config, dataset, current)
        values = {"format": FORMAT, "engine": network.engine.name, **current.values()}
        write_tensors(directory.checkpoint_file, current.tensors(), values)

    try:
        trained = train(
            network,
            split,
            plan,
            state=state,
            progress=progress,
            save=save,
            should_stop=should_stop,
            callbacks=callbacks,
            team=team,
        )
    except ConfigError:
        if team.leads:
            directory.forget_start()
        raise
    result = describe_result(config, dataset, split, trained, device, measured, team.size)
    if not team.leads:
        return result
    save_network(trained.network, directory.network_file)
    digests = {directory.network_file.name: sha256_of(directory.network_file)}
    result = result.model_copy(update={"files": digests})
    result.write(directory.result_file)
    directory.checkpoint_file.unlink(missing_ok=True)
    return result


def refuse_other_run(directory: RunDirectory, config: Config, resume: bool) -> None:
    """Refuse a directory that holds another run, or this one if it is not to be resumed."""
    if not directory.config_file.exists():
        return
    if not resume:
        raise RunError(
            "a run is already here",
            where=str(directory.path),
            fix="add --resume to go on, or name another --out",
        )
    if read_config(directory) != config:
        raise RunError(
            "the run here has another configuration",
            where=str(directory.path),
            fix="repeat the options it was started with, or name another --out",
        )


def _resumed_state(
    directory: RunDirectory, network: Network, plan: Plan, split: Split, device: str
) -> tuple[TrainingState, Engine] | None:
    """Return where a run stands, and who has computed it so far and goes on."""
    if not directory.checkpoint_file.exists():
        return None
    tensors, values = read_tensors(directory.checkpoint_file)
    on_device = {
        name: tensor if name.endswith(".step") else tensor.to(device) for name, tensor in tensors.items()
    }
    where = str(directory.checkpoint_file)
    state = restore_state(on_device, values, network, plan, where)
    if state.negatives is not None and not _are_labels(state.negatives, split.train):
        raise RunError(
            "the wrong labels of the running epoch do not fit the images",
            where=where,
            expected=f"{len(split.train)} class numbers",
            fix="start again without --resume",
        )
    return state, _recorded_engine(values.get("engine", "torch"), where)


def _recorded_engine(name: object, where: str) -> Engine:
    """Return the engine of a file's name for it.

    Raises:
        RunError: if there is no such engine; ConfigError: if it is not installed.
    """
    if name not in ("torch", "numba"):
        raise RunError(f"engine {shortened(name)}", where=where, expected="torch or numba")
    return chosen_engine(name, 0.0)


def _are_labels(labels: torch.Tensor, inputs: Inputs) -> bool:
    alike = labels.shape == inputs.labels.shape and labels.dtype == inputs.labels.dtype
    return alike and bool(((labels >= 0) & (labels < inputs.encoder.classes)).all())


def read_config(directory: RunDirectory) -> Config:
    """Read the configuration of a run directory.

    Raises:
        RunError: if there is none; ConfigError: if it is not valid.
    """
    if not directory.config_file.exists():
        raise RunError(
            "not a run directory",
            where=str(directory.path),
            expected="a folder made by `neuroff train --out`",
        )
    return parse_config(read_json(directory.config_file), str(directory.config_file))


def load_run(directory: RunDirectory, device: torch.device | str = "cpu") -> TrainedRun:
    """Read a finished run.

    Raises:
        RunError: if it is missing, unfinished or damaged.
    """
    config = read_config(directory)
    if not directory.result_file.exists():
        raise RunError(
            "training has not finished",
            where=str(directory.path),
            fix="go on with `neuroff train … --resume`",
        )
    result = RunResult.read(directory.result_file)
    if parse_config(result.config, str(directory.result_file)) != config:
        raise RunError(
            "config.json is not the configuration that the run's result.json records",
            where=str(directory.path),
            expected="the two files of one training",
            fix="put the file back, or train again",
        )
    _require_own_files(directory, result)
    tensors, _ = read_tensors(directory.network_file)
    engine = _recorded_engine(result.engine if has_kernels() else "torch", str(directory.result_file))
    planes = None if result.planes is None else Planes(*result.planes)
    network = build_network(config, result.pixels, result.classes, planes=planes, engine=engine)
    if result.window is not None:
        network = cut(network, result.window[0] - 1, result.window[1])
    layers = layers_from_tensors(
        {name: tensor.to(device) for name, tensor in tensors.items()},
        network.layers,
        str(directory.network_file),
    )
    return TrainedRun(config, replace(network, layers=layers), result)


def _require_own_files(directory: RunDirectory, result: RunResult) -> None:
    """Refuse files that are not those that the run wrote: one bit is another network."""
    for name, digest in result.files.items():
        if name != directory.network_file.name:
            raise RunError(
                f"a digest of {shortened(name)}", where=str(directory.result_file), fix=RunResult.FIX
            )
        if sha256_of(directory.network_file) != digest:
            raise RunError(
                f"{name} is not the file that the run's result.json records",
                where=str(directory.path),
                expected=f"SHA-256 {digest[:16]}…",
                fix="the file is damaged or another run's: put it back, or train again",
            )
