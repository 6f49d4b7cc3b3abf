"""The libraries by name."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import get_args

from neuroff.choices import Library as Library
from neuroff.errors import require_choice
from neuroff.interop.simulators.simulator import Simulator


def load(library: Library, path: Path, *, double: bool = False) -> Simulator:
    """Load a file of the library's flavour.

    Args:
        library: its name.
        path: the file.
        double: whether to compute in float64, with the numbers the file holds; as the library does otherwise.

    Raises:
        ConfigError: if there is no such library, or the file was written for another one.
        MissingDependencyError: if it or the package ``nir`` is not installed.
    """
    require_choice(library, get_args(Library), "library")
    module = importlib.import_module(f"neuroff.interop.simulators.{library}")
    loaded: Simulator = module.load(path, double=double)
    return loaded
