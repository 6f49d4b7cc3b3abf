"""What the process that reads HDF5 files for this one takes, and its children: time and memory."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


def spent_s() -> float:
    """Return the processor time that it and its children have spent, and those before it."""
    times = os.times()
    ended = times.children_user + times.children_system  # of those that had to be replaced
    processes = _processes()
    ticks = [_ticks(pid) for pid in processes]
    own = sum(mine for mine, _ in ticks) + sum(ended_children for _, ended_children in ticks[:1])
    return ended + own / os.sysconf("SC_CLK_TCK")


@dataclass
class Peak:
    """The most memory that it and its children were seen to take together, in kB."""

    kB: int = 0

    def look(self) -> None:
        """Look once."""
        self.kB = max(self.kB, sum(map(peak_kB, _processes())))


@contextmanager
def watched() -> Iterator[Peak]:
    """Look every few milliseconds: a child that has read much ends with its file."""
    peak, done = Peak(), threading.Event()

    def watch() -> None:
        while not done.wait(0.002):
            peak.look()

    watching = threading.Thread(target=watch)
    peak.look()
    watching.start()
    try:
        yield peak
    finally:
        done.set()
        watching.join()
        peak.look()


def peak_kB(pid: int) -> int:
    """Return the most memory that a process has had, 0 for one that has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return int((status.partition("VmHWM:")[2].split() or ["0"])[0])


def _processes() -> list[int]:
    """Return the process and its children; none before a file was read."""
    from neuroff.hdf5.process import reader

    pid = reader(os.getpid()).pid
    if pid is None:
        return []
    try:
        return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    except OSError:
        return [pid]


def _ticks(pid: int) -> tuple[int, int]:
    """Return the ticks of a processor that a process has spent, and its ended children."""
    try:
        parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # it has just ended
        return 0, 0
    ticks = list(map(int, parts[11:15]))
    return sum(ticks[:2]), sum(ticks[2:])
