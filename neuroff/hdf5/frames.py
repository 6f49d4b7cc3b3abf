"""What goes from the process that reads HDF5 files to the one that asks: frames of a kind and bytes."""

from __future__ import annotations

import os
import select
import signal
import struct
import time
from dataclasses import dataclass, field
from typing import Final

STARTED: Final = b"S"
REPLY: Final = b"R"
"""Bytes of `neuroff.hdf5.reply`."""
ENDED: Final = b"E"
"""The child that read has ended: its code."""
TOO_LARGE: Final = 4
"""The code of a child that has no more memory."""
LOOPED: Final = -int(getattr(signal, "SIGPROF", 0))
"""The code of a child that has used up its time of a processor."""
_HEAD = struct.Struct("<cQ")
_BLOCK = 2**20


class Late(Exception):
    """The other process takes longer than it may."""


class Lost(Exception):
    """The other process has ended."""


def head(kind: bytes, length: int = 0) -> bytes:
    """Return what goes before so many bytes."""
    return _HEAD.pack(kind, length)


@dataclass
class Frames:
    """Frames as they come, for which nobody waits for ever.

    Attributes:
        source: the descriptor of a pipe.
    """

    source: int
    _left: bytearray = field(default_factory=bytearray)

    def next(self, seconds: float) -> tuple[bytes, bytearray]:
        """Return the kind of the next frame and its content.

        Raises:
            Late: if it is not there in so many seconds.
            Lost: if it never will be.
        """
        deadline = time.monotonic() + seconds
        kind, length = _HEAD.unpack(self._exactly(_HEAD.size, deadline))
        return kind, self._exactly(length, deadline)

    def _exactly(self, count: int, deadline: float) -> bytearray:
        while len(self._left) < count:
            if not select.select([self.source], [], [], max(deadline - time.monotonic(), 0.0))[0]:
                raise Late
            block = os.read(self.source, _BLOCK)
            if not block:
                raise Lost
            self._left += block
        if len(self._left) == count:  # not copied: half a GB may be
            found, self._left = self._left, bytearray()
        else:
            found, self._left = self._left[:count], self._left[count:]
        return found
