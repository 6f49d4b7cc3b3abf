"""The image and then its mirror image: one goodness per class, the mean of both presentations.

    G_k = ½ (G_k(x) + G_k(x mirrored from left to right))

What a class does not depend on, its answer should not either; a network sees the same object twice, and what
it takes for one thing by chance in the one it mostly does not in the other. A prediction costs two whole
presentations, and is counted, priced and ported as such; learning presents an image once, and mirrors it at
random where the plan says so (`neuroff.core.plan.Augmentation`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from neuroff.checks import require_kind
from neuroff.core.asking.groups import GroupAsking
from neuroff.core.asking.protocol import Asking
from neuroff.core.asking.random import RandomAsking
from neuroff.core.goodness import GoodnessMeasure
from neuroff.core.rules import LayerGradient
from neuroff.core.signal import Signal, Stimulus
from neuroff.core.synapses import Planes, Synapses
from neuroff.errors import ConfigError


@dataclass(frozen=True)
class MirroredAsking(Asking):
    """Presents an image, candidate 0, and its mirror image, candidate 1.

    Attributes:
        behind: how each of them is asked about.
        planes: of an image.

    Raises:
        ConfigError: if images have no width to be mirrored in, or the asking behind presents labels.
    """

    behind: GroupAsking | RandomAsking
    planes: Planes

    def __post_init__(self) -> None:
        behind = (GroupAsking, RandomAsking)
        require_kind("behind", self.behind, behind, where="MirroredAsking")
        require_kind("planes", self.planes, Planes, where="MirroredAsking")
        if self.planes.height < 2 or self.planes.width < 2:
            raise ConfigError(
                f"images of {self.planes} values",
                where="MirroredAsking",
                expected="images of height and width, which a mirror image leaves what they are",
                fix="set asking.mirrored=false",
            )

    @property
    def classes(self) -> int:
        """K."""
        return self.behind.classes

    @property
    def presentations(self) -> int:
        """Two: the image and its mirror image."""
        return 2

    @property
    def shares_image(self) -> bool:
        """They do not: each has a drive of its own."""
        return False

    def of_layer(self, index: int) -> MirroredAsking:
        """Return the asking of one layer, mirrored."""
        behind = self.behind
        return replace(self, behind=behind.of_layer(index)) if isinstance(behind, RandomAsking) else self

    def require_room(self, neurons: int, where: str) -> None:
        """Refuse what the asking behind refuses."""
        self.behind.require_room(neurons, where)

    def readout_bytes(self, neurons: int) -> int:
        """Return what the asking behind keeps."""
        return self.behind.readout_bytes(neurons)

    def answering(self, neurons: int, answer: int) -> slice:
        """Return the neurons that the asking behind reads."""
        return self.behind.answering(neurons, answer)

    def goodness(self, measure: GoodnessMeasure, activity: Tensor, candidates: Tensor) -> Tensor:
        """Return the mean over the presentations, ``(K, B)``."""
        shown = zip(activity.chunk(len(candidates)), candidates, strict=True)
        found = [self.behind.goodness(measure, each, which[None]) for each, which in shown]
        return torch.stack(found).mean(0)

    def activity_gradient(self, measure: GoodnessMeasure, activity: Tensor, modulator: Tensor) -> Tensor:
        """Return the derivative of the mean by the activities of every presentation, ``(P·B, N)``."""
        shown = activity.split(modulator.shape[1])
        told = modulator / len(shown)
        return torch.cat([self.behind.activity_gradient(measure, each, told) for each in shown])

    def drive(
        self, base: Tensor, stimulus: Stimulus, candidates: Tensor, synapses: Synapses, precision: torch.dtype
    ) -> Tensor:
        """Return the drive by the images, and that by their mirror images where they are presented."""
        as_it_is = torch.cat([base] * len(candidates), -2)
        if not candidates.any():
            return as_it_is
        driven = synapses.drive(self._shown(stimulus.image, candidates), precision)
        return torch.where(candidates.flatten()[:, None].bool(), driven, as_it_is)

    def add_gradient(
        self,
        gradient: LayerGradient,
        post: Tensor,
        stimulus: Stimulus,
        candidates: Tensor,
        synapses: Synapses,
        precision: torch.dtype,
        bias_trace: Tensor | None = None,
    ) -> None:
        """Add the samples of one chunk, each with what was presented."""
        if len(candidates) > 1 or candidates.any():  # learning as a rule presents the image alone
            stimulus = replace(stimulus, image=self._shown(stimulus.image, candidates))
        super().add_gradient(gradient, post, stimulus, candidates, synapses, precision, bias_trace)

    def written(self, image: Tensor, label: Tensor, candidates: Tensor) -> Tensor:
        """Return the images, mirrored where the candidate says so, ``(…, P·B, D)``."""
        mirrored = image.reshape(*image.shape[:-1], *self.planes.shape).flip(-1).reshape(image.shape)
        return torch.cat([torch.where(each[:, None].bool(), mirrored, image) for each in candidates], -2)

    def _shown(self, image: Signal, candidates: Tensor) -> Signal:
        values = self.written(image.values, image.values, candidates)
        gain = None if image.gain is None else torch.cat([image.gain] * len(candidates), -1)
        return Signal(values, gain)
