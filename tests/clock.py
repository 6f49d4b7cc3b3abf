"""Limits of processor time, which a slow or busy machine lengthens as it does what is measured."""

from __future__ import annotations

import time

_ADDITIONS = 1_000_000
_USUAL_S = 0.05
"""Processor time of so many additions in Python on a machine of 2020 with nothing else to do."""


def seconds(usual_s: float) -> float:
    """Processor seconds in which this machine does, now, what a usual one does in so many; never fewer."""
    return usual_s * max(1.0, max(_additions_s() for _ in range(3)) / _USUAL_S)


def _additions_s() -> float:
    started, total = time.process_time(), 0
    for number in range(_ADDITIONS):
        total += number
    return time.process_time() - started
