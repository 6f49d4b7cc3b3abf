"""A network as an ``nn.Module``: parameters under their own names, scores of every class as its forward.

Nothing is differentiated: parameters do not require gradients, and `neuroff.training.local_gradients` fills
their ``grad`` by the local rule, so that any optimiser of PyTorch's moves them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Generic, Protocol, TypeVar

import torch
from torch import Tensor, nn

from neuroff.core.layer import Layer
from neuroff.core.neurons import NEURON_PARAMETERS, keep_in_range
from neuroff.core.signal import Stimulus


class Encoding(Protocol):
    """What makes a stimulus of images, such as `neuroff.core.inputs.Encoder`."""

    def stimulus(self, pixels: Tensor, *purpose: str | int) -> Stimulus:
        """Encode images ``(B, values)``, or recorded spikes ``(B, values, T)``."""
        ...


class Layered(Protocol):
    """A dataclass of layers, such as a network."""

    @property
    def layers(self) -> tuple[Layer, ...]:
        """First to last."""
        ...


Stack = TypeVar("Stack", bound=Layered)


class LayerModule(nn.Module):
    """The parameters of one layer: those of its synapses, ``gamma``, learned numbers of its neurons."""

    def __init__(self, layer: Layer) -> None:
        super().__init__()
        for name, tensor in layer.tensors().items():
            self.register_parameter(name, nn.Parameter(tensor.detach().clone(), requires_grad=False))


class NetworkModule(nn.Module, Generic[Stack]):
    """A network as PyTorch's users know one; made by `neuroff.Network.module`.

    ``state_dict`` has the names and values of a run's ``network.safetensors`` (``layers.0.weight``).

    Args:
        network: its parameters are copied.
        encoder: how images become what the first layer receives.
        scores: how well every class fits every image, ``(K, B)``.

    Attributes:
        layers: a `LayerModule` each.
        encoder: as given.
    """

    def __init__(
        self, network: Stack, encoder: Encoding, scores: Callable[[Stack, Stimulus], Tensor]
    ) -> None:
        super().__init__()
        self.layers = nn.ModuleList(LayerModule(layer) for layer in network.layers)
        self.encoder = encoder
        self._like, self._scores = network, scores

    @property
    def network(self) -> Stack:
        """The network of the module's parameters, which it shares."""
        layers = []
        for layer, held in zip(self._like.layers, self.layers, strict=True):
            tensors = {name: value.detach() for name, value in held.named_parameters()}
            for name in NEURON_PARAMETERS:
                if name in layer.neuron:
                    keep_in_range(name, tensors[name])
            layers.append(layer.with_tensors(tensors))
        found: Any = self._like
        return replace(found, layers=tuple(layers))  # type: ignore[no-any-return]

    def stimulus(self, images: Tensor, *purpose: str | int) -> Stimulus:
        """Return images ``(B, …)``, bytes or floats in [0, 1], as the first layer receives them.

        ``(B, D, T)`` are recorded spikes where all their values together would be too many inputs.
        """
        recorded = (
            images.ndim == 3 and images.shape[1] * images.shape[2] > self._like.layers[0].synapses.inputs
        )
        return self.encoder.stimulus(images if recorded else images.flatten(1), *purpose)

    @torch.no_grad()
    def forward(self, images: Tensor) -> Tensor:
        """Return how well every class fits every image, ``(B, K)``.

        Args:
            images: ``(B, …)``, bytes or floats in [0, 1].

        Raises:
            ShapeError: if an image has another number of values than the network takes.
        """
        return self._scores(self.network, self.stimulus(images)).T
