"""Cases of the spiking path side by side: ``<study>-<data set>.json`` of `neuroff study`."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import Field

from neuroff.results.base import Result
from neuroff.results.numbers import Amount, Index, Name, Share
from neuroff.results.origin import Machine

_Words = Annotated[str, Field(max_length=120)]
_Some = Annotated[int, Field(ge=1)]


class StudyRow(Result):
    """One case trained with one seed; also ``measured.json`` of its folder.

    Attributes:
        choice: what the case chooses, for tables and figures.
        T: time steps.
        firing_rate: spikes per neuron and step of each layer; ``mean_rate`` of all neurons.
        seconds: wall time of training.
    """

    KIND: ClassVar[str] = "a study's JSON"
    FIX: ClassVar[str] = "remove the file and measure again with `neuroff study … --resume`"

    case: _Words
    choice: dict[str, int | float | _Words | None]
    variant: Name
    seed: Index
    T: _Some
    train_images: _Some
    held_out_images: Index = 0
    test_images: _Some
    held_out: Share | None = None
    held_out_collaborative: Share | None = None
    test: Share
    firing_rate: tuple[Amount, ...] = ()
    mean_rate: Share
    spikes_per_image: Amount
    counted_images: _Some | None = None
    seconds: Amount | None = None
    config: dict[str, Any] = Field(default_factory=dict)
    versions: dict[str, str] = Field(default_factory=dict)
    commit: str | None = None


class StudyResult(Result):
    """The result of `neuroff study`: what is common, and a row per case and seed.

    Attributes:
        cases: number of rows of the whole study.
    """

    KIND: ClassVar[str] = "a study's JSON"
    FIX: ClassVar[str] = "make it again with `neuroff study … --resume`"

    format: int = 1
    study: Name
    title: _Words
    dataset: Name
    settings: tuple[_Words, ...] = ()
    cases: Index = 0
    versions: dict[str, str] = Field(default_factory=dict)
    commit: str | None = None
    machine: Machine | None = None
    rows: Annotated[tuple[StudyRow, ...], Field(min_length=1, max_length=10_000)]
