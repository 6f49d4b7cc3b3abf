"""The process that reads HDF5 files for this one: started with the first file, and kept."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import neuroff
from neuroff.hdf5.frames import LOOPED, REPLY, STARTED, TOO_LARGE, Frames, Late, Lost

_START_S = 60.0  # of a Python, on a machine that may be busy
_TRIES = 3
_LOST = "the process that reads has ended"


class Unread(Exception):
    """A file that was not read, in words."""


@dataclass
class Reader:
    """A process of `neuroff.hdf5.serving` and the way to it; ends with this one.

    Attributes:
        owner: number of the process that asks.
    """

    owner: int
    _process: subprocess.Popen[bytes] | None = None
    _frames: Frames | None = None
    _used: bool = False  # whether it has read other files
    _alone: threading.Lock = field(default_factory=threading.Lock)

    @property
    def pid(self) -> int | None:
        """Return the number of the other process, once a file was read."""
        return None if self._process is None else self._process.pid

    def asked(
        self, path: str, seconds: float, processor_s: float, attributes: bool, ragged: bool = False
    ) -> bytearray:
        """Return what is in a file as `neuroff.hdf5.reply.unpacked` takes it.

        One that has read other files is not believed when it falls: another tries again.

        Args:
            path: the file.
            seconds: how long it may take by the clock.
            processor_s: how long it may take of a processor.
            attributes: whether attributes are read too.
            ragged: whether rows of variable length are.

        Raises:
            Unread: if the process that reads it ends, or takes longer.
        """
        asked = {"path": path, "processor_s": processor_s, "attributes": attributes, "ragged": ragged}
        with self._alone:
            ended = _LOST
            for _ in range(_TRIES):
                try:
                    kind, content = self._answered(asked, seconds)
                except Late:
                    self.close()
                    raise Unread(f"reading takes longer than {seconds:g} s") from None
                except (Lost, OSError):  # whatever ended it, another is started
                    self.close()
                    continue
                except BaseException:  # Ctrl-C, amid a reply
                    self.close()
                    raise
                used, self._used = self._used, kind == REPLY
                if kind == REPLY:
                    return content
                if int(content) == LOOPED:
                    raise Unread(f"reading takes longer than {processor_s:g} s of a processor")
                self.close()
                ended = _words(int(content))
                if not used:
                    break
            raise Unread(ended)

    def close(self) -> None:
        """End the other process; one that a forked child has inherited is its parent's."""
        if self._process is not None and os.getpid() == self.owner:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                assert pipe is not None
                pipe.close()
            self._process = self._frames = None

    def _answered(self, asked: dict[str, object], seconds: float) -> tuple[bytes, bytearray]:
        if self._process is not None and self._process.poll() is not None:
            self.close()
        if self._process is None:
            self._start()
        assert self._frames is not None
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asked).encode() + b"\n")
        return self._frames.next(seconds)

    def _start(self) -> None:
        self._process, self._used = _started(), False
        assert self._process.stdout is not None
        self._frames = Frames(self._process.stdout.fileno())
        try:
            kind, _ = self._frames.next(_START_S)
        except Late:
            raise Lost from None
        if kind != STARTED:
            raise Lost


def _words(code: int) -> str:
    """Return why a child ended."""
    return "reading takes too much memory" if code == TOO_LARGE else f"reading ended with code {code}"


def _started() -> subprocess.Popen[bytes]:
    home = str(Path(neuroff.__file__).parent.parent)
    search = os.pathsep.join(filter(None, [home, os.environ.get("PYTHONPATH")]))
    # -P: nothing in the working folder is taken for a module.
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "neuroff.hdf5.serving"],
        bufsize=0,
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
