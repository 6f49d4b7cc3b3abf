"""From images to what the first layer receives.

==================== ======================================================= ============ ==============
name                 value of pixel x at step t                               values       needs
==================== ======================================================= ============ ==============
constant             x, at every step                                         ``(B, D)``   any pixels
bernoulli            1 with probability x                                     ``(T, B, D)`` x in [0, 1]
regular              ⌊(t+1) x + ½⌋ − ⌊t x + ½⌋: ⌊T x + ½⌋ even spikes        ``(T, B, D)`` x in [0, 1]
latency              1 at t = round((T − 1)(1 − x)) alone, x > 0               ``(T, B, D)`` x in [0, 1]
==================== ======================================================= ============ ==============

``constant`` is an analog current; the others are spikes. All are normalised by one gain per sample, the
target length over the length of the image with its label, which is the same for every label.
"""

from __future__ import annotations

from typing import Literal, get_args

import torch
from torch import Tensor

from neuroff.core.asking import Asking
from neuroff.core.signal import Signal, Stimulus
from neuroff.errors import ConfigError

EncodingName = Literal["constant", "bernoulli", "regular", "latency"]


def labelled_gain(images: Tensor, amplitude: float, target_length: float | None, epsilon: float) -> Tensor:
    """Return the gain of images with a label of the given amplitude, ``(B,)``.

    Args:
        images: ``(B, D)`` without label.
        amplitude: value of the presented class's pixel.
        target_length: length after the gain; a gain of one if ``None``.
        epsilon: added to the length.
    """
    if target_length is None:
        return images.new_ones(images.shape[0])
    length = torch.linalg.vector_norm(images, dim=1).square_().add_(amplitude**2).sqrt_()
    gain: Tensor = target_length / (length + epsilon)
    return gain


def encode(
    images: Tensor,
    *,
    encoding: EncodingName,
    asking: Asking,
    amplitude: float,
    target_length: float | None,
    epsilon: float = 1e-4,
    steps: int = 1,
    generator: torch.Generator | None = None,
) -> Stimulus:
    """Encode flattened images.

    Args:
        images: ``(B, values)`` pixels; those that the asking overwrites are ignored.
        encoding: a row of the table above.
        asking: how the images are asked about; it prepares them.
        amplitude: value of the presented class's input; spike encodings carry it like any pixel. Without
            effect where the asking has no inputs of its own.
        target_length: length of an image after the gain; it stays as it is if ``None``.
        epsilon: added to the length before the division.
        steps: T, for spike encodings.
        generator: source of randomness of ``bernoulli``, on the CPU.

    Returns:
        The images' signal; a constant one has its gain folded into the values.

    Raises:
        ConfigError: if the encoding is unknown, or pixels or amplitude lie outside [0, 1] where spikes are
            asked for.
    """
    pixels = asking.prepared(images)
    amplitude = amplitude if asking.own_inputs else 0.0
    gain = labelled_gain(pixels, amplitude, target_length, epsilon)
    if encoding == "constant":
        return Stimulus(Signal(pixels.mul_(gain[:, None])), gain * amplitude)
    _require_unit_range(pixels, amplitude, encoding)
    label_pixel = pixels.new_full((1, 1), amplitude)
    if encoding == "bernoulli":
        if generator is None:
            raise ConfigError(
                "no generator", where="encode", expected="a torch.Generator for bernoulli spikes"
            )
        chance = torch.rand(steps, *pixels.shape, generator=generator, dtype=pixels.dtype).to(pixels.device)
        spikes = (chance < pixels).to(pixels.dtype)
        # The label is not an observation of the world: it fires evenly, so that all labels fire alike.
        label_spikes = _regular(label_pixel, steps)
    elif encoding == "regular":
        spikes, label_spikes = _regular(pixels, steps), _regular(label_pixel, steps)
    elif encoding == "latency":
        spikes, label_spikes = _latency(pixels, steps), _latency(label_pixel, steps)
    else:
        raise ConfigError(
            f"unknown encoding {encoding!r}",
            where="neuron.encoding",
            expected=" | ".join(get_args(EncodingName)),
        )
    return Stimulus(Signal(spikes, gain), label_spikes[:, :, 0] * gain)


def encode_recorded(
    spikes: Tensor, *, asking: Asking, target_length: float | None, epsilon: float = 1e-4
) -> Stimulus:
    """Return recorded spikes as a stimulus; the presented label fires at every step.

    The gain comes from the rates of the whole recording.

    Args:
        spikes: ``(B, D, T)`` zeros and ones; inputs that the asking overwrites are silent.
        asking: how the recordings are asked about.
        target_length: length of the rates after the gain, label included; as they are if ``None``.
        epsilon: added to the length before the division.
    """
    values = torch.stack([asking.prepared(now) for now in spikes.permute(2, 0, 1)])
    amplitude = 1.0 if asking.own_inputs else 0.0
    gain = labelled_gain(values.mean(0), amplitude, target_length, epsilon)
    return Stimulus(Signal(values, gain), (gain * amplitude).expand(values.shape[0], -1))


def _regular(pixels: Tensor, steps: int) -> Tensor:
    edges = (
        torch.arange(steps + 1, dtype=torch.float64, device=pixels.device)[:, None, None] * pixels.double()
    )
    # A half keeps the spikes centred: a pixel of x fires round(T x) times.
    counts = (edges + 0.5).floor_()
    return (counts[1:] - counts[:-1]).to(pixels.dtype)


def _latency(pixels: Tensor, steps: int) -> Tensor:
    moment = ((steps - 1) * (1.0 - pixels)).round()
    time = torch.arange(steps, device=pixels.device)[:, None, None]
    return ((time == moment) & (pixels > 0)).to(pixels.dtype)


def _require_unit_range(pixels: Tensor, amplitude: float, encoding: str) -> None:
    low, high = (float(edge) for edge in torch.aminmax(pixels)) if pixels.numel() else (0.0, 0.0)
    if low < 0.0 or high > 1.0 or not 0.0 <= amplitude <= 1.0:
        raise ConfigError(
            f"pixels from {low:.3g} to {high:.3g} and a label amplitude of {amplitude:.3g}",
            where=f"encoding {encoding!r}",
            expected="all in [0, 1], since they are firing probabilities or times",
            fix="set data.input_scale=raw and label.amplitude=one, or neuron.encoding=constant",
        )
