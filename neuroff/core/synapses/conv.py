"""Convolution: neurons in planes that share the weights of a small window.

Neuron (o, p) of output channel o at place p has the drive

    I_op = gain · Σ_c Σ_k w_ock x_c,p·stride+k + b_o

over the channels c of its group and the places k of the window, and the local rule sums over places as it
sums over time: ∂L/∂w_ock = Σ_b Σ_p post_bop · x_bc,p·stride+k. Biases are one a channel.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import conv2d, unfold

from neuroff.checks import require_kind, require_whole, require_wholes
from neuroff.core.checks import require_dtype
from neuroff.core.signal import Signal
from neuroff.core.synapses.planes import Planes, require_window, slid
from neuroff.core.synapses.weighted import Weighted
from neuroff.errors import ConfigError, ShapeError


@dataclass(frozen=True, repr=False)
class Conv(Weighted):
    """Every neuron sees a window of the planes below; the neurons of a channel share their weights.

    Attributes:
        weight: ``(O, C/groups, h, w)``.
        bias: ``(O,)``.
        planes: what arrives, ``C, H, W``.
        stride: step of the window.
        padding: zeros around the planes, above and below, left and right.
        groups: channels of output o see those of input in their own group alone.

    Raises:
        ShapeError: if the shapes do not belong together.
        ConfigError: if the window does not fit, or a step, padding or number of groups is none.
    """

    planes: Planes
    stride: int = 1
    padding: tuple[int, int] = (0, 0)
    groups: int = 1

    def __post_init__(self) -> None:
        require_kind("planes", self.planes, Planes, where="Conv")
        _require_steps(self.stride, self.padding, self.groups, "Conv")
        super().__post_init__()
        channels, groups = self.planes.channels, self.groups
        fits = self.weight.ndim == 4 and self.weight.shape[1] * groups == channels
        if not fits or self.bias.shape != self.weight.shape[:1] or self.weight.shape[0] % groups:
            raise ShapeError(
                f"a weight of shape {tuple(self.weight.shape)} and a bias of {tuple(self.bias.shape)} on "
                f"{channels} channels in {groups} groups",
                where="Conv",
                expected="(O, channels / groups, height, width) and (O,), O a multiple of the groups",
            )
        require_window(self.window, "Conv")
        slid(self.planes, self.window, self.stride, self.padding)

    @property
    def window(self) -> tuple[int, int]:
        """Height and width of the window."""
        return self.weight.shape[2], self.weight.shape[3]

    @property
    def leaving(self) -> Planes:
        """The planes of its neurons."""
        return Planes(self.weight.shape[0], *slid(self.planes, self.window, self.stride, self.padding))

    @property
    def inputs(self) -> int:
        """D = C · H · W."""
        return self.planes.size

    @property
    def neurons(self) -> int:
        """N, output channels times places."""
        return self.leaving.size

    def of_channels(self, values: Tensor) -> Tensor:
        """Return a value for each channel of what arrives ``(C,)`` in a shape that multiplies the weight."""
        of_group = values.view(self.groups, 1, -1).expand(-1, self.weight.shape[0] // self.groups, -1)
        return of_group.flatten(0, 1)[:, :, None, None]

    def affine(self) -> tuple[Tensor, Tensor]:
        """Return the matrix ``(N, D)`` that shared weights unroll to, and a bias for every neuron."""
        leaving = self.leaving
        places = leaving.height * leaving.width
        matrix = self.weight.new_zeros(leaving.channels, places, self.inputs + 1)
        of_group = leaving.channels // self.groups
        for group, seen in enumerate(self._seen.chunk(self.groups)):
            rows = slice(group * of_group, (group + 1) * of_group)
            columns = seen.T.expand(of_group, -1, -1)  # (O/groups, places, C/groups · h · w)
            values = self.weight[rows].flatten(1)[:, None].expand_as(columns)
            matrix[rows].scatter_(2, columns, values)
        biases = self.bias.repeat_interleave(places)
        return matrix[..., :-1].reshape(self.neurons, self.inputs).contiguous(), biases

    @property
    def _seen(self) -> Tensor:
        """Return the inputs that each window sees, ``(C · h · w, places)``; D stands for the padding."""
        size = self.inputs
        numbers = torch.arange(1, size + 1, dtype=torch.float64, device=self.weight.device)
        image = self.planes.of(numbers)
        found = unfold(image, self.window, padding=self.padding, stride=self.stride)[0].long() - 1
        return found.where(found >= 0, size)

    def drive(self, signal: Signal, precision: torch.dtype) -> Tensor:
        """Return ``gain · conv(values) + b``, ``(…, B, N)``."""
        values = signal.values
        plain = signal.gain is None
        images = self.planes.of(values).to(precision)
        bias = self.bias.to(precision) if plain else None
        found = conv2d(images, self.weight.to(precision), bias, self.stride, self.padding, 1, self.groups)
        driven = found.view(*values.shape[:-1], self.neurons)
        if precision == torch.bfloat16:
            driven = driven.float()
        if signal.gain is not None:
            driven.mul_(signal.gain[..., None])
            driven.view(*values.shape[:-1], self.leaving.channels, -1).add_(self.bias[:, None])
        return driven

    def add_bias_gradient(
        self, gradient: Mapping[str, Tensor], post: Tensor, trace: Tensor | None = None
    ) -> None:
        """Add the sum of ``post`` over samples, time and places."""
        total = self.leaving.of(post).sum((0, 2, 3))
        gradient["bias"].add_(total if trace is None else total.mul_(trace))

    def add_weight_gradient(
        self, gradient: Mapping[str, Tensor], post: Tensor, pre: Signal, precision: torch.dtype
    ) -> None:
        """Add post × pre, summed over samples, time and places; the gain goes to the smaller side."""
        values = pre.values
        if pre.gain is not None:
            if post.shape[-1] <= values.shape[-1]:
                post = post.mul_(pre.gain[..., None])
            else:
                values = values * pre.gain[..., None]
        gradient["weight"].add_(self._pre_times_post(post.to(precision), values.to(precision)))

    def add_unit_gradient(self, gradient: Mapping[str, Tensor], units: Tensor, post: Tensor) -> None:
        """Add what the first inputs contribute: images that are zero but for them."""
        images = units.new_zeros(units.shape[0], self.inputs)
        images[:, : units.shape[1]] = units
        gradient["weight"].add_(self._pre_times_post(post, images))

    def unit_drives(self, count: int) -> Tensor:
        """Return what a value of one at each of the first ``count`` inputs drives, ``(count, N)``."""
        ones = torch.eye(count, self.inputs, dtype=self.weight.dtype, device=self.weight.device)
        found = conv2d(self.planes.of(ones), self.weight, None, self.stride, self.padding, 1, self.groups)
        return found.view(count, self.neurons)

    @property
    def connections(self) -> int:
        """Number of synapses that exist: windows end at the planes' border."""
        down, across = self._windows
        of_group = self.weight.shape[0] // self.groups
        return self.planes.channels * int(down.sum()) * int(across.sum()) * of_group

    @property
    def weights(self) -> int:
        """Number of weights, which all places share."""
        return self.weight.numel()

    @property
    def connects_all(self) -> bool:
        """It does not."""
        return False

    def fan_out(self) -> Tensor:
        """Return how many neurons each input reaches, ``(D,)`` int64; fewer at borders and strides."""
        down, across = self._windows
        of_channel = torch.outer(down, across).flatten() * (self.weight.shape[0] // self.groups)
        return of_channel.repeat(self.planes.channels).to(self.weight.device)

    def zero_fan_out(self) -> Tensor:
        """Return how many of them by a weight of zero, ``(D,)`` int64."""
        return self._scattered(self.weight.eq(0))

    @property
    def _windows(self) -> tuple[Tensor, Tensor]:
        """Return how many windows see each row ``(H,)`` and each column ``(W,)`` of what arrives."""
        sides = self.planes.height, self.planes.width
        places = slid(self.planes, self.window, self.stride, self.padding)
        found = []
        for side, length, around, count in zip(sides, self.window, self.padding, places, strict=True):
            start = torch.arange(count) * self.stride - around
            changes = torch.zeros(side + 1, dtype=torch.int64)
            changes.index_add_(0, start.clamp(0, side), torch.ones_like(start))
            changes.index_add_(0, (start + length).clamp(0, side), -torch.ones_like(start))
            found.append(changes.cumsum(0)[:-1])
        return found[0], found[1]

    def reached(self, ones: Tensor) -> Tensor:
        """Return which neurons ``(…, B, N)``, bool, an input that is not zero reaches."""
        met = self._met(ones)
        each = met.repeat_interleave(self.leaving.channels // self.groups, 1)
        return each.view(*ones.shape[:-1], self.neurons)

    def reaching(self, ones: Tensor) -> int:
        """Return how many neurons each sample reaches, added up; the channels of a group are alike."""
        return int(self._met(ones).sum()) * (self.weight.shape[0] // self.groups)

    def _met(self, ones: Tensor) -> Tensor:
        """Return which places a group's windows are reached at, ``(rows, groups, …)`` bool."""
        kernel = torch.ones(self.groups, *self.weight.shape[1:], device=ones.device)
        shown = self.planes.of(ones.ne(0).to(kernel.dtype))
        return conv2d(shown, kernel, None, self.stride, self.padding, 1, self.groups).gt(0)

    def _pre_times_post(self, post: Tensor, values: Tensor) -> Tensor:
        """Return Σ post ⊗ pre in the shape and type of the weight."""
        found = self._backward(self.leaving.of(post), self.planes.of(values), self.weight.to(post.dtype), 1)
        return found.to(self.weight.dtype)

    def _scattered(self, weight: Tensor) -> Tensor:
        """Return Σ over the neurons an input reaches of ``weight``, ``(D,)`` int64."""
        exact = weight.double()
        ones, nothing = exact.new_ones(1, *self.leaving.shape), exact.new_zeros(1, *self.planes.shape)
        return self._backward(ones, nothing, exact, 0).flatten().round().to(torch.int64)

    def _backward(self, outer: Tensor, inner: Tensor, weight: Tensor, of: int) -> Tensor:
        """Return the gradient of the convolution's sum by what it sees (``of`` 0) or its weight (1)."""
        found: Tensor = torch.ops.aten.convolution_backward(
            outer,
            inner,
            weight,
            None,
            [self.stride, self.stride],
            list(self.padding),
            [1, 1],
            False,
            [0, 0],
            self.groups,
            [of == 0, of == 1, False],
        )[of]
        return found


def _require_steps(stride: int, padding: tuple[int, int], groups: int, where: str) -> None:
    require_whole("stride", stride, least=1, where=where)
    require_wholes("padding", padding, count=2, least=0, where=where)
    require_whole("groups", groups, least=1, where=where)


def initial_conv(
    planes: Planes,
    channels: int,
    window: tuple[int, int],
    stream: torch.Generator,
    dtype: torch.dtype,
    *,
    stride: int = 1,
    padding: tuple[int, int] = (0, 0),
    groups: int = 1,
) -> Conv:
    """Draw weights and biases uniformly from ±1/√fan-in, as PyTorch's convolution does.

    Args:
        planes: what arrives.
        channels: O.
        window: height and width.
        stream: source of randomness, on the CPU.
        dtype: type of the parameters.
        stride: step of the window.
        padding: zeros around the planes.
        groups: of channels.

    Raises:
        ConfigError: if the groups do not divide the channels, the window does not fit, or a number is none.
    """
    where = "initial_conv"
    require_kind("planes", planes, Planes, where=where)
    require_whole("channels", channels, least=1, where=where)
    require_window(window, where)
    _require_steps(stride, padding, groups, where)
    require_kind("stream", stream, torch.Generator, where=where)
    require_dtype("dtype", dtype, where=where)
    if planes.channels % groups or channels % groups:
        raise ConfigError(
            f"{groups} groups of {planes.channels} channels below and {channels} of its own",
            where="convolution",
            expected="a number of groups that divides both",
        )
    fan_in = planes.channels // groups * window[0] * window[1]
    bound = 1.0 / math.sqrt(fan_in)
    uniform = torch.rand(channels, fan_in + 1, generator=stream, dtype=dtype).mul_(2 * bound).sub_(bound)
    weight = uniform[:, :-1].reshape(channels, planes.channels // groups, *window)
    return Conv(weight.contiguous(), uniform[:, -1].contiguous(), planes, stride, padding, groups)
