"""Files of numpy, which may be anybody's: nothing is unpickled, what can be wrong with them is one list."""

from __future__ import annotations

import lzma
import struct
import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import Any, Final

import numpy as np

UNREADABLE: Final[tuple[type[Exception], ...]] = (
    *(OSError, ValueError, EOFError, KeyError, MemoryError, OverflowError),
    *(zipfile.BadZipFile, zlib.error, struct.error, lzma.LZMAError),
    *(NotImplementedError, RuntimeError),  # packed or encrypted in ways that zipfile does not read
    *(tokenize.TokenError, SyntaxError),  # a header that is read as Python, and is none
)
"""What numpy and zipfile raise over files that are damaged or of another kind."""


def open_npz(path: Path) -> Any:
    """Return the arrays of an ``.npz`` by name; they are read one by one, and the file is closed by ``with``.

    Raises:
        Exception: one of `UNREADABLE`, here and where an array is read.
    """
    found = np.load(path, allow_pickle=False)
    if isinstance(found, np.ndarray):  # a .npy with an archive behind it
        raise ValueError("one array, no archive")
    return found
