"""Images with their labels, and how they become a stimulus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, get_args, runtime_checkable

import torch
from torch import Tensor

from neuroff.checks import require_able, require_kind, require_number, require_whole
from neuroff.core.asking import Asking
from neuroff.core.checks import require_dtype, require_tensor
from neuroff.core.encoding import EncodingName, encode, encode_recorded
from neuroff.core.network import Normalisation, target_length
from neuroff.core.pixels import unit_values
from neuroff.core.signal import Stimulus
from neuroff.core.synapses import Planes
from neuroff.errors import ConfigError, ShapeError, require_choice
from neuroff.rng import generator
from neuroff.shown import Shown


@dataclass(frozen=True)
class Encoder:
    """How pixels become a stimulus; the same for training, held-out and test images.

    Attributes:
        asking: how images are asked about; it prepares them.
        mean: subtracted from pixels in [0, 1].
        deviation: pixels are divided by it.
        amplitude: value of an input that stands for the asked class.
        encoding: a row of the table in `neuroff.core.encoding`.
        steps: T, of spike encodings.
        normalisation: length of an image.
        epsilon: added to the length before the division.
        dtype: type of the values.
        seed: of the streams of a stochastic encoding.

    Raises:
        ConfigError: naming a number out of range, or a choice that is none.
    """

    asking: Asking
    mean: float = 0.0
    deviation: float = 1.0
    amplitude: float = 1.0
    encoding: EncodingName = "constant"
    steps: int = 1
    normalisation: Normalisation = "unit"
    epsilon: float = 1e-4
    dtype: torch.dtype = torch.float32
    seed: int = 0

    def __post_init__(self) -> None:
        expected = "a way of asking, such as GroupAsking(10)"
        require_able("asking", self.asking, "goodness", where="Encoder", expected=expected)
        for name in ("mean", "amplitude"):
            require_number(name, getattr(self, name), where="Encoder")
        require_number("deviation", self.deviation, above=0.0, where="Encoder")
        require_number("epsilon", self.epsilon, least=0.0, where="Encoder")
        require_choice(self.encoding, get_args(EncodingName), "encoding of Encoder")
        require_choice(self.normalisation, get_args(Normalisation), "normalisation of Encoder")
        require_whole("steps", self.steps, least=1, where="Encoder")
        require_dtype("dtype", self.dtype, where="Encoder")
        require_whole("seed", self.seed, least=0, below=2**63, where="Encoder")

    @property
    def classes(self) -> int:
        """Number of classes K."""
        return self.asking.classes

    @property
    def takes_rates(self) -> bool:
        """Whether pixels and label are shares of one, which spikes can carry."""
        return self.mean == 0.0 and self.deviation == 1.0 and self.amplitude == 1.0

    def stimulus(self, pixels: Tensor, *purpose: str | int) -> Stimulus:
        """Encode images.

        Args:
            pixels: ``(B, values)`` uint8 or floats in [0, 1], or ``(B, values, T)`` recorded spikes.
            purpose: names the random stream of a stochastic encoding.
        """
        length = None
        if self.normalisation != "none":
            length = target_length(self.normalisation, self.asking.inputs(pixels.shape[1]))
        values = unit_values(pixels, self.dtype)
        if pixels.ndim == 3:
            return encode_recorded(values, asking=self.asking, target_length=length, epsilon=self.epsilon)
        return encode(
            values.sub_(self.mean).div_(self.deviation),
            encoding=self.encoding,
            asking=self.asking,
            amplitude=self.amplitude,
            target_length=length,
            epsilon=self.epsilon,
            steps=self.steps,
            generator=generator(self.seed, "encode", *purpose),
        )


class Pixels(Protocol):
    """Images in rows: a tensor, or what reads one from a file."""

    @property
    def shape(self) -> Sequence[int]:
        """``(B, values)``, or ``(B, values, T)`` of recorded spikes."""
        ...

    @property
    def ndim(self) -> int:
        """Number of axes."""
        ...

    def __getitem__(self, rows: Any, /) -> Tensor:
        """Return some rows."""
        ...


@runtime_checkable
class UnreadPixels(Pixels, Protocol):
    """Images of which parts can be told without reading them."""

    def part(self, rows: slice | Tensor) -> Pixels:
        """Return some rows, unread."""
        ...


@dataclass(frozen=True, repr=False)
class Inputs(Shown):
    """Images with their labels and their encoder.

    Attributes:
        pixels: ``(B, values)`` uint8 or floats in [0, 1], or ``(B, values, T)`` recorded spikes: a tensor, or
            rows that are read when they are needed.
        labels: ``(B,)`` int64.
        encoder: how pixels become a stimulus.
        constant: the encoded images where the encoding is constant: made once, sliced ever after.
        name: names the random stream of a stochastic encoding.
        weight: ``(B,)``, how much an image counts in training, above zero; all alike if ``None``.
        planes: how an image's values lie, where that is known.

    Raises:
        ShapeError: if there is not one label an image, or planes or weights are those of other images.
    """

    pixels: Pixels
    labels: Tensor
    encoder: Encoder
    constant: Stimulus | None
    name: str
    weight: Tensor | None = None
    planes: Planes | None = None

    def __post_init__(self) -> None:
        require_kind("encoder", self.encoder, Encoder, where="Inputs")
        require_tensor("labels", self.labels, where="Inputs", expected="(B,) of int64", ndim=1)
        images = self.pixels.shape[0] if hasattr(self.pixels, "shape") and self.pixels.shape else None
        if images != self.labels.shape[0] or self.labels.dtype != torch.int64:
            raise ShapeError(
                f"{self.labels.shape[0]} labels of type {self.labels.dtype} and {images} images",
                where="Inputs",
                expected="an int64 label for each of the images (B, values)",
            )
        if self.planes is not None:
            require_kind("planes", self.planes, Planes, where="Inputs")
            if self.planes.size != self.pixels.shape[1]:
                raise ShapeError(
                    f"planes of {self.planes} for images of {self.pixels.shape[1]} values",
                    where="Inputs",
                    expected="as many values as the planes have places",
                )
        if self.weight is not None:
            require_tensor("weight", self.weight, where="Inputs", expected="(B,)", ndim=1)
            if self.weight.shape != self.labels.shape:
                raise ShapeError(
                    f"{self.weight.shape[0]} weights of {images} images", where="Inputs", expected="one each"
                )

    def __len__(self) -> int:
        return self.labels.shape[0]

    @property
    def width(self) -> int:
        """D, how many inputs a first layer for these images has."""
        return self.encoder.asking.inputs(self.pixels.shape[1])

    def stimulus(self, rows: slice | Tensor, *purpose: str | int) -> Stimulus:
        """Return the encoded images of some rows; ``purpose`` names the stream of a stochastic encoding."""
        if self.constant is not None:
            return self.constant.rows(rows)
        return self.encoder.stimulus(self.pixels[rows], self.name, *purpose)

    def require_asking(self, asking: Asking, where: str) -> None:
        """Refuse a network that is asked in another way than the images were prepared for.

        Args:
            asking: the network's.
            where: what is about to be done.

        Raises:
            ConfigError: naming both.
        """
        if self.encoder.asking != asking:
            raise ConfigError(
                f"images prepared for {self.encoder.asking}",
                where=where,
                expected=f"those of the network, {asking}",
                fix="prepare the images and build the network with the same asking",
            )

    def asked(self, asking: Asking) -> Inputs:
        """Return the same images, prepared for another way of asking about them."""
        encoder = replace(self.encoder, asking=asking)
        constant = None if self.constant is None else encoder.stimulus(self.pixels[:])
        return replace(self, encoder=encoder, constant=constant)

    def head(self, count: int) -> Inputs:
        """Return the first ``count`` images."""
        return self._part(slice(count))

    def some(self, count: int) -> Inputs:
        """Return ``count`` images that stand for all of them.

        The first ones; where one class lies behind the other, as in a folder, by turns one of every class.
        """
        turns = _by_turns(self.labels)
        return self.head(count) if turns is None else self._part(turns[:count])

    def tail(self, count: int) -> Inputs:
        """Return the last ``count`` images."""
        return self._part(slice(max(0, len(self) - count), None))

    def _part(self, rows: slice | Tensor) -> Inputs:
        constant = None if self.constant is None else self.constant.rows(rows)
        weight = None if self.weight is None else self.weight[rows]
        pixels = self.pixels.part(rows) if isinstance(self.pixels, UnreadPixels) else self.pixels[rows]
        return replace(self, pixels=pixels, labels=self.labels[rows], constant=constant, weight=weight)


def _by_turns(labels: Tensor) -> Tensor | None:
    """Return rows ``(B,)``, the first of every class and then the second, if each class lies in one piece."""
    pieces, sizes = torch.unique_consecutive(labels, return_counts=True)
    if not 1 < len(pieces) == len(pieces.unique()):
        return None
    rank = torch.cat([torch.arange(size, device=labels.device) for size in sizes.tolist()])
    return torch.sort(rank, stable=True).indices


@dataclass(frozen=True)
class Split:
    """Training, held-out and test images of one run; held-out ones may be none."""

    train: Inputs
    held_out: Inputs
    test: Inputs

    def __post_init__(self) -> None:
        for name in ("train", "held_out", "test"):
            require_kind(name, getattr(self, name), Inputs, where="Split")

    def asked(self, asking: Asking) -> Split:
        """Return the same images, prepared for another way of asking about them."""
        return Split(self.train.asked(asking), self.held_out.asked(asking), self.test.asked(asking))
