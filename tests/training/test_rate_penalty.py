from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from neuroff.config import Config
from neuroff.config.build import build_losses, build_network
from neuroff.config.inputs import prepare
from neuroff.core.asking import Question
from neuroff.core.inputs import Split
from neuroff.core.network import Network
from neuroff.core.rules import LayerGradient
from neuroff.counting.forward import count_activity
from neuroff.data import DataSet
from neuroff.errors import ConfigError
from neuroff.training.step import LayerStatistics, learn_chunk
from tests.narrow import bias_of, present, weight_of
from tests.samples import train_by


def gradient(
    network: Network, split: Split, config: Config, rate_penalty: float, chunk: int = 40, images: int = 40
) -> torch.Tensor:
    sums = {0: LayerGradient.of(network.layers[0])}
    for start in range(0, images, chunk):
        rows = slice(start, start + chunk)
        labels = torch.stack((split.train.labels[rows], (split.train.labels[rows] + 1) % 10))
        learn_chunk(
            network,
            build_losses(config),
            split.train.stimulus(rows),
            Question(labels),
            sums,
            {0: LayerStatistics.empty(torch.device("cpu"))},
            images=images,
            rate_penalty=rate_penalty,
        )
    return sums[0].synapses["weight"]


def test_its_gradient_is_that_of_the_mean_activity(quick: Callable[..., Config], few_digits: DataSet) -> None:
    """Autograd of λ · mean activity of both presentations, through a layer written out here."""
    config = quick("training.precision=float64")
    split = prepare(few_digits, config)
    network = build_network(config, 784, 10)
    added = gradient(network, split, config, 0.3) - gradient(network, split, config, 0.0)
    weight = weight_of(network.layers[0]).clone().requires_grad_()
    signal = split.train.stimulus(slice(0, 40))
    images = signal.image.values * (1 if signal.image.gain is None else signal.image.gain[:, None])
    total = torch.zeros((), dtype=torch.float64)
    for labels in (split.train.labels[:40], (split.train.labels[:40] + 1) % 10):
        shown = images.clone()
        shown[torch.arange(40), labels] = signal.label
        total = total + torch.relu(shown @ weight.T + bias_of(network.layers[0])).mean()
    torch.autograd.backward(0.3 * total / 2)
    assert torch.allclose(added, present(weight.grad), rtol=1e-9, atol=1e-12)
    pieces = gradient(network, split, config, 0.3, chunk=10) - gradient(network, split, config, 0.0, chunk=10)
    assert torch.allclose(pieces, added, rtol=1e-9, atol=1e-12)


def test_a_penalised_network_spikes_less(quick: Callable[..., Config], digits: DataSet) -> None:
    rates = []
    for penalty in (0, 3):
        config = quick(f"rate_penalty={penalty}", path="spiking")
        split = prepare(digits, config)
        activity = count_activity(train_by(config, split).network, split.test.head(100))
        rates.append(sum(activity.firing_rate))
    assert rates[1] < 0.8 * rates[0]


def test_the_online_rules_refuse_it(quick: Callable[..., Config]) -> None:
    with pytest.raises(ConfigError, match="rate_penalty"):
        quick("rate_penalty=1", "neuron.rule=online_end", "network.gain=online", path="spiking")
