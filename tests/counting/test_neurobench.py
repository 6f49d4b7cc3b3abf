from __future__ import annotations

import warnings

import pytest
import torch

from neuroff.core.inputs import Inputs
from neuroff.core.network import Network
from neuroff.core.signal import unit_gain
from neuroff.counting.forward import count_activity
from tests.narrow import bias_of, weight_of
from tests.samples import CLASSES, configured, few_inputs, lively_network, stream_of

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    workload = pytest.importorskip("neurobench.metrics.workload")
    models = pytest.importorskip("neurobench.models")


class NaivePass(torch.nn.Module):
    """One label's whole pass, of linear layers that see values or spikes and that NeuroBench hooks."""

    def __init__(self, network: Network, inputs: Inputs) -> None:
        super().__init__()
        self.network, self.inputs = network, inputs
        self.linear = torch.nn.ModuleList()
        for layer in network.layers:
            linear = torch.nn.Linear(
                layer.synapses.inputs, layer.synapses.neurons, dtype=weight_of(layer).dtype
            )
            linear.weight.data, linear.bias.data = weight_of(layer).clone(), bias_of(layer).clone()
            self.linear.append(linear)

    def forward(self, label: torch.Tensor) -> torch.Tensor:
        signal, network = self.inputs.stimulus(slice(0, len(self.inputs)), "predict", 0), self.network
        values, gain = signal.image.values.clone(), signal.image.gain
        values[..., int(label)] = signal.label if gain is None else (signal.label != 0).to(values.dtype)
        for linear in self.linear:
            drives = [linear(step) for step in values] if values.ndim == 3 else [linear(values)]
            scale = torch.ones(len(self.inputs), 1, dtype=values.dtype) if gain is None else gain[:, None]
            current = torch.stack([(drive - linear.bias) * scale + linear.bias for drive in drives])
            response = network.population.respond(current if values.ndim == 3 else current[0])
            values = response.output
            gain = unit_gain(response.activity, network.target_length(values.shape[-1]), network.epsilon)
        return values


@pytest.mark.parametrize("zeros", [0.0, 0.3])
@pytest.mark.parametrize(
    ("path", "encoding"),
    [("dense", "constant"), ("spiking", "constant"), ("spiking", "regular"), ("spiking", "latency"),
     ("spiking", "bernoulli")],
)  # fmt: skip
def test_synaptic_operations_equal_neurobench(path: str, encoding: str, zeros: float) -> None:
    config = configured(f"encoding={encoding}", "widths=7,6,5", path=path)
    network, inputs = lively_network(config, (0.0, 0.0, 0.0)), few_inputs(config, 9)
    for layer in network.layers:
        weight_of(layer)[torch.rand(weight_of(layer).shape, generator=stream_of(1)) < zeros] = 0
    found = count_activity(network, inputs).operations()
    model = models.TorchModel(NaivePass(network, inputs))
    model.register_hooks()
    metric = workload.SynapticOperations()
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        for label in range(CLASSES):
            model.reset_hooks()
            model(torch.tensor(label))
            metric(model, None, (torch.zeros(len(inputs)), None))
    # Its own means are over the passes; these are over the images, of the same whole numbers.
    images = len(inputs)
    assert found.dense == metric.total_synops / images
    assert found.effective_macs == metric.MAC / images
    assert found.effective_acs == metric.AC / images
    assert metric.compute()["Effective_ACs"] == metric.AC / (images * CLASSES)
    assert (found.effective_acs > 0) == (path == "spiking")
