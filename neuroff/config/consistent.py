"""What keys of a configuration need of each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neuroff.config.schema import Config


def require_consistent(config: Config) -> None:
    """Raise ValueError where keys contradict each other, naming them."""
    _require_answers(config)
    _require_layers(config)
    _require_neurons(config)


def _require_answers(config: Config) -> None:
    """What is held out, how images are asked about, and the loss that goes with it."""
    if config.data.held_out_share and config.data.train_count:
        raise ValueError("data.held_out_share needs data.train_count=none: both say what is held out")
    spikes_in = config.path == "spiking" and config.neuron.encoding != "constant"
    by_label = config.asking.form == "label"
    loud = by_label and config.label.amplitude != "one"
    if spikes_in and (config.data.input_scale != "raw" or loud):
        raise ValueError(
            f"neuron.encoding={config.neuron.encoding} needs data.input_scale=raw"
            f"{' and label.amplitude=one' if by_label else ''}, "
            "since pixels are firing probabilities or times"
        )
    if by_label == (config.training.loss == "softmax"):
        raise ValueError(
            f"asking.form={config.asking.form} does not go with training.loss={config.training.loss}: label "
            "takes threshold, pairwise or swish, groups and random take softmax"
        )
    if config.asking.form == "random" and config.network.goodness != "linear":
        raise ValueError("asking.form=random needs network.goodness=linear: a weighted sum of activities")
    if config.asking.grid is not None and config.asking.form != "random":
        raise ValueError("asking.grid needs asking.form=random: other read-outs have no weights")
    if config.asking.grid is not None and not config.network.architecture.convolves:
        raise ValueError("asking.grid needs a convolution in network.layers: others have no places")
    if config.asking.mirrored and by_label:
        raise ValueError("asking.mirrored needs asking.form=groups or random: a label has no mirror image")


def _require_layers(config: Config) -> None:
    """What lies between layers, and what they are told."""
    if config.network.normalisation == "none" and config.network.gain != "constant":
        raise ValueError(
            "network.normalisation=none needs network.gain=constant: nothing is divided by a length"
        )
    if config.network.standardise and config.network.group_norm is not None:
        raise ValueError("network.group_norm needs network.standardise=false: it stands in its place")
    gammas, layers = config.collaboration.gammas, config.network.depth
    if gammas and len(gammas) != layers:
        raise ValueError(f"collaboration.gammas has {len(gammas)} values for {layers} layers")
    steepnesses = config.training.loss_steepnesses
    if steepnesses and len(steepnesses) != layers:
        raise ValueError(f"training.loss_steepnesses has {len(steepnesses)} values for {layers} layers")
    if steepnesses and config.training.loss == "threshold":
        raise ValueError("training.loss_steepnesses needs training.loss=pairwise, swish or softmax")


def _require_neurons(config: Config) -> None:
    """Keys of the spiking path."""
    neuron, layers = config.neuron, config.network.depth
    for name, decays in (("betas", neuron.betas), ("alphas", neuron.alphas)):
        if decays and len(decays) != layers:
            raise ValueError(f"neuron.{name} has {len(decays)} values for {layers} layers")
    if neuron.model == "if" and "beta" in neuron.learned:
        raise ValueError("neuron.model=if has no leak to learn; use neuron.model=lif")
    if neuron.adaptation and neuron.learned:
        raise ValueError(
            "neuron.adaptation does not go with neuron.learned: adaptive neurons have no derivative by "
            "their own numbers"
        )
    if neuron.model != "cuba" and "alpha" in neuron.learned:
        raise ValueError("neuron.learned=alpha needs neuron.model=cuba")
    bus_in_time = config.collaboration.timing == "online" or config.collaboration.delay > 0
    if config.path == "dense" and (bus_in_time or neuron.rule != "batch"):
        raise ValueError(
            "collaboration.timing, collaboration.delay and neuron.rule need path=spiking: a dense "
            "presentation has no steps"
        )
    if neuron.rule != "batch" and config.network.standardise:
        raise ValueError(
            "network.standardise needs neuron.rule=batch: means over training images have no trace"
        )
    if neuron.rule != "batch" and config.training.rate_penalty:
        raise ValueError("training.rate_penalty needs neuron.rule=batch")
    if neuron.rule != "batch" and config.network.gain == "presentation":
        raise ValueError(
            f"neuron.rule={neuron.rule} needs network.gain=online or constant, since the gain of a whole "
            "presentation looks ahead"
        )
    if neuron.rule == "online_step" and config.variant != "ff" and config.collaboration.timing != "online":
        raise ValueError("neuron.rule=online_step needs collaboration.timing=online: it learns at every step")
