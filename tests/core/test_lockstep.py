from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neuroff.config import Config
from neuroff.core.inputs import Inputs
from neuroff.core.lockstep import lockstep
from neuroff.core.network import Network, image_drive, propagate
from neuroff.errors import ConfigError
from tests.samples import CLASSES, configured, few, few_inputs, lively_network


@st.composite
def networks(draw: st.DrawFn) -> tuple[Config, Network]:
    config = configured(
        f"widths={draw(st.sampled_from(['6', '6,5', '7,5,4']))}",
        f"encoding={draw(st.sampled_from(['constant', 'regular', 'latency']))}",
        f"model={draw(st.sampled_from(['lif', 'cuba', 'if']))}",
        f"reset={draw(st.sampled_from(['subtract', 'zero']))}",
        f"refractory={draw(st.sampled_from([0, 2]))}",
        f"trace_decay={draw(st.sampled_from([1.0, 0.8]))}",
        f"gain={draw(st.sampled_from(['online', 'constant']))}",
        f"constant_gain={draw(st.sampled_from([1.0, 2.5]))}",
        f"neuron.steps={draw(st.integers(1, 6))}",
        f"adaptation={draw(st.sampled_from([0, 0, 1.5]))}",
        "goodness_scale=20",
        path="spiking",
        seed=draw(st.integers(0, 1000)),
    )
    return config, lively_network(config)


def pairs(inputs: Inputs) -> torch.Tensor:
    return torch.stack((inputs.labels, (inputs.labels + 1) % CLASSES))


@few
@given(networks())
def test_step_by_step_is_layer_by_layer(made: tuple[Config, Network]) -> None:
    """The same spikes, activities and goodness, from the same network."""
    config, network = made
    inputs = few_inputs(config)
    signal, labels = inputs.stimulus(slice(None)), pairs(inputs)
    whole = list(propagate(network, signal, labels))
    moments = list(lockstep(network, signal, labels))
    assert len(moments) == config.neuron.steps
    for index, shown in enumerate(whole):
        spikes = torch.stack([now[index].spikes for now in moments])
        assert torch.equal(spikes, shown.response.output)
        assert moments[-1][index].index == index
        torch.testing.assert_close(
            moments[-1][index].activity, shown.response.activity, rtol=1e-14, atol=1e-15
        )
        torch.testing.assert_close(moments[-1][index].goodness, shown.goodness, rtol=1e-13, atol=1e-15)
        assert moments[0][index].factors is None


def test_it_stops_at_the_depth_and_takes_a_known_drive() -> None:
    config = configured("gain=online", path="spiking")
    inputs, network = few_inputs(config), lively_network(config)
    signal, labels = inputs.stimulus(slice(None)), pairs(inputs)
    base = image_drive(network, signal)
    kept = base.clone()
    known = list(lockstep(network, signal, labels, depth=1, first_drive=base, traced=frozenset({0})))
    assert torch.equal(base, kept)
    plain = list(lockstep(network, signal, labels))
    for now, then in zip(known, plain, strict=True):
        assert len(now) == 1
        assert torch.equal(now[0].spikes, then[0].spikes)
        assert now[0].factors is not None


@pytest.mark.parametrize(
    ("settings", "path", "message"),
    [
        (["gain=presentation"], "spiking", "the gain of a whole presentation looks ahead"),
        (["gain=constant"], "dense", "layer 1 has neurons of type ReLU; expected LIF or AdaptiveLIF"),
    ],
)
def test_what_cannot_run_step_by_step_is_refused(settings: list[str], path: str, message: str) -> None:
    config = configured(*settings, path=path)
    inputs, network = few_inputs(config), lively_network(config)
    with pytest.raises(ConfigError, match=message):
        next(lockstep(network, inputs.stimulus(slice(None)), pairs(inputs)))


def test_functions_between_layers_are_refused() -> None:
    config = configured("gain=online", path="spiking")
    inputs, network = few_inputs(config), lively_network(config)
    boxed = replace(network, black_boxes={0: lambda spikes: spikes})
    with pytest.raises(ConfigError, match="functions between layers"):
        next(lockstep(boxed, inputs.stimulus(slice(None)), pairs(inputs)))
