"""The loops over spikes against PyTorch, which is the reference: to 1e-5 in float32, whatever the neurons."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from neuroff.core.engine import Engine, EventEngine
from neuroff.core.layer import Layer
from neuroff.core.neurons import LIF, AdaptiveLIF
from neuroff.core.neurons.parameters import NEURON_PARAMETERS, NeuronParameter
from neuroff.core.neurons.relu import ReLU
from neuroff.core.rules import LayerGradient
from neuroff.core.signal import Signal
from neuroff.core.synapses import Dense, initial_dense
from tests.core.neurons.test_lif import populations
from tests.narrow import present
from tests.samples import few, stream_of

EVENTS, TORCH = EventEngine(), Engine()
CASES: dict[str, LIF | AdaptiveLIF] = {
    "lif": LIF(7, reset="subtract"),
    "to zero": LIF(7, reset="zero", surrogate="atan"),
    "cuba": LIF(7, alpha=0.6, surrogate="triangle"),
    "cuba, to zero": LIF(7, alpha=0.6, reset="zero"),
    "refractory": LIF(7, refractory=2, surrogate="boxcar"),
    "refractory, to zero": LIF(7, refractory=1, reset="zero"),
    "all of it": LIF(9, 0.7, 0.6, "zero", "atan", 1.5, alpha=0.4, refractory=2, trace_decay=0.8, start=0.3),
    "if": LIF(7, beta=1.0),
    "trace": LIF(7, trace_decay=0.7),
    "one step": LIF(1),
    "adaptive": AdaptiveLIF(LIF(7), 1.5, 0.8),
    "adaptive, cuba, refractory, to zero": AdaptiveLIF(
        LIF(9, alpha=0.4, refractory=1, reset="zero"), 0.7, 0.5
    ),
}
each_neuron = pytest.mark.parametrize("lif", CASES.values(), ids=CASES.keys())


def normal(seed: int, *shape: int, scale: float = 1.0) -> Tensor:
    return scale * torch.randn(*shape, generator=stream_of(seed))


def same(found: Tensor, wanted: Tensor) -> None:
    torch.testing.assert_close(found.to(wanted.dtype), wanted, rtol=1e-5, atol=1e-5)


@given(populations(), st.booleans(), st.integers(0, 999))
@few
def test_any_neuron_answers_a_drive_and_carries_a_gradient_back(lif: LIF, constant: bool, seed: int) -> None:
    shape = (5, 11) if constant else (lif.steps, 5, 11)
    drive, push = normal(seed, *shape), normal(seed + 1, 5, 11)
    wanted = TORCH.respond(lif, drive.clone(), traced=True)
    found = EVENTS.respond(lif, drive.clone(), traced=True)
    assert found.output.dtype == torch.uint8
    assert torch.equal(found.output.float(), wanted.output)
    same(found.activity, wanted.activity)
    same(EVENTS.sensitivity(lif, found, push.clone()), TORCH.sensitivity(lif, wanted, push.clone()))
    untraced = EVENTS.respond(lif, drive.clone(), traced=False)
    assert untraced.trace is None
    assert torch.equal(untraced.output, found.output)
    assert torch.equal(untraced.activity, found.activity)


@given(
    populations(), st.booleans(), st.sets(st.sampled_from(NEURON_PARAMETERS), min_size=1), st.integers(0, 99)
)
@few
def test_activities_follow_the_neurons_own_numbers(
    lif: LIF, constant: bool, names: set[NeuronParameter], seed: int
) -> None:
    lif = lif.bound({name: torch.tensor(float(getattr(lif, name)) or 0.5) for name in names})
    drive = normal(seed, *((5, 11) if constant else (lif.steps, 5, 11)))
    wanted = TORCH.respond(lif, drive.clone(), traced=True)
    found = EVENTS.respond(lif, drive.clone(), traced=True)
    assert torch.equal(found.output.float(), wanted.output)
    assert found.output.dtype == torch.uint8
    assert found.influence.keys() == wanted.influence.keys() == names
    for name, influence in wanted.influence.items():
        same(found.influence[name], influence)
    same(present(found.trace), present(wanted.trace))
    assert not EVENTS.respond(lif, drive.clone(), traced=False).influence


@given(
    populations(),
    st.booleans(),
    st.sampled_from([0.0, 0.5, 3.0]),
    st.sampled_from([0.0, 0.9]),
    st.integers(0, 99),
)
@few
def test_thresholds_rise_alike(lif: LIF, constant: bool, strength: float, decay: float, seed: int) -> None:
    adaptive = AdaptiveLIF(lif, strength, decay)
    drive, push = normal(seed, *((5, 11) if constant else (lif.steps, 5, 11))), normal(seed + 1, 5, 11)
    wanted = TORCH.respond(adaptive, drive.clone(), traced=True)
    found = EVENTS.respond(adaptive, drive.clone(), traced=True)
    assert torch.equal(found.output.float(), wanted.output)
    assert found.output.dtype == torch.uint8
    same(found.activity, wanted.activity)
    same(EVENTS.sensitivity(adaptive, found, push.clone()), TORCH.sensitivity(adaptive, wanted, push.clone()))
    if not strength:
        assert torch.equal(found.output, EVENTS.respond(lif, drive.clone(), traced=False).output)


def layer_of(inputs: int, neurons: int) -> Dense:
    return initial_dense(inputs, neurons, stream_of(7), torch.float32).mapped(lambda weight: 6 * weight)


def spikes_of(seed: int, rate: float, *shape: int) -> Tensor:
    return (torch.rand(*shape, generator=stream_of(seed)) < rate).to(torch.uint8)


def gains(kind: str, steps: int, samples: int) -> Tensor | None:
    if kind == "none":
        return None
    shape = (samples,) if kind == "sample" else (steps, samples)
    return 0.5 + torch.rand(*shape, generator=stream_of(3))


def learned(
    engine: Engine, lif: LIF | AdaptiveLIF, synapses: Dense, pre: Signal, push: Tensor
) -> tuple[Tensor, Tensor]:
    gradient = LayerGradient.of(Layer(synapses, torch.tensor(0.0)))
    response = engine.respond_to(lif, synapses, pre, torch.float32, traced=True)
    engine.learn(gradient, lif, response, push.clone(), synapses, pre, torch.float32)
    return gradient.synapses["weight"], gradient.synapses["bias"]


@each_neuron
@pytest.mark.parametrize("gain", ["none", "sample", "step"])
def test_a_layer_of_any_neurons_hears_spikes_and_learns_from_them(lif: LIF | AdaptiveLIF, gain: str) -> None:
    # More neurons than a tile, more rows than a block, and neither a multiple of one.
    synapses, samples = layer_of(37, 150), 61
    spikes, gained = spikes_of(1, 0.2, lif.steps, samples, 37), gains(gain, lif.steps, samples)
    floats, push = Signal(spikes.float(), gained), normal(5, samples, 150)
    wanted = TORCH.respond_to(lif, synapses, floats, torch.float32, traced=True)
    found = EVENTS.respond_to(lif, synapses, Signal(spikes, gained), torch.float32, traced=True)
    assert 0.02 < float(wanted.output.mean()) < 0.9
    assert torch.equal(found.output.float(), wanted.output)
    same(found.activity, wanted.activity)
    same(present(found.trace), present(wanted.trace))
    pairs = zip(
        learned(EVENTS, lif, synapses, Signal(spikes, gained), push),
        learned(TORCH, lif, synapses, floats, push),
        strict=True,
    )
    for ours, theirs in pairs:
        assert float((ours - theirs).norm()) < 1e-5 * float(theirs.norm())


@pytest.mark.parametrize("rate", [0.0, 0.05, 0.45, 0.55, 1.0])
def test_few_spikes_and_many_give_the_same(rate: float) -> None:
    lif, synapses = CASES["to zero"], layer_of(20, 30)
    spikes, push = spikes_of(2, rate, lif.steps, 17, 20), normal(6, 17, 30)
    found = learned(EVENTS, lif, synapses, Signal(spikes), push)
    wanted = learned(TORCH, lif, synapses, Signal(spikes.float()), push)
    for ours, theirs in zip(found, wanted, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)


def test_what_is_measured_of_the_inputs_decides_between_events_and_products() -> None:
    lif, synapses, pre = CASES["lif"], layer_of(20, 30), Signal(spikes_of(2, 0.3, 7, 17, 20))
    never = EventEngine(crossover=0.0).respond_to(lif, synapses, pre, torch.float32, traced=True)
    always = EventEngine(crossover=1.0).respond_to(lif, synapses, pre, torch.float32, traced=True)
    assert torch.equal(never.output, always.output)
    same(present(never.trace), present(always.trace))


def test_the_number_of_threads_changes_no_bit() -> None:
    lif, synapses = CASES["all of it"], layer_of(40, 300)
    pre, push = Signal(spikes_of(4, 0.1, lif.steps, 90, 40)), normal(8, 90, 300)
    found = [learned(EventEngine(threads=threads), lif, synapses, pre, push) for threads in (1, 3)]
    for single, several in zip(*found, strict=True):
        assert torch.equal(several, single)
    drive = normal(9, lif.steps, 90, 40)
    shown = [EventEngine(threads=threads).respond(lif, drive, traced=True) for threads in (1, 3)]
    assert torch.equal(present(shown[0].trace), present(shown[1].trace))


def test_a_gradient_is_added_to_what_is_there() -> None:
    lif, synapses, pre = CASES["lif"], layer_of(9, 8), Signal(spikes_of(4, 0.4, 7, 6, 9))
    gradient = LayerGradient.of(Layer(synapses, torch.tensor(0.0)))
    response = EVENTS.respond_to(lif, synapses, pre, torch.float32, traced=True)
    for _ in range(2):
        EVENTS.learn(gradient, lif, response, torch.ones(6, 8), synapses, pre, torch.float32)
    once = learned(EVENTS, lif, synapses, pre, torch.ones(6, 8))
    torch.testing.assert_close(gradient.synapses["weight"], 2 * once[0])
    torch.testing.assert_close(gradient.synapses["bias"], 2 * once[1])


class Sparse(Dense):
    """Synapses of somebody's own."""


