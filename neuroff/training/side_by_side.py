"""Chunks of images side by side, by a thread each, where the network's engine gains by it.

Threads share memory and Python; for processes see `neuroff.training.ranks`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import torch

from neuroff.core.flight import side_by_side, uses
from neuroff.core.network import Network
from neuroff.core.rules import LayerGradient
from neuroff.kernels.threads import together
from neuroff.training.step import LayerStatistics
from neuroff.training.team import Rows

Chunk = TypeVar("Chunk")
Found = TypeVar("Found")


@dataclass(frozen=True)
class Sums:
    """What is found on the images of a batch, by the index of the layer; added to.

    Attributes:
        gradients: of the layers that learn.
        statistics: of the same layers.
    """

    gradients: dict[int, LayerGradient]
    statistics: dict[int, LayerStatistics]

    def apart(self, network: Network) -> Sums:
        """Return sums of the same layers over no images."""
        gradients = {index: LayerGradient.of(network.layers[index]) for index in self.gradients}
        statistics = {
            index: LayerStatistics.empty(each.totals.device) for index, each in self.statistics.items()
        }
        return Sums(gradients, statistics)

    def add(self, more: Sums) -> None:
        """Add sums over other images."""
        for index, gradient in self.gradients.items():
            gradient.add(more.gradients[index])
            self.statistics[index].totals += more.statistics[index].totals


def beside_each_other(
    work: Callable[[Network, Chunk], Found], chunks: Sequence[Chunk], network: Network
) -> Iterator[Found]:
    """Yield what a network finds on every chunk, in their order.

    Args:
        work: what it does with one.
        chunks: as many as there are, or none.
        network: the network.
    """
    at_once = network.engine.at_once if side_by_side(network) else 1
    for first in range(0, len(chunks), at_once):
        some = chunks[first : first + at_once]
        engine = network.engine.beside(len(some) - 1)
        beside = network if engine is network.engine else replace(network, engine=engine)
        with one_thread_of_torch(network, len(chunks)):
            found = together([partial(work, beside, each) for each in some])
        yield from found


def learn_chunks(
    learn: Callable[[Network, int, Rows, Sums], None],
    dealt: Iterable[tuple[int, Rows]],
    network: Network,
    sums: Sums,
) -> None:
    """Learn from the chunks of a batch.

    Side by side, every chunk has sums of its own, which are added in the chunks' order: what is learned
    does not depend on how many threads there are from two on. One thread cuts batches otherwise, and rounds
    otherwise.

    Args:
        learn: adds what a network finds on a chunk, by its place in the batch and its rows, to sums.
        dealt: the chunks, each with its place.
        network: the network.
        sums: added to; gradients over no images yet, statistics over those of the epoch so far.
    """
    chunks = list(dealt)
    apart = side_by_side(network)

    def one(network: Network, chunk: tuple[int, Rows]) -> Sums:
        own = sums.apart(network) if apart and chunk is not chunks[0] else sums
        with torch.no_grad():  # each thread has a switch of its own
            learn(network, *chunk, own)
        return own

    for found in beside_each_other(one, chunks, network):
        if found is not sums:
            sums.add(found)


@contextmanager
def one_thread_of_torch(network: Network, chunks: int) -> Iterator[None]:
    """Leave the processor to chunks that are computed side by side, or to loops that are nearly all there is.

    PyTorch's threads wait for its next operation at full speed, in the way of all others. Of one chunk,
    convolutions of a first layer are left to them.

    Args:
        network: the network.
        chunks: in how many a batch is cut.
    """
    before = torch.get_num_threads()
    alone = side_by_side(network) and (chunks > 1 or max(map(uses, network.layers)) == 1)
    # The number is one of the whole process: threads that train beside each other leave it alone.
    if not alone or threading.current_thread() is not threading.main_thread():
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
