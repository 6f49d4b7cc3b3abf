"""Modules that become a graph are left as they were, or refused with the place where they part."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import neuroff
from neuroff.errors import ExportError
from neuroff.foreign.porting import port_graph
from neuroff.foreign.spikes import values_for
from tests.foreign.modules import INPUTS, check, enlarged, spikes

snn: Any = pytest.importorskip("snntorch", reason="snntorch is not installed")


class Remembering(nn.Module):
    """As SpikingJelly's neurons: a state in a dictionary, which autograd follows."""

    def __init__(self) -> None:
        super().__init__()
        self.weights, self.neurons = nn.Linear(INPUTS, 5), snn.Leaky(beta=0.9, init_hidden=True)
        self.kept: dict[str, list[Tensor]] = {}

    def forward(self, x: Tensor) -> Any:
        drive = self.weights(x)
        self.kept = {"drive": [drive]}
        return self.neurons(drive)


def test_states_that_autograd_follows_are_no_hindrance() -> None:
    network = enlarged(Remembering())
    network(spikes(INPUTS)[0])
    assert not network.kept["drive"][0].is_leaf
    check(network, spikes(INPUTS))


def test_the_module_is_left_as_it_was() -> None:
    network = enlarged(
        nn.Sequential(nn.Linear(INPUTS, 8), snn.Leaky(beta=0.9, init_hidden=True), nn.Dropout(0.5))
    )
    network(spikes(INPUTS)[0])
    before = copy.deepcopy(network.state_dict()), network[1].mem.clone(), network.training
    neuroff.from_module(network, spikes(INPUTS))
    assert all(torch.equal(network.state_dict()[key], value) for key, value in before[0].items())
    assert torch.equal(network[1].mem, before[1])
    assert network.training is before[2]
    assert not network[0]._forward_hooks


def test_spikes_that_differ_are_refused_with_the_place_where_they_part() -> None:
    class Cheating(snn.Leaky):  # type: ignore[misc]
        def forward(self, input_: Tensor, mem: Any = None) -> Any:
            sent = super().forward(input_, mem)
            return sent * 0 if float(input_.sum()) > 0 else sent

    network = enlarged(nn.Sequential(nn.Linear(INPUTS, 8), Cheating(beta=0.9, init_hidden=True)))
    with pytest.raises(
        ExportError,
        match=r"part '1': the module gives 0 and the graph 1 at step \d+, sample \d, neuron.*snnTorch 1.0.0",
    ):
        neuroff.from_module(network, spikes(INPUTS))


def test_a_module_that_fails_itself_is_told() -> None:
    forgetful = nn.Sequential(nn.Linear(INPUTS, 8), snn.Leaky(beta=0.9), nn.Linear(8, 2))
    with pytest.raises(
        ExportError, match=r"the module itself fails on an example.*not tuple.*init_hidden=True"
    ):
        neuroff.from_module(forgetful, spikes(INPUTS))
    network = nn.Sequential(nn.Linear(INPUTS, 8), snn.Leaky(beta=0.9, init_hidden=True))
    with pytest.raises(ExportError, match=r"Sequential: the module itself fails.*cannot be multiplied"):
        neuroff.from_module(network, spikes(INPUTS + 1))


@pytest.mark.filterwarnings("ignore::UserWarning")  # snnTorch warns of inhibition
@pytest.mark.parametrize(
    ("network", "message"),
    [
        (
            lambda: nn.Sequential(nn.Linear(INPUTS, 8), nn.ReLU()),
            "part '1': a torch.nn.modules.activation.ReLU",
        ),
        (lambda: nn.Sequential(nn.MaxPool2d(2)), "part '0': a torch.nn.modules.pooling.MaxPool2d"),
        (
            lambda: nn.Sequential(
                nn.Linear(INPUTS, 8), snn.Leaky(beta=0.9, init_hidden=True, inhibition=True)
            ),
            "part '1': Leaky with inhibition",
        ),
        (
            lambda: nn.Sequential(nn.BatchNorm1d(INPUTS), nn.Linear(INPUTS, 8)),
            "part '0': BatchNorm1d behind no weights",
        ),
        (
            lambda: nn.Sequential(nn.Linear(INPUTS, 8), nn.BatchNorm1d(8, track_running_stats=False)),
            "part '1': BatchNorm1d without running statistics",
        ),
    ],
)
def test_what_a_graph_has_not_is_refused_by_name(network: Any, message: str) -> None:
    example = spikes(1, 4, 3) if "MaxPool" in message else spikes(INPUTS)
    with pytest.raises(ExportError, match=message):
        neuroff.from_module(network(), example)


@pytest.mark.parametrize("example", [torch.zeros(3, 4), torch.zeros(0, 2, 4), [[1.0]]])
def test_an_example_is_over_time(example: Any) -> None:
    with pytest.raises(ExportError, match=r"expected a tensor .T, B"):
        neuroff.from_module(nn.Linear(4, 2), example)


def test_alpha_is_priced_and_no_chip_has_it(tmp_path: Path) -> None:
    torch.manual_seed(0)
    alpha = snn.Alpha(alpha=0.85, beta=0.7, threshold=0.3, init_hidden=True)
    network, shown = enlarged(nn.Sequential(nn.Linear(INPUTS, 8), alpha)), spikes(INPUTS)
    graph = neuroff.from_module(network, shown)
    report = neuroff.energy_report(graph, shown, ["loihi1-davies2018"])
    assert report.graph is not None
    assert report.graph.nodes["1"].spikes > 0
    with pytest.raises(ExportError, match="node '1': neurons of kind Alpha, which no chip has"):
        port_graph(graph, "loihi", tmp_path / "out", values_for(graph, shown))
