"""Finished stages by the content of everything that led to them, so that equal work is done once.

With partners that are already trained, the first layer hears nobody, whatever the variant: FF, F-CFF and
A-CFF share it, and so do all readings that differ in collaboration only. A stage's key is a digest of the
part of the configuration that can reach it, of the images, and of what computes. A stage taken from the store
leaves the run in the state it would have reached itself, to the bit on the same machine.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import torch

from neuroff.config import Config
from neuroff.config.build import build_plan
from neuroff.core.plan import Stage
from neuroff.data import DataSet
from neuroff.errors import RunError
from neuroff.files import read_tensors, write_tensors
from neuroff.named_tensors import require_no_others
from neuroff.training.recorded import records_read
from neuroff.training.state import TrainingState, layer_from_tensors

_SINCE: Final = (
    ("data", "held_out_share", 0.0),
    ("label", "place", "pixels"),
    ("network", "layers", None),
    ("network", "standardise", False),
    ("network", "group_norm", None),
    ("training", "patience", None),
    ("training", "keep_best", False),
    ("label", "drawn_by", "stage"),
    ("training", "engine", "auto"),
    ("collaboration", "coupling", "added"),
    ("collaboration", "gamma_most", None),
)
"""Choices that came later, and what was done before: section, key, value."""


def _stages(config: Config) -> tuple[Stage, ...]:
    return build_plan(config).stages(config.network.depth)


def stage_key(config: Config, dataset: DataSet, stage: int) -> str:
    """Return a digest of everything a stage's result depends on.

    Args:
        config: the configuration.
        dataset: the images; their files' checksums enter.
        stage: index of the stage.
    """
    values = config.model_dump(mode="json")
    last = max(max(planned.layers) for planned in _stages(config)[: stage + 1])
    _leave_out_unsaid(values)
    if config.network.layers is None:
        values["network"]["widths"] = values["network"]["widths"][: last + 1]
    else:
        del values["network"]["widths"]
    del values["training"]["checkpoint_every"]
    if config.path == "dense":
        del values["neuron"]
    if config.variant == "ff" or (last == 0 and config.collaboration.partners == "trained"):
        del values["collaboration"], values["variant"]
        values["network"]["prediction"] = config.network.prediction if last else "goodness"
    elif config.variant == "fcff":
        values["collaboration"] = {
            key: value for key, value in values["collaboration"].items() if not key.startswith("gamma_")
        }
    content = {
        "stage": stage,
        "config": values,
        "data": [file.sha256 for file in dataset.provenance.files],
        "torch": str(torch.__version__),
        "threads": torch.get_num_threads(),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _leave_out_unsaid(values: dict[str, Any]) -> None:
    """Drop choices left as they were before there was a choice, so that what is stored stays found."""
    for section, name, before in _SINCE:
        if values[section][name] == before:
            del values[section][name]


@dataclass(frozen=True)
class StageStore:
    """A folder of finished stages, one file each, named by their keys.

    Attributes:
        path: the folder; made when the first stage is kept.
    """

    path: Path

    def _file(self, key: str) -> Path:
        return self.path / f"{key}.safetensors"

    def keep(self, config: Config, dataset: DataSet, state: TrainingState) -> None:
        """Keep the stage that ``state`` has just finished, if it is not here yet."""
        done = state.stage - 1
        target = self._file(stage_key(config, dataset, done))
        if target.exists():
            return
        tensors = {
            f"{index}.{name}": tensor
            for index in _stages(config)[done].layers
            for name, tensor in state.layers[index].tensors().items()
        }
        history = [asdict(record) for record in state.history if record.stage == done]
        write_tensors(target, tensors, {"history": history, "key": target.stem})

    def advance(self, config: Config, dataset: DataSet, state: TrainingState) -> int:
        """Move a state at the start of a stage over every following stage that is here.

        Args:
            config: of the run.
            dataset: its images.
            state: moved in place; γ of a layer without partners stays what the run starts it with.

        Returns:
            The number of stages taken over.

        Raises:
            RunError: if a stored stage is damaged.
        """
        first = state.stage
        for stage in _stages(config)[first:]:
            key = stage_key(config, dataset, stage.index)
            source = self._file(key)
            if state.epoch or state.batch or not source.exists():
                break
            tensors, values = read_tensors(source)
            _take_over(config, state, stage, tensors, values, key, str(source))
            state.stage += 1
        return state.stage - first


def _take_over(
    config: Config,
    state: TrainingState,
    stage: Stage,
    tensors: dict[str, torch.Tensor],
    values: dict[str, Any],
    key: str,
    where: str,
) -> None:
    layers = stage.layers
    alone = config.variant == "ff" or (layers == (0,) and config.collaboration.partners == "trained")
    try:
        if values.get("key", key) != key:
            raise RunError("another stage than its name says", where=where)
        records = records_read(values.get("history"), (stage,), where)
        if not records:
            raise RunError("a history without an epoch", where=where, expected="one at least")
        named = {f"layers.{name}": tensor for name, tensor in tensors.items()}
        found = {index: layer_from_tensors(named, state.layers[index], index, where) for index in layers}
        own = {f"layers.{index}.{name}" for index in layers for name in found[index].tensors()}
        require_no_others(named, own, where)
    except RunError as error:
        raise RunError(
            f"not a finished stage: {error.what}",
            where=error.where,
            expected=error.expected,
            fix="remove the file; the stage is trained again",
        ) from None
    for index, layer in found.items():
        for name, tensor in state.layers[index].tensors().items():
            if name != "gamma" or not alone:
                tensor.copy_(layer.tensors()[name])
    if alone:
        gammas = {index: float(state.layers[index].gamma) for index in layers}
        records = [
            replace(
                record, layers=tuple(replace(entry, gamma=gammas[entry.layer]) for entry in record.layers)
            )
            for record in records
        ]
    state.history.extend(records)
