"""Dense networks beside a counted one: its twin of the same widths, and backpropagation on it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

from neuroff.energy.counts import Counts
from neuroff.energy.vocabulary import DTYPES
from neuroff.energy.work import LayerWork, NetworkWork
from neuroff.errors import ConfigError, require_choice

ADAM_MULS = 8
"""Adam per parameter: m takes 2 multiplications, v takes 3, the step 1, a square root and a division."""

ADAM_ADDS = 4
"""Adam per parameter: one addition each for m, v, ε and the parameter."""


def dense_twin(work: NetworkWork, *, dtype: str = "int8", label_columns: int = 0) -> NetworkWork:
    """Return the dense network with the layers and presentations of another one.

    Every layer is a matrix product on analog values with rectified linear neurons. The first layer shares the
    image's products between labels where the network it stands beside does. Inputs are normalised where the
    network is one whose goodness is computed.

    Args:
        work: the network, dense or spiking.
        dtype: number format of the twin.
        label_columns: inputs of the first layer that hold the label, where the image's share of that layer is
            computed once for all labels; 0 where every presentation is a whole pass, or is analog and so says
            itself how many products it has.
    """
    layers = []
    for index, layer in enumerate(work.layers):
        one_pass = layer.synapses if layer.pass_products is None else layer.pass_products
        products = layer.products if index == 0 and layer.products else one_pass * work.presentations
        if index == 0 and label_columns and not layer.products:
            products = layer.neurons * (layer.inputs - label_columns + work.presentations)
        layers.append(
            LayerWork(
                layer.name,
                layer.inputs,
                layer.neurons,
                layer.synapses,
                weight_format=layer.weight_format,
                spiking=False,
                products=products,
                gains=work.presentations if index and work.scored else 0.0,
                adds=layer.adds,
                pass_products=layer.pass_products,
                weights=layer.weights,
            )
        )
    return replace(work, name=f"dense {dtype} twin", layers=tuple(layers), steps=1, dtype=dtype)


def optimiser_counts(parameters: float, updates_per_sample: float, *, dtype: str = "float32") -> Counts:
    """Return what Adam costs per training sample.

    Per update and parameter: the gradient, the parameter and two moments are read, the last three written;
    `ADAM_MULS` multiplications and `ADAM_ADDS` additions.

    Args:
        parameters: number of parameters that are moved.
        updates_per_sample: updates over samples: one over the batch size.
        dtype: number format of the arithmetic; the state is kept in 32 bits.
    """
    moved = parameters * updates_per_sample
    return Counts(
        {
            "optimiser_reads_bit": 4 * 32 * moved,
            "optimiser_writes_bit": 3 * 32 * moved,
            f"muls_{dtype}": ADAM_MULS * moved,
            f"adds_{dtype}": ADAM_ADDS * moved,
        }
    )


def backprop_counts(
    widths: Sequence[int],
    classes: int,
    updates_per_sample: float,
    *,
    products: Sequence[int] | None = None,
    weights: Sequence[int] | None = None,
    dtype: str = "float32",
) -> Counts:
    """Return what backpropagation on a network of the same layers costs per training sample.

    The network has a linear read-out of ``classes`` neurons behind its last layer, since backpropagation
    needs an output, and sees every sample once. Forward: one multiply-accumulate per synapse. Backward: one
    per synapse for its gradient, and one for the error of the layer before, but not in the first.
    Activities are kept for the way back: written once and read once, in the closest memory level, 32 bits
    each. The loss and its derivative take one multiplication and one addition per output.

    Args:
        widths: inputs and neurons of each layer.
        classes: number of outputs.
        updates_per_sample: updates over samples: one over the batch size.
        products: multiply-accumulates of a pass through each layer; those of dense layers if not given.
        weights: learned weights of each layer; those of dense layers if not given.
        dtype: number format of the arithmetic.

    Raises:
        ConfigError: if there is no layer, a width is not positive, or the number format is unknown.
    """
    require_choice(dtype, DTYPES, "number format")
    sizes = (*widths, classes)
    if len(widths) < 2 or min(sizes) < 1:
        raise ConfigError(f"widths {tuple(widths)} and {classes} classes", expected="at least one layer")
    dense = [inputs * neurons for inputs, neurons in itertools.pairwise(sizes)]
    met, learned = ((*(given or dense[:-1]), dense[-1]) for given in (products, weights))
    neurons = sum(sizes[1:])
    kept = 32.0 * sum(sizes[1:-1])
    work = Counts(
        {
            f"macs_{dtype}": 2 * sum(met) + sum(met[1:]),
            f"adds_{dtype}": 2 * neurons + classes,  # biases, their gradients, the loss
            f"muls_{dtype}": sum(sizes[1:-1]) + classes,  # the slope of each neuron, the loss
            "mem_writes_bit_level1": kept,
            "mem_reads_bit_level1": kept,
        }
    )
    return work + optimiser_counts(sum(learned) + neurons, updates_per_sample, dtype=dtype)
