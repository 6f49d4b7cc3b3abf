"""Everything that decides a run's numbers, as one validated and frozen value.

Every open point of the paper (docs/protocol.md) is a field here. Fields are set by dotted key,
``collaboration.gamma=0.5``, or by their last part where that is unique, ``gamma=0.5``.
"""

from __future__ import annotations

import difflib
import types
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from neuroff.collaboration import Partners, PartnerWeight
from neuroff.encoding import EncodingName
from neuroff.errors import ConfigError
from neuroff.goodness import GoodnessName
from neuroff.labels import NegativeLabels
from neuroff.loss import LossName
from neuroff.network import Normalisation, PredictionRule
from neuroff.spiking import ResetName
from neuroff.surrogate import SurrogateName

Variant = Literal["ff", "fcff", "acff"]
Path = Literal["dense", "spiking"]
DataSetName = Literal["mnist", "fashion-mnist", "digits"]

# Within what float32 and the sizes of PyTorch hold, so that no valid value overflows later.
_Positive = Annotated[float, Field(gt=0, le=1e30, allow_inf_nan=False)]
_Finite = Annotated[float, Field(ge=-1e30, le=1e30, allow_inf_nan=False)]
_Count = Annotated[int, Field(ge=1, le=2**31 - 1)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DataConfig(_Section):
    """Which images, and how they are scaled."""

    dataset: DataSetName = Field("mnist", description="named data set")
    train_count: _Count | None = Field(
        None, description="training images used; the rest are held out; all if unset"
    )
    subset: Literal["first", "random"] = Field(
        "first", description="which training images: the first, or a seeded draw"
    )
    input_scale: Literal["raw", "standardised"] = Field(
        "standardised", description="pixels in [0, 1], or minus mean over deviation of the training images"
    )


class LabelConfig(_Section):
    """How labels are embedded and wrong ones drawn."""

    amplitude: Literal["one", "max"] = Field(
        "max", description="value of the label pixel: 1, or the largest input value"
    )
    negatives: NegativeLabels = Field(
        "redrawn",
        description="wrong labels drawn once, redrawn every epoch, or the true labels permuted once",
    )


class NetworkConfig(_Section):
    """The stack of layers."""

    widths: Annotated[tuple[_Count, ...], Field(min_length=1)] = Field(
        (500, 500), description="neurons of each layer"
    )
    goodness: GoodnessName = Field("mean_squares", description="goodness of a layer's activity")
    goodness_scale: _Positive = Field(1.0, description="factor κ of the goodness")
    normalisation: Normalisation = Field(
        "unit", description="length of a layer's input: 1, or √N (mean square one)"
    )
    epsilon: _Positive = Field(1e-4, description="added to the length before the division")
    prediction: PredictionRule = Field(
        "goodness", description="label score: sum of G, sum of C, or C of the last layer"
    )


class CollaborationConfig(_Section):
    """The bus between layers; without effect in variant ff."""

    threshold: Literal["literal", "centred"] = Field(
        "centred", description="partners contribute G_j (literal) or G_j − θ (centred)"
    )
    partners: Partners = Field("trained", description="layers heard: those before, or all others")
    weight: PartnerWeight = Field("mean", description="w_lj: one over the number of partners, or one")
    gamma: _Finite = Field(0.5, description="γ of fcff; initial γ of acff")
    gamma_optimiser: Literal["descent", "adam"] = Field("adam", description="how acff moves γ")
    gamma_learning_rate: _Positive = Field(0.01, description="η of γ")


class NeuronConfig(_Section):
    """Spiking neurons and their input; without effect on the dense path."""

    steps: Annotated[int, Field(ge=1, le=100_000)] = Field(10, description="T, time steps of a presentation")
    beta: Annotated[float, Field(ge=0, le=1)] = Field(
        0.9, description="decay of the membrane potential per step"
    )
    threshold: _Positive = Field(1.0, description="membrane potential at which a neuron fires")
    reset: ResetName = Field("subtract", description="reset by subtracting the threshold, or to zero")
    surrogate: SurrogateName = Field("fast_sigmoid", description="surrogate derivative of the spike")
    steepness: _Positive = Field(2.0, description="steepness of the surrogate derivative")
    encoding: EncodingName = Field("constant", description="what the first layer receives")


class TrainingConfig(_Section):
    """How the layers learn."""

    schedule: Literal["sequential", "interleaved"] = Field(
        "sequential", description="layers one after the other, or all in every batch"
    )
    epochs: _Count = Field(60, description="epochs per layer (sequential) or of all layers (interleaved)")
    batch_size: _Count | None = Field(None, description="images per update; the full batch if unset")
    chunk_size: _Count = Field(2000, description="images in flight at once; changes rounding and memory only")
    loss: LossName = Field("threshold", description="threshold (paper) or pairwise (SymBa)")
    theta: _Finite = Field(2.0, description="goodness threshold θ")
    loss_steepness: _Positive = Field(4.0, description="α of the pairwise loss")
    learning_rate: _Positive = Field(0.03, description="Adam's learning rate")
    learning_rate_decay: Literal["constant", "cosine"] = Field(
        "constant", description="course of the learning rate"
    )
    precision: Literal["float32", "bfloat16", "float64"] = Field(
        "float32", description="type of the products' factors"
    )
    evaluate_every: Annotated[int, Field(ge=0)] = Field(
        10, description="epochs between accuracies; 0: only at the end"
    )
    checkpoint_every: _Count = Field(10, description="epochs between checkpoints")


class Config(_Section):
    """A run, up to the machine it runs on."""

    path: Path = "dense"
    variant: Variant = "ff"
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    data: DataConfig = DataConfig()
    label: LabelConfig = LabelConfig()
    network: NetworkConfig = NetworkConfig()
    collaboration: CollaborationConfig = CollaborationConfig()
    neuron: NeuronConfig = NeuronConfig()
    training: TrainingConfig = TrainingConfig()

    @model_validator(mode="after")
    def _consistent(self) -> Config:
        spikes_in = self.path == "spiking" and self.neuron.encoding != "constant"
        if spikes_in and (self.data.input_scale != "raw" or self.label.amplitude != "one"):
            raise ValueError(
                f"neuron.encoding={self.neuron.encoding} needs data.input_scale=raw and label.amplitude=one, "
                "since pixels are firing probabilities or times"
            )
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


def apply_settings(config: Config, settings: Iterable[str], where: str = "--set") -> Config:
    """Return ``config`` with ``key=value`` settings applied.

    Args:
        config: the configuration to start from.
        settings: such as ``collaboration.gamma=0.5`` or ``widths=500,500``.
        where: argument to name in errors.

    Raises:
        ConfigError: if a key is unknown or ambiguous or a value is not valid.
    """
    values = config.model_dump(mode="json")
    for setting in settings:
        key, separator, text = setting.partition("=")
        if not separator:
            raise ConfigError(
                f"{_short(setting)} has no '='", where=where, expected="key=value, such as gamma=0.5"
            )
        path = _resolve(key.strip(), where)
        target = values
        for part in path[:-1]:
            target = target[part]
        target[path[-1]] = _parse_value(text.strip(), _field_type(path))
    return parse_config(values, where)


def field_rows() -> Iterator[tuple[str, str, Any, str]]:
    """Yield (dotted key, type, default, description) of every field of every section."""
    for name, info in Config.model_fields.items():
        section = info.annotation
        if isinstance(section, type) and issubclass(section, _Section):
            for key, field in section.model_fields.items():
                yield f"{name}.{key}", _type_text(field.annotation), field.default, field.description or ""


def _type_text(annotation: Any) -> str:
    origin = get_origin(annotation)
    if origin is Literal:
        return " | ".join(str(choice) for choice in get_args(annotation))
    if origin is Annotated:
        return _type_text(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return " | ".join(_type_text(part) for part in get_args(annotation))
    if origin is tuple:
        return "list of " + _type_text(get_args(annotation)[0])
    if annotation is type(None):
        return "none"
    return getattr(annotation, "__name__", str(annotation))


def _keys() -> list[str]:
    return ["path", "variant", "seed", *(row[0] for row in field_rows())]


def _resolve(key: str, where: str) -> list[str]:
    keys = _keys()
    if key in keys:
        return key.split(".")
    candidates = [known for known in keys if known.rpartition(".")[2] == key]
    if len(candidates) == 1:
        return candidates[0].split(".")
    if candidates:
        raise ConfigError(f"key {key!r} is ambiguous", where=where, expected=" or ".join(candidates))
    leaves = {known.rpartition(".")[2]: known for known in keys}
    near = difflib.get_close_matches(key, [*keys, *leaves], n=1)
    hint = f"did you mean {near[0]!r}?" if near else "`neuroff train --help-config` lists every key"
    raise ConfigError(f"unknown key {_short(key)}", where=where, fix=hint.rstrip("?"))


def _field_type(path: list[str]) -> Any:
    model: type[BaseModel] = Config
    for part in path[:-1]:
        section = model.model_fields[part].annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            model = section
    return model.model_fields[path[-1]].annotation


def _parse_value(text: str, annotation: Any) -> Any:
    if text.lower() == "none" and type(None) in get_args(annotation):
        return None
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) is tuple:
        return [part.strip() for part in text.strip("[]()").split(",") if part.strip()]
    return text


def _explain(error: ValidationError) -> str:
    problems = []
    for item in error.errors():
        key = ".".join(str(part) for part in item["loc"]) or "config"
        message = item["msg"].removeprefix("Value error, ")
        problems.append(f"{key}={_short(item['input'])}: {message}" if item["loc"] else message)
    return "; ".join(problems)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:79]}…"
