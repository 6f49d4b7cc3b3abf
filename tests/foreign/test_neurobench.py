"""Synaptic operations of networks of others, counted by NeuroBench too, by hooks on the layers."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import neuroff
from neuroff.foreign.counting import count_graph
from neuroff.foreign.nodes.protocol import Weighted
from neuroff.foreign.spikes import values_for

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    workload = pytest.importorskip("neurobench.metrics.workload", reason="neurobench is not installed")
    models = pytest.importorskip("neurobench.models", reason="neurobench is not installed")
    snn: Any = pytest.importorskip("snntorch", reason="snntorch is not installed")

STEPS, SAMPLES = 12, 5


class Whole(nn.Module):
    """A network shown all steps of a sample: ``(B, T, …)``, as NeuroBench's data are."""

    def __init__(self, network: nn.Sequential) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        for part in self.network:
            clear: Any = getattr(part, "reset_mem", None)
            if clear is not None:
                clear()
        return torch.stack([self.network(step) for step in x.transpose(0, 1)])


def mlp() -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(24, 16),
        snn.Leaky(beta=0.9, init_hidden=True),
        nn.Linear(16, 9, bias=False),
        snn.Leaky(beta=0.8, init_hidden=True),
    )


def cnn() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(2, 4, 3, stride=2, padding=1),
        snn.Leaky(beta=0.9, init_hidden=True),
        nn.Conv2d(4, 6, 2, bias=False),
        snn.Leaky(beta=0.9, init_hidden=True),
        nn.Flatten(),
        nn.Linear(6 * 3 * 2, 5),
        snn.Leaky(beta=0.8, init_hidden=True),
    )


@pytest.mark.parametrize(("make", "shape"), [(mlp, (24,)), (cnn, (2, 7, 6))])
@pytest.mark.parametrize("zeros", [0.0, 0.4])
def test_operations_are_neurobenchs(make: Any, shape: tuple[int, ...], zeros: float) -> None:
    stream = torch.Generator().manual_seed(0)
    network = make()
    with torch.no_grad():
        for weight in network.parameters():
            if weight.ndim > 1:
                weight.copy_(torch.rand(weight.shape, generator=stream) * 1.5 - 0.4)
                weight[torch.rand(weight.shape, generator=stream) < zeros] = 0
    spikes = (torch.rand(STEPS, SAMPLES, *shape, generator=stream) < 0.3).float()
    graph = neuroff.from_module(network, spikes)
    activity = count_graph(graph, values_for(graph, spikes))
    own = sum(
        float(activity.tallies[name].operations.sum())
        for name, node in graph.nodes.items()
        if isinstance(node, Weighted)
    )
    model = models.TorchModel(Whole(network))
    model.register_hooks()
    metric = workload.SynapticOperations()
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        model.reset_hooks()
        model(spikes.transpose(0, 1))
        metric(model, None, (torch.zeros(SAMPLES), None))
    assert own > 0
    assert own == metric.AC
    assert metric.MAC == 0
