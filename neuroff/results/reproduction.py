"""The tables of the reproduction: ``reproduction.json``, ``best.json`` and ``spiking.json``.

The files may come from anybody. What a run says twice must agree.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Any, ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, RootModel, model_validator

from neuroff.results.base import Filed, Part
from neuroff.results.diagnosis import LayerDiagnosis
from neuroff.results.numbers import Amount, Index, Name, Share
from neuroff.results.run import LayerEpoch


class CurvePoint(Part):
    """One epoch whose accuracy was taken; ``epoch`` counts from 1 within its stage."""

    stage: Index
    epoch: Annotated[int, Field(ge=1, le=10**7)]
    train: Share
    held_out: Share | None = None
    layers: tuple[LayerEpoch, ...] = ()


class Accuracies(Part):
    """Shares of images classified correctly."""

    train: Share
    held_out: Share | None = None
    test: Share


class Images(Part):
    """How many images there were."""

    test: Annotated[int, Field(ge=1, le=10**7)]


class _Chosen(BaseModel):
    """Some keys of a configuration; the others are left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Training(_Chosen):
    """The part of a configuration that figures need."""

    theta: float | None = None
    loss: str = ""
    epochs: int | None = None
    precision: str = ""


class Data(_Chosen):
    """Likewise, of the images."""

    train_count: int | None = None


class Collaboration(_Chosen):
    """Likewise, of what layers tell each other; ``gamma`` is what γ starts from."""

    gamma: float | None = None


class Configuration(_Chosen):
    """Likewise, of the whole."""

    training: Training = Training()
    data: Data = Data()
    collaboration: Collaboration = Collaboration()


class ReproducedRun(Part):
    """One trained network."""

    seed: Index
    accuracy: Accuracies
    seconds: Amount
    gamma: tuple[float, ...] | None = None
    images: Images
    test_file_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    right: str
    layers: Annotated[tuple[LayerDiagnosis, ...], Field(max_length=64)] = ()
    firing_rate: tuple[Amount, ...] | None = None
    curves: tuple[CurvePoint, ...] = ()
    config: dict[str, Any] = Field(default_factory=dict)
    machine: dict[str, str | int | None] = Field(default_factory=dict)
    versions: dict[str, str | None] = Field(default_factory=dict)
    commit: str | None = None

    @model_validator(mode="after")
    def _consistent(self) -> ReproducedRun:
        Configuration.model_validate(self.config)
        share = float(self.right_images().mean())
        if abs(share - self.accuracy.test) > 0.5 / self.images.test:
            raise ValueError(f"{share:.4f} of the test images are right, the accuracy is another")
        order = [(point.stage, point.epoch) for point in self.curves]
        if any(a >= b for a, b in pairwise(order)):
            raise ValueError("the epochs of the curves must rise")
        return self

    @property
    def chosen(self) -> Configuration:
        """What figures need of the configuration."""
        return Configuration.model_validate(self.config)

    def right_images(self) -> npt.NDArray[np.bool_]:
        """Return which test images are classified right, ``(images,)``.

        Raises:
            ValueError: if the packed bits are not as many as there are images.
        """
        try:
            packed = base64.b64decode(self.right, validate=True)
        except (binascii.Error, ValueError):
            raise ValueError("which images are right is not base64") from None
        if len(packed) != -(-self.images.test // 8):
            raise ValueError(f"{len(packed)} bytes of bits for {self.images.test} test images")
        return np.unpackbits(np.frombuffer(packed, dtype=np.uint8))[: self.images.test].astype(np.bool_)

    def same_images(self, other: ReproducedRun) -> bool:
        """Whether both were tested on the same images, so that they can be compared one by one."""
        return self.images == other.images and self.test_file_sha256 == other.test_file_sha256


class Column(Part):
    """One column of one data set, lists by seed; ``runs`` may be missing.

    ``steps`` (``T`` in the file) and ``mean_rate`` (spikes per neuron and step) are of spiking networks.
    """

    steps: Annotated[Index | None, Field(alias="T")] = None
    mean_rate: tuple[Amount, ...] = ()
    seeds: tuple[Index, ...]
    train: tuple[Share, ...]
    held_out: tuple[Share | None, ...] = ()
    test: Annotated[tuple[Share, ...], Field(min_length=1)]
    seconds: tuple[Amount, ...] = ()
    runs: tuple[ReproducedRun, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _number_the_seeds(cls, values: Any) -> Any:
        if (
            isinstance(values, Mapping)
            and "seeds" not in values
            and isinstance(values.get("test"), list | tuple)
        ):
            return {**values, "seeds": list(range(len(values["test"])))}
        return values

    @model_validator(mode="after")
    def _consistent(self) -> Column:
        if not len(self.train) == len(self.test) == len(self.seeds) or len(set(self.seeds)) != len(self.test):
            raise ValueError("train, test and seeds need one value for each of different seeds")
        if any(part and len(part) != len(self.seeds) for part in (self.held_out, self.mean_rate)):
            raise ValueError("held_out and mean_rate need one value per seed, or none")
        if bool(self.mean_rate) != (self.steps is not None):
            raise ValueError("spiking networks need both T and mean_rate")
        if self.runs:
            stored = [(run.seed, run.accuracy.train, run.accuracy.test) for run in self.runs]
            if stored != list(zip(self.seeds, self.train, self.test, strict=True)):
                raise ValueError("the runs do not have the seeds and accuracies of the lists")
        return self

    @property
    def test_by_seed(self) -> dict[int, float]:
        """Test accuracy of every seed."""
        return dict(zip(self.seeds, self.test, strict=True))

    @property
    def gaps(self) -> tuple[float, ...]:
        """Generalisation gap of every seed: train minus test accuracy."""
        return tuple(train - test for train, test in zip(self.train, self.test, strict=True))


class ReproductionResult(Filed, RootModel[dict[Name, dict[Name, Column]]]):
    """Columns by data set and name."""

    KIND: ClassVar[str] = "what `neuroff reproduce` writes"
    FIX: ClassVar[str] = "gather the runs again with `neuroff reproduce --resume`"

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)
