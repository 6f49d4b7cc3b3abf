"""Adaptive neurons: against autograd through time, and against the neurons they are without adaptation."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

import neuroff
from neuroff.chip.deploy import chip_accuracy, deploy
from neuroff.chip.quantise import quantise
from neuroff.config import Config
from neuroff.config.overrides import apply_settings
from neuroff.core.neurons import LIF, AdaptiveLIF
from neuroff.core.neurons.adaptive import STRONGEST
from neuroff.core.neurons.step import ResetName
from neuroff.errors import ConfigError, ExportError
from neuroff.exchange.graph.from_network import from_network
from tests.oracles import SurrogateSpike, activity_through_time

STEPS = 12


def through_time(drive: Tensor, neurons: AdaptiveLIF) -> Tensor:
    """Spikes (T, B, N) with autograd through time, resets and adaptation detached."""
    lif, potential, current = neurons.lif, torch.zeros_like(drive[0]), torch.zeros_like(drive[0])
    adaptation, spikes = torch.zeros_like(drive[0]), []
    for step in drive:
        current = lif.alpha * current + step
        moved = lif.beta * potential + current
        threshold = lif.threshold + neurons.strength * adaptation
        spike = SurrogateSpike.apply(moved - threshold, lif.surrogate, lif.steepness)  # type: ignore[no-untyped-call]
        fired = spike.detach()
        potential = moved - fired * threshold if lif.reset == "subtract" else moved * (1.0 - fired)
        adaptation = neurons.decay * adaptation + (1.0 - neurons.decay) * fired
        spikes.append(spike)
    return torch.stack(spikes)


@pytest.mark.parametrize("reset", ["subtract", "zero"])
@pytest.mark.parametrize("alpha", [0.0, 0.6])
@pytest.mark.parametrize("constant", [True, False])
@pytest.mark.parametrize("trace_decay", [1.0, 0.8])
def test_the_gradient_is_autograds(
    reset: ResetName, alpha: float, constant: bool, trace_decay: float
) -> None:
    stream = torch.Generator().manual_seed(4)
    lif = LIF(STEPS, 0.9, 0.7, reset, alpha=alpha, trace_decay=trace_decay)
    neurons = AdaptiveLIF(lif, 1.5, 0.8)
    shape = (5, 30) if constant else (STEPS, 5, 30)
    drive = torch.randn(shape, generator=stream, dtype=torch.float64).mul_(0.6).add_(0.3).requires_grad_()
    spikes = through_time(drive.expand(STEPS, 5, 30), neurons)
    weight = torch.randn(5, 30, generator=stream, dtype=torch.float64)
    activity = activity_through_time(spikes, trace_decay)
    (expected,) = torch.autograd.grad((activity * weight).sum(), drive)
    response = neurons.respond_traced(drive.detach().clone())
    assert torch.equal(response.output, spikes.detach())
    assert torch.equal(neurons.respond(drive.detach().clone()).output, spikes.detach())
    torch.testing.assert_close(response.activity, activity.detach())
    found = neurons.sensitivity(response, weight.clone())
    torch.testing.assert_close(found, expected, rtol=1e-8, atol=1e-10)


def test_without_strength_they_are_plain_and_with_it_they_fire_less() -> None:
    drive = torch.rand(40, 50, generator=torch.Generator().manual_seed(0)) * 2
    lif = LIF(30)
    plain = lif.respond(drive.clone())
    none = AdaptiveLIF(lif, 0.0, 0.9).respond(drive.clone())
    assert torch.equal(none.output, plain.output)
    tired = AdaptiveLIF(lif, 4.0, 0.9).respond(drive.clone())
    early, late = tired.output[:10].mean(), tired.output[20:].mean()
    assert tired.activity.mean() < 0.8 * plain.activity.mean()
    assert late < 0.8 * early  # the longer, the less
    with pytest.raises(ConfigError, match="decay = 1"):
        AdaptiveLIF(lif, 1.0, 1.0)
    with pytest.raises(ConfigError, match="strength = -1"):
        AdaptiveLIF(lif, -1.0, 0.5)


def test_a_network_of_them_learns_is_kept_and_leaves_as_integers_alone(tmp_path: Path) -> None:
    settings = ("neuron.adaptation=1", "neuron.adaptation_decay=0.8", "epochs=4", "evaluate_every=0")
    config = apply_settings(neuroff.preset("demo", path="spiking", dataset="digits"), settings)
    split = neuroff.prepare(neuroff.load("digits"), config)
    network, plan = neuroff.build(config, split)
    assert isinstance(network.population_of(0), AdaptiveLIF)
    trained = neuroff.train(network, split, plan).network
    assert neuroff.accuracy(trained, split.test) > 0.8
    with pytest.raises(ExportError, match=r"threshold rises with their spikes.*--to c.*neuron\.adaptation=0"):
        from_network(trained)
    integers = deploy(quantise(trained, split.train))
    assert all(layer.neurons.raised_by > 0 for layer in integers.chip.layers)
    assert chip_accuracy(integers, split.test) > 0.75
    with pytest.raises(ConfigError, match=r"neuron\.adaptation does not go with neuron\.learned"):
        apply_settings(config, ("neuron.learned=beta",))
    neuroff.save_network(trained, tmp_path / "n.safetensors")
    back = neuroff.load_network(tmp_path / "n.safetensors")
    assert back.population_of(1) == network.population_of(1)


@pytest.mark.parametrize("reset", ["subtract", "zero"])
def test_the_strongest_adaptation_leaves_every_number_finite(reset: ResetName) -> None:
    drive = 3.0 * torch.rand(200, 4, 5, generator=torch.Generator().manual_seed(1))
    neurons = AdaptiveLIF(LIF(200, 0.9, 1e30, reset), STRONGEST, 0.999)
    loud = AdaptiveLIF(LIF(200, 0.9, 1.0, reset), STRONGEST, 0.999)
    for each in (neurons, loud):
        response = each.respond_traced(drive)
        assert response.trace is not None
        assert bool(response.trace.isfinite().all())
        state = each.rest(drive[0])
        for step in drive:
            lif = each.at(state)
            state = each.after(state, lif.step(step, state))
            assert bool(torch.as_tensor(lif.threshold).isfinite().all())
            assert bool(state.potential.isfinite().all())


@pytest.mark.parametrize("strength", [1.01e30, 1e300, float("inf"), float("nan"), -1.0])
def test_numbers_that_overflow_are_refused(strength: float) -> None:
    with pytest.raises(
        ConfigError, match=r"AdaptiveLIF: strength = .*; expected a number at least 0 and at most 1e\+30"
    ):
        AdaptiveLIF(LIF(3), strength, 0.5)
    with pytest.raises(ConfigError, match=r"neuron\.adaptation="):
        apply_settings(Config(), [f"neuron.adaptation={strength}"])


@pytest.mark.parametrize("name", ["threshold", "steepness"])
def test_numbers_of_neurons_stay_within_float32(name: str) -> None:
    with pytest.raises(ConfigError, match=rf"LIF: {name} = 1e\+31; expected a number .*at most 1e\+30"):
        LIF(3, **{name: 1e31})  # type: ignore[arg-type]
