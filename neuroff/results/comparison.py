"""Runs side by side: ``comparison.json`` of `neuroff compare` and `neuroff demo`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from neuroff.results.base import Part, Result
from neuroff.results.numbers import Amount, Index, Name, Share
from neuroff.results.priced import Estimate
from neuroff.results.raster import Raster
from neuroff.results.run import Epoch


class ComparedRun(Part):
    """One trained network and what was measured on it; amounts are per image.

    Attributes:
        run: its folder, from that of the comparison.
        variant: ff, fcff or acff; of a further preset with the preset's name in front, such as groups-ff.
        presentations: how often a prediction presents its image.
        energy_J: nominal energy of a prediction by profile; None where the network does not fit or none of
            its work has a price.
        measured: what the caller's own measures gave, by name.
        confusion: test images of every true class (rows) by predicted class (columns).
        seconds: wall time of training.
    """

    run: str = ""
    path: Literal["dense", "spiking"]
    variant: Name
    seed: Index = 0
    test_accuracy: Share
    train_accuracy: Share | None = None
    held_out_accuracy: Share | None = None
    goodness_margin: float | None = None
    firing_rate: tuple[Amount, ...] | None = None
    presentations: Index | None = None
    synaptic_operations: Amount | None = None
    spike_input: bool | None = None
    counts: dict[str, Amount] = Field(default_factory=dict)
    counted_images: Index | None = None
    energy_J: dict[str, Amount | None] = Field(default_factory=dict)
    energy: dict[str, Estimate] = Field(default_factory=dict)
    measured: dict[str, float] = Field(default_factory=dict)
    gamma: tuple[float, ...] = ()
    confusion: tuple[tuple[Index, ...], ...] = ()
    seconds: Amount | None = None
    peak_rss_bytes: int | None = None
    config: dict[str, Any] = Field(default_factory=dict)
    history: tuple[Epoch, ...] = ()
    warnings: tuple[str, ...] = ()


_SUMMED = (
    "path",
    "variant",
    "seed",
    "test_accuracy",
    "goodness_margin",
    "firing_rate",
    "presentations",
    "synaptic_operations",
    "energy_J",
)


class ProfileSummary(Part):
    """What a reader must know of a hardware profile."""

    name: str
    kind: str = "unstated"
    boundary: str = "unstated"


class ComparisonResult(Result):
    """The result of `neuroff compare`.

    Attributes:
        seconds: wall time of the whole.
        runs: a row each.
        rasters: one image in the first seed's spiking networks.
        profiles: the hardware, by id.
        classes: their names, in the order of their numbers.
    """

    KIND: ClassVar[str] = "what `neuroff compare` writes"
    FIX: ClassVar[str] = "make the comparison again"

    format: int = 1
    dataset: str
    preset: str | None = None
    beside: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    seconds: Amount | None = None
    versions: dict[str, str | None] = Field(default_factory=dict)
    commit: str | None = None
    runs: Annotated[tuple[ComparedRun, ...], Field(min_length=1)]
    rasters: tuple[Raster, ...] = ()
    profiles: dict[Name, ProfileSummary] = Field(default_factory=dict)
    classes: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _as_many_names_as_classes(self) -> ComparisonResult:
        for run in self.runs:
            if run.confusion and {len(run.confusion), *map(len, run.confusion)} != {len(self.classes)}:
                raise ValueError(
                    f"a confusion that is not {len(self.classes)} by {len(self.classes)} classes"
                )
        return self

    def summary(self) -> dict[str, Any]:
        """Return what ``neuroff compare --json`` prints, but for the files."""
        rows = self.to_json()["runs"]
        return {
            "runs": [{key: row[key] for key in _SUMMED} | self._named(row["variant"]) for row in rows],
            "seconds": self.seconds,
        }

    def warnings(self) -> tuple[str, ...]:
        """Return what is wrong with runs, each with the run that it is said of."""
        return tuple(
            f"{run.path} {run.variant}, seed {run.seed}: {warning}"
            for run in self.runs
            for warning in run.warnings
        )

    def _named(self, name: str) -> dict[str, str | None]:
        """Return variant and preset of a run's name, such as ``groups-acff``."""
        other, _, variant = name.rpartition("-")
        return {"variant": variant, "preset": other or self.preset}


class _Runs(Result):
    KIND: ClassVar[str] = ComparisonResult.KIND
    FIX: ClassVar[str] = ComparisonResult.FIX

    runs: tuple[ComparedRun, ...]


def parse_runs(values: Iterable[Mapping[str, Any] | ComparedRun]) -> tuple[ComparedRun, ...]:
    """Return runs as typed values; those that are typed already stay as they are.

    Raises:
        RunError: naming the first keys that are missing or wrong.
    """
    return _Runs.of({"runs": list(values)}, "runs").runs
