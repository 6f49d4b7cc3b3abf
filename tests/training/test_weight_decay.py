from __future__ import annotations

from collections.abc import Callable

import torch

from neuroff.config import Config
from neuroff.config.build import build_network, build_plan
from neuroff.core.rules import LayerGradient
from neuroff.training.optimiser import LayerOptimiser
from tests.narrow import bias_of, weight_of


def test_a_weight_without_gradient_shrinks_by_rate_times_decay(quick: Callable[..., Config]) -> None:
    config = quick("weight_decay=0.1", "learning_rate=0.02", "training.precision=float64")
    layer = build_network(config, 784, 10).layers[0]
    before = weight_of(layer).clone()
    optimiser = LayerOptimiser(layer, build_plan(config))
    optimiser.step(LayerGradient.of(layer), 0.02)
    assert torch.allclose(weight_of(layer), before * (1 - 0.02 * 0.1), rtol=1e-12, atol=0)


def test_without_decay_the_step_is_adams(quick: Callable[..., Config]) -> None:
    config = quick("learning_rate=0.02")
    layer = build_network(config, 784, 10).layers[0]
    rivals = [weight_of(layer).clone(), bias_of(layer).clone()]
    adam = torch.optim.Adam(rivals, lr=0.02, fused=True)
    optimiser = LayerOptimiser(layer, build_plan(config))
    generator = torch.Generator().manual_seed(3)
    for _ in range(5):
        gradient = LayerGradient.of(layer)
        gradient.synapses["weight"].normal_(generator=generator)
        gradient.synapses["bias"].normal_(generator=generator)
        for rival, value in zip(
            rivals, (gradient.synapses["weight"], gradient.synapses["bias"]), strict=True
        ):
            rival.grad = value.clone()
        adam.step()
        optimiser.step(gradient, 0.02)
    assert torch.equal(weight_of(layer), rivals[0])
    assert torch.equal(bias_of(layer), rivals[1])
