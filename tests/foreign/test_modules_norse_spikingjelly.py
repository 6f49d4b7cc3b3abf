"""Trained modules of Norse and SpikingJelly as graphs: the same spikes."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

import neuroff
from neuroff.foreign.running import run
from neuroff.foreign.spikes import values_for
from neuroff.interop.library import load_library
from tests.foreign.modules import INPUTS, SAMPLES, check, enlarged, spikes


def norse_network(norse: Any) -> nn.Module:
    def number(value: float) -> Tensor:
        return torch.tensor(value)

    network: nn.Module = norse.SequentialState(
        nn.Linear(INPUTS, 8),
        norse.LIFCell(norse.LIFParameters(number(200.0), number(100.0), v_th=number(0.3))),
        nn.Linear(8, 7),
        norse.LIFBoxCell(
            norse.LIFBoxParameters(tau_mem_inv=number(300.0), v_th=number(0.1), v_leak=number(0.02))
        ),
        nn.Linear(7, 6),
        norse.IAFCell(norse.IAFParameters(v_th=number(1.5))),
    )
    return network


def test_norse() -> None:
    pytest.importorskip("norse", reason="norse is not installed")
    norse = load_library("norse.torch")
    graph = check(enlarged(norse_network(norse)), spikes(INPUTS))
    assert [graph.kinds[name] for name in graph.populations] == ["CubaLIF", "LIF", "IF"]


@pytest.mark.parametrize("kind", ["LICell", "LIBoxCell"])
def test_norse_neurons_that_do_not_fire(kind: str) -> None:
    pytest.importorskip("norse", reason="norse is not installed")
    norse = load_library("norse.torch")
    network = enlarged(norse.SequentialState(nn.Linear(INPUTS, 8), getattr(norse, kind)()))
    graph = neuroff.from_module(network, spikes(INPUTS))
    assert run(graph, values_for(graph, spikes(INPUTS)))["1"].abs().max() > 0.01


@pytest.mark.parametrize("reset", [0.0, 0.1, None])
def test_spikingjelly(reset: float | None) -> None:
    neuron = pytest.importorskip(
        "spikingjelly.activation_based.neuron", reason="spikingjelly is not installed"
    )
    network = nn.Sequential(
        nn.Linear(INPUTS, 8),
        neuron.LIFNode(tau=3.0, v_reset=reset, decay_input=False),
        nn.Linear(8, 7),
        neuron.ParametricLIFNode(init_tau=2.0, v_reset=reset),
        nn.Linear(7, 6),
        neuron.IFNode(v_reset=reset),
    )
    check(enlarged(network, 3.0), spikes(INPUTS))


@pytest.mark.parametrize("samples", [SAMPLES, 1])
def test_spikingjelly_in_multi_step_mode(samples: int) -> None:
    layer, neuron, functional = (
        pytest.importorskip(f"spikingjelly.activation_based.{name}", reason="spikingjelly is not installed")
        for name in ("layer", "neuron", "functional")
    )
    own = nn.Sequential(
        layer.Conv2d(2, 4, 3),
        layer.BatchNorm2d(4),
        neuron.LIFNode(decay_input=False),
        layer.AvgPool2d(2),
        layer.Flatten(),
        layer.Linear(4 * 3 * 2, 5),
        neuron.IFNode(),
    )
    functional.set_step_mode(own, "m")
    contained = nn.Sequential(
        layer.SeqToANNContainer(nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4)),
        neuron.LIFNode(decay_input=False, step_mode="m"),
        layer.SeqToANNContainer(nn.AvgPool2d(2), nn.Flatten(), nn.Linear(4 * 3 * 2, 5)),
        neuron.IFNode(step_mode="m"),
    )
    example = spikes(2, 8, 6)[:, :samples]
    for network in (own, contained):
        graph = check(enlarged(network.eval(), 2.0), example)
        assert [graph.kinds[name] for name in graph.populations] == ["LIF", "IF"]
