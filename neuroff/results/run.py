"""The result of one training run: ``result.json`` of a run folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import Field

from neuroff.files import read_json
from neuroff.results.base import Part, Sealed
from neuroff.results.origin import Machine, Source

Size = Annotated[int, Field(ge=1, le=2**24, strict=True)]


class LayerEpoch(Part):
    """What one epoch did to one layer: means over images; γ and the neurons' learned numbers after it."""

    layer: int
    loss: float
    goodness_positive: float
    goodness_negative: float
    gamma: float
    neuron: dict[str, float] = Field(default_factory=dict)


class Epoch(Part):
    """One epoch of a stage.

    Attributes:
        stage: index of the stage.
        epoch: number of epochs of the stage done, from 1.
        layers: a record per learning layer.
        seconds: wall time of the epoch without evaluation.
        train_accuracy: share of training images, where it was taken.
        held_out_accuracy: share of held-out images, where it was taken.
    """

    stage: int
    epoch: int
    layers: tuple[LayerEpoch, ...]
    seconds: float
    train_accuracy: float | None = None
    held_out_accuracy: float | None = None


class BackpropEpoch(Part):
    """One epoch of the baseline; see `Epoch`."""

    epoch: int
    loss: float
    seconds: float
    train_accuracy: float | None = None
    held_out_accuracy: float | None = None


class Accuracy(Part):
    """Share of images classified right; None where it was not taken or there are no such images."""

    train: float | None
    held_out: float | None
    test: float | None


class TrainingSeconds(Part):
    """Wall time of training without evaluation."""

    total: float
    by_stage: tuple[float, ...]


class RunResult(Sealed):
    """The result of `neuroff train`.

    Attributes:
        format: of the file.
        config: the configuration; `neuroff.config.parse_config` reads it.
        seed: of everything random.
        versions: of neuroff, Python and the libraries.
        commit: of the sources, where known.
        machine: what computed.
        data: where the images came from.
        classes: number of classes.
        pixels: width of the input.
        planes: channels, height and width of an image, where they are known.
        accuracy: on all images of each part.
        gamma: γ of each layer.
        training_seconds: by stage and together.
        peak_rss_bytes: largest resident size of the process.
        history: a record per epoch, stage by stage.
        kept_epochs: epoch, from 1, at which the layers of each stage stand, where the best one was kept.
        warnings: what a reader should know; absent where there is nothing.
        window: first and last layer of the prediction, from 1, where it is by a window; later ones are
            left out.
        engine: who computed the spiking layers' steps, by name; absent from what older versions wrote.
        files: SHA-256 of the run's other files, by name; absent from what older versions wrote.
    """

    KIND: ClassVar[str] = "the result of `neuroff train`"
    FIX: ClassVar[str] = "the file is damaged; train again"

    format: int
    config: dict[str, Any]
    seed: int
    versions: dict[str, str]
    commit: str | None
    machine: Machine
    data: Source
    classes: Annotated[int, Field(ge=2, le=2**16, strict=True)]
    pixels: Size
    planes: tuple[Size, Size, Size] | None = None
    accuracy: Accuracy
    gamma: tuple[float, ...]
    training_seconds: TrainingSeconds
    peak_rss_bytes: int
    history: tuple[Epoch, ...]
    kept_epochs: tuple[int, ...] = ()
    warnings: tuple[str, ...] = ()
    window: tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]] | None = None
    engine: str = "torch"
    files: dict[str, str] = Field(default_factory=dict)


class BackpropResult(Sealed):
    """The result of the baseline of `neuroff reproduce`; see `RunResult`.

    Attributes:
        learning_rate: Adam's.
    """

    KIND: ClassVar[str] = "the result of the baseline of `neuroff reproduce`"
    FIX: ClassVar[str] = "the file is damaged; train again"

    format: int
    config: dict[str, Any]
    learning_rate: float
    seed: int
    versions: dict[str, str]
    commit: str | None
    machine: Machine
    data: Source
    accuracy: Accuracy
    training_seconds: TrainingSeconds
    peak_rss_bytes: int
    history: tuple[BackpropEpoch, ...]


def read_trained(path: Path) -> RunResult | BackpropResult:
    """Read the result of a run folder, whichever way it was trained.

    Raises:
        RunError: if it is missing or damaged.
    """
    values = read_json(path)
    kind = BackpropResult if "learning_rate" in values else RunResult
    return kind.opened(values, str(path))
