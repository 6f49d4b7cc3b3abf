"""Standardised pixels as plain ones: the scaling moves into the first layer's weights, exactly.

Where an image keeps its length (``normalisation=none``), W (x − μ)/σ + b = (W/σ) x + (b − μ/σ Σ_i W_i). A
simulator or chip then takes pixels in [0, 1] as they are, as currents or as spikes.
"""

from __future__ import annotations

from dataclasses import replace

import torch

from neuroff.core.inputs import Encoder, Inputs, Split
from neuroff.core.network import Network
from neuroff.core.synapses import Dense


def with_plain_pixels(network: Network, split: Split) -> tuple[Network, Split, tuple[str, ...]]:
    """Return the same network for pixels in [0, 1], its images, and what was changed, in words.

    Where pixels are plain already, or a gain per image or a label input stands in the way, nothing changes.
    """
    encoder = split.train.encoder
    scaled = encoder.mean != 0.0 or encoder.deviation != 1.0
    if not scaled or encoder.normalisation != "none" or encoder.asking.own_inputs:
        return network, split, ()
    weight, bias = network.layers[0].synapses.affine()
    exact = weight.double() / encoder.deviation
    shift = bias.double() - encoder.mean * exact.sum(1)
    first = network.layers[0].with_synapses(Dense(exact.to(weight.dtype), shift.to(bias.dtype)))
    plain = replace(encoder, mean=0.0, deviation=1.0)
    images = Split(_with(split.train, plain), _with(split.held_out, plain), _with(split.test, plain))
    note = (
        f"pixels in [0, 1]: the mean {encoder.mean:.4g} and deviation {encoder.deviation:.4g} of training "
        "are in the first layer's weights and biases"
    )
    return replace(network, layers=(first, *network.layers[1:])), images, (note,)


@torch.no_grad()
def _with(inputs: Inputs, encoder: Encoder) -> Inputs:
    constant = None if inputs.constant is None else encoder.stimulus(inputs.pixels[:])
    return Inputs(inputs.pixels, inputs.labels, encoder, constant, inputs.name)
