"""What learning has changed so far, as one file."""

from __future__ import annotations

from pathlib import Path

import torch

from neuroff.chip.learning.learner import LearnerState
from neuroff.chip.learning.modulator import MAX_GAMMA
from neuroff.chip.learning.plan import LearningPlan
from neuroff.chip.synapses import stored
from neuroff.errors import RunError, shortened
from neuroff.files import read_tensors, write_tensors
from neuroff.named_tensors import require_no_others, taken


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
    where, names = str(path), [f"weight{index}" for index in range(len(plan.layers))]
    gammas, shown = values.get("gammas"), values.get("presentations")
    try:
        weights = [
            taken(tensors, name, (axons, layer.neurons), torch.int32, where)
            for name, layer, axons in zip(names, plan.layers, plan.axons, strict=True)
        ]
        require_no_others(tensors, names, where)
        for name, weight, layer in zip(names, weights, plan.layers, strict=True):
            if not torch.equal(stored(weight, layer.weight_bits, "mixed"), weight):
                what = f"tensor {name!r} has a number that {layer.weight_bits} bits do not hold"
                raise RunError(what, where=where)
        if not isinstance(gammas, list) or len(gammas) != len(names) or not all(map(_is_gamma, gammas)):
            expected = f"{len(names)} whole numbers from 0 to {MAX_GAMMA}"
            raise RunError(f"gammas {shortened(gammas)}", where=where, expected=expected)
        if not _is_count(shown):
            what = f"presentations {shortened(shown)}"
            raise RunError(what, where=where, expected="a whole number from 0")
    except RunError as error:
        raise RunError(
            f"not the state of this network: {error.what}",
            where=where,
            expected=error.expected or f"weights of {plan.axons} axons, and γ",
            fix="learn again",
        ) from None
    return LearnerState(weights, [int(gamma) for gamma in gammas], int(shown or 0))


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_gamma(value: object) -> bool:
    return _is_count(value) and value in range(MAX_GAMMA + 1)
