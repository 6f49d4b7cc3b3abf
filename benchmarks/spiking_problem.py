"""The spiking network, images and labels that all engines of the spiking benchmark share.

The reset is to zero and the surrogate a fast sigmoid of steepness one: what neuroff, snnTorch's Leaky and
Norse's LIFBox compute alike, gradient included (`neuroff.interop`).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from neuroff.config import Config
from neuroff.config.build import build_network
from neuroff.config.inputs import prepare
from neuroff.config.layers import parameter_dtype
from neuroff.config.overrides import apply_settings
from neuroff.config.presets import preset
from neuroff.core.asking.wrong import wrong_labels
from neuroff.core.network import Layer, Network, initial_layers
from neuroff.core.neurons import LIF
from neuroff.core.signal import Stimulus
from neuroff.data import DataSet
from neuroff.rng import generator

_SETTINGS = (
    "path=spiking",
    "widths=500,500",
    "normalisation=rms",
    "goodness_scale=20",
    "theta=2",
    "steps=10",
    "beta=0.9",
    "neuron.threshold=1",
    "reset=zero",
    "surrogate=fast_sigmoid",
    "steepness=1",
    "encoding=constant",
    "schedule=interleaved",
)


@dataclass(frozen=True)
class Problem:
    """One batch of images under their true and under wrong labels, and a network to learn them.

    Attributes:
        config: neuroff's configuration of it.
        lif: the neurons.
        layers: initial parameters; engines copy them.
        signal: the images as neuroff takes them.
        labels: ``(2, B)``, true and wrong.
        classes: number of labels.
        source: name of the images' data set.
    """

    config: Config
    lif: LIF
    layers: tuple[Layer, ...]
    signal: Stimulus
    labels: Tensor
    classes: int
    source: str

    @property
    def images(self) -> int:
        """Number of images B."""
        return self.labels.shape[1]

    def network(self, layers: tuple[Layer, ...]) -> Network:
        """Return neuroff's network with given parameters."""
        return build_network(self.config, layers[0].synapses.inputs, self.classes, layers=layers)

    def overlaid(self) -> Tensor:
        """Return the labelled images that other networks take, normalised, ``(2·B, D)``, true ones first."""
        copies = self.signal.image.values.repeat(2, 1)
        copies[torch.arange(2 * self.images), self.labels.flatten()] = self.signal.label.repeat(2)
        return copies

    def candidates(self) -> list[Tensor]:
        """Return the images under every label, normalised, ``(B, D)`` each."""
        found = []
        for label in range(self.classes):
            found.append(self.signal.image.values.clone())
            found[-1][:, label] = self.signal.label
        return found


def make_problem(
    dataset: DataSet,
    images: int,
    precision: str = "float32",
    *,
    steps: int = 10,
    rule: str = "batch",
    widths: tuple[int, ...] = (500, 500),
    threshold: float = 1.0,
    still: bool = False,
    more: tuple[str, ...] = (),
) -> Problem:
    """Return the problem on the first so many images of a data set.

    Args:
        dataset: the images.
        images: how many.
        precision: type of the numbers.
        steps: T.
        widths: neurons of each layer.
        threshold: of every neuron; a higher one makes them fire less.
        still: whether steps hardly move the weights, so that the layers fire as they did.
        more: settings beside these.
        rule: neuroff's learning rule; online ones need a gain that does not look ahead, and have it.
    """
    scale = (
        f"train_count={images}",
        f"precision={precision}",
        f"neuron.steps={steps}",
        f"widths={','.join(map(str, widths))}",
        f"neuron.threshold={threshold}",
        *(("learning_rate=1e-9",) if still else ()),
    )
    online = () if rule == "batch" else (f"neuron.rule={rule}", "network.gain=online")
    config = apply_settings(preset("paper"), (*_SETTINGS, *scale, *online, *more))
    train = prepare(dataset, config).train
    wrong = wrong_labels(train.labels, dataset.n_classes, generator(config.seed, "negatives"))
    layers = initial_layers((train.pixels.shape[1], *widths), config.seed, 0.0, parameter_dtype(config))
    signal = train.stimulus(slice(0, images))
    neuron = config.neuron
    lif = LIF(neuron.steps, neuron.beta, neuron.threshold, neuron.reset, neuron.surrogate, neuron.steepness)
    labels = torch.stack((train.labels, wrong))
    return Problem(config, lif, layers, signal, labels, dataset.n_classes, dataset.name)
