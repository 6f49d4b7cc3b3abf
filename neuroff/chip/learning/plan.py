"""What is chosen before learning starts: layers, their neurons, traces, goodness and rule."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import get_args

import torch

from neuroff.checks import require_able, require_kind
from neuroff.chip.learning.images import SpikingImages
from neuroff.chip.learning.modulator import Collaboration, LayerModulator
from neuroff.chip.learning.rounding import Rounding
from neuroff.chip.learning.rule import SumOfProducts
from neuroff.chip.learning.traces import Trace
from neuroff.chip.neurons import ChipNeurons
from neuroff.chip.numbers import require_between
from neuroff.chip.synapses import WEIGHT_BITS, weight_step
from neuroff.errors import ExportError, require_choice


@dataclass(frozen=True)
class LearningLayer:
    """One learning layer.

    Attributes:
        neurons: N.
        threshold_mantissa: of its neurons.
        pre: x1, the trace of an input axon.
        post: y1, the trace of a neuron; it stays in the neuron.
        post_shift: y2 or y3 = min(127, round(y1 · m / 2^post_shift)), in [7, 21].
        modulator: from spike counts to the broadcast m.
        rule: of its synapses.
        start: weights start uniformly in ± this, in [0, 254].
        voltage_decay: δ_v of its neurons.
        weight_bits: b, in [1, 8], with the sign.
        rounding: of weight writes.
    """

    neurons: int
    threshold_mantissa: int
    pre: Trace
    post: Trace
    post_shift: int
    modulator: LayerModulator
    rule: SumOfProducts
    start: int = 64
    voltage_decay: int = 0
    weight_bits: int = WEIGHT_BITS
    rounding: Rounding = "stochastic"

    def __post_init__(self) -> None:
        where = "learning layer"
        require_between(self.neurons, 1, 2**20, "neurons", where)
        require_between(self.post_shift, 7, 21, "post_shift", where)
        require_between(self.start, 0, 254, "start", where)
        require_between(self.weight_bits, 1, WEIGHT_BITS, "weight_bits", where)
        require_choice(self.rounding, get_args(Rounding), f"{where}, rounding")
        for name, kind in (("pre", Trace), ("post", Trace), ("rule", SumOfProducts)):
            require_kind(name, getattr(self, name), kind, where=where)
        require_able("modulator", self.modulator, "require_groups", where=where, expected="a Modulator")
        self.modulator.require_groups(self.neurons, where)

    @property
    def grid(self) -> int:
        """Distance between neighbouring weights."""
        return weight_step(self.weight_bits, "mixed")

    def chip_neurons(self) -> ChipNeurons:
        """Return the neurons: no synaptic current, no bias."""
        nothing = torch.zeros(self.neurons, dtype=torch.int32)
        return ChipNeurons(nothing, nothing, 4095, self.voltage_decay, self.threshold_mantissa)


@dataclass(frozen=True)
class LearningPlan:
    """A network that learns on the chip.

    Attributes:
        images: how images and labels become spikes; T is one learning epoch.
        pixels: of an image.
        layers: first to last.
        collaboration: between layers.
        seed: of every random draw.
    """

    images: SpikingImages
    pixels: int
    layers: tuple[LearningLayer, ...]
    collaboration: Collaboration = field(default_factory=Collaboration)
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.layers:
            raise ExportError("no layers", where="learning plan", expected="at least one")

    @property
    def collaborates(self) -> bool:
        """Whether a layer hears others."""
        bus = self.collaboration
        return len(self.layers) > 1 and (bus.gamma > 0 or bus.adaptive_shift is not None)

    @property
    def axons(self) -> tuple[int, ...]:
        """Input axons of every layer."""
        return (self.images.label_axons + self.pixels, *(layer.neurons for layer in self.layers[:-1]))

    @property
    def scalars(self) -> int:
        """What a layer is sent in a presentation: its modulators, and the goodness of those it hears."""
        of_one = self.layers[0].modulator.scalars
        return of_one * (1 + (len(self.layers) - 1 if self.collaborates else 0))

    @property
    def thetas(self) -> tuple[int, ...]:
        """θ of every layer."""
        return tuple(layer.modulator.theta for layer in self.layers)
