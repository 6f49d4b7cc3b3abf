"""Files of the baseline: its parameters, and where its training stands; what is read may be anybody's."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from neuroff.errors import RunError, shortened
from neuroff.files import read_tensors, write_tensors
from neuroff.named_tensors import require_no_others, taken
from neuroff.results.run import BackpropEpoch
from neuroff.runs.folder import RunDirectory
from neuroff.runs.reading import require_own_checkpoint
from neuroff.training.optimiser import entries, restore_adam


@dataclass
class BackpropState:
    """Parameters, Adam and the epochs done; moved in place."""

    parameters: list[Tensor]
    optimiser: torch.optim.Adam
    history: list[dict[str, Any]]


def named(parameters: Sequence[Tensor]) -> dict[str, Tensor]:
    """Return the parameters by the names that they have in files."""
    return {f"parameter.{index}": tensor for index, tensor in enumerate(parameters)}


def backprop_parameters(directory: RunDirectory, widths: Sequence[int] | None = None) -> list[Tensor]:
    """Read the trained parameters of a finished run, weights and biases in turn.

    Args:
        directory: of the run.
        widths: of the input, of every layer and of the read-out; as the file has them if not given.

    Raises:
        RunError: naming the tensor that is missing, superfluous, or of another type or shape.
    """
    tensors, _ = read_tensors(directory.network_file)
    where = str(directory.network_file)
    if widths is None:
        weights = (tensors.get(f"parameter.{index}") for index in range(0, len(tensors), 2))
        shapes = [tuple(weight.shape) for weight in weights if weight is not None and weight.ndim == 2]
        shapes = shapes or [(1, 1)]  # and missed below
        widths = [*(shape[1] for shape in shapes[:1]), *(shape[0] for shape in shapes)]
    like = [torch.empty(()).expand(shape) for pair in itertools.pairwise(widths) for shape in _shapes(*pair)]
    return _taken(tensors, like, where)


def _shapes(inputs: int, outputs: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return (outputs, inputs), (outputs,)


def _taken(
    tensors: Mapping[str, Tensor], like: Sequence[Tensor], where: str, beside: Collection[str] = ()
) -> list[Tensor]:
    """Return the parameters of a file, which are of these shapes, and the only ones but for some."""
    wanted = named(like).items()
    found = [taken(tensors, name, tuple(each.shape), each.dtype, where) for name, each in wanted]
    require_no_others(tensors, {*named(like), *beside}, where)
    return found


def save(state: BackpropState, directory: RunDirectory, content: str) -> None:
    """Write where training stands."""
    adam = {
        f"adam.{index}.{name}": value
        for index, kept in state.optimiser.state_dict()["state"].items()
        for name, value in kept.items()
    }
    values = {"format": 1, "run": content, "history": state.history}
    write_tensors(directory.checkpoint_file, named(state.parameters) | adam, values)


def restore(state: BackpropState, directory: RunDirectory, content: str, most: int) -> None:
    """Go on from a checkpoint of at most so many epochs.

    Raises:
        RunError: naming what does not fit the state.
    """
    tensors, values = read_tensors(directory.checkpoint_file)
    require_own_checkpoint(values, content, directory)
    where = str(directory.checkpoint_file)
    moments = {f"adam.{name}" for name in entries(state.optimiser)}
    found = _taken(tensors, state.parameters, where, moments)
    steps = restore_adam(state.optimiser, tensors, where, "adam.")
    epochs = _epochs(values.get("history"))
    if epochs is None or len(epochs) > most or (steps == 0) != (not epochs) or steps % max(1, len(epochs)):
        raise RunError(
            f"a history {shortened(values.get('history'))} after {steps} steps",
            where=where,
            expected=f"a record of every epoch, up to {most}",
            fix="remove the file, and train again",
        )
    with torch.no_grad():
        for parameter, tensor in zip(state.parameters, found, strict=True):
            parameter.copy_(tensor)
    state.history = epochs


def _epochs(history: object) -> list[dict[str, Any]] | None:
    """Return the records of a history if they are those of epochs from 1 on."""
    try:
        records = [BackpropEpoch.model_validate(each, strict=True) for each in history]  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        return None
    numbers = [record.epoch for record in records]
    return [record.to_json() for record in records] if numbers == [*range(1, len(numbers) + 1)] else None
