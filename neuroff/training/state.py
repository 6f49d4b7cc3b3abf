"""Where a training run stands: parameters, optimisers, counters and history, as tensors and plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

from neuroff.config import Config
from neuroff.config.build import draw_layers, learned_names
from neuroff.core.network import Layer
from neuroff.core.synapses import Dense
from neuroff.errors import RunError
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

    def tensors(self) -> dict[str, Tensor]:
        """Return every tensor by name."""
        tensors = layer_tensors(self.layers)
        for index, optimiser in enumerate(self.optimisers):
            tensors |= {f"optimiser.{index}.{key}": value for key, value in optimiser.state().items()}
        for index, statistics in self.statistics.items():
            tensors[f"statistics.{index}"] = statistics.totals
        if self.negatives is not None:
            tensors["negatives"] = self.negatives
        return tensors

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
    tensors: Mapping[str, Tensor], widths: tuple[int, ...], where: str, neuron: Sequence[str] = ()
) -> tuple[Layer, ...]:
    """Rebuild layers from named tensors.

    Args:
        tensors: as `layer_tensors` returns them; others are ignored.
        widths: input width and the widths of all layers.
        where: file to name in errors.
        neuron: names of the neurons' learned numbers.

    Raises:
        RunError: if a tensor is missing, of another shape, or not finite.
    """

    def take(name: str, shape: tuple[int, ...]) -> Tensor:
        tensor = tensors.get(name)
        found = "nothing" if tensor is None else f"shape {tuple(tensor.shape)} of {tensor.dtype}"
        if tensor is None or tuple(tensor.shape) != shape or not tensor.dtype.is_floating_point:
            raise RunError(
                f"tensor {name!r} has {found}",
                where=where,
                expected=f"floating-point numbers of shape {shape}, as the run's configuration says",
                fix="the file belongs to another configuration or is damaged; train again",
            )
        if not bool(torch.isfinite(tensor).all()):
            raise RunError(f"tensor {name!r} is not finite", where=where, fix="train again")
        return tensor

    return tuple(
        Layer(
            Dense(
                take(f"layers.{index}.weight", (neurons, inputs)), take(f"layers.{index}.bias", (neurons,))
            ),
            take(f"layers.{index}.gamma", ()),
            {name: take(f"layers.{index}.{name}", ()) for name in neuron},
        )
        for index, (inputs, neurons) in enumerate(pairwise(widths))
    )


def state_of(layers: tuple[Layer, ...], config: Config) -> TrainingState:
    """Return a state at the start of training with given parameters, which it will move."""
    return TrainingState(layers, tuple(LayerOptimiser(layer, config) for layer in layers))


def initial_state(config: Config, inputs: int, device: torch.device | str = "cpu") -> TrainingState:
    """Return the state before the first step: parameters drawn on the CPU from the run's seed.

    Args:
        config: the configuration.
        inputs: number of pixels.
        device: where training happens.
    """
    return state_of(tuple(layer.to(device) for layer in draw_layers(config, inputs)), config)


def restore_state(
    tensors: Mapping[str, Tensor], values: Mapping[str, Any], config: Config, inputs: int, where: str
) -> TrainingState:
    """Rebuild a state from what `TrainingState.tensors` and `TrainingState.values` returned.

    Raises:
        RunError: if either does not fit the configuration.
    """
    widths = (inputs, *config.network.widths)
    state = state_of(layers_from_tensors(tensors, widths, where, learned_names(config)), config)
    try:
        for index, optimiser in enumerate(state.optimisers):
            prefix = f"optimiser.{index}."
            optimiser.restore({k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)})
        for key, value in tensors.items():
            group, _, index_text = key.partition(".")
            if group == "statistics":
                state.statistics[int(index_text)] = LayerStatistics(value)
        state.negatives = tensors.get("negatives")
        state.stage, state.epoch, state.batch = (int(values[key]) for key in ("stage", "epoch", "batch"))
        if min(state.stage, state.epoch, state.batch) < 0:
            raise ValueError(f"stage {state.stage}, epoch {state.epoch}, batch {state.batch}")
        state.seconds = float(values["seconds"])
        state.history = [EpochRecord.from_dict(record) for record in values["history"]]
    except (IndexError, KeyError, TypeError, ValueError) as error:
        raise RunError(
            f"not a training checkpoint ({error})", where=where, fix="start again without --resume"
        ) from None
    return state
