"""Where a training run stands: parameters, optimisers, counters and history, as tensors and plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from torch import Tensor

from neuroff.checks import require_kind
from neuroff.core.network import Layer, Network
from neuroff.core.neurons.parameters import require_in_range
from neuroff.core.plan import Plan
from neuroff.core.together import require_network
from neuroff.device import require_device
from neuroff.named_tensors import taken
from neuroff.training.optimiser import LayerOptimiser
from neuroff.training.step import LayerStatistics


@dataclass(frozen=True)
class LayerRecord:
    """What one epoch did to one layer: means over images; γ and the neurons' learned numbers after it."""

    layer: int
    loss: float
    goodness_positive: float
    goodness_negative: float
    gamma: float
    neuron: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class EpochRecord:
    """One epoch of a stage; accuracies only where they were taken.

    Attributes:
        stage: index of the stage.
        epoch: number of epochs of the stage done, from 1.
        layers: a record per learning layer.
        seconds: wall time of the epoch without evaluation.
        train_accuracy: on (the first of) the training images, by the layers trained so far.
        held_out_accuracy: on (the first of) the held-out images.
    """

    stage: int
    epoch: int
    layers: tuple[LayerRecord, ...]
    seconds: float
    train_accuracy: float | None = None
    held_out_accuracy: float | None = None

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> EpochRecord:
        """Rebuild a record from `dataclasses.asdict`."""
        layers = tuple(LayerRecord(**entry) for entry in values["layers"])
        return cls(**{**values, "layers": layers})


@dataclass
class TrainingState:
    """A run in progress; parameters and sums are moved in place.

    Attributes:
        layers: parameters of every layer.
        optimisers: of every layer.
        stage: index of the stage at work; equal to the number of stages when training is done.
        epoch: epochs of the stage done.
        batch: batches of the epoch done.
        statistics: sums of the running epoch, by layer.
        history: all finished epochs.
        seconds: wall time of the running epoch before this process took over.
        negatives: ``(B,)`` wrong labels of the running epoch, between its first batch and its last.
        kept: what callbacks keep until the stage's end, by names of their own.
    """

    layers: tuple[Layer, ...]
    optimisers: tuple[LayerOptimiser, ...]
    stage: int = 0
    epoch: int = 0
    batch: int = 0
    statistics: dict[int, LayerStatistics] = field(default_factory=dict)
    history: list[EpochRecord] = field(default_factory=list)
    seconds: float = 0.0
    negatives: Tensor | None = None
    kept: dict[str, Tensor] = field(default_factory=dict)

    def tensors(self) -> dict[str, Tensor]:
        """Return every tensor by name."""
        tensors = layer_tensors(self.layers)
        for index, optimiser in enumerate(self.optimisers):
            tensors |= {f"optimiser.{index}.{key}": value for key, value in optimiser.state().items()}
        for index, statistics in self.statistics.items():
            tensors[f"statistics.{index}"] = statistics.totals
        if self.negatives is not None:
            tensors["negatives"] = self.negatives
        return tensors | {f"kept.{name}": tensor for name, tensor in self.kept.items()}

    def values(self) -> dict[str, Any]:
        """Return everything that is not a tensor, ready for JSON."""
        return {
            "stage": self.stage,
            "epoch": self.epoch,
            "batch": self.batch,
            "seconds": self.seconds,
            "history": [asdict(record) for record in self.history],
        }


def layer_tensors(layers: tuple[Layer, ...]) -> dict[str, Tensor]:
    """Return the parameters of layers by name, such as ``layers.0.weight``."""
    return {
        f"layers.{index}.{name}": tensor
        for index, layer in enumerate(layers)
        for name, tensor in layer.tensors().items()
    }


def layers_from_tensors(
    tensors: Mapping[str, Tensor], like: tuple[Layer, ...], where: str
) -> tuple[Layer, ...]:
    """Rebuild layers from named tensors.

    Args:
        tensors: as `layer_tensors` returns them; others are ignored.
        like: layers of the same names, shapes and types.
        where: file to name in errors.

    Raises:
        RunError: if a tensor is missing, of another shape or type, not finite, or no number of its neurons.
    """
    return tuple(layer_from_tensors(tensors, layer, index, where) for index, layer in enumerate(like))


def layer_from_tensors(tensors: Mapping[str, Tensor], like: Layer, index: int, where: str) -> Layer:
    """Rebuild the layer of an index; see `layers_from_tensors`."""
    prefix = f"layers.{index}."
    found = {
        name: taken(tensors, prefix + name, tuple(tensor.shape), tensor.dtype, where)
        for name, tensor in like.tensors().items()
    }
    for name in like.neuron:
        require_in_range(name, found[name], f"{where}: tensor '{prefix}{name}'")
    return like.with_tensors(found)


def state_of(layers: tuple[Layer, ...], plan: Plan) -> TrainingState:
    """Return a state at the start of training with given parameters, which it will move."""
    return TrainingState(layers, tuple(LayerOptimiser(layer, plan) for layer in layers))


def initial_state(network: Network, plan: Plan, device: torch.device | str = "cpu") -> TrainingState:
    """Return the state before the first step; it moves parameters of its own.

    Args:
        network: its layers are copied.
        plan: how it is trained.
        device: where training happens.

    Raises:
        ConfigError: if there is no such device.
    """
    require_network(network, "initial_state")
    require_kind("plan", plan, Plan, where="initial_state")
    require_device(device)
    return state_of(tuple(layer.to(device).copied() for layer in network.layers), plan)
