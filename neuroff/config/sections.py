"""Sections of the configuration: the stack of layers, their bus and their neurons.

`neuroff.config.schema` puts them together with those of data, labels and training.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from neuroff.core.architecture import GRAMMAR, Architecture, DensePart, read_architecture
from neuroff.core.collaboration import BusTiming, Coupling, Partners, PartnerWeight
from neuroff.core.encoding import EncodingName
from neuroff.core.goodness import GoodnessName
from neuroff.core.network import GainTiming, Normalisation
from neuroff.core.neurons import NeuronParameter, ResetName
from neuroff.core.neurons.adaptive import STRONGEST
from neuroff.core.neurons.surrogate import SurrogateName
from neuroff.core.rules import LearningRule
from neuroff.core.scores import PredictionRule
from neuroff.errors import ConfigError

# Within what float32 and the sizes of PyTorch hold, so that no valid value overflows later.
Positive = Annotated[float, Field(gt=0, le=1e30, allow_inf_nan=False)]
Finite = Annotated[float, Field(ge=-1e30, le=1e30, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1, le=2**31 - 1)]
Decay = Annotated[float, Field(ge=0, le=1)]


class Section(BaseModel):
    """A group of keys; frozen, and closed to keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _no_truth_for_a_number(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse yes and no where a number is wanted: True would be taken for 1."""
        given = value if isinstance(value, list | tuple) else (value,)
        expected = str(cls.model_fields[str(info.field_name)].annotation)
        if any(isinstance(each, bool) for each in given) and "bool" not in expected:
            raise ValueError("yes or no where a number or a word is expected")
        return value


class NetworkConfig(Section):
    """The stack of layers."""

    widths: Annotated[tuple[Count, ...], Field(min_length=1)] = Field(
        (500, 500), description="neurons of each layer"
    )
    layers: str | None = Field(
        None,
        description="the layers where not all are dense, in place of widths: conv 40x3, pool 2, conv 80x3, "
        f"dense 500. {GRAMMAR[0].upper()}{GRAMMAR[1:]}",
    )
    standardise: bool = Field(
        False,
        description="whether layers behind others receive every channel (of a dense layer, every neuron) "
        "with mean zero and variance one over training images: batch normalisation",
    )
    group_norm: Count | None = Field(
        None,
        description="in how many groups each sample's channels (of a dense layer, neurons) are given mean "
        "zero and variance one, at every step, before layers behind others receive them: group "
        "normalisation, in place of standardise; no chip or file format has it",
    )
    goodness: GoodnessName = Field("mean_squares", description="goodness of a layer's activity")
    goodness_scale: Positive = Field(1.0, description="factor κ of the goodness")
    normalisation: Normalisation = Field(
        "unit", description="length of a layer's input: 1, √N (rms, mean square one), or as it comes (none)"
    )
    epsilon: Positive = Field(1e-4, description="added to the length before the division")
    gain: GainTiming = Field(
        "presentation",
        description="normalisation between layers: by the activity of a whole presentation, by that so far "
        "at every step (online), or not at all (constant)",
    )
    constant_gain: Positive = Field(1.0, description="factor of a layer's output where gain=constant")
    prediction: PredictionRule = Field(
        "goodness",
        description="class score: sum of G, sum of C, C of the last layer, or sum of G over a window of "
        "layers chosen on held-out images when training is over",
    )

    @field_validator("layers")
    @classmethod
    def _readable(cls, text: str | None) -> str | None:
        if text is not None:
            try:
                read_architecture(text)
            except ConfigError as error:
                raise ValueError(f"{error.what}; expected {error.expected}") from None
        return text

    @property
    def architecture(self) -> Architecture:
        """The stack of layers."""
        if self.layers is not None:
            return read_architecture(self.layers)
        return Architecture(tuple(DensePart(neurons) for neurons in self.widths))

    def dense_widths(self, where: str) -> tuple[int, ...]:
        """Return the neurons of each layer, for what knows dense layers only.

        Args:
            where: names it.

        Raises:
            ConfigError: if a layer is not dense.
        """
        widths = tuple(part.neurons for part in self.architecture.parts if isinstance(part, DensePart))
        if len(widths) < len(self.architecture.parts):
            raise ConfigError(
                f"network.layers={self.layers}",
                where=where,
                expected="dense layers alone",
                fix="set network.widths, and no network.layers",
            )
        return widths

    @property
    def depth(self) -> int:
        """Number of layers."""
        return self.architecture.depth


class CollaborationConfig(Section):
    """The bus between layers; without effect in variant ff."""

    threshold: Literal["literal", "centred"] = Field(
        "centred", description="partners contribute G_j (literal) or G_j − θ (centred)"
    )
    partners: Partners = Field("trained", description="layers heard: those before, or all others")
    weight: PartnerWeight = Field("mean", description="w_lj: one over the number of partners, or one")
    coupling: Coupling = Field(
        "added",
        description="C = G + γP, or the mean (G + γP) / (1 + |γ|W), W the sum of the partners' weights",
    )
    gamma: Finite = Field(0.5, description="γ of fcff; initial γ of acff")
    gammas: tuple[Finite, ...] = Field((), description="γ of each layer; gamma for all if empty")
    gamma_optimiser: Literal["descent", "adam"] = Field("adam", description="how acff moves γ")
    gamma_learning_rate: Positive = Field(0.01, description="η of γ")
    gamma_most: Positive | None = Field(None, description="acff: γ stays within ± this; free if unset")
    timing: BusTiming = Field(
        "presentation",
        description="spiking: messages at the end of a presentation, or at every step (online)",
    )
    bits: Annotated[int, Field(ge=1, le=24)] | None = Field(
        None, description="bits of a message on the bus; exact if unset"
    )
    range: Positive = Field(4.0, description="largest size of a message of so many bits; goodness is cut off")
    delay: Annotated[int, Field(ge=0, le=100_000)] = Field(
        0, description="spiking: steps until a message arrives"
    )


class NeuronConfig(Section):
    """Spiking neurons and their input; without effect on the dense path."""

    steps: Annotated[int, Field(ge=1, le=100_000)] = Field(10, description="T, time steps of a presentation")
    model: Literal["lif", "cuba", "if"] = Field(
        "lif", description="leaky integrate-and-fire, with a synaptic current (cuba), or without a leak (if)"
    )
    beta: Decay = Field(0.9, description="decay of the membrane potential per step")
    betas: tuple[Decay, ...] = Field((), description="the same for each layer; beta for all if empty")
    alpha: Decay = Field(0.5, description="cuba: decay of the synaptic current per step")
    alphas: tuple[Decay, ...] = Field((), description="the same for each layer; alpha for all if empty")
    threshold: Positive = Field(1.0, description="membrane potential at which a neuron fires")
    adaptation: Annotated[float, Field(ge=0, le=STRONGEST, allow_inf_nan=False)] = Field(
        0.0, description="by how much the threshold rises where a neuron fires at every step; 0: not at all"
    )
    adaptation_decay: Annotated[float, Field(ge=0, lt=1)] = Field(
        0.95, description="what a step leaves of that rise"
    )
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
    neuron_learning_rate: Positive = Field(0.001, description="Adam's learning rate of those numbers")
    rule: LearningRule = Field(
        "batch",
        description="batch: closed form over a presentation; online: memory that does not grow with T, "
        "modulator at the end (online_end) or at every step (online_step)",
    )
    surrogate: SurrogateName = Field("fast_sigmoid", description="surrogate derivative of the spike")
    steepness: Positive = Field(2.0, description="steepness of the surrogate derivative")
    encoding: EncodingName = Field("constant", description="what the first layer receives")
