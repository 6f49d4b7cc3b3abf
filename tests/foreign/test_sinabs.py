"""Networks of sinabs as graphs: several spikes in a step, currents, squeezed and recurrent layers."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

import neuroff
from neuroff.errors import ExportError
from neuroff.foreign.counting import count_graph
from neuroff.foreign.running import run
from neuroff.foreign.spikes import values_for
from tests.foreign.modules import INPUTS, SAMPLES, check, enlarged, spikes


def library() -> tuple[Any, Any]:
    layers = pytest.importorskip("sinabs.layers", reason="sinabs is not installed")
    return layers, pytest.importorskip("sinabs.activation")


@pytest.mark.parametrize("options", [{}, {"tau_syn": 3.0}, {"norm_input": False}, {"min_v_mem": -0.2}])
@pytest.mark.parametrize("spike", ["SingleSpike", "MultiSpike", "MaxSpike"])
def test_sinabs(options: dict[str, Any], spike: str) -> None:
    layers, activation = library()
    fires = getattr(activation, spike)
    how = {"spike_fn": fires(2) if spike == "MaxSpike" else fires}
    network = nn.Sequential(
        nn.Linear(INPUTS, 8),
        layers.LIF(tau_mem=torch.linspace(2.0, 9.0, 8), train_alphas=spike == "MaxSpike", **how, **options),
        nn.Linear(8, 6),
        layers.IAF(reset_fn=activation.MembraneReset(), **how),
        nn.Linear(6, 4),
        layers.ExpLeak(5.0),
    )
    example = spikes(INPUTS)
    graph = neuroff.from_module(enlarged(network, 3.0), example)
    found = run(graph, values_for(graph, example))
    most = {"SingleSpike": 1, "MaxSpike": 2}.get(spike, 3)
    assert found["1"].ne(0).any()
    assert found["3"].max() >= most if spike == "MultiSpike" else found["3"].max() == most
    assert [graph.kinds[name] for name in graph.populations][1:] == ["IF", "LI"]


def test_sinabs_squeezed_and_recurrent() -> None:
    layers, activation = library()
    once = {"spike_fn": activation.SingleSpike}
    squeezed = nn.Sequential(
        nn.Conv2d(2, 4, 3, bias=False),
        layers.IAFSqueeze(batch_size=1, min_v_mem=-1.0, **once),
        layers.SumPool2d(2),
        nn.Conv2d(4, 5, 2),
        layers.LIFSqueeze(tau_mem=5.0, num_timesteps=4, norm_input=False, **once),
        nn.Flatten(),
        nn.Linear(5 * 2 * 1, 3),
        layers.IAFSqueeze(batch_size=7, **once),
    )
    check(enlarged(squeezed, 1.5), spikes(2, 8, 6))
    weights = nn.Linear(8, 8, bias=False)
    with torch.no_grad():
        weights.weight.copy_(torch.randn(8, 8, generator=torch.Generator().manual_seed(0)) / 2)
    again = nn.Sequential(nn.Linear(INPUTS, 8), layers.LIFRecurrent(5.0, weights, norm_input=False, **once))
    before = weights.weight.clone()
    graph = check(again, spikes(INPUTS))
    assert graph.recurrent
    assert torch.equal(weights.weight, before)


def test_a_neuron_that_fires_n_times_is_n_spikes() -> None:
    layers, _ = library()
    network = nn.Sequential(nn.Linear(INPUTS, 8), layers.IAF(), nn.Linear(8, 5), layers.IAF())
    example = spikes(INPUTS)
    graph = neuroff.from_module(enlarged(network, 3.0), example)
    sent = run(graph, values_for(graph, example))["1"]
    activity = count_graph(graph, values_for(graph, example))
    assert sent.max() > 1
    assert activity.per_sample("1", "sent") * SAMPLES == sent.sum()
    assert activity.synaptic_operations("2") * SAMPLES == sent.sum() * 5


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda layers, own: layers.IAFSqueeze(batch_size=3, reset_fn=own.MembraneReset(0.5)),
            "reset_value = 0.5, which sinabs adds",
        ),
        (lambda layers, own: layers.SumPool2d(2, ceil_mode=True), "SumPool2d with ceil_mode"),
    ],
)
def test_sinabs_neurons_that_no_graph_has_are_refused(make: Any, message: str) -> None:
    layers, activation = library()
    shaped = nn.Conv2d(1, 2, 1), spikes(1, 4, 4)
    network = nn.Sequential(shaped[0], layers.IAFSqueeze(batch_size=3), make(layers, activation))
    with pytest.raises(ExportError, match=message):
        neuroff.from_module(network, shaped[1])
