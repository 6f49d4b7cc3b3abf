"""Processes of one `torchrun`, over gloo or NCCL: each learns from its chunks of every batch.

On the wire go, per batch, each learning layer's update and γ's gradient, one all-reduce a layer, and some
numbers about the batch. No activity and no error travels.
"""

from __future__ import annotations

import math
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor

from neuroff.core.layer import Layer
from neuroff.core.plan.plan import chunks
from neuroff.core.rules import LayerGradient
from neuroff.errors import TrainingError
from neuroff.training.step import LayerStatistics
from neuroff.training.team import Alone, LostProcess, Rows, Team

_PATIENCE = timedelta(minutes=10)
"""How long one process waits for another that says nothing; a dead one is noticed at once."""


def under_torchrun() -> bool:
    """Whether this process is one of several that `torchrun` started."""
    return int(os.environ.get("WORLD_SIZE", "1")) > 1 and "MASTER_ADDR" in os.environ


def local_device(device: str) -> str:
    """Return the device of this process where a command names ``cuda`` for all of them."""
    return f"cuda:{os.environ.get('LOCAL_RANK', '0')}" if under_torchrun() and device == "cuda" else device


@contextmanager
def joined(device: str) -> Iterator[Team]:
    """Yield the team of this process: itself alone, or all that `torchrun` started with it.

    SIGTERM means nothing within, unless the caller listens to it, and nothing after an error: it is what
    torchrun ends the others with as soon as one is gone, and they have a message to give (SIGKILL follows).

    Args:
        device: of this process; NCCL carries what lies on CUDA devices, gloo the rest.

    Raises:
        LostProcess: if the others cannot be reached.
    """
    if not under_torchrun():
        yield Alone()
        return
    kind = torch.device(local_device(device)).type
    if kind == "cuda":
        torch.cuda.set_device(local_device(device))
    try:
        dist.init_process_group("nccl" if kind == "cuda" else "gloo", timeout=_PATIENCE)
    except (RuntimeError, ValueError) as error:
        raise LostProcess(
            f"the other processes cannot be reached ({_first_line(error)})",
            where="torchrun",
            fix="start all processes with torchrun, with the same --rdzv-endpoint on every machine",
        ) from None
    with _deaf():
        yield Ranks(local_device(device))
    # Not after an error: whoever is gone cannot take leave.
    dist.destroy_process_group()


@contextmanager
def _deaf() -> Iterator[None]:
    """Ignore SIGTERM within and after an error: torchrun sends it to those who have a message to give."""
    if threading.current_thread() is not threading.main_thread():  # others are not asked about signals
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGTERM, before)


class Ranks(Team):
    """This process among those of the group.

    Args:
        device: where tensors that travel lie.

    Attributes:
        rank: number of this process.
        payload_bytes: of all tensors that were added up so far, as this process holds them.
        reductions: how many there were.
    """

    def __init__(self, device: str) -> None:
        self.rank, self._size, self._device = dist.get_rank(), dist.get_world_size(), device
        self.payload_bytes, self.reductions = 0, 0

    @property
    def _where(self) -> str:
        return f"process {self.rank + 1} of {self._size}"

    @property
    def size(self) -> int:
        """How many processes there are."""
        return self._size

    @property
    def leads(self) -> bool:
        """The first one does."""
        return self.rank == 0

    def agree(self, **numbers: int) -> None:
        """See `Team`."""
        mine = torch.tensor(list(numbers.values()), dtype=torch.int64, device=self._device)
        extremes = torch.cat((mine, -mine))
        self._wait([self._started(extremes, dist.ReduceOp.MAX)])
        largest, smallest = extremes[: len(mine)], -extremes[len(mine) :]
        for name, most, least in zip(numbers, largest.tolist(), smallest.tolist(), strict=True):
            if most != least:
                raise TrainingError(
                    f"{name} is not the same in all processes ({least} to {most})",
                    where=self._where,
                    expected="one command, one data set and one run folder, seen by all machines",
                    fix="share the folder of runs and data between the machines",
                )

    def dealt(self, rows: Rows, chunk_size: int) -> Iterator[tuple[int, Rows]]:
        """Deal chunks of at most a process's share of the batch, one after the other."""
        images = rows.stop - rows.start if isinstance(rows, slice) else len(rows)
        size = min(chunk_size, math.ceil(images / self._size))
        return (
            (place, chunk)
            for place, chunk in enumerate(chunks(rows, size))
            if place % self._size == self.rank
        )

    def statistics(self, held: dict[int, LayerStatistics]) -> dict[int, LayerStatistics]:
        """Return sums over nothing."""
        return {index: LayerStatistics(torch.zeros_like(each.totals)) for index, each in held.items()}

    def add_up(
        self,
        layers: Sequence[Layer],
        gradients: dict[int, LayerGradient],
        statistics: dict[int, LayerStatistics],
        held: dict[int, LayerStatistics],
        should_stop: Callable[[], bool],
    ) -> bool:
        """See `Team`."""
        updates = {index: _tensors(layers[index], gradient) for index, gradient in gradients.items()}
        packed = [torch.cat([tensor.flatten() for tensor in each]) for each in updates.values()]
        asked = torch.tensor([float(should_stop())], dtype=torch.float64, device=self._device)
        about = torch.cat([statistics[index].totals for index in gradients] + [asked])
        self._wait([self._sum(tensor) for tensor in (*packed, about)])
        for tensors, whole in zip(updates.values(), packed, strict=True):
            for tensor, part in zip(tensors, whole.split([each.numel() for each in tensors]), strict=True):
                tensor.copy_(part.view(tensor.shape))
        for index, part in zip(gradients, about[:-1].view(-1, 3), strict=True):
            held[index].totals += part
        return bool(about[-1])

    def _sum(self, tensor: Tensor) -> dist.Work:
        self.payload_bytes += tensor.nbytes
        self.reductions += 1
        return self._started(tensor, dist.ReduceOp.SUM)

    def _started(self, tensor: Tensor, how: dist.ReduceOp.RedOpType) -> dist.Work:
        try:
            work: dist.Work = dist.all_reduce(tensor, how, async_op=True)
            return work
        except RuntimeError as error:
            raise self._lost(error) from None

    def _wait(self, works: Sequence[dist.Work]) -> None:
        try:
            for work in works:
                work.wait()
        except RuntimeError as error:
            raise self._lost(error) from None

    def _lost(self, error: RuntimeError) -> LostProcess:
        return LostProcess(
            f"another process is gone ({_first_line(error)})",
            where=self._where,
            expected=f"{self._size} processes from the first batch to the last",
            fix="see what ended it, and start the same command again with --resume: the state before the "
            "batch was kept",
        )


def _tensors(layer: Layer, gradient: LayerGradient) -> list[Tensor]:
    """Return what a layer's optimiser takes, in one order in all processes."""
    for name in layer.neuron:  # a process without a chunk has none
        gradient.neuron.setdefault(name, torch.zeros_like(layer.neuron[name]))
    names = sorted(layer.neuron)
    return [*gradient.synapses.values(), gradient.gamma, *(gradient.neuron[name] for name in names)]


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:160]
