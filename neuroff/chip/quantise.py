"""From a trained network to units, by showing it training images layer by layer.

Weights that places share are rounded together (`neuroff.chip.compensation`).

Each layer is measured behind the layers already settled: with their rounded weights, fixed gains and the
chip's reset. So a layer's gain, threshold, unit and exponent answer to the input that it will receive.

A reset to zero throws away by how much a neuron exceeded its threshold. A network trained with reset by
subtraction fires less with it, and the threshold is lowered until a layer's mean rate is again what it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import get_args

import torch
from torch import Tensor

from neuroff.checks import require_whole
from neuroff.chip.compensation import compensated
from neuroff.chip.model import ChipModel, adapting, for_chip, neurons_of, with_gain
from neuroff.chip.moments import add_moment, kernels, nothing_seen
from neuroff.chip.numbers import require_between
from neuroff.chip.scales import (
    LEAST_EXPONENT,
    LayerScale,
    best_weight_unit,
    payload_unit,
    quantised_layer,
    with_exponent,
)
from neuroff.chip.synapses import WEIGHT_BITS
from neuroff.chip.windows import share
from neuroff.choices import ChipReset
from neuroff.core.inputs import Inputs
from neuroff.core.network import Network, propagate
from neuroff.core.signal import Signal, Stimulus, unit_gain
from neuroff.core.synapses import Dense
from neuroff.core.together import require_images
from neuroff.errors import ConfigError, require_choice

_CHUNK = 50
_PRESENTED = 20_000  # that are looked at: of many labels, fewer images
_BALANCED = 100  # images on which thresholds are set
_HALVINGS = 10
_LEAST_SHARE = 0.25  # of the trained threshold


@dataclass(frozen=True, eq=False)
class _Seen:
    """What one layer receives of training images under every label.

    Attributes:
        second_moment: see `neuroff.chip.moments`.
        largest: largest magnitude of the layer's drive.
    """

    second_moment: Tensor
    largest: float


@torch.no_grad()
def quantise(
    network: Network,
    inputs: Inputs,
    *,
    bits: int = WEIGHT_BITS,
    payload_bits: int = 8,
    images: int = 500,
    reset: ChipReset = "rest",
    least_exponent: int = LEAST_EXPONENT,
) -> ChipModel:
    """Choose gains, units and exponents for a trained network.

    Args:
        network: of spiking neurons; left as it is.
        inputs: its training images.
        bits: of a weight, in [2, 8].
        payload_bits: of a pixel, in [1, 16], where the network's input is constant.
        images: of the training images to look at; fewer where each is presented more than 40 times.
        reset: what the chip can do at a spike; see `neuroff.chip.model.for_chip`.
        least_exponent: of a layer's sums, in [−8, 7].

    Raises:
        ExportError: if the chip cannot have such a network.
        ConfigError: if there are no images to look at.
    """
    require_images(network, inputs, "quantise")
    require_between(bits, 2, WEIGHT_BITS, "bits", "loihi")
    require_between(payload_bits, 1, 16, "payload_bits", "loihi")
    require_whole("images", images, least=1, where="quantise")
    require_choice(reset, get_args(ChipReset), "quantise, reset")
    require_between(least_exponent, -8, 7, "least_exponent", "loihi")
    if not len(inputs):
        raise ConfigError("no training images to choose scales on", where="loihi", expected="at least one")
    inputs.require_asking(network.asking, "quantise")
    looked_at = min(images, max(1, _PRESENTED // network.asking.presentations))
    given = inputs.some(looked_at).stimulus(slice(None), "quantise")
    plain, gain = _input_scale(given, bits, payload_bits)
    model = ChipModel(with_gain(for_chip(network, reset), 0, gain), (plain,), (gain,))
    signal = model.received(given)
    wanted = _mean_rates(network, given)
    for index in range(len(network.layers)):
        if index:
            gain = _median_gain(network, _settled(model), index - 1, signal)
            model = ChipModel(
                with_gain(model.network, index, gain),
                (*model.scales, LayerScale(1.0, 0, bits)),
                (*model.gains, gain),
            )
        if neurons_of(network, index).reset != neurons_of(model.network, index).reset:
            model = replace(model, network=_balanced(model, index, signal, wanted[index]))
        model = replace(
            model, scales=(*model.scales[:-1], _layer_scale(model, index, signal, least_exponent))
        )
        if not isinstance(model.network.layers[index].synapses, Dense):
            model = replace(model, network=_compensated(model, index, signal))
    return model


def _input_scale(signal: Stimulus, bits: int, payload_bits: int) -> tuple[LayerScale, float]:
    """Return the first layer's scale but for its weights, and the gain to fold into them."""
    if signal.image.gain is not None:
        return LayerScale(1.0, 0, bits), float(signal.image.gain.median())
    largest = max(float(signal.image.values.abs().max()), float(signal.label.abs().max()))
    unit = payload_unit(largest, payload_bits)
    return LayerScale(1.0, 0, bits, payload_unit=unit, payload_bits=payload_bits), 1.0


def _settled(model: ChipModel) -> Network:
    """Return the network with those layers rounded that have a scale."""
    layers = model.network.layers
    rounded = tuple(quantised_layer(layer, scale) for layer, scale in zip(layers, model.scales, strict=False))
    return replace(model.network, layers=(*rounded, *layers[len(rounded) :]))


