"""Who still uses a file or a folder: a lock that the system lets go when its process ends, however it ends.

Where there are no such locks (Windows, some network file systems), nothing is claimed by anybody and nothing
that may be in use is removed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from neuroff.errors import NeuroffError, RunError

try:
    fcntl: Any = import_module("fcntl")
except ImportError:  # Windows
    fcntl = None


def lock(descriptor: int) -> bool:
    """Claim what is open; return whether nobody else has.

    Args:
        descriptor: of an open file or folder; the claim ends when it is closed.
    """
    if fcntl is None:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True


def remove_abandoned(paths: Iterator[Path]) -> None:
    """Remove those temporary files and folders whose processes have ended."""
    if fcntl is None:
        return
    for path in paths:
        with suppress(OSError):  # gone meanwhile, or not ours to remove
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink(missing_ok=True)
            finally:
                os.close(descriptor)


@contextmanager
def claimed(folder: Path, kind: type[NeuroffError] = RunError) -> Iterator[None]:
    """Hold a folder, made if it is missing; if it is empty afterwards, what was made is removed again.

    Args:
        folder: of one process at a time.
        kind: of error to raise.

    Raises:
        NeuroffError: of that kind, if another process holds it or it cannot be made.
    """
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    descriptor = _opened(folder, kind)
    try:
        if descriptor is not None and not lock(descriptor):
            raise kind(
                "another process is at work here",
                where=str(folder),
                fix="wait until it has ended, or name another --out",
            )
        yield
    finally:
        with suppress(OSError):  # not empty
            for path in made:
                path.rmdir()
        if descriptor is not None:
            os.close(descriptor)


def _opened(folder: Path, kind: type[NeuroffError]) -> int | None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return None if fcntl is None else os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise kind(
            f"cannot write ({error.strerror})", where=str(folder), fix="name a folder you may write to"
        ) from None
