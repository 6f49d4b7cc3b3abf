"""Everything that decides a run's numbers, as one validated and frozen value.

Every open point of the paper (docs/protocol.md) is a field here; `neuroff.settings` sets fields by key.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from neuroff.collaboration import BusTiming, Partners, PartnerWeight
from neuroff.encoding import EncodingName
from neuroff.errors import ConfigError, shortened
from neuroff.goodness import GoodnessName
from neuroff.labels import NegativeLabels
from neuroff.loss import LossName
from neuroff.network import GainTiming, Normalisation, PredictionRule
from neuroff.rules import LearningRule
from neuroff.spiking import NeuronParameter, ResetName
from neuroff.surrogate import SurrogateName

Variant = Literal["ff", "fcff", "acff"]
Path = Literal["dense", "spiking"]
DataSetName = Literal["mnist", "fashion-mnist", "digits"]

# Within what float32 and the sizes of PyTorch hold, so that no valid value overflows later.
_Positive = Annotated[float, Field(gt=0, le=1e30, allow_inf_nan=False)]
_Finite = Annotated[float, Field(ge=-1e30, le=1e30, allow_inf_nan=False)]
_Count = Annotated[int, Field(ge=1, le=2**31 - 1)]
_Decay = Annotated[float, Field(ge=0, le=1)]
_Decays = _Decay | Annotated[tuple[_Decay, ...], Field(min_length=1)]


class Section(BaseModel):
    """A group of keys; frozen, and closed to keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DataConfig(Section):
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


class LabelConfig(Section):
    """How labels are embedded and wrong ones drawn."""

    amplitude: Literal["one", "max"] = Field(
        "max", description="value of the label pixel: 1, or the largest input value"
    )
    negatives: NegativeLabels = Field(
        "redrawn",
        description="wrong labels drawn once, redrawn every epoch, the true labels permuted once, or redrawn "
        "every epoch by how well they fit (hard)",
    )
    hardness: Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)] = Field(
        2.0, description="hard negatives: odds of a wrong label are exp(hardness · its score)"
    )


class NetworkConfig(Section):
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
    gain: GainTiming = Field(
        "presentation",
        description="normalisation between layers: by the activity of a whole presentation, by that so far "
        "at every step (online), or not at all (constant)",
    )
    constant_gain: _Positive = Field(1.0, description="factor of a layer's output where gain=constant")
    prediction: PredictionRule = Field(
        "goodness", description="label score: sum of G, sum of C, or C of the last layer"
    )


class CollaborationConfig(Section):
    """The bus between layers; without effect in variant ff."""

    threshold: Literal["literal", "centred"] = Field(
        "centred", description="partners contribute G_j (literal) or G_j − θ (centred)"
    )
    partners: Partners = Field("trained", description="layers heard: those before, or all others")
    weight: PartnerWeight = Field("mean", description="w_lj: one over the number of partners, or one")
    gamma: _Finite = Field(0.5, description="γ of fcff; initial γ of acff")
    gamma_optimiser: Literal["descent", "adam"] = Field("adam", description="how acff moves γ")
    gamma_learning_rate: _Positive = Field(0.01, description="η of γ")
    timing: BusTiming = Field(
        "presentation",
        description="spiking: messages at the end of a presentation, or at every step (online)",
    )
    bits: Annotated[int, Field(ge=1, le=24)] | None = Field(
        None, description="bits of a message on the bus; exact if unset"
    )
    range: _Positive = Field(
        4.0, description="largest size of a message of so many bits; goodness is cut off"
    )
    delay: Annotated[int, Field(ge=0, le=100_000)] = Field(
        0, description="spiking: steps until a message arrives"
    )


class NeuronConfig(Section):
    """Spiking neurons and their input; without effect on the dense path."""

    steps: Annotated[int, Field(ge=1, le=100_000)] = Field(10, description="T, time steps of a presentation")
    model: Literal["lif", "cuba", "if"] = Field(
        "lif", description="leaky integrate-and-fire, with a synaptic current (cuba), or without a leak (if)"
    )
    beta: _Decays = Field(0.9, description="decay of the membrane potential per step, for all layers or each")
    alpha: _Decays = Field(0.5, description="cuba: decay of the synaptic current per step")
    threshold: _Positive = Field(1.0, description="membrane potential at which a neuron fires")
    reset: ResetName = Field("subtract", description="reset by subtracting the threshold, or to zero")
    refractory: Annotated[int, Field(ge=0, le=100_000)] = Field(
        0, description="steps after a spike in which a neuron waits"
    )
    trace_decay: Annotated[float, Field(gt=0, le=1)] = Field(
        1.0, description="activity: 1, the firing rate; below, a spike trace with this decay per step"
    )
    learned: tuple[NeuronParameter, ...] = Field(
        (), description="numbers of the neurons that every layer learns by its own loss"
    )
    neuron_learning_rate: _Positive = Field(0.001, description="Adam's learning rate of those numbers")
    rule: LearningRule = Field(
        "batch",
        description="batch: closed form over a presentation; online: memory that does not grow with T, "
        "modulator at the end (online_end) or at every step (online_step)",
    )
    surrogate: SurrogateName = Field("fast_sigmoid", description="surrogate derivative of the spike")
    steepness: _Positive = Field(2.0, description="steepness of the surrogate derivative")
    encoding: EncodingName = Field("constant", description="what the first layer receives")


class TrainingConfig(Section):
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


class Config(Section):
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
        self._require_consistent_neurons()
        return self

    def _require_consistent_neurons(self) -> None:
        """Raise ValueError where keys of the spiking path contradict each other."""
        neuron, layers = self.neuron, len(self.network.widths)
        for name in ("beta", "alpha"):
            decays = getattr(neuron, name)
            if isinstance(decays, tuple) and len(decays) != layers:
                raise ValueError(f"neuron.{name} has {len(decays)} values for {layers} layers")
        if neuron.model == "if" and "beta" in neuron.learned:
            raise ValueError("neuron.model=if has no leak to learn; use neuron.model=lif")
        if neuron.model != "cuba" and "alpha" in neuron.learned:
            raise ValueError("neuron.learned=alpha needs neuron.model=cuba")
        bus_in_time = self.collaboration.timing == "online" or self.collaboration.delay > 0
        if self.path == "dense" and (bus_in_time or neuron.rule != "batch"):
            raise ValueError(
                "collaboration.timing, collaboration.delay and neuron.rule need path=spiking: a dense "
                "presentation has no steps"
            )
        if neuron.rule != "batch" and self.network.gain == "presentation":
            raise ValueError(
                f"neuron.rule={neuron.rule} needs network.gain=online or constant, since the gain of a whole "
                "presentation looks ahead"
            )


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


def _explain(error: ValidationError) -> str:
    problems = []
    for item in error.errors():
        key = ".".join(str(part) for part in item["loc"]) or "config"
        message = item["msg"].removeprefix("Value error, ")
        problems.append(f"{key}={shortened(item['input'])}: {message}" if item["loc"] else message)
    return "; ".join(problems)
