"""The content of a comparison as typed values: what every table, figure and page here is made from.

`parse_comparison` and `parse_runs` take plain dictionaries, as read from ``comparison.json``, and also values
that are parsed already. Keys that are not named here are ignored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from neuroff.errors import RunError

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]*$", max_length=60)]
_Share = Annotated[float, Field(ge=0, le=1)]
_Amount = Annotated[float, Field(ge=0)]
_Index = Annotated[int, Field(ge=0)]
_Pixels = Annotated[list[Annotated[int, Field(ge=0, le=255)]], Field(min_length=1)]


class _Plain(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class LayerEpoch(_Plain):
    """What one epoch did to one layer."""

    layer: _Index
    loss: float
    goodness_positive: float
    goodness_negative: float
    gamma: float


class Epoch(_Plain):
    """One epoch of a run."""

    stage: _Index
    layers: tuple[LayerEpoch, ...]
    train_accuracy: _Share | None = None
    held_out_accuracy: _Share | None = None


class EnergyBand(_Plain):
    """An energy in joules with its lower and upper estimate."""

    low: _Amount
    nominal: _Amount
    high: _Amount


class ProfileOfEstimate(_Plain):
    """The profile that an estimate was made with."""

    sha256: str = ""


class UnpricedCount(_Plain):
    """A count that the profile cannot price."""

    count: str
    amount: _Amount
    reason: str = ""


class CoveredCount(_Plain):
    """A count whose energy is inside another term."""

    count: str
    amount: _Amount
    included_in: str


class Estimate(_Plain):
    """Energy of one image on one profile, as `neuroff.energy.EnergyEstimate.to_dict` gives it."""

    profile: ProfileOfEstimate = ProfileOfEstimate()
    energy_J: EnergyBand
    is_lower_bound: bool = False
    terms_J: dict[str, EnergyBand] = Field(default_factory=dict)
    unpriced: tuple[UnpricedCount, ...] = ()
    covered: tuple[CoveredCount, ...] = ()
    not_counted: tuple[str, ...] = ()
    weakest_evidence: str | None = None
    notes: tuple[str, ...] = ()
    fits: bool = True
    shortfalls: tuple[str, ...] = ()

    @property
    def is_priced(self) -> bool:
        """False where nothing of the counted work has a price, so that the total says nothing."""
        return self.fits and (self.energy_J.high > 0 or not self.unpriced)


class Run(_Plain):
    """One trained network and what was measured on it; amounts are per image."""

    path: Literal["dense", "spiking"]
    variant: Name
    seed: _Index = 0
    test_accuracy: _Share
    train_accuracy: _Share | None = None
    goodness_margin: float | None = None
    firing_rate: tuple[_Amount, ...] | None = None
    synaptic_operations: _Amount | None = None
    spike_input: bool | None = None
    counts: dict[str, _Amount] = Field(default_factory=dict)
    gamma: tuple[float, ...] = ()
    seconds: _Amount | None = None
    energy: dict[str, Estimate] = Field(default_factory=dict)
    config: dict[str, Any] = Field(default_factory=dict)
    history: tuple[Epoch, ...] = ()


class Presentation(_Plain):
    """One image under one label in one layer: every spike, and the layer's scalars.

    The traces, where they were taken, hold goodness and modulator after every step.
    """

    steps: list[_Index]
    neurons: list[_Index]
    goodness: float
    collaborative: float
    modulator: float
    goodness_trace: tuple[float, ...] = ()
    modulator_trace: tuple[float, ...] = ()


class RasterLayer(_Plain):
    """A layer under the true label (positive) and under a wrong one (negative)."""

    neurons: Annotated[int, Field(ge=1)]
    positive: Presentation
    negative: Presentation


class Raster(_Plain):
    """One image in one spiking network."""

    variant: Name
    seed: _Index = 0
    steps: Annotated[int, Field(ge=1)]
    image: Annotated[list[_Pixels], Field(min_length=1)]
    true_label: _Index
    wrong_label: _Index
    layers: Annotated[tuple[RasterLayer, ...], Field(min_length=1)]

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


class ProfileSummary(_Plain):
    """What a reader must know of a hardware profile."""

    name: str
    boundary: str = "unstated"
    kind: str = "unstated"


class Comparison(_Plain):
    """Runs side by side."""

    dataset: str
    preset: str | None = None
    seconds: _Amount | None = None
    settings: tuple[str, ...] = ()
    versions: dict[str, str | None] = Field(default_factory=dict)
    commit: str | None = None
    runs: Annotated[tuple[Run, ...], Field(min_length=1)]
    rasters: tuple[Raster, ...] = ()
    profiles: dict[Name, ProfileSummary] = Field(default_factory=dict)


_RUNS = TypeAdapter(tuple[Run, ...])


def parse_comparison(values: Mapping[str, Any] | Comparison) -> Comparison:
    """Return a comparison as typed values.

    Raises:
        RunError: naming the first key that is missing or wrong.
    """
    try:
        return values if isinstance(values, Comparison) else Comparison.model_validate(dict(values))
    except ValidationError as error:
        raise _explain(error, "comparison") from None


def parse_runs(values: Iterable[Mapping[str, Any] | Run]) -> tuple[Run, ...]:
    """Return runs as typed values.

    Raises:
        RunError: naming the first key that is missing or wrong.
    """
    try:
        return _RUNS.validate_python(list(values))
    except ValidationError as error:
        raise _explain(error, "runs") from None


def parse_raster(values: Mapping[str, Any] | Raster) -> Raster:
    """Return a spike raster as typed values.

    Raises:
        RunError: naming the first key that is missing or wrong.
    """
    try:
        return values if isinstance(values, Raster) else Raster.model_validate(dict(values))
    except ValidationError as error:
        raise _explain(error, "raster") from None


def _explain(error: ValidationError, where: str) -> RunError:
    first = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in first["loc"])[:200]
    return RunError(
        f"{key}: {first['msg'].removeprefix('Value error, ')}" if key else first["msg"],
        where=where,
        expected="what `neuroff compare` writes",
        fix="make the comparison again",
    )
