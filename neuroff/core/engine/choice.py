"""Which engine is taken: the one named, or by how much there is to compute."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Literal, get_args

from neuroff.checks import require_number
from neuroff.core.engine.events import EventEngine
from neuroff.core.engine.reference import Engine
from neuroff.errors import ConfigError, require_choice

EngineName = Literal["auto", "torch", "numba"]

WORTH_IT = 2e11
"""Products and sums of a run from which kernels are taken: some ten seconds of PyTorch on one core. Loading
Numba and its kernels takes a second, compiling them once some ten."""


def has_kernels() -> bool:
    """Whether Numba is installed; it is not loaded."""
    return find_spec("numba") is not None


def chosen_engine(name: EngineName, operations: float) -> Engine:
    """Return an engine.

    Args:
        name: ``auto`` takes kernels where Numba is installed and there is enough to do. What is chosen
            depends on nothing else, so the same run is computed the same way again.
        operations: products and sums of the whole run, if all inputs fired; 0 on the dense path.

    Raises:
        ConfigError: if there is no such engine, or kernels are asked for by name and Numba is missing.
    """
    require_choice(name, get_args(EngineName), "training.engine")
    require_number("operations", operations, least=0.0, where="chosen_engine")
    if name == "torch" or (name == "auto" and (operations < WORTH_IT or not has_kernels())):
        return Engine()
    if not has_kernels():
        raise ConfigError(
            "Numba is not installed",
            where="training.engine=numba",
            expected="the package numba",
            fix="install it with `pip install numba`, or set training.engine=torch",
        )
    return EventEngine()
