"""How a network is asked which of K classes an image is.

An asking owns what is presented, how a layer's activity becomes one goodness per answer, which answer is the
true one, and which inputs of the first layer it keeps for itself. Training, prediction, counting, chips and
exports ask it and know nothing of labels in images. A presentation shows an image with a *candidate*; P
presentations of B images are rows ``p·B + b`` of a tensor ``(P·B, …)``. A answers have a goodness each.

A class that derives from `Asking` inherits a way of asking that presents the image once, as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import torch
from torch import Tensor

from neuroff.core.checks import require_tensor
from neuroff.core.goodness import GoodnessMeasure
from neuroff.core.rules import LayerGradient
from neuroff.core.signal import Rectified, Stimulus
from neuroff.core.synapses import Synapses


@dataclass(frozen=True)
class Question:
    """What a training step asks.

    Attributes:
        candidates: ``(P, B)``, what is presented with each image.
        truth: ``(B,)``, the row of the true answer among the A answers; ``None`` where there are two rows,
            the true one first.

    Raises:
        ShapeError: if they are no tensors of such shapes.
    """

    candidates: Tensor
    truth: Tensor | None = None

    def __post_init__(self) -> None:
        require_tensor("candidates", self.candidates, where="Question", expected="(P, B)", ndim=2)
        if self.truth is not None:
            require_tensor("truth", self.truth, where="Question", expected="(B,)", ndim=1)

    def rows(self, index: slice | Tensor) -> Question:
        """Return the same question of some images."""
        return Question(self.candidates[:, index], None if self.truth is None else self.truth[index])


class Asking(Protocol):
    """A way of asking; the defaults present the image once and keep no inputs."""

    if TYPE_CHECKING:  # a field or a property; a property here would be in the way of a field

        @property
        def classes(self) -> int:
            """K."""
            ...

    def of_layer(self, index: int) -> Asking:
        """Return how layer ``index`` is asked for its goodness and the gradient; by default all alike."""
        return self

    def goodness(self, measure: GoodnessMeasure, activity: Tensor, candidates: Tensor) -> Tensor:
        """Return the goodness of every answer, ``(A, B)``.

        Args:
            measure: the network's goodness of an activity.
            activity: ``(P·B, N)``.
            candidates: ``(P, B)``.
        """
        ...

    def activity_gradient(self, measure: GoodnessMeasure, activity: Tensor, modulator: Tensor) -> Tensor:
        """Return the derivative of Σ modulator · goodness by the activity, ``(P·B, N)``.

        Args:
            measure: the network's goodness of an activity.
            activity: ``(P·B, N)``.
            modulator: ``(A, B)``, the broadcast scalars.
        """
        ...

    def require_room(self, neurons: int, where: str) -> None:
        """Refuse a layer that cannot answer; by default any can.

        Args:
            neurons: N of the layer.
            where: names it in the error.

        Raises:
            ConfigError: if the layer has too few neurons.
        """
        return

    def answering(self, neurons: int, answer: int) -> slice:
        """Return which of a layer's neurons an answer's goodness is read from; by default all of them."""
        return slice(0, neurons)

    def readout_bytes(self, neurons: int) -> int:
        """Return what is kept to read a layer of N neurons, in bytes; by default nothing."""
        return 0

    @property
    def presentations(self) -> int:
        """P of a prediction: how often a chip has to be shown the image."""
        return 1

    @property
    def learning_presentations(self) -> int:
        """P of a training step."""
        return 1

    @property
    def learning_answers(self) -> int:
        """A of a training step: as many scalars a layer broadcasts, and is told by each partner."""
        return self.classes

    @property
    def contrasts(self) -> bool:
        """Whether a training step needs a wrong label for every image."""
        return False

    @property
    def shares_image(self) -> bool:
        """Whether all presentations show the same image, whose drive a simulator computes once."""
        return True

    @property
    def own_inputs(self) -> int:
        """How many of the first layer's inputs, the first ones, it keeps for itself."""
        return 0

    def inputs(self, values: int) -> int:
        """Return how many inputs the first layer has for images of so many values."""
        return values

    def prepared(self, images: Tensor) -> Tensor:
        """Return images ``(B, values)`` as a new tensor ``(B, D)`` whose own inputs are zero."""
        return images.clone()

    def everything(self, samples: int, device: torch.device | str | None = None) -> Tensor:
        """Return the candidates of a prediction, ``(P, B)``; the answers are then the K classes in order."""
        return torch.arange(self.presentations, device=device)[:, None].expand(-1, samples)

    def question(self, true: Tensor, wrong: Tensor) -> Question:
        """Return what a training step asks of images with true and wrong labels ``(B,)``."""
        return Question(torch.zeros_like(true)[None], true)

    def drive(
        self, base: Tensor, stimulus: Stimulus, candidates: Tensor, synapses: Synapses, precision: torch.dtype
    ) -> Tensor:
        """Return the first layer's drive in every presentation, ``(…, P·B, N)``, owned by the caller.

        Args:
            base: ``(…, B, N)``, the drive by the images alone; left as it is.
            stimulus: the images.
            candidates: ``(P, B)``.
            synapses: the first layer's.
            precision: type of the products' factors, where there are further ones.
        """
        return base.clone()

    def parts(
        self, base: Tensor, stimulus: Stimulus, candidates: Tensor, synapses: Synapses
    ) -> Rectified | None:
        """Return what `drive` adds up, as rectified neurons send it on; ``None`` where it is nothing shared.

        Args: as those of `drive`, without its precision.
        """
        return None

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
        """Add the samples of one chunk to the first layer's gradient.

        Args:
            gradient: the sums to add to.
            post: ``(…, P·B, N)``, modulated sensitivity; consumed.
            stimulus: the images, or the traces of what they sent.
            candidates: ``(P, B)``.
            synapses: the first layer's.
            precision: type of the products' factors.
            bias_trace: what stands for the bias's input of one, where the stimulus is a trace; a scalar.
        """
        synapses.add_bias_gradient(gradient.synapses, post, bias_trace)
        synapses.add_weight_gradient(gradient.synapses, post, stimulus.image, precision)

    def written(self, image: Tensor, label: Tensor, candidates: Tensor) -> Tensor:
        """Return all that the first layer's inputs carry in every presentation, ``(…, P·B, D)``.

        Args:
            image: ``(…, B, D)``, own inputs zero.
            label: ``(B,)`` or ``(…, B)``, what an own input carries.
            candidates: ``(P, B)``.
        """
        return image.clone()