class Own(LIF):
    """Neurons of somebody's own."""


def test_what_the_loops_do_not_know_is_pytorchs() -> None:
    drive, spikes = normal(1, 7, 4, 5), spikes_of(4, 0.4, 7, 4, 5)
    own = Sparse(torch.eye(5), torch.zeros(5))
    known = layer_of(5, 5)
    lif = CASES["lif"]
    assert EVENTS.respond(ReLU(), drive[0].clone(), traced=True).output.dtype == torch.float32
    assert EVENTS.respond(lif, drive.double(), traced=False).output.dtype == torch.float64
    assert EVENTS.respond(Own(7), drive.clone(), traced=True).output.dtype == torch.float32
    for synapses, precision in (
        (own, torch.float32),
        (known, torch.bfloat16),
        (known.mapped(Tensor.double), torch.float64),
    ):
        typed = torch.float64 if precision == torch.float64 else torch.float32
        wanted = TORCH.respond_to(lif, synapses, Signal(spikes.to(typed)), precision, traced=False)
        found = EVENTS.respond_to(lif, synapses, Signal(spikes), precision, traced=False)
        assert torch.equal(found.output.to(typed), wanted.output)


def test_a_gradient_needs_a_traced_response() -> None:
    lif, synapses, pre = CASES["lif"], layer_of(9, 8), Signal(spikes_of(4, 0.4, 7, 6, 9))
    response = EVENTS.respond_to(lif, synapses, pre, torch.float32, traced=False)
    gradient = LayerGradient.of(Layer(synapses, torch.tensor(0.0)))
    with pytest.raises(ValueError, match="traced"):
        EVENTS.learn(gradient, lif, response, torch.ones(6, 8), synapses, pre, torch.float32)
