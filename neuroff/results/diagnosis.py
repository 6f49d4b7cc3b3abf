"""What each layer of a trained network contributes, and ``details.json`` of a reproduced run."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, ClassVar

from pydantic import Field, model_validator

from neuroff.results.base import Part, Result
from neuroff.results.numbers import Amount, Name, Share


class Histogram(Part):
    """How many images have a goodness between two neighbouring edges."""

    edges: Annotated[tuple[float, ...], Field(min_length=2, max_length=10_001)]
    positive: tuple[Amount, ...]
    negative: tuple[Amount, ...]

    @model_validator(mode="after")
    def _consistent(self) -> Histogram:
        if not len(self.positive) == len(self.negative) == len(self.edges) - 1:
            raise ValueError("a histogram needs one count between every two edges")
        if any(a >= b for a, b in pairwise(self.edges)):
            raise ValueError("the edges of a histogram must rise")
        if not sum(self.positive) > 0 < sum(self.negative):
            raise ValueError("a histogram counts nothing")
        return self


class LayerDiagnosis(Part):
    """What a trained layer contributes, as `neuroff.experiments.diagnosis.diagnose` gives it."""

    alone: Share
    up_to: Share
    separation: float | None = None
    signal: Amount
    signal_alone: Amount
    histogram: Histogram

    @property
    def signal_left(self) -> float | None:
        """Share of the learning signal that is left once the layer hears its partners."""
        return self.signal / self.signal_alone if self.signal_alone > 0 else None


class RunDetails(Result):
    """What tests and figures need of a run beyond its own result.

    Attributes:
        table: file that the run belongs to.
        column: of the table.
        right: which test images are classified right, as base64 of packed bits.
        layers: none for the baseline.
        firing_rate: spikes per neuron and step of each layer; None where nothing fires.
    """

    KIND: ClassVar[str] = "what `neuroff reproduce` writes"
    FIX: ClassVar[str] = "remove the file and go on with `neuroff reproduce --resume`"

    table: Name
    dataset: Name
    column: Name
    right: str
    layers: Annotated[tuple[LayerDiagnosis, ...], Field(max_length=64)]
    firing_rate: tuple[Amount, ...] | None
