"""Which of neuroff's surrogate derivatives is which of Norse's threshold methods.

The installed Norse is asked for its derivative rather than believed: its ``super`` is 1 / (|u| + 1)² whatever
alpha is in version 1.1, and is written 1 / (alpha |u| + 1)² in the paper it cites (Zenke and Ganguli, Neural
Comput. 30(6), 2018).
"""

from __future__ import annotations

import torch

from neuroff.core.neurons.surrogate import SurrogateName, surrogate_derivative
from neuroff.errors import ConfigError
from neuroff.interop.library import load_library

_METHODS: tuple[tuple[SurrogateName, str], ...] = (("fast_sigmoid", "super"), ("triangle", "triangle"))


def method_of(surrogate: SurrogateName, steepness: float) -> tuple[str, float]:
    """Return Norse's method and alpha with a derivative of neuroff.

    Raises:
        ConfigError: if the installed Norse has none.
    """
    for name, method in _METHODS:
        for alpha in (steepness, 1.0):
            if name == surrogate and _is_derivative(method, alpha, name, steepness):
                return method, alpha
    raise ConfigError(
        f"surrogate {surrogate!r} of steepness {steepness:g}",
        where="to_norse_cell",
        expected="a derivative that the installed Norse has: fast_sigmoid or triangle of steepness 1",
        fix="spikes do not depend on it: dataclasses.replace(lif, surrogate='fast_sigmoid', steepness=1.0)",
    )


def surrogate_of(method: str, alpha: float) -> tuple[SurrogateName, float]:
    """Return neuroff's surrogate and steepness with the derivative of a method of Norse.

    Raises:
        ConfigError: if neuroff has none.
    """
    for name, known in _METHODS:
        for steepness in (alpha, 1.0):
            if known == method and _is_derivative(method, alpha, name, steepness):
                return name, steepness
    raise ConfigError(
        f"method {method!r} with alpha = {alpha:g}",
        where="from_norse_cell",
        expected="a surrogate derivative that neuroff has",
        fix="pass surrogate= and steepness=; any will do if only spikes are wanted",
    )


def _is_derivative(method: str, alpha: float, name: SurrogateName, steepness: float) -> bool:
    threshold = load_library("norse.torch.functional.threshold").threshold
    distance = torch.tensor([-2.5, -0.7, -0.1, 0.05, 0.4, 0.95, 3.0], dtype=torch.float64)
    slope = torch.tensor(alpha, dtype=torch.float64)
    with torch.enable_grad():
        probe = distance.clone().requires_grad_()
        (found,) = torch.autograd.grad(threshold(probe, method, slope).sum(), probe)
    wanted = surrogate_derivative(distance, name, steepness)
    return bool(torch.allclose(found, wanted, rtol=1e-9, atol=1e-12))
