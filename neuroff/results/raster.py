"""One image in one spiking network: every spike, goodness and modulator."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field, model_validator

from neuroff.results.base import Part, Result
from neuroff.results.numbers import Index, Name

_Pixels = Annotated[tuple[Annotated[int, Field(ge=0, le=255)], ...], Field(min_length=1)]


class Presentation(Part):
    """One image under one label in one layer: every spike, and the layer's scalars.

    The traces, where they were taken, hold goodness and modulator after every step. ``group``, where it is
    given, has the first neuron whose spikes the goodness is read from, and the one after the last.
    """

    steps: tuple[Index, ...]
    neurons: tuple[Index, ...]
    goodness: float
    collaborative: float
    modulator: float
    group: tuple[Index, Index] | None = None
    goodness_trace: tuple[float, ...] = ()
    modulator_trace: tuple[float, ...] = ()


class RasterLayer(Part):
    """A layer under the true label (positive) and under a wrong one (negative)."""

    neurons: Annotated[int, Field(ge=1)]
    positive: Presentation
    negative: Presentation


class Raster(Result):
    """What `neuroff.experiments.snapshot.spike_snapshot` gives; names where the classes have names."""

    KIND: ClassVar[str] = "what `neuroff compare` writes"
    FIX: ClassVar[str] = "make the comparison again"

    variant: Name
    seed: Index = 0
    steps: Annotated[int, Field(ge=1)]
    image: Annotated[tuple[_Pixels, ...], Field(min_length=1)]
    true_label: Index
    wrong_label: Index
    true_name: str | None = None
    wrong_name: str | None = None
    layers: Annotated[tuple[RasterLayer, ...], Field(min_length=1)]

    @property
    def true_class(self) -> str:
        """The true class as a reader knows it."""
        return self.true_name or str(self.true_label)

    @property
    def wrong_class(self) -> str:
        """The wrong class as a reader knows it."""
        return self.wrong_name or str(self.wrong_label)

    @model_validator(mode="after")
    def _consistent(self) -> Raster:
        if len({len(row) for row in self.image}) > 1:
            raise ValueError("rows of the image differ in length")
        for layer in self.layers:
            for shown in (layer.positive, layer.negative):
                if len(shown.steps) != len(shown.neurons):
                    raise ValueError("steps and neurons of the spikes differ in number")
                if (
                    max(shown.steps, default=0) >= self.steps
                    or max(shown.neurons, default=0) >= layer.neurons
                ):
                    raise ValueError("a spike lies outside the layer or the presentation")
                if {len(shown.goodness_trace), len(shown.modulator_trace)} not in ({0}, {self.steps}):
                    raise ValueError("a trace does not have a value per step")
        return self
