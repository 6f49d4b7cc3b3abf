"""The tallies of one layer over many images, and what they say about its work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from neuroff.core.network import Network
from neuroff.counting.tally import LayerTally, joined
from neuroff.energy.work import LayerWork

Sweep = Literal["shared", "naive"]
"""``shared``: as it runs, the image's share of the first layer once; ``naive``: one whole pass per label."""


@dataclass(frozen=True)
class LayerActivity:
    """A layer, and its tallies over all images.

    Attributes:
        index: of the layer.
        inputs: number of inputs, those of the asking included.
        neurons: number of neurons.
        own_inputs: number of inputs that the asking keeps for itself; zero but for the first layer.
        connections: number of synapses.
        own_connections: those of ``own_inputs``.
        shares_image: whether presentations share the image's drive; false but for the first layer.
        parameters: number of learned numbers of the synapses.
        pass_products: multiply-accumulates of one pass over analog values.
        weights: number of different weights.
        zero_weights: number of weights that are zero.
        sample_scalars: numbers of each sample's own that every neuron hears at every step.
        tally: over all images, ``(T, images)``.
    """

    index: int
    inputs: int
    neurons: int
    own_inputs: int
    connections: int
    own_connections: int
    shares_image: bool
    parameters: int
    pass_products: int
    weights: int
    zero_weights: int
    sample_scalars: int
    tally: LayerTally

    def received(self, sweep: Sweep, labels: int) -> Tensor:
        """Return the spikes, or non-zero values, that reach the layer at each step of each image."""
        return self.tally.own + self.tally.shared * (labels if sweep == "naive" else 1)

    def zero_events(self, sweep: Sweep, labels: int) -> Tensor:
        """Return how many events meet a zero weight at each step of each image."""
        return self.tally.own_zero + self.tally.shared_zero * (labels if sweep == "naive" else 1)

    def events(self, sweep: Sweep, labels: int) -> Tensor:
        """Return the synaptic events in dense format at each step of each image."""
        return self.tally.own_events + self.tally.shared_events * (labels if sweep == "naive" else 1)

    def work(self, sweep: Sweep, labels: int, per: int) -> LayerWork:
        """Return the layer's work, weights stored in dense format.

        Args:
            sweep: how the labels are presented.
            labels: how many are presented.
            per: what the totals are divided by: the number of images for means, 1 for the totals.
        """

        def mean(tallies: Tensor) -> tuple[float, ...]:
            return tuple(total / per for total in tallies.sum(1).tolist())

        images = self.tally.shared.shape[1]
        products, zero_products = self._products(sweep, labels) if self.tally.analog else (0, 0)
        events = () if self.tally.analog else mean(self.events(sweep, labels))
        # The image's own gain is the same under every label.
        gains = self.tally.gains * (1 if self.shares_image else labels)
        return LayerWork(
            name=f"layer {self.index + 1}",
            inputs=self.inputs,
            neurons=self.neurons,
            synapses=self.connections,
            zero_weights=self.zero_weights,
            spiking=self.tally.spiking,
            received=mean(self.received(sweep, labels)),
            events=events,
            zero_events=mean(self.zero_events(sweep, labels)) if events else (),
            spikes=mean(self.tally.spikes) if self.tally.spiking else (),
            active=mean(self.tally.active) if self.tally.spiking else (),
            products=products * images / per,
            zero_products=zero_products * images / per,
            gains=gains * images / per,
            adds=self._adds(sweep, labels) / per,
            spikes_of=tuple(total / per for total in self.tally.spikes_of.tolist())
            if self.tally.spiking
            else None,
            pass_products=None if self.pass_products == self.connections else self.pass_products,
            weights=None if self.weights == self.connections else self.weights,
        )

    def _adds(self, sweep: Sweep, labels: int) -> int:
        """Additions that normalise by a sample's own numbers: what arrives, and each at every neuron."""
        if not self.sample_scalars:
            return 0
        told = self.sample_scalars * self.neurons * (labels if self.index else 1)
        return int(self.received(sweep, labels).sum()) + told * self.tally.shared.numel()

    def _products(self, sweep: Sweep, labels: int) -> tuple[int, int]:
        """Multiply-accumulates per image of an analog input, and those of them with a zero weight."""
        if sweep == "naive" or not self.shares_image:
            return labels * self.pass_products, labels * self.zero_weights
        image = self.pass_products - self.own_connections
        # A sweep over all labels meets every input once; one over fewer leaves the zeros uncounted.
        zeros = self.zero_weights if labels == self.own_inputs or not self.own_inputs else 0
        own = labels * self.own_connections // self.own_inputs if self.own_inputs else 0
        return image + own, zeros


def gathered(
    network: Network, chunks: Sequence[Sequence[LayerTally]], zeros: Sequence[Tensor | None]
) -> tuple[LayerActivity, ...]:
    """Join the tallies of chunks of images, layer by layer.

    Args:
        network: the network.
        chunks: tallies of each layer, for every chunk.
        zeros: of `neuroff.counting.tally.zero_weights`.
    """
    layers = []
    for index, parts in enumerate(zip(*chunks, strict=True)):
        synapses, zero = network.layers[index].synapses, zeros[index]
        own_inputs = 0 if index else network.asking.own_inputs
        layers.append(
            LayerActivity(
                index=index,
                inputs=synapses.inputs,
                neurons=synapses.neurons,
                own_inputs=own_inputs,
                connections=synapses.connections,
                own_connections=int(synapses.fan_out()[:own_inputs].sum()),
                shares_image=not index and network.asking.shares_image,
                parameters=sum(tensor.numel() for tensor in synapses.learned().values()),
                pass_products=synapses.products,
                weights=synapses.weights,
                zero_weights=0 if zero is None else int(zero.sum()),
                sample_scalars=synapses.sample_scalars,
                tally=joined(parts),
            )
        )
    return tuple(layers)
