"""Channels in groups of mean zero and variance one in front of other synapses, sample by sample.

    x'_i = (x_i − μ_g) / √(v_g + ε)

with mean μ and variance v over the channels and places of the group g that value i lies in: group
normalisation (Wu and He, arXiv 1803.08494) without a scale of its own, in front of the weights. Statistics
are those of one sample and, of a signal over time, of one step: a device that computes step by step has all
of them when the step's spikes are there, keeps nothing, and looks at nothing ahead. A step without spikes
stays zeros. The mean square of a group is one wherever anything differs in it, so how much the layer below
fired cannot be told from it. What a convolution finds beyond the border is a zero behind it, the mean.

No gradient passes to what arrives, so the local gradient is that of the synapses behind, of what they are
shown: nothing is differentiated by the statistics. They are no numbers that stay, so there is no matrix that
says the same, and what needs one (chips, files) is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from torch import Tensor
from torch.nn.functional import group_norm

from neuroff.checks import require_kind, require_whole
from neuroff.core.signal import Signal
from neuroff.core.synapses.conv import Conv
from neuroff.core.synapses.dense import Dense
from neuroff.core.synapses.front import OneForOne
from neuroff.core.synapses.planes import Planes
from neuroff.errors import ConfigError, ExportError, ShapeError

_LEAST: Final = 1e-5  # ε


@dataclass(frozen=True)
class GroupNormalised(OneForOne):
    """Synapses that receive groups of channels with mean zero and variance one.

    Attributes:
        behind: what receives the channels.
        planes: what arrives.
        groups: number of groups of channels that follow each other.

    Raises:
        ShapeError: if the shapes do not belong together.
        ConfigError: if the groups do not divide the channels, or have one value each.
    """

    behind: Dense | Conv
    planes: Planes
    groups: int

    def __post_init__(self) -> None:
        super().__post_init__()
        require_kind("planes", self.planes, Planes, where="GroupNormalised")
        require_kind("behind", self.behind, (Dense, Conv), where="GroupNormalised")
        require_whole("groups", self.groups, least=1, where="GroupNormalised")
        if self.planes.size != self.behind.inputs:
            raise ShapeError(
                f"{self.planes} values for synapses with {self.behind.inputs} inputs",
                where="GroupNormalised",
                expected="as many values as inputs",
            )
        channels = self.planes.channels
        if self.groups < 1 or channels % self.groups or self.planes.size == self.groups:
            raise ConfigError(
                f"{self.groups} groups of {channels} channels ({self.planes} values) to normalise",
                where="GroupNormalised",
                expected="a number that divides the channels, and groups of two values or more",
            )

    @property
    def is_linear(self) -> bool:
        """It is not."""
        return False

    @property
    def sample_scalars(self) -> int:
        """A mean and a scale of every group."""
        return 2 * self.groups

    def shown(self, signal: Signal) -> Signal:
        """Return the normalised values, the gain in them."""
        values = signal.values if signal.gain is None else signal.values * signal.gain[..., None]
        images = self.planes.of(values.to(self.behind.weight.dtype))
        return Signal(group_norm(images, self.groups, eps=_LEAST).view(values.shape))

    def affine(self) -> tuple[Tensor, Tensor]:
        """Refuse: no matrix says the same.

        Raises:
            ExportError: always.
        """
        raise ExportError(
            f"group normalisation (network.group_norm={self.groups}), whose means and variances are those of "
            "each sample and step",
            where="synapses as a matrix",
            expected="weights and biases that stay as they are",
            fix="train with network.standardise=true in its place, whose statistics fold into weights",
        )

    def add_unit_gradient(self, gradient: Mapping[str, Tensor], units: Tensor, post: Tensor) -> None:
        """Refuse: what the first inputs contribute depends on the others; see `affine`."""
        self.affine()

    def reached(self, ones: Tensor) -> Tensor:
        """Return which neurons an input that is not zero reaches: by its mean, all that see its group."""
        grouped = ones.ne(0).unflatten(-1, (self.groups, -1))
        met = grouped.any(-1, keepdim=True).expand_as(grouped).flatten(-2)
        return self.behind.reached(met.to(ones.dtype))
