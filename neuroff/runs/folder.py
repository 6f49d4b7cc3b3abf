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
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from neuroff.checks import require_kind, require_words
from neuroff.claims import claimed
from neuroff.config import Config
from neuroff.config.build import build
from neuroff.config.inputs import prepare
from neuroff.core.engine import Engine
from neuroff.core.inputs import Split
from neuroff.core.network import Network
from neuroff.core.plan import Plan
from neuroff.data import DataSet
from neuroff.device import require_device
from neuroff.errors import ConfigError, RunError, TrainingError
from neuroff.files import read_tensors, sha256_of, write_json, write_tensors
from neuroff.results import RunResult
from neuroff.runs.content import content_of
from neuroff.runs.directory import RunDirectory as RunDirectory
from neuroff.runs.network_file import save_network
from neuroff.runs.reading import TrainedRun as TrainedRun
from neuroff.runs.reading import load_run as load_run
from neuroff.runs.reading import read_config as read_config
from neuroff.runs.reading import recorded_engine, require_own_checkpoint, require_own_files
from neuroff.runs.result import FORMAT, PARTS, Part, describe_result
from neuroff.runs.stage_store import StageStore
from neuroff.training import Progress, initial_state, train
from neuroff.training.callbacks import Callback
from neuroff.training.restoring import restore_state
from neuroff.training.state import TrainingState
from neuroff.training.team import Alone, Team


def train_run(
    directory: RunDirectory | Path | str,
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
        directory: where the run lives, or its path.
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
        ConfigError: if there is no such device, or what is given is none.
        neuroff.training.Interrupted: if asked to stop; the checkpoint is kept.
    """
    directory, device = RunDirectory.of(directory), require_device(device)
    require_kind("config", config, Config, where="train_run")
    require_kind("dataset", dataset, DataSet, where="train_run")
    require_words("measured", measured, PARTS, where="train_run", some=False)
    team = team or Alone()
    told = _Told(resume, tuple(measured), stage_store, progress, should_stop, tuple(callbacks))
    with claimed(directory.path) if team.leads else nullcontext():
        refuse_other_run(directory, config, resume)
        if team.leads:
            directory.forget_temporaries()
        return _finished(directory, config) or _trained(directory, config, dataset, device, told, team)


@dataclass(frozen=True)
class _Told:
    """How `train_run` was asked to train."""

    resume: bool
    measured: tuple[Part, ...]
    stage_store: StageStore | None
    progress: Progress | None
    should_stop: Callable[[], bool]
    callbacks: tuple[Callback, ...]


def _finished(directory: RunDirectory, config: Config) -> RunResult | None:
    """Return the result of a run that has one, all of whose files are its own."""
    if not directory.result_file.exists():
        return None
    result = RunResult.read(directory.result_file)
    require_own_files(directory, config, result)
    directory.checkpoint_file.unlink(missing_ok=True)  # of a run that was killed after its last write
    return result


def _trained(
    directory: RunDirectory, config: Config, dataset: DataSet, device: str, told: _Told, team: Team
) -> RunResult:
    stage_store = told.stage_store
    split = prepare(dataset, config, device)
    network, plan = build(config, split)
    content = content_of(config, dataset)
    resumed = _resumed_state(directory, content, network, plan, split, device) if told.resume else None
    state, engine = resumed or (initial_state(network, plan, device), network.engine)
    network = replace(network, engine=engine)
    if stage_store is not None:
        stage_store.advance(config, dataset, state)
    team.agree(run=int(content[:15], 16))  # nobody writes before all have looked
    if team.leads:
        write_json(directory.config_file, config.model_dump(mode="json"))

    def save(current: TrainingState) -> None:
        if stage_store is not None and current.stage > 0 and current.epoch == 0 and current.batch == 0:
            stage_store.keep(config, dataset, current)
        values = {"format": FORMAT, "run": content, "engine": network.engine.name, **current.values()}
        write_tensors(directory.checkpoint_file, current.tensors(), values)

    try:
        trained = train(
            network,
            split,
            plan,
            state=state,
            progress=told.progress,
            save=save,
            should_stop=told.should_stop,
            callbacks=told.callbacks,
            team=team,
        )
    except (ConfigError, TrainingError):
        if team.leads:
            directory.forget_start()
        raise
    result = describe_result(config, dataset, split, trained, device, told.measured, team.size)
    if not team.leads:
        return result
    save_network(trained.network, directory.network_file)
    digests = {file.name: sha256_of(file) for file in (directory.config_file, directory.network_file)}
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
    directory: RunDirectory, content: str, network: Network, plan: Plan, split: Split, device: str
) -> tuple[TrainingState, Engine] | None:
    """Return where a run stands, and who has computed it so far and goes on."""
    if not directory.checkpoint_file.exists():
        return None
    tensors, values = read_tensors(directory.checkpoint_file)
    on_device = {
        name: tensor if name.endswith(".step") else tensor.to(device) for name, tensor in tensors.items()
    }
    where = str(directory.checkpoint_file)
    require_own_checkpoint(values, content, directory)
    state = restore_state(on_device, values, network, plan, where, split.train)
    return state, recorded_engine(values.get("engine", "torch"), where)
