"""What an epoch leaves of every layer, and whether it can be gone on from."""

from __future__ import annotations

import math

from neuroff.core.network import Layer, Network
from neuroff.core.plan import Stage
from neuroff.errors import TrainingError
from neuroff.training.state import EpochRecord, LayerRecord, TrainingState


def epoch_record(network: Network, stage: Stage, state: TrainingState, images: float) -> EpochRecord:
    """Return the record of the epoch that a state has just finished.

    Args:
        network: with the layers that learned.
        stage: which of them.
        state: with their sums over the epoch.
        images: how many these are over, or the sum of their weights.

    Raises:
        TrainingError: naming the first layer whose numbers are not finite.
    """
    return EpochRecord(
        stage.index,
        state.epoch + 1,
        tuple(_layer_record(network.layers[index], index, state, images) for index in stage.layers),
        state.seconds,
    )


def _layer_record(layer: Layer, index: int, state: TrainingState, images: float) -> LayerRecord:
    loss, positive, negative = (state.statistics[index].totals / images).tolist()
    gamma, neuron = float(layer.gamma), {name: float(value) for name, value in layer.neuron.items()}
    # Of weights that are no numbers nothing fires, and a loss of nothing is a number.
    tensors = layer.synapses.tensors().items()
    lost = "".join(f", {name} that is not finite" for name, held in tensors if not held.isfinite().all())
    if lost or not all(map(math.isfinite, (loss, positive, negative, gamma, *neuron.values()))):
        raise TrainingError(
            f"layer {index + 1} has loss {loss}, goodness {positive} and {negative}, γ {gamma}{lost} "
            f"after epoch {state.epoch + 1}",
            where="training",
            expected="finite numbers",
            fix="lower training.learning_rate (or collaboration.gamma_learning_rate) and start again, "
            "or resume from the last checkpoint with --resume",
        )
    return LayerRecord(index, loss, positive, negative, gamma, neuron)
