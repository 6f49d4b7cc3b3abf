"""A label in the image: one copy of the image for every candidate label, one goodness a copy.

The first K inputs hold the class (Hinton, arXiv 2212.13345): all zero but the presented class's, which holds
the amplitude. All labelled copies of one image differ only there and have the same length, so a layer
multiplies the image by its weights once and adds one weight column per label; the gradient does the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor

from neuroff.checks import require_whole
from neuroff.core.asking.protocol import Asking, Question
from neuroff.core.goodness import GoodnessMeasure
from neuroff.core.rules import LayerGradient
from neuroff.core.signal import Rectified, Stimulus
from neuroff.core.synapses import Synapses
from neuroff.errors import require_choice

LabelPlace = Literal["pixels", "beside"]
_FEW_CLASSES = 16
"""Up to so many, products with label inputs, zeros but one, are as quick as picking that one's weights."""


@dataclass(frozen=True)
class LabelAsking(Asking):
    """The paper's way of asking: positive data carry the true label, negative data a wrong one.

    Attributes:
        classes: K, number of labels, at least two.
        place: the label's inputs are the first K ``pixels`` of the image, which it overwrites, or stand
            ``beside`` it, in front.

    Raises:
        ConfigError: if there are fewer classes, or no such place.
    """

    classes: int
    place: LabelPlace = "pixels"

    def __post_init__(self) -> None:
        require_choice(self.place, get_args(LabelPlace), "label place")
        require_whole("classes", self.classes, least=2, where="LabelAsking")

    @property
    def presentations(self) -> int:
        """K: every label is tried."""
        return self.classes

    @property
    def learning_presentations(self) -> int:
        """Two: the true label and a wrong one."""
        return 2

    @property
    def learning_answers(self) -> int:
        """Two, one a presentation."""
        return 2

    @property
    def contrasts(self) -> bool:
        """It does: negative data carry a wrong label."""
        return True

    @property
    def own_inputs(self) -> int:
        """K label inputs."""
        return self.classes

    def inputs(self, values: int) -> int:
        """Return the image's values, and the label's where they stand beside them."""
        return values + self.classes if self.place == "beside" else values

    def prepared(self, images: Tensor) -> Tensor:
        """Return a copy of images ``(B, values)`` whose label inputs are zero."""
        if self.place == "beside":
            return torch.cat((images.new_zeros(images.shape[0], self.classes), images), 1)
        cleared = images.clone()
        cleared[:, : self.classes] = 0
        return cleared

    def question(self, true: Tensor, wrong: Tensor) -> Question:
        """Return both labels, the true one first."""
        return Question(torch.stack((true, wrong)))

    def goodness(self, measure: GoodnessMeasure, activity: Tensor, candidates: Tensor) -> Tensor:
        """Return one goodness per presentation."""
        return measure.value(activity).view(candidates.shape)

    def activity_gradient(self, measure: GoodnessMeasure, activity: Tensor, modulator: Tensor) -> Tensor:
        """Return ``modulator · ∂G/∂activity`` of each presentation."""
        return measure.gradient(activity, modulator.flatten())

    def drive(
        self, base: Tensor, stimulus: Stimulus, candidates: Tensor, synapses: Synapses, precision: torch.dtype
    ) -> Tensor:
        """Add the weights of each label's input to the drive of the images."""
        columns = synapses.unit_drives(self.classes)
        copies, samples = candidates.shape
        if base.ndim == 2:
            if self.classes > _FEW_CLASSES:
                strength = stimulus.label.to(base.dtype).expand(candidates.shape)
                return torch.addcmul(base, strength[..., None], columns[candidates]).flatten(0, 1)
            slots = self._slots(stimulus.label, candidates, base.dtype)
            labelled = base.new_empty(copies, samples, base.shape[-1])
            for k in range(copies):
                torch.addmm(base, slots[k], columns, out=labelled[k])
            return labelled.flatten(0, 1)
        chosen = columns[candidates]  # (K, B, N)
        driven = base[:, None] + stimulus.label[:, None, :, None] * chosen
        return driven.reshape(base.shape[0], copies * samples, -1)

    def parts(
        self, base: Tensor, stimulus: Stimulus, candidates: Tensor, synapses: Synapses
    ) -> Rectified | None:
        """Return the drive of the images, which all labels share, and the weights of the labels' inputs."""
        if base.ndim != 2:
            return None
        return Rectified(base, synapses.unit_drives(self.classes), stimulus.label.to(base.dtype), candidates)

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
        """Add the copies' postsynaptic factors up before the one product with the image.

        Only the label inputs are treated one by one.
        """
        synapses.add_bias_gradient(gradient.synapses, post, bias_trace)
        copies, samples = candidates.shape
        split = post.view(*post.shape[:-2], copies, samples, post.shape[-1])
        label = stimulus.label
        if split.ndim == 4:  # (T, K, B, N): the label input's values over time meet the factors over time
            at_label = (split * label[:, None, :, None]).sum(0)
            label = torch.ones_like(label[0])
        else:
            at_label = split
        slots = self._slots(label, candidates, post.dtype)
        synapses.add_unit_gradient(gradient.synapses, slots.flatten(0, 1), at_label.flatten(0, 1))
        shared = split[..., 0, :, :]
        for k in range(1, copies):
            shared = shared.add_(split[..., k, :, :])
        synapses.add_weight_gradient(gradient.synapses, shared, stimulus.image, precision)

    def written(self, image: Tensor, label: Tensor, candidates: Tensor) -> Tensor:
        """Return the images under each label."""
        copies, samples = candidates.shape
        carried = image[..., None, :, :].repeat(*[1] * (image.ndim - 2), copies, 1, 1)
        carries = label.to(image.dtype)[..., None, :].expand(*image.shape[:-2], copies, samples)
        slots = candidates.expand(carries.shape)
        carried.scatter_(-1, slots[..., None], carries[..., None])
        return carried.flatten(-3, -2)

    def _slots(self, label: Tensor, candidates: Tensor, dtype: torch.dtype) -> Tensor:
        """Return what the label inputs of constant images hold, ``(P, B, K)``."""
        slots = torch.zeros(*candidates.shape, self.classes, dtype=dtype, device=candidates.device)
        strength = label.to(dtype).expand(candidates.shape)
        return slots.scatter_(-1, candidates[..., None], strength[..., None])
