"""A training state read back from a checkpoint, which may be anybody's: all of it fits network and plan.

A state that does not would be trained on in silence: moments that are missing start anew, a place beyond the
plan ends a stage at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from neuroff.checks import is_number
from neuroff.core.inputs import Inputs
from neuroff.core.network import Network
from neuroff.core.plan import Plan, Stage
from neuroff.errors import RunError, shortened
from neuroff.named_tensors import require_no_others, taken
from neuroff.training.callbacks.keeping import best_epoch
from neuroff.training.negatives import draws_by_layer
from neuroff.training.recorded import records_read
from neuroff.training.state import TrainingState, layer_tensors, layers_from_tensors, state_of
from neuroff.training.step import LayerStatistics

_FIX = "start again without --resume"


def restore_state(
    tensors: Mapping[str, Tensor],
    values: Mapping[str, Any],
    network: Network,
    plan: Plan,
    where: str,
    images: Inputs | None = None,
) -> TrainingState:
    """Rebuild a state from what `TrainingState.tensors` and `TrainingState.values` returned.

    Args:
        tensors: by name.
        values: beside them.
        network: what is trained.
        plan: how.
        where: file to name in errors.
        images: that it is trained on; without them their number and the batches are not compared.

    Raises:
        RunError: naming the tensor or the value that does not fit network, plan or images.
    """
    try:
        return _restored(tensors, values, network, plan, where, images)
    except RunError as error:
        raise RunError(
            f"not a training checkpoint: {error.what}", where=error.where, expected=error.expected, fix=_FIX
        ) from None


def _restored(
    tensors: Mapping[str, Tensor],
    values: Mapping[str, Any],
    network: Network,
    plan: Plan,
    where: str,
    images: Inputs | None,
) -> TrainingState:
    state = state_of(layers_from_tensors(tensors, network.layers, where), plan)
    stages = plan.stages(len(state.layers))
    state.stage, state.epoch, state.batch = _place(values, stages, plan, where, images)
    state.seconds = _number(values, "seconds", where)
    layers = stages[state.stage].layers if state.stage < len(stages) else ()
    state.history = records_read(values.get("history"), stages[: state.stage + 1], where)
    done = sum(record.stage == state.stage for record in state.history)
    if done != state.epoch:
        raise RunError(f"history of {done} epochs of a stage that has done {state.epoch}", where=where)
    _take_optimisers(state, tensors, layers, plan, where, images)
    _take_statistics(state, tensors, layers, where)
    _take_kept(state, tensors, layers, plan, where)
    _take_negatives(state, tensors, layers, network, plan, where, images)
    require_no_others(tensors, state.tensors(), where)
    return state


def _place(
    values: Mapping[str, Any], stages: Sequence[Stage], plan: Plan, where: str, images: Inputs | None
) -> tuple[int, int, int]:
    """Return the stage, and the epochs and batches of it that are done; all are 0 behind the last stage."""
    stage = _whole(values, "stage", len(stages), where)
    begun = stage < len(stages)
    epoch = _whole(values, "epoch", stages[stage].epochs - 1 if begun else 0, where)
    most = 2**53 if images is None else len(plan.batches(stage, epoch, len(images)))
    return stage, epoch, _whole(values, "batch", most if begun else 0, where)


def _whole(values: Mapping[str, Any], key: str, most: int, where: str) -> int:
    value = values.get(key)
    if type(value) is not int or not 0 <= value <= most:
        raise RunError(
            f"{key} = {shortened(value)}", where=where, expected=f"a whole number from 0 to {most}"
        )
    return value


def _number(values: Mapping[str, Any], key: str, where: str) -> float:
    value = values.get(key)
    if not is_number(value) or value < 0:
        raise RunError(f"{key} = {shortened(value)}", where=where, expected="a number from 0")
    return float(value)


def _take_optimisers(
    state: TrainingState,
    tensors: Mapping[str, Tensor],
    learning: tuple[int, ...],
    plan: Plan,
    where: str,
    images: Inputs | None,
) -> None:
    """Take over optimisers: of layers at work all, of finished ones perhaps none, of later ones none."""
    finished = {layer for stage in plan.stages(len(state.layers))[: state.stage] for layer in stage.layers}
    batches = None if images is None else len(plan.batches(state.stage, state.epoch, len(images)))
    for index, optimiser in enumerate(state.optimisers):
        steps = optimiser.restore(tensors, where, f"optimiser.{index}.")
        if index in finished:  # a stage from the store has none
            continue
        begun = index in learning and bool(state.epoch or state.batch)
        asked = None if batches is None else state.epoch * batches + state.batch
        if (steps > 0) != begun or (begun and asked is not None and steps != min(asked, _COUNTED)):
            raise RunError(
                f"optimiser of layer {index} after {steps} steps, at stage {state.stage}, "
                f"epoch {state.epoch} and batch {state.batch}",
                where=where,
                expected=f"{'some' if asked is None else asked} steps" if begun else "none",
            )


_COUNTED = 2**24
"""Beyond it a float32, in which PyTorch counts, stays where it is."""


def _take_statistics(
    state: TrainingState, tensors: Mapping[str, Tensor], layers: tuple[int, ...], where: str
) -> None:
    """Take over sums of the running epoch; those of a finished one may be there, and are not used."""
    prefix = "statistics."
    held = {name for name in tensors if name.startswith(prefix)}
    for index in layers if state.batch else range(len(state.layers)):
        if state.batch or f"{prefix}{index}" in held:
            totals = taken(tensors, f"{prefix}{index}", (3,), torch.float64, where)
            state.statistics[index] = LayerStatistics(totals)


def _take_kept(
    state: TrainingState, tensors: Mapping[str, Tensor], layers: tuple[int, ...], plan: Plan, where: str
) -> None:
    """Take over what callbacks keep; layers that are to go back to their best epoch are all there."""
    prefix = "kept."
    state.kept = {
        name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)
    }
    own = {
        name: tensor
        for name, tensor in layer_tensors(state.layers).items()
        if int(name.split(".")[1]) in layers
    }
    whole = plan.keep_best and best_epoch(state.history, state.stage) is not None
    for name, tensor in own.items():
        if whole or name in state.kept:
            taken(tensors, prefix + name, tuple(tensor.shape), tensor.dtype, where)
    if whole:
        require_no_others({n: t for n, t in state.kept.items() if n.startswith("layers.")}, own, where)


def _take_negatives(
    state: TrainingState,
    tensors: Mapping[str, Tensor],
    layers: tuple[int, ...],
    network: Network,
    plan: Plan,
    where: str,
    images: Inputs | None,
) -> None:
    """Take over the wrong labels of the running epoch, ``(B,)``, or ``(L, B)`` if layers draw their own."""
    found = tensors.get("negatives")
    if found is None and not state.batch:
        return
    count = len(images) if images is not None else found.shape[-1] if found is not None and found.ndim else 0
    shape = (len(layers), count) if draws_by_layer(plan, network) else (count,)
    state.negatives = taken(tensors, "negatives", shape, torch.int64, where)
    if bool(((state.negatives < 0) | (state.negatives >= network.classes)).any()):
        raise RunError(
            "the wrong labels of the running epoch do not fit the images",
            where=where,
            expected=f"tensor 'negatives' of class numbers from 0 to {network.classes - 1}",
        )
