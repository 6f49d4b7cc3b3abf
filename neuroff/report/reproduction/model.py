"""The content of ``reproduction.json`` as typed values; the file may come from anybody.

Keys that are not named here are ignored. What a run says twice must agree.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from neuroff.errors import RunError, shortened
from neuroff.report.reproduction.columns import in_order, in_order_of_data_sets
from neuroff.results.numbers import Name
from neuroff.results.run import LayerEpoch

Share = Annotated[float, Field(ge=0, le=1)]
Amount = Annotated[float, Field(ge=0)]
Index = Annotated[int, Field(ge=0, le=2**31)]


class Plain(BaseModel):
    """Base of every value read from a file."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class CurvePoint(Plain):
    """One epoch whose accuracy was taken; ``epoch`` counts from 1 within its stage."""

    stage: Index
    epoch: Annotated[int, Field(ge=1, le=10**7)]
    train: Share
    held_out: Share | None = None
    layers: tuple[LayerEpoch, ...] = ()


class Histogram(Plain):
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


class LayerDiagnosis(Plain):
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


class Accuracies(Plain):
    """Shares of images classified correctly."""

    train: Share
    held_out: Share | None = None
    test: Share


class Images(Plain):
    """How many images there were."""

    test: Annotated[int, Field(ge=1, le=10**7)]


class Training(Plain):
    """The part of a configuration that figures need."""

    theta: float | None = None
    loss: str = ""
    epochs: int | None = None
    precision: str = ""


class Data(Plain):
    """Likewise, of the images."""

    train_count: int | None = None


class Collaboration(Plain):
    """Likewise, of what layers tell each other; ``gamma`` is what γ starts from."""

    gamma: float | None = None


class Configuration(Plain):
    """Likewise, of the whole."""

    training: Training = Training()
    data: Data = Data()
    collaboration: Collaboration = Collaboration()


class Run(Plain):
    """One trained network."""

    seed: Index
    accuracy: Accuracies
    seconds: Amount
    gamma: tuple[float, ...] | None = None
    images: Images
    test_file_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    right: str
    layers: Annotated[tuple[LayerDiagnosis, ...], Field(max_length=64)] = ()
    curves: tuple[CurvePoint, ...] = ()
    config: Configuration = Configuration()
    machine: dict[str, str | int | None] = Field(default_factory=dict)
    versions: dict[str, str | None] = Field(default_factory=dict)
    commit: str | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Run:
        share = float(self.right_images().mean())
        if abs(share - self.accuracy.test) > 0.5 / self.images.test:
            raise ValueError(f"{share:.4f} of the test images are right, the accuracy is another")
        order = [(point.stage, point.epoch) for point in self.curves]
        if any(a >= b for a, b in pairwise(order)):
            raise ValueError("the epochs of the curves must rise")
        return self

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

    def same_images(self, other: Run) -> bool:
        """Whether both were tested on the same images, so that they can be compared one by one."""
        return self.images == other.images and self.test_file_sha256 == other.test_file_sha256


class Column(Plain):
    """One column of one data set, lists by seed; ``runs`` may be missing.

    ``steps`` (``T`` in the file) and ``mean_rate`` (spikes per neuron and step) are of spiking networks.
    """

    train: tuple[Share, ...]
    test: Annotated[tuple[Share, ...], Field(min_length=1)]
    held_out: tuple[Share | None, ...] = ()
    seconds: tuple[Amount, ...] = ()
    seeds: tuple[Index, ...]
    steps: Annotated[Index | None, Field(alias="T")] = None
    mean_rate: tuple[Amount, ...] = ()
    runs: tuple[Run, ...] = ()

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


Reproduction = Mapping[str, Mapping[str, Column]]
"""Columns by data set and name."""

_REPRODUCTION: TypeAdapter[dict[str, dict[str, Column]]] = TypeAdapter(dict[Name, dict[Name, Column]])


def parse_reproduction(values: Mapping[str, Any], where: str = "reproduction") -> Reproduction:
    """Return the content of ``reproduction.json`` as typed values, in the order of the paper.

    Args:
        values: the content, or that of ``best.json`` or ``spiking.json``.
        where: names it in errors.

    Raises:
        RunError: naming the first key that is missing or wrong.
    """
    found = validated(_REPRODUCTION, values, where)
    return {
        dataset: {column: found[dataset][column] for column in in_order(found[dataset])}
        for dataset in in_order_of_data_sets(found)
        if found[dataset]
    }


def validated(kind: TypeAdapter[Any], values: object, where: str) -> Any:
    """Return untrusted values as a kind of typed ones.

    Raises:
        RunError: naming the first key that is missing or wrong.
    """
    try:
        return kind.validate_python(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        raise RunError(
            f"{shortened(key)[1:-1]}: {message}" if key else message,
            where=where,
            expected="what `neuroff reproduce` writes",
            fix="gather the runs again with `neuroff reproduce --resume`",
        ) from None
