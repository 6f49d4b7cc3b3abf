"""Synaptic events of networks of others, counted by SpikingJelly too, operator by operator."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

import neuroff
from neuroff.foreign.counting import count_graph
from neuroff.foreign.nodes.protocol import Weighted
from neuroff.foreign.spikes import values_for
from tests.foreign.modules import INPUTS, enlarged, spikes


@pytest.mark.parametrize("zeros", [0.0, 0.4])
@pytest.mark.parametrize("convolutional", [False, True])
def test_events_are_spikingjellys(convolutional: bool, zeros: float) -> None:
    """SpikingJelly 2.0.0 counts every weight that a spike meets, zeros too: neuroff's synaptic events."""
    counter, functional, neuron = (
        pytest.importorskip(f"spikingjelly.activation_based.{name}", reason="spikingjelly is not installed")
        for name in ("op_counter", "functional", "neuron")
    )
    first: list[nn.Module] = [nn.Linear(INPUTS, 24)]
    if convolutional:
        first = [nn.Conv2d(2, 4, 3, stride=2, padding=1), neuron.LIFNode(decay_input=False), nn.Flatten()]
    network: Any = nn.Sequential(*first, neuron.LIFNode(), nn.Linear(24, 5, bias=False), neuron.IFNode())
    enlarged(network, 3.0)
    stream = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weight in network.parameters():
            weight[torch.rand(weight.shape, generator=stream) < zeros] = 0
    example = spikes(2, 5, 4) if convolutional else spikes(INPUTS)
    graph = neuroff.from_module(network, example)
    activity = count_graph(graph, values_for(graph, example))
    weighted = [name for name, node in graph.nodes.items() if isinstance(node, Weighted)]
    events = sum(float(activity.tallies[name].events.sum()) for name in weighted)
    operations = sum(float(activity.tallies[name].operations.sum()) for name in weighted)
    functional.reset_net(network)
    counting = counter.SynOpCounter()
    with torch.no_grad(), counter.DispatchCounterMode([counting]):
        for step in example:
            network(step)
    assert 0 < operations <= events
    assert (operations < events) is (zeros > 0)
    assert counting.get_total() == events
