"""Everything that decides a run's numbers, as one validated and frozen value.

Every open point of the paper (docs/protocol.md) is a field here; `neuroff.config.overrides` sets fields by
key.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from neuroff.choices import Path as Path
from neuroff.choices import Variant as Variant
from neuroff.config.consistent import require_consistent
from neuroff.config.quickest import quickest_precision
from neuroff.config.sections import CollaborationConfig, Count, Finite, NetworkConfig, NeuronConfig, Positive
from neuroff.config.sections import Section as Section
from neuroff.core.asking import LabelPlace
from neuroff.core.asking.wrong import DrawnBy, NegativeLabels
from neuroff.core.engine import EngineName
from neuroff.core.loss import LossName
from neuroff.data import is_own, names
from neuroff.errors import ConfigError, shortened


class DataConfig(Section):
    """Which images, and how they are scaled."""

    dataset: str = Field(
        "mnist",
        description="mnist, fashion-mnist, digits, shd, a name that an installed package brings or "
        "neuroff.data.register was given, or the path of a file or folder",
    )
    train_count: Count | None = Field(
        None, description="training images used; the rest are held out; all if unset"
    )
    subset: Literal["first", "random"] = Field(
        "first", description="which training images: the first, or a seeded draw"
    )
    held_out_share: Annotated[float, Field(ge=0, lt=1)] = Field(
        0.0,
        description="share of every class's training images that is held out, a seeded draw; 0: what "
        "train_count leaves",
    )
    input_scale: Literal["raw", "standardised"] = Field(
        "standardised", description="pixels in [0, 1], or minus mean over deviation of the training images"
    )

    @field_validator("dataset")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in names() and not is_own(name):
            raise ValueError(
                f"no such data set; expected one of {', '.join(names())}, a name that an installed package "
                "brings or `neuroff.data.register` was given before, or the path of a .npz, .csv, .parquet, "
                "IDX or HDF5 file or of a folder of images or recordings by class"
            )
        return name


class LabelConfig(Section):
    """How labels are embedded and wrong ones drawn."""

    place: LabelPlace = Field(
        "pixels",
        description="label inputs: the first pixels, which they overwrite, or beside the pixels, in front",
    )
    amplitude: Literal["one", "max"] | Positive = Field(
        "max", description="value of the label pixel: 1, the largest input value, or a number"
    )
    negatives: NegativeLabels = Field(
        "redrawn",
        description="wrong labels drawn once, redrawn every epoch, the true labels permuted once, or redrawn "
        "every epoch by how well they fit (hard)",
    )
    hardness: Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)] = Field(
        2.0, description="hard negatives: odds of a wrong label are exp(hardness · its score)"
    )
    candidates: Count | None = Field(
        None,
        description="hard negatives: wrong labels that all layers score, those that fit the first layer "
        "best; all if unset",
    )
    drawn_by: DrawnBy = Field(
        "stage",
        description="hard negatives: one for all layers that learn together, by the goodness of all of them "
        "(stage), or one for each by its own (layer): nothing comes down from layers above",
    )


class AskingConfig(Section):
    """How the network is asked about classes."""

    form: Literal["label", "groups", "random"] = Field(
        "label",
        description="a label in the image, once per class (label, the paper's); the image once and a "
        "goodness per class, of a group of neurons (groups) or by fixed random weights (random)",
    )
    grid: Annotated[int, Field(ge=1, le=1024)] | None = Field(
        None,
        description="random: cells a side of a layer's planes, in which the neurons of a channel share their "
        "weight; each neuron has its own if unset",
    )
    mirrored: bool = Field(
        False,
        description="groups, random: predict from an image and its mirror image, two whole presentations; "
        "goes with training.flip=0.5",
    )


class TrainingConfig(Section):
    """How the layers learn."""

    schedule: Literal["sequential", "interleaved"] = Field(
        "sequential", description="layers one after the other, or all in every batch"
    )
    epochs: Count = Field(60, description="epochs per layer (sequential) or of all layers (interleaved)")
    batch_size: Count | None = Field(None, description="images per update; the full batch if unset")
    chunk_size: Count = Field(2000, description="images in flight at once; changes rounding and memory only")
    loss: LossName = Field(
        "threshold",
        description="of a true and a wrong label: threshold (paper), pairwise (SymBa) or swish; of all "
        "classes: softmax, which goes with asking.form=groups or random",
    )
    theta: Finite = Field(2.0, description="goodness threshold θ")
    loss_steepness: Positive = Field(
        4.0, description="α of the pairwise and swish losses; inverse temperature of softmax"
    )
    loss_steepnesses: tuple[Positive, ...] = Field(
        (), description="loss_steepness of each layer; loss_steepness for all if empty"
    )
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = Field(
        0.0, description="softmax: share of the target spread over all classes"
    )
    learning_rate: Positive = Field(0.03, description="Adam's learning rate")
    learning_rate_decay: Literal["constant", "cosine"] = Field(
        "constant", description="course of the learning rate"
    )
    pixel_dropout: Annotated[float, Field(ge=0, lt=1)] = Field(
        0.0, description="share of pixels silenced, per image, while the first layer learns"
    )
    shift: Annotated[int, Field(ge=0, le=27)] = Field(
        0,
        description="pixels by which an image moves at random, at most, whenever it is presented in training",
    )
    flip: Annotated[float, Field(ge=0, le=1)] = Field(
        0.0, description="probability that an image is mirrored from left to right in training"
    )
    cutout: Annotated[int, Field(ge=0, le=1024)] = Field(
        0, description="side in pixels of a square that is cut out of an image in training; 0: none"
    )
    event_jitter: Annotated[int, Field(ge=0, le=100_000)] = Field(
        0, description="recordings: steps by which an event moves in time in training, at most"
    )
    event_drop: Annotated[float, Field(ge=0, lt=1)] = Field(
        0.0, description="recordings: probability that an event is missing in training"
    )
    weight_decay: Annotated[float, Field(ge=0, le=1e3, allow_inf_nan=False)] = Field(
        0.0, description="share of weights and biases lost per update, times the learning rate (AdamW)"
    )
    rate_penalty: Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)] = Field(
        0.0, description="λ of the loss term λ · mean activity: fewer spikes for some accuracy"
    )
    precision: Literal["float32", "bfloat16", "float64"] = Field(
        "float32",
        description="type of the products' factors; auto measures whether float32 or bfloat16 is quicker "
        "here, once a machine, and stands for that",
    )
    engine: EngineName = Field(
        "auto",
        description="PyTorch, or loops over spikes and over what differs from an image's background (numba); "
        "auto takes these where the run is long enough. Changes rounding and time only",
    )
    evaluate_every: Annotated[int, Field(ge=0)] = Field(
        10, description="epochs between accuracies; 0: only at the end"
    )
    checkpoint_every: Count = Field(10, description="epochs between checkpoints")
    patience: Count | None = Field(
        None, description="epochs after which a stage ends if held-out accuracy has not risen; never if unset"
    )
    keep_best: bool = Field(
        False, description="at a stage's end its layers go back to the epoch of highest held-out accuracy"
    )

    @field_validator("precision", mode="before")
    @classmethod
    def _measured(cls, name: object) -> object:
        """Put the quicker type in the place of ``auto``, so that every result names what it had."""
        return quickest_precision() if name == "auto" else name


class Config(Section):
    """A run, up to the machine it runs on."""

    path: Path = "dense"
    variant: Variant = "ff"
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    data: DataConfig = DataConfig()
    asking: AskingConfig = AskingConfig()
    label: LabelConfig = LabelConfig()
    network: NetworkConfig = NetworkConfig()
    collaboration: CollaborationConfig = CollaborationConfig()
    neuron: NeuronConfig = NeuronConfig()
    training: TrainingConfig = TrainingConfig()

    @model_validator(mode="after")
    def _consistent(self) -> Config:
        require_consistent(self)
        return self


def parse_config(values: dict[str, Any], where: str) -> Config:
    """Validate a nested mapping.

    Args:
        values: as from JSON.
        where: file or argument to name in errors.

    Raises:
        ConfigError: naming every wrong key and value.
    """
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        raise ConfigError(
            _explain(error), where=where, fix="see `neuroff train --help-config` for every key"
        ) from None


def same_but_precision(one: Config, other: Config) -> bool:
    """Whether two runs differ at most in the type of their products' factors or their engine: in rounding."""
    values, others = one.model_dump(), other.model_dump()
    for key in ("precision", "engine"):
        others["training"][key] = values["training"][key]
    return values == others


def _names_a_type(part: int | str) -> bool:
    return isinstance(part, str) and ("[" in part or "-" in part or part in ("float", "int", "str"))


def _explain(error: ValidationError) -> str:
    problems = []
    for item in error.errors():
        # what pydantic appends for each type that a key may have is no part of the key
        key = ".".join(str(part) for part in item["loc"] if not _names_a_type(part)) or "config"
        message = item["msg"].removeprefix("Value error, ")
        problems.append(f"{key}={shortened(item['input'])}: {message}" if item["loc"] else message)
    return "; ".join(problems)