def _layer_scale(model: ChipModel, index: int, signal: Stimulus, least: int) -> LayerScale:
    """Return a layer's scale: the unit that disturbs its drive least, the exponent that holds the drive."""
    layer, plain = model.network.layers[index], model.scales[index]
    before = _settled(replace(model, scales=model.scales[:-1]))
    seen = _look(before, index, signal)
    unit = best_weight_unit(kernels(layer.synapses), seen.second_moment, plain.bits)
    threshold = float(neurons_of(model.network, index).threshold)
    return with_exponent(replace(plain, weight_unit=unit), layer, threshold, seen.largest, least)


def _compensated(model: ChipModel, index: int, signal: Stimulus) -> Network:
    """Return the model's network with a layer's weights at numbers that the chip holds, chosen together."""
    layer, scale = model.network.layers[index], model.scales[index]
    before, synapses = _settled(replace(model, scales=model.scales[:-1])), layer.synapses
    moment = nothing_seen(synapses, with_one=True)
    for rows in _chunks(signal):
        received = _spikes(before, index - 1, rows) if index else _mean_input(before, rows)
        add_moment(moment, synapses, received.flatten(0, -2))
    weight, met = kernels(synapses), share(synapses)
    bias = synapses.tensors()["bias"]
    found, taken_up = compensated(
        weight * met,
        bias.view(weight.shape[:2]),
        moment / moment[:, -1:, -1:],
        lambda values: scale.integer_weight(values / met) * (scale.weight_unit * met),
    )
    kernel = found.view_as(synapses.tensors()["weight"])
    moved = synapses.with_tensors({"weight": kernel, "bias": taken_up.view_as(bias)})
    layers = model.network.layers
    return replace(model.network, layers=(*layers[:index], layer.with_synapses(moved), *layers[index + 1 :]))


def _balanced(model: ChipModel, index: int, signal: Stimulus, wanted: float) -> Network:
    """Return the model's network with a layer's threshold lowered until its mean rate is the wanted one."""
    before = _settled(replace(model, scales=model.scales[:-1]))
    lif = neurons_of(before, index)
    threshold = float(lif.threshold)
    drives = [_driven(before, index, rows) for rows in _chunks(signal.rows(slice(_BALANCED)))]

    def rate(share: float) -> float:
        tried = adapting(before, index, replace(lif, threshold=share * threshold))
        return sum(float(tried.respond(drive.clone()).activity.mean()) for drive in drives) / len(drives)

    low, high = _LEAST_SHARE, 1.0
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if rate(middle) > wanted else (low, middle)
    lowered = adapting(before, index, replace(lif, threshold=high * threshold))
    populations = {**model.network.populations, index: lowered}
    return replace(model.network, populations=populations)


def _mean_rates(network: Network, signal: Stimulus) -> list[float]:
    """Return the mean firing rate of every layer over images under every label."""
    rows = signal.rows(slice(_BALANCED))
    shown = propagate(network, rows, _everything(network, rows))
    return [float(each.response.activity.mean()) for each in shown]


def _driven(network: Network, index: int, rows: Stimulus) -> Tensor:
    """Return a layer's drive in every presentation, ``(…, K·B, N)``."""
    synapses = network.layers[index].synapses
    if index == 0:
        base = synapses.drive(rows.image, network.precision)
        return network.asking.drive(base, rows, _everything(network, rows), synapses, network.precision)
    return synapses.drive(Signal(_spikes(network, index - 1, rows)), network.precision)


def _look(network: Network, index: int, signal: Stimulus) -> _Seen:
    synapses = network.layers[index].synapses
    second_moment = nothing_seen(synapses)
    largest, shown = 0.0, 0
    for rows in _chunks(signal):
        mean = _spikes(network, index - 1, rows).mean(0) if index else _mean_input(network, rows)
        add_moment(second_moment, synapses, mean)
        shown += mean.shape[0]
        largest = max(largest, float(_driven(network, index, rows).abs().max()))
    return _Seen(second_moment / shown, largest)


def _mean_input(network: Network, rows: Stimulus) -> Tensor:
    """Return what reaches the first layer in every presentation, ``(P·B, D)``, mean over time."""
    image, label = rows.image.values, rows.label
    if image.ndim == 3:
        image, label = image.mean(0), label.mean(0)
    return network.asking.written(image, label, _everything(network, rows))


def _everything(network: Network, rows: Stimulus) -> Tensor:
    return network.asking.everything(rows.samples, rows.label.device)


def _spikes(network: Network, index: int, rows: Stimulus) -> Tensor:
    """Return what a layer sends under every label, ``(T, K·B, N)``."""
    return list(propagate(network, rows, _everything(network, rows), depth=index + 1))[-1].response.output


def _median_gain(trained: Network, settled: Network, index: int, signal: Stimulus) -> float:
    """Return the median gain that the trained network would apply behind a layer."""
    if trained.gain == "constant":
        return trained.constant_gain
    gains = []
    for rows in _chunks(signal):
        rates = _spikes(settled, index, rows).mean(0)
        gains.append(unit_gain(rates, trained.target_length(rates.shape[1]), trained.epsilon))
    return float(torch.cat(gains).median())


def _chunks(signal: Stimulus) -> Iterator[Stimulus]:
    for start in range(0, signal.samples, _CHUNK):
        yield signal.rows(slice(start, start + _CHUNK))
