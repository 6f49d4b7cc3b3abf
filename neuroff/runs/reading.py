"""A finished run read back, and whether its files are the ones it wrote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from neuroff.config import Config, parse_config
from neuroff.config.build import build_network, training_asking
from neuroff.core.engine import Engine, chosen_engine, has_kernels
from neuroff.core.layer import Layer
from neuroff.core.network import Network
from neuroff.core.synapses import Planes
from neuroff.errors import RunError, naming, shortened, what_is
from neuroff.files import read_json, read_tensors, sha256_of
from neuroff.named_tensors import require_no_others
from neuroff.results import RunResult
from neuroff.runs.described import Reader
from neuroff.runs.directory import RunDirectory
from neuroff.runs.network_file import SINCE, network_from, network_tensors, network_values, require_format
from neuroff.training.state import layers_from_tensors
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


def read_config(directory: RunDirectory) -> Config:
    """Read the configuration of a run directory.

    Raises:
        RunError: if there is none; ConfigError: if it is not valid.
    """
    if not directory.config_file.exists():
        found = "" if directory.path.is_dir() else f": {what_is(directory.path)}"
        raise RunError(
            f"not a run directory{found}",
            where=str(directory.path),
            expected="a folder made by `neuroff train --out`",
        )
    return parse_config(read_json(directory.config_file), str(directory.config_file))


def load_run(directory: RunDirectory | Path | str, device: torch.device | str = "cpu") -> TrainedRun:
    """Read a finished run.

    Args:
        directory: the run's, or its path.
        device: where its tensors go.

    Raises:
        RunError: if it is missing, unfinished or damaged.
    """
    directory = RunDirectory.of(directory)
    config = read_config(directory)
    if not directory.result_file.exists():
        raise RunError(
            "training has not finished",
            where=str(directory.path),
            fix="go on with `neuroff train … --resume`",
        )
    result = RunResult.read(directory.result_file)
    where = str(directory.result_file)
    require_format({"format": result.format}, where)
    require_own_files(directory, config, result)
    tensors, values = read_tensors(directory.network_file)
    require_format(values, str(directory.network_file))
    engine = recorded_engine(result.engine if has_kernels() else "torch", where)
    with naming(directory.result_file):
        planes = _planes(directory, config, result)
        # The file has the numbers: none are drawn, and what training would take is not asked.
        network = build_network(
            config, result.pixels, result.classes, planes=planes, engine=engine, blank=True
        )
        if result.window is not None:
            network = cut(network, result.window[0] - 1, result.window[1])
    layers = _layers(tensors, network, directory)
    network = replace(network, layers=layers)
    require_no_others(tensors, network_tensors(network), str(directory.network_file))
    _require_described(tensors, values, network, result.engine, directory)
    layers = tuple(layer.to(device) for layer in layers)
    return TrainedRun(config, replace(network, layers=layers), result)


def _layers(tensors: Mapping[str, Tensor], network: Network, directory: RunDirectory) -> tuple[Layer, ...]:
    try:
        return layers_from_tensors(tensors, network.layers, str(directory.network_file))
    except RunError as error:
        others = f"{directory.config_file.name} and {directory.result_file.name}"
        raise RunError(
            error.what, where=error.where, expected=f"{error.expected}, as {others} say", fix=error.fix
        ) from None


def _require_described(
    tensors: Mapping[str, Tensor],
    values: Mapping[str, Any],
    network: Network,
    engine: str,
    directory: RunDirectory,
) -> None:
    """Refuse a network that its file describes otherwise; what older versions wrote has no description."""
    if "network" not in values:
        return
    where = str(directory.network_file)
    described = network_from(tensors, values["network"], Reader((), where), where)
    if described.engine.name != engine:
        raise RunError(
            f"engine: {shortened(engine)}",
            where=str(directory.result_file),
            expected=f"{described.engine.name}, as {directory.network_file.name} says",
            fix=RunResult.FIX,
        )
    found, said = network_values(replace(described, engine=network.engine)), network_values(network)
    for part, value in said.items():
        if part in SINCE and part not in values["network"]:
            continue  # an older file, which says nothing of it
        if found.get(part, value) != value or part not in found:
            raise RunError(
                f"{part} {shortened(found.get(part))}",
                where=where,
                expected=f"{shortened(value)}, as {directory.config_file.name} and "
                f"{directory.result_file.name} say",
                fix="a file belongs to another run or is damaged: put it back, or train again",
            )


def _planes(directory: RunDirectory, config: Config, result: RunResult) -> Planes | None:
    """Return how an image's values lie; with the label's inputs beside them they are the whole input."""
    if result.planes is None:
        return None
    planes = Planes(*result.planes)
    width = planes.size + training_asking(config, result.classes).inputs(0)
    if result.pixels != width:
        raise RunError(
            f"pixels: {result.pixels} with planes of {' × '.join(map(str, result.planes))}",
            where=str(directory.result_file),
            expected=f"{width}, the label's own inputs included",
            fix=RunResult.FIX,
        )
    return planes


def require_own_files(directory: RunDirectory, config: Config, result: RunResult) -> None:
    """Refuse files that are not those that the run wrote: one bit is another network."""
    if parse_config(result.config, str(directory.result_file)) != config:
        raise RunError(
            "config.json is not the configuration that the run's result.json records",
            where=str(directory.path),
            expected="the two files of one training",
            fix="put the file back, or train again",
        )
    own = {file.name: file for file in (directory.config_file, directory.network_file)}
    for name, digest in result.files.items():
        if name not in own:
            raise RunError(
                f"a digest of {shortened(name)}", where=str(directory.result_file), fix=RunResult.FIX
            )
        if sha256_of(own[name]) != digest:
            raise RunError(
                f"{name} is not the file that the run's result.json records",
                where=str(directory.path),
                expected=f"SHA-256 {digest[:16]}…",
                fix="the file is damaged or another run's: put it back, or train again",
            )


def require_own_checkpoint(values: Mapping[str, Any], content: str, directory: RunDirectory) -> None:
    """Refuse the checkpoint of another run; what older versions wrote does not say whose it is.

    Args:
        values: beside the checkpoint's tensors.
        content: digest of the run that is to go on; see `neuroff.runs.content`.
        directory: where both are.

    Raises:
        RunError: if it is another run's.
    """
    if values.get("run", content) != content:
        raise RunError(
            "a checkpoint of another configuration or of other data",
            where=str(directory.checkpoint_file),
            fix="put the run's own back, or start again without it",
        )


def recorded_engine(name: object, where: str) -> Engine:
    """Return the engine of a file's name for it.

    Raises:
        RunError: if there is no such engine; ConfigError: if it is not installed.
    """
    if name not in ("torch", "numba"):
        raise RunError(f"engine {shortened(name)}", where=where, expected="torch or numba")
    return chosen_engine(name, 0.0)
