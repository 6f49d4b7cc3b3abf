"""One call over several threads, each with a part of the samples, tiles or chunks."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

Found = TypeVar("Found")


def together(works: Sequence[Callable[[], Found]]) -> list[Found]:
    """Call all of some works at once, a thread each, and return what they return, in their order.

    The caller does the last one: a thread that only waits may keep others from its processor. Threads are
    started for the call: what forks later takes none of them along.

    Args:
        works: at least one; they release Python's lock where they compute.
    """
    *others, own = works
    if not others:
        return [own()]
    with ThreadPoolExecutor(len(others)) as pool:
        started = [pool.submit(work) for work in others]
        last = own()
        return [*(each.result() for each in started), last]


def spread(work: Callable[[int, int], None], count: int, threads: int) -> None:
    """Call ``work(first, last)`` for parts of ``range(count)``, one a thread.

    What is computed must not depend on the parts.

    Args:
        work: releases Python's lock where it computes.
        count: how much there is.
        threads: how many threads, at most.
    """
    parts = max(1, min(threads, count))
    edges = [count * part // parts for part in range(parts + 1)]
    together([partial(work, *pair) for pair in itertools.pairwise(edges)])
