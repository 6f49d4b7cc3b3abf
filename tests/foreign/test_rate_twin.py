"""Dense networks of PyTorch as spikes: the error that T takes away."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

import neuroff
from neuroff.errors import ExportError
from neuroff.foreign import spiking_twin, spread, twin_errors
from neuroff.foreign.nodes.population import Population
from neuroff.foreign.running import run


def digits() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    data = neuroff.load("digits")
    images, test = (
        torch.from_numpy(pixels.reshape(len(pixels), 1, *pixels.shape[-2:]) / 255).float()
        for pixels in (data.train_images, data.test_images)
    )
    return images, torch.from_numpy(data.train_labels), test, torch.from_numpy(data.test_labels)


def trained(network: nn.Module, images: Tensor, labels: Tensor, epochs: int) -> nn.Module:
    stream = torch.Generator().manual_seed(0)
    optimiser = torch.optim.Adam(network.parameters(), 2e-3)
    for _ in range(epochs):
        for batch in torch.randperm(len(labels), generator=stream).split(64):
            loss = nn.functional.cross_entropy(network(images[batch]), labels[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return network.eval()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.integers(1, 40))
def test_inputs_become_as_many_spikes_as_they_are_worth(values: list[float], steps: int) -> None:
    inputs = torch.tensor([values], dtype=torch.float64)
    found = spread(inputs, steps)
    assert found.shape == (steps, 1, len(values))
    assert set(found.unique().tolist()) <= {0.0, 1.0}
    assert torch.equal(found.sum(0), torch.floor(steps * inputs + 0.5))


@pytest.mark.parametrize("kind", ["mlp", "cnn"])
def test_the_answers_of_a_trained_network_come_back_with_T(kind: str) -> None:
    torch.manual_seed(0)
    images, labels, test, right = digits()
    made: dict[str, nn.Module] = {
        "mlp": nn.Sequential(
            *(nn.Flatten(), nn.Linear(784, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Dropout(0.1)),
            *(nn.Linear(64, 40), nn.ReLU(), nn.Linear(40, 10)),
        ),
        "cnn": nn.Sequential(
            *(nn.Conv2d(1, 6, 5, stride=2), nn.ReLU(), nn.AvgPool2d(2)),
            *(nn.Conv2d(6, 12, 3), nn.BatchNorm2d(12), nn.ReLU(), nn.Flatten(), nn.Linear(12 * 16, 10)),
        ),
    }
    network = trained(made[kind], images, labels, epochs=6 if kind == "mlp" else 4)
    twin = spiking_twin(network, images[:300])
    rows = twin_errors(network, twin, test, (4, 16, 64), right)
    assert rows[0].answers < rows[-1].answers
    assert rows[-1].answers > 0.98
    assert rows[-1].right is not None
    assert rows[-1].right[0] > 0.9
    assert rows[-1].right[1] > rows[-1].right[0] - 0.01
    assert rows[0].spikes < rows[1].spikes < rows[2].spikes
    report = neuroff.energy_report(twin.graph, spread(test[:20], 16), ["loihi1-davies2018"])
    assert report.accounts[0].energy_J is not None
    assert report.graph is not None
    assert report.graph.conventions == ()


def test_rates_tend_to_the_activities_over_their_scale() -> None:
    torch.manual_seed(1)
    network = nn.Sequential(nn.Linear(20, 30), nn.ReLU(), nn.Linear(30, 5), nn.ReLU(), nn.Linear(5, 2)).eval()
    inputs = torch.rand(40, 20)
    twin = spiking_twin(network, inputs, quantile=1.0)
    with torch.no_grad():
        right = network[:4](inputs) / twin.scales["3"]
    errors = []
    for steps in (16, 128):
        sent = run(twin.graph, {"input": spread(inputs, steps)})["3"]
        errors.append(float((sent.mean(0) - right).abs().mean()))
    assert errors[1] < errors[0] / 3
    assert errors[1] < 0.02
    assert all(isinstance(twin.graph.nodes[key], Population) for key in twin.scales)


@pytest.mark.parametrize(
    ("network", "inputs", "message"),
    [
        (nn.Sequential(nn.Linear(4, 3), nn.Sigmoid()), torch.rand(5, 4), "part '1': a torch.nn.*Sigmoid"),
        (
            nn.Sequential(nn.ReLU(), nn.Linear(4, 3)),
            torch.rand(5, 4),
            "part '0': rectified linear units behind no",
        ),
        (nn.Linear(4, 3), torch.rand(5, 4) * 2, "inputs outside"),
        (nn.Linear(4, 3), [[0.5]], "inputs outside"),
    ],
)
def test_what_spikes_cannot_be_made_of_is_refused(network: nn.Module, inputs: Any, message: str) -> None:
    with pytest.raises(ExportError, match=message):
        spiking_twin(network, inputs)


def test_spiking_networks_are_for_from_module() -> None:
    snn: Any = pytest.importorskip("snntorch", reason="snntorch is not installed")
    network = nn.Sequential(nn.Linear(4, 3), snn.Leaky(beta=0.9, init_hidden=True))
    with pytest.raises(ExportError, match="part '1': neurons that spike already"):
        spiking_twin(network, torch.rand(5, 4))
