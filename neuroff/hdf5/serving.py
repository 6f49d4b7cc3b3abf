"""A process that reads HDF5 files for another one, in a child that takes file after file.

The HDF5 library loops for ever over some damaged files and falls over others. What loads it stays; its child
reads, so that a file costs neither a start of Python nor a fork. A file that takes too long of a processor
ends the child, and another is forked, as it is where a file has left something behind. With a child that
falls this process ends too. Requests are lines of JSON on standard input, which the child takes from there
itself; replies are frames of `neuroff.hdf5.frames`. Both processes end with the one that asked.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from neuroff.errors import ExportError
from neuroff.hdf5.frames import ENDED, LOOPED, REPLY, STARTED, TOO_LARGE, head
from neuroff.hdf5.reading import files_left_open, read_tree
from neuroff.hdf5.reply import packed, packed_error

FILES = 1000
"""How many a child reads: what the library loses of memory is lost for no longer."""
_MEMORY_BYTES = 2**32
_GROWN_BYTES = 2**27
_NOBODY, _FULL = 0, 3  # codes that a child ends with: nobody asks any more, another is to go on
_BLOCK = 2**16


def answer(path: str, attributes: bool, ragged: bool = False) -> bytes:
    """Return what is in a file, or why it is not read; `neuroff.hdf5.reply.unpacked` reads it."""
    try:
        return packed(read_tree(Path(path), attributes=attributes, ragged=ragged))
    except ExportError as error:
        return packed_error(error)


def serve() -> None:
    """Have files read until nobody asks any more."""
    _end_with(os.getppid())
    gc.freeze()  # children share what is loaded; counting its references would copy it
    _tell(STARTED)
    if not hasattr(os, "fork"):  # the caller ends this process where a file takes too long
        while _read_files() == _FULL:
            pass
        return
    own = os.getpid()
    while True:
        child = os.fork()
        if not child:
            _child(own)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code not in (_NOBODY, _FULL):
            _tell(ENDED, str(code).encode())
        if code not in (_FULL, LOOPED):
            return


def _child(caller: int) -> None:
    code = 1
    try:
        _end_with(caller)
        _bound()
        code = _read_files()
    except MemoryError:
        code = TOO_LARGE
    finally:
        os._exit(code)


def _read_files() -> int:
    before = _peak_bytes()
    for _ in range(FILES):
        request = _request()
        if not request:
            return _NOBODY
        asked = json.loads(request)
        with _no_longer_than(asked["processor_s"]):
            content = answer(asked["path"], asked["attributes"], asked["ragged"])
            behind = files_left_open() > 0 or _peak_bytes() - before > _GROWN_BYTES
        _tell(REPLY, content)
        if behind:
            break
    return _FULL


def _request() -> bytes:
    """Return a line of standard input, which nothing follows before it is replied to; none at its end."""
    line = b""
    while not line.endswith(b"\n"):
        block = os.read(0, _BLOCK)
        if not block:
            return b""
        line += block
    return line


def _tell(kind: bytes, content: bytes = b"") -> None:
    small = len(content) < _BLOCK  # one write then, and one look of the caller
    for part in (head(kind, len(content)) + content,) if small else (head(kind, len(content)), content):
        left = memoryview(part)
        while left:
            left = left[os.write(1, left) :]


def _end_with(caller: int) -> None:
    """Have the system end this process with the one that started it (Linux)."""
    try:
        import ctypes

        ctypes.CDLL(None).prctl(1, int(signal.SIGKILL))  # PR_SET_PDEATHSIG
    except (ImportError, OSError, AttributeError):  # another system: an input that closes ends it
        return
    if os.getppid() != caller:  # it ended before this was said
        os._exit(1)


@contextmanager
def _no_longer_than(seconds: float) -> Iterator[None]:
    """Have the system end this process after so many seconds of a processor, in whatever loop it is."""
    if not hasattr(signal, "setitimer"):  # another system: time by the clock alone bounds it
        yield
        return
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _bound() -> None:
    """Take no more memory than files within bounds need."""
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, OSError, ValueError):  # another system
        return


def _peak_bytes() -> int:
    try:
        import resource
    except ImportError:
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the caller's
    serve()
