"""What learning has changed so far, as one file."""

from __future__ import annotations

from pathlib import Path

import torch

from neuroff.chip.learning.learner import LearnerState
from neuroff.chip.learning.modulator import MAX_GAMMA
from neuroff.chip.learning.plan import LearningPlan
from neuroff.chip.synapses import stored
from neuroff.errors import RunError
from neuroff.files import read_tensors, write_tensors


def save_state(path: Path, state: LearnerState) -> None:
    """Write weights, γ and the number of presentations.

    Raises:
        RunError: if the file cannot be written.
    """
    weights = {f"weight{index}": weight for index, weight in enumerate(state.weights)}
    write_tensors(path, weights, {"gammas": state.gammas, "presentations": state.presentations})


def load_state(path: Path, plan: LearningPlan) -> LearnerState:
    """Read what `save_state` wrote.

    Raises:
        RunError: if the file is damaged or of another network than the plan's.
    """
    tensors, values = read_tensors(path)
    weights = [tensors.get(f"weight{index}", torch.empty(0)) for index in range(len(plan.layers))]
    gammas, shown = values.get("gammas"), values.get("presentations")
    fits = all(
        weight.dtype == torch.int32
        and tuple(weight.shape) == (axons, layer.neurons)
        and bool(torch.equal(stored(weight, layer.weight_bits, "mixed"), weight))
        for weight, layer, axons in zip(weights, plan.layers, plan.axons, strict=True)
    )
    whole = isinstance(gammas, list) and len(gammas) == len(weights) and all(map(_is_gamma, gammas))
    if not fits or not whole or not _is_count(shown):
        raise RunError(
            "not the state of this network",
            where=str(path),
            expected=f"weights of {plan.axons} axons, and γ",
            fix="learn again",
        )
    return LearnerState(weights, [int(gamma) for gamma in gammas or ()], int(shown or 0))


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_gamma(value: object) -> bool:
    return _is_count(value) and value in range(MAX_GAMMA + 1)
