"""A process that reads HDF5 files for another one, each in a child of its own.

The HDF5 library loops for ever over some damaged files and falls over others. What loads it stays, so that
a file costs a fork and not a start of Python; what reads a file ends with it. Requests are lines of JSON on
standard input; a reply is chunks, each after its length as four bytes, a chunk of nothing, and a line of
JSON that says how the child ended. Both processes end with the one that asked.
"""

from __future__ import annotations

import gc
import io
import json
import os
import select
import signal
import sys
import time
from pathlib import Path
from typing import BinaryIO

from neuroff.errors import ExportError
from neuroff.exchange.hdf5_reading import read_tree, send

_MEMORY_BYTES = 2**32
_LEAST_S = 2
_CHUNK = 2**16


def answer(path: str, attributes: bool, stream: BinaryIO) -> None:
    """Write what is in a file, or why it is not read; `neuroff.exchange.hdf5_reading.receive` reads it."""
    try:
        send(read_tree(Path(path), attributes=attributes), stream)
    except ExportError as error:
        told = [error.what, error.where, error.expected, error.fix]
        stream.write(json.dumps({"error": told}).encode() + b"\n")


def serve(requests: BinaryIO, replies: BinaryIO) -> None:
    """Answer until nobody asks any more."""
    _end_with(os.getppid())
    gc.freeze()  # children share what is loaded; counting its references would copy it
    for line in requests:
        asked = json.loads(line)
        if hasattr(os, "fork"):
            ended = _forked(asked["path"], asked["attributes"], asked["seconds"], replies)
        else:  # the caller ends this process where a file takes too long
            content = io.BytesIO()
            answer(asked["path"], asked["attributes"], content)
            _chunk(replies, content.getvalue())
            ended = "0"
        replies.write((0).to_bytes(4, "little") + json.dumps(ended).encode() + b"\n")
        replies.flush()


def _forked(path: str, attributes: bool, seconds: float, replies: BinaryIO) -> str:
    """Read a file in a child, pass on what it says, and return how it ended: 0, or words."""
    reads, writes = os.pipe()
    own = os.getpid()
    child = os.fork()
    if not child:
        os.close(reads)
        _child(path, attributes, writes, own)
    os.close(writes)
    deadline = time.monotonic() + seconds
    try:
        while True:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([reads], [], [], left)[0]:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                return f"reading takes longer than {seconds:g} s"
            block = os.read(reads, _CHUNK)
            if not block:
                break
            _chunk(replies, block)
    finally:
        os.close(reads)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code == -signal.SIGXCPU:
        return f"reading takes longer than {_processor_s(path)} s of a processor"
    return "0" if code == 0 else f"reading ended with code {code}"


def _child(path: str, attributes: bool, writes: int, caller: int) -> None:
    code = 1
    try:
        _end_with(caller)
        _bound(_processor_s(path))
        content = io.BytesIO()  # numpy writes to no pipe
        answer(path, attributes, content)
        with os.fdopen(writes, "wb") as stream:
            stream.write(content.getbuffer())
        code = 0
    finally:
        os._exit(code)


def _chunk(replies: BinaryIO, block: bytes) -> None:
    if block:
        replies.write(len(block).to_bytes(4, "little") + block)


def _end_with(caller: int) -> None:
    """Have the system end this process with the one that started it (Linux)."""
    try:
        import ctypes

        ctypes.CDLL(None).prctl(1, int(signal.SIGKILL))  # PR_SET_PDEATHSIG
    except (ImportError, OSError, AttributeError):  # another system: an input that closes ends it
        return
    if os.getppid() != caller:  # it ended before this was said
        os._exit(1)


def _processor_s(path: str) -> int:
    """Return how many seconds of a processor a file may take: a loop without end uses them up."""
    return _LEAST_S + int(os.stat(path).st_size / 1e6)


def _bound(seconds: int) -> None:
    """Take no more memory and time than a file within bounds needs."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, OSError, ValueError):  # another system: time alone bounds it
        return


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the caller's
    serve(sys.stdin.buffer, sys.stdout.buffer)
