"""The process that reads HDF5 files for this one: started with the first file, and kept."""

from __future__ import annotations

import atexit
import json
import os
import select
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import neuroff

_GRACE_S = 5.0  # over what the other process holds to itself
_BLOCK = 2**16


class _Lost(Exception):
    """The other process has ended or does not answer."""


@dataclass
class Reader:
    """A process of `neuroff.exchange.hdf5_serving` and the way to it; ends with this one.

    Attributes:
        owner: number of the process that asks.
    """

    owner: int
    _process: subprocess.Popen[bytes] | None = None
    _alone: threading.Lock = field(default_factory=threading.Lock)

    @property
    def pid(self) -> int | None:
        """Return the number of the other process, once a file was read."""
        return None if self._process is None else self._process.pid

    def asked(self, path: str, seconds: float, attributes: bool) -> tuple[bytes, str]:
        """Return what is in a file as `receive` takes it, and how reading ended: 0, or words.

        Args:
            path: the file.
            seconds: how long it may take.
            attributes: whether attributes are read too.
        """
        request = json.dumps({"path": path, "seconds": seconds, "attributes": attributes}).encode() + b"\n"
        with self._alone:
            for last in (False, True):  # one that has ended since the last file is started again
                try:
                    return self._answered(request, seconds + _GRACE_S)
                except (_Lost, OSError):
                    self.close()
                    if last:
                        break
        return b"", "the process that reads has ended"

    def close(self) -> None:
        """End the other process; one that a forked child has inherited is its parent's."""
        if self._process is not None and os.getpid() == self.owner:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _answered(self, request: bytes, seconds: float) -> tuple[bytes, str]:
        if self._process is None or self._process.poll() is not None:
            self._process = _started()
            seconds += _GRACE_S
        there, back = self._process.stdin, self._process.stdout
        assert there is not None
        assert back is not None
        there.write(request)
        there.flush()
        replies = _Replies(back.fileno(), time.monotonic() + seconds)
        content = bytearray()
        while length := int.from_bytes(replies.exactly(4), "little"):
            content += replies.exactly(length)
        return bytes(content), str(json.loads(replies.line()))


@dataclass
class _Replies:
    """Bytes of the other process, for which nobody waits for ever."""

    source: int
    deadline: float
    left: bytearray = field(default_factory=bytearray)

    def exactly(self, count: int) -> bytes:
        while len(self.left) < count:
            self._more()
        found = bytes(self.left[:count])
        del self.left[:count]
        return found

    def line(self) -> bytes:
        while b"\n" not in self.left:
            self._more()
        return self.exactly(self.left.index(b"\n") + 1)

    def _more(self) -> None:
        if not select.select([self.source], [], [], max(self.deadline - time.monotonic(), 0.0))[0]:
            raise _Lost
        block = os.read(self.source, _BLOCK)
        if not block:
            raise _Lost
        self.left += block


def _started() -> subprocess.Popen[bytes]:
    home = str(Path(neuroff.__file__).parent.parent)
    search = os.pathsep.join(filter(None, [home, os.environ.get("PYTHONPATH")]))
    # -P: nothing in the working folder is taken for a module.
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "neuroff.exchange.hdf5_serving"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": search},
    )


@cache
def reader(process: int) -> Reader:
    """Return the reader of a process; a forked child has one of its own.

    Args:
        process: number of the process that asks.
    """
    made = Reader(process)
    atexit.register(made.close)
    return made
