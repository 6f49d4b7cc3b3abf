"""Optional libraries, loaded where they are used."""

from __future__ import annotations

import importlib
import warnings
from types import ModuleType

from neuroff.errors import MissingDependencyError


def load_library(module: str) -> ModuleType:
    """Import a module of an optional library.

    Args:
        module: dotted name, such as ``norse.torch.functional.lif_box``.

    Raises:
        MissingDependencyError: if it, or something it needs itself, is not installed.
    """
    try:
        with warnings.catch_warnings():
            # Norse 1.1 compiles functions while it is imported; its users can do nothing about that.
            warnings.filterwarnings("ignore", r"`torch\.jit\.script` is deprecated", DeprecationWarning)
            return importlib.import_module(module)
    except ImportError as error:
        library = module.partition(".")[0]
        raise MissingDependencyError(
            f"{library} cannot be imported ({error})",
            where="neuroff.interop",
            fix="run `pip install 'neuroff[interop]'`",
        ) from error
