"""Who trains: this process alone, or several of one command that share every batch.

The layers' rules are local, so what processes have to tell each other is small and simple: the sums of each
layer's update, of γ's gradient and of the statistics. Parameters are the same everywhere and move alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from neuroff.core.layer import Layer
from neuroff.core.plan.plan import chunks
from neuroff.core.rules import LayerGradient
from neuroff.errors import TrainingError
from neuroff.training.step import LayerStatistics

Rows = slice | Tensor


class LostProcess(TrainingError):
    """Another process of the team is gone; nothing of the running batch was used."""


class Team(Protocol):
    """The processes that train one network together."""

    @property
    def size(self) -> int:
        """How many there are."""
        ...

    @property
    def leads(self) -> bool:
        """Whether this one writes files and speaks."""
        ...

    def agree(self, **numbers: int) -> None:
        """Wait for the others, and refuse to go on if they are not where this one is.

        Raises:
            LostProcess: if another one is gone.
            TrainingError: if numbers differ.
        """
        ...

    def dealt(self, rows: Rows, chunk_size: int) -> Iterator[tuple[int, Rows]]:
        """Yield this process's chunks of a batch, each with its place among all chunks."""
        ...

    def statistics(self, held: dict[int, LayerStatistics]) -> dict[int, LayerStatistics]:
        """Return the sums that this process adds a batch's statistics to; `add_up` brings them home."""
        ...

    def add_up(
        self,
        layers: Sequence[Layer],
        gradients: dict[int, LayerGradient],
        statistics: dict[int, LayerStatistics],
        held: dict[int, LayerStatistics],
        should_stop: Callable[[], bool],
    ) -> bool:
        """Put the sums over all processes in place of this one's, and return whether anyone is to stop.

        Args:
            layers: of the network.
            gradients: of the layers that learn, of this process's chunks.
            statistics: of this batch.
            held: of the epoch; the batch's are added to them, once nothing can fail any more.
            should_stop: asked once.

        Raises:
            LostProcess: if another process is gone.
        """
        ...


@dataclass(frozen=True)
class Alone(Team):
    """One process, which nobody has to wait for."""

    @property
    def size(self) -> int:
        """One."""
        return 1

    @property
    def leads(self) -> bool:
        """It does."""
        return True

    def agree(self, **numbers: int) -> None:
        """Agree with itself."""

    def dealt(self, rows: Rows, chunk_size: int) -> Iterator[tuple[int, Rows]]:
        """Yield all chunks."""
        return enumerate(chunks(rows, chunk_size))

    def statistics(self, held: dict[int, LayerStatistics]) -> dict[int, LayerStatistics]:
        """Return the epoch's own sums."""
        return held

    def add_up(
        self,
        layers: Sequence[Layer],
        gradients: dict[int, LayerGradient],
        statistics: dict[int, LayerStatistics],
        held: dict[int, LayerStatistics],
        should_stop: Callable[[], bool],
    ) -> bool:
        """Leave the sums as they are."""
        return should_stop()
