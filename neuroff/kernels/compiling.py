"""How a kernel is compiled: once for its argument types, kept on disk where there is a place for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def compiled(function: Kernel) -> Kernel:
    """Compile a function when it is first called; other threads run on meanwhile.

    Numba keeps machine code beside the module, or in the user's cache folder if that cannot be written, or
    under NUMBA_CACHE_DIR. Where none of them can be, every process compiles anew.
    """
    # "contract": a product and a sum in one instruction. Nothing else is taken for granted of the numbers.
    options = {"nogil": True, "error_model": "numpy", "fastmath": {"contract"}}
    try:
        return numba.njit(cache=True, **options)(function)  # type: ignore[no-any-return]
    except RuntimeError:  # no folder to keep it in
        return numba.njit(**options)(function)  # type: ignore[no-any-return]
