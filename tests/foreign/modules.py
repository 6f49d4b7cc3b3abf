"""What tests of other libraries' modules start from: examples, weights that make neurons fire, the check."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

import neuroff
from neuroff.foreign.running import run
from neuroff.foreign.spikes import values_for

STEPS, SAMPLES, INPUTS = 20, 3, 12


def spikes(*shape: int, seed: int = 1) -> Tensor:
    return (torch.rand(STEPS, SAMPLES, *shape, generator=torch.Generator().manual_seed(seed)) < 0.4).float()


def enlarged(network: Any, factor: float = 2.0) -> Any:
    """Make weights large enough for neurons to fire."""
    stream = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for name, weight in network.named_parameters():
            if name.endswith(("weight", "bias")) and "norm" not in name:
                weight.copy_(
                    (torch.rand(weight.shape, generator=stream) * 2 - 0.8) * factor / weight[0].numel() ** 0.5
                )
    return network


def check(network: nn.Module, example: Tensor, right: Tensor | None = None, **options: Any) -> Any:
    """Make a graph, which compares every spike, and see that its neurons fire, but not all the time."""
    graph = neuroff.from_module(network, example, **options)
    found = run(graph, values_for(graph, example))
    for name in graph.populations:
        assert 0 < found[name].mean() < 1, name
    if right is not None:
        assert torch.equal(found[graph.populations[-1]].flatten(2), right.double().flatten(2))
    return graph
