"""The paper's open points read one way or another: ``readings-<data set>.json``."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from neuroff.results.base import Part, Result
from neuroff.results.numbers import Index, Name, Share

_Words = Annotated[str, Field(min_length=1, max_length=60)]
Rule = Literal["goodness", "collaborative", "last"]


class ReadingRun(Part):
    """One reading trained with one seed; accuracies on held-out training images.

    Attributes:
        held_out: by prediction rule.
    """

    point: _Words
    choice: _Words
    variant: Name
    seed: Index
    train: Share
    held_out: dict[Rule, Share]
    held_out_first_layer: Share | None = None
    gamma: tuple[float, ...] | None = None
    config: dict[str, Any] = Field(default_factory=dict)
    commit: str | None = None
    versions: dict[str, str] = Field(default_factory=dict)


class Readings(Result):
    """The result of `neuroff reproduce --readings` on one data set."""

    KIND: ClassVar[str] = "what `neuroff reproduce` writes"
    FIX: ClassVar[str] = "gather the runs again with `neuroff reproduce --readings --resume`"

    format: int = 1
    dataset: Name
    settings: tuple[_Words, ...] = ()
    versions: dict[str, str] = Field(default_factory=dict)
    commit: str | None = None
    readings: Annotated[tuple[ReadingRun, ...], Field(min_length=1, max_length=10_000)]
