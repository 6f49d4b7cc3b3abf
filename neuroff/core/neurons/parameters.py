"""Numbers of a neuron that may be fixed or learned.

A number is fixed. A tensor is learned: it is the same for all neurons of a layer, belongs to the layer like
its weights, and training moves it in place.
"""

from __future__ import annotations

from typing import Literal, get_args

import torch
from torch import Tensor

from neuroff.core.checks import require_tensor
from neuroff.errors import RunError, require_choice

NeuronParameter = Literal["beta", "alpha", "threshold"]
NEURON_PARAMETERS: tuple[NeuronParameter, ...] = get_args(NeuronParameter)

_LEAST_THRESHOLD = 1e-3


def keep_in_range(name: NeuronParameter, value: Tensor) -> None:
    """Bring a learned number back, in place, to where the neuron makes sense.

    Args:
        name: ``beta`` and ``alpha`` stay in [0, 1], ``threshold`` stays positive (at least 0.001).
        value: any shape.

    Raises:
        ConfigError: if there is no such number; ShapeError: if the value is no tensor.
    """
    require_choice(name, NEURON_PARAMETERS, "learned number of a neuron")
    require_tensor("value", value, where="keep_in_range", expected="of any shape")
    if name == "threshold":
        value.clamp_(min=_LEAST_THRESHOLD)
    else:
        value.clamp_(0.0, 1.0)


def require_in_range(name: str, value: Tensor, where: str) -> None:
    """Refuse a learned number with which a neuron makes no sense.

    Args:
        name: of the number; see `NeuronParameter`.
        value: any shape.
        where: names it in errors.

    Raises:
        RunError: if ``beta`` or ``alpha`` leaves [0, 1], or ``threshold`` is not above 0.
    """
    wrong = value[~(value > 0.0) if name == "threshold" else ~((value >= 0.0) & (value <= 1.0))]
    if wrong.numel():
        raise RunError(
            f"{name} = {float(wrong.flatten()[0]):g}",
            where=where,
            expected="a number above 0" if name == "threshold" else "a number from 0 to 1",
            fix="the file is damaged; train again",
        )


def scaled_sum(base: Tensor, value: Tensor, factor: float | Tensor) -> Tensor:
    """Return ``base + factor · value`` for a fixed or a learned factor."""
    if isinstance(factor, Tensor):
        return torch.addcmul(base, value, factor)
    return torch.add(base, value, alpha=factor)


def scaled_difference(base: Tensor, value: Tensor, factor: float | Tensor) -> Tensor:
    """Return ``base − factor · value`` for a fixed or a learned factor."""
    if isinstance(factor, Tensor):
        return torch.addcmul(base, value, factor, value=-1.0)
    return torch.sub(base, value, alpha=factor)
