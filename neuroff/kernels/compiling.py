"""How a kernel is compiled: once for its argument types, kept on disk where there is a place for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def compiled(function: Kernel) -> Kernel:
    """Compile a function when it is first called; other threads run on meanwhile.

    Numba keeps machine code beside the module, or in the user's cache folder if that cannot be written, or
    under NUMBA_CACHE_DIR. Where none of them can be, every process compiles anew.
    """
    # "contract": a product and a sum in one instruction. Nothing else is taken for granted of the numbers.
    kernel = numba.njit(nogil=True, error_model="numpy", fastmath={"contract"})(function)
    try:
        kernel.enable_caching()
        kernel._cache._cache_file._source_stamp = _stamp()
    except (RuntimeError, AttributeError):  # no folder to keep it in, or another Numba's cache
        pass
    return kernel  # type: ignore[no-any-return]


def _stamp() -> tuple[tuple[str, float, int], ...]:
    """Return what changes with any file of this room: machine code holds the functions that it calls.

    Numba itself looks at the caller's file alone.
    """
    files = sorted(Path(__file__).parent.glob("*.py"))
    return tuple((file.name, file.stat().st_mtime, file.stat().st_size) for file in files)
