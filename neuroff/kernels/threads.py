"""One call over several threads, each with a part of the samples or tiles."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


def spread(work: Callable[[int, int], None], count: int, threads: int) -> None:
    """Call ``work(first, last)`` for parts of ``range(count)``, one a thread.

    Threads are started for the call: what forks later takes none of them along. What is computed must not
    depend on the parts.

    Args:
        work: releases Python's lock where it computes.
        count: how much there is.
        threads: how many threads, at most.
    """
    parts = max(1, min(threads, count))
    edges = [count * part // parts for part in range(parts + 1)]
    if parts == 1:
        work(0, count)
        return
    with ThreadPoolExecutor(parts) as pool:
        for done in [pool.submit(work, *pair) for pair in itertools.pairwise(edges)]:
            done.result()
