"""What the columns of the reproduction cost in time and memory: ``cost.json``."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from neuroff.results.base import Part, Result
from neuroff.results.numbers import Amount, Name
from neuroff.results.origin import Machine

_Count = Annotated[int, Field(ge=0)]


class ColumnCost(Part):
    """What one column costs; stages are layers where they learn one after the other."""

    seconds_per_epoch_by_stage: Annotated[tuple[Amount, ...], Field(max_length=64)] = ()
    seconds_per_epoch: Amount
    peak_rss_bytes: _Count | None = None
    macs_per_epoch_by_stage: Annotated[tuple[_Count, ...], Field(max_length=64)] = ()


class Cost(Result):
    """The result of `neuroff reproduce --cost`.

    Attributes:
        images: training images of an epoch.
        epochs: of a measured run; the quickest counts.
        rounds: measured runs of each column.
    """

    KIND: ClassVar[str] = "what `neuroff reproduce` writes"
    FIX: ClassVar[str] = "measure again with `neuroff reproduce --cost`"

    format: int = 1
    dataset: Name | None = None
    images: _Count | None = None
    epochs: _Count | None = None
    rounds: _Count | None = None
    columns: Annotated[dict[Name, ColumnCost], Field(min_length=1, max_length=64)]
    ratio_to_ff: dict[Name, Amount] = Field(default_factory=dict)
    machine: Machine | None = None
    versions: dict[str, str] = Field(default_factory=dict)
    commit: str | None = None
