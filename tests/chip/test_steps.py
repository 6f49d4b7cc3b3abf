"""Steps with explicit state: what golden traces do not show."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neuroff.chip.network import ChipLayer, ChipNetwork, run, trace
from neuroff.chip.neurons import ChipNeurons, NeuronState, neuron_step, neurons_at_start
from neuroff.chip.synapses import (
    ChipSynapses,
    SignMode,
    SynapseState,
    collect,
    stored,
    synapse_step,
    synapses_at_start,
    weight_range,
    weight_step,
)
from tests.narrow import present
from tests.samples import few, stream_of


def moved_to(network: ChipNetwork, device: torch.device | str) -> ChipNetwork:
    """Return a network on another device; it computes the same integers there."""
    return ChipNetwork(
        tuple(
            ChipLayer(
                replace(
                    layer.synapses,
                    weight=layer.synapses.weight.to(device),
                    delays=layer.synapses.delays.to(device),
                ),
                replace(
                    layer.neurons,
                    bias_mantissa=layer.neurons.bias_mantissa.to(device),
                    bias_exponent=layer.neurons.bias_exponent.to(device),
                    start_voltage=layer.neurons.start_voltage.to(device),
                    start_current=layer.neurons.start_current.to(device),
                ),
            )
            for layer in network.layers
        )
    )


def integers(low: int, high: int, *shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(low, high, shape, generator=stream_of(seed), dtype=torch.int32)


def some_neurons(count: int = 3, **changed: Any) -> ChipNeurons:
    zeros = torch.zeros(count, dtype=torch.int32)
    plain = {
        "bias_mantissa": zeros,
        "bias_exponent": zeros,
        "current_decay": 4095,
        "voltage_decay": 400,
        "threshold_mantissa": 100,
    }
    return ChipNeurons(**{**plain, **changed})


def some_network(samples_seed: int = 0, **synapses: Any) -> ChipNetwork:
    first = ChipSynapses(integers(-128, 128, 6, 5, seed=samples_seed), **synapses)
    second = ChipSynapses(integers(-64, 128, 4, 6, seed=samples_seed + 1))
    return ChipNetwork(
        (
            ChipLayer(first, some_neurons(6, current_decay=1000)),
            ChipLayer(second, some_neurons(4, voltage_decay=0)),
        )
    )


def test_steps_leave_their_state_alone() -> None:
    neurons = some_neurons(refractory=3)
    state = NeuronState(
        integers(-9000, 9000, 4, 3), integers(-9000, 9000, 4, 3, seed=1), integers(0, 3, 4, 3, seed=2)
    )
    copies = [present(value).clone() for value in (state.current, state.voltage, state.blocked)]
    arriving = integers(-300, 300, 4, 3, seed=3)
    neuron_step(neurons, state, arriving)
    assert all(
        torch.equal(copy, present(value))
        for copy, value in zip(copies, (state.current, state.voltage, state.blocked), strict=True)
    )
    assert torch.equal(arriving, integers(-300, 300, 4, 3, seed=3))

    synapses = ChipSynapses(integers(-99, 99, 3, 2), delays=torch.tensor([0, 2]))
    waiting = synapses_at_start(synapses, 4)
    synapse_step(synapses, waiting, torch.ones(4, 2, dtype=torch.int32))
    assert all(not sent.any() for sent in waiting.sent)


def test_nothing_arriving_is_zeros_arriving() -> None:
    neurons = some_neurons(current_decay=700)
    state = NeuronState(integers(-(2**22), 2**22, 5, 3), integers(-(2**22), 2**22, 5, 3, seed=1))
    silent, none = (
        neuron_step(neurons, state, torch.zeros(5, 3, dtype=torch.int32)),
        neuron_step(neurons, state, None),
    )
    assert torch.equal(silent[0].current, none[0].current)
    assert torch.equal(silent[0].voltage, none[0].voltage)
    assert torch.equal(silent[1], none[1])


def test_a_neuron_starts_where_it_is_told() -> None:
    neurons = some_neurons(start_voltage=torch.tensor([5, -7, 0]), start_current=torch.tensor([1, 2, -3]))
    state = neurons_at_start(neurons, 2)
    assert state.voltage.tolist() == [[5, -7, 0]] * 2
    assert state.current.tolist() == [[1, 2, -3]] * 2
    resting = neurons_at_start(some_neurons(), 2)
    assert not resting.voltage.any()
    assert not resting.current.any()
    assert state.blocked is None


@few
@given(st.integers(1, 64), st.integers(1, 20))
def test_a_refractory_neuron_fires_every_r_steps_at_most(period: int, strength: int) -> None:
    neurons = some_neurons(
        1, refractory=period, bias_mantissa=torch.tensor([100 * strength]), bias_exponent=torch.tensor([6])
    )
    state, fired = neurons_at_start(neurons, 1), []
    for step in range(3 * period + 30):
        state, spikes = neuron_step(neurons, state, None)
        if spikes.any():
            fired.append(step)
    assert len(fired) >= 2
    assert min(b - a for a, b in pairwise(fired)) >= period
    if strength > 1:  # the bias alone exceeds the threshold
        assert all(b - a == period for a, b in pairwise(fired))


@pytest.mark.parametrize("sign", ["mixed", "excitatory", "inhibitory"])
@pytest.mark.parametrize("bits", range(1, 9))
def test_stored_weights_are_multiples_of_a_step_within_a_range(sign: SignMode, bits: int) -> None:
    weight = torch.arange(-400, 401)
    kept = stored(weight, bits, sign)
    low, high = weight_range(bits, sign)
    assert int(kept.min()) == low
    assert int(kept.max()) == high
    assert not (kept % weight_step(bits, sign)).any()
    assert torch.equal(stored(kept, bits, sign), kept)
    inside = (weight >= low) & (weight <= high)
    away = (kept - weight)[inside]
    assert bool((away.abs() < weight_step(bits, sign)).all())
    assert bool((away <= 0).all()) or sign == "inhibitory"


@pytest.mark.parametrize(
    ("axons", "payload_bits", "precision"),
    [(257, 8, torch.float32), (258, 8, torch.float64), (40, 16, torch.float64), (8000, 0, torch.float32)],
)
def test_sums_are_exact_up_to_the_last_bit(axons: int, payload_bits: int, precision: torch.dtype) -> None:
    """The largest sums there can be, and sums that cancel."""
    weight = torch.full((3, axons), -256, dtype=torch.int32)
    weight[1, ::2] = 254
    weight[2] = integers(-128, 128, axons) * 2
    synapses = ChipSynapses(weight, payload_bits=payload_bits)
    assert synapses.factors.dtype == precision
    largest = max(2**payload_bits - 1, 1)
    events = torch.stack((torch.full((axons,), largest), torch.arange(axons) % (largest + 1)))
    if payload_bits:
        events = torch.cat((events, -events))
    carried = events if payload_bits else (events != 0).long()
    assert torch.equal(collect(synapses, events).long(), carried @ weight.long().T)


def test_an_axon_delay_is_a_later_spike() -> None:
    weight = integers(-100, 100, 4, 3)
    delays = torch.tensor([0, 5, 62])
    late, prompt = ChipSynapses(weight, delays=delays), ChipSynapses(weight)
    spikes = integers(0, 2, 80, 2, 3, seed=1)
    shifted = torch.zeros_like(spikes)
    for axon, delay in enumerate(delays.tolist()):
        shifted[delay:, :, axon] = spikes[: 80 - delay, :, axon]
    state = synapses_at_start(late, 2)
    for step in range(80):
        state = synapse_step(late, state, spikes[step])
        assert state.collected is not None
        assert torch.equal(state.collected, collect(prompt, shifted[step]))
    state = synapse_step(late, state, None)
    assert len(state.sent) == 62


def test_samples_do_not_see_each_other() -> None:
    network = some_network()
    events = list(integers(0, 2, 30, 7, 5))
    together = trace(network, events, 7)
    for sample in (0, 6):
        alone = trace(network, [sent[sample : sample + 1] for sent in events], 1)
        for whole, single in zip(together, alone, strict=True):
            assert torch.equal(whole.voltage[:, sample], single.voltage[:, 0])
            assert torch.equal(whole.spikes[:, sample], single.spikes[:, 0])
    assert bool(together[1].spikes.any())


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_the_same_integers_on_a_gpu() -> None:
    network, events = some_network(), list(integers(0, 2, 30, 7, 5))
    here = trace(network, events, 7)
    there = trace(moved_to(network, "cuda"), [sent.cuda() for sent in events], 7)
    for ours, theirs in zip(here, there, strict=True):
        assert torch.equal(ours.current, theirs.current.cpu())
        assert torch.equal(ours.voltage, theirs.voltage.cpu())
        assert torch.equal(ours.spikes, theirs.spikes.cpu())


def test_moving_changes_no_integer() -> None:
    network, events = some_network(delays=torch.tensor([0, 1, 2, 3, 4])), list(integers(0, 2, 12, 3, 5))
    for ours, theirs in zip(
        trace(network, events, 3), trace(moved_to(network, "cpu"), events, 3), strict=True
    ):
        assert torch.equal(ours.voltage, theirs.voltage)


def test_states_hold_what_a_step_needs() -> None:
    """A network stopped and taken up again goes on as if nothing had happened."""
    network = some_network(delays=torch.tensor([0, 3, 0, 1, 0]))
    events = list(integers(0, 2, 20, 2, 5))
    steps = list(run(network, events, 2))
    layer = network.layers[0]
    stopped = steps[9].state
    copied = SynapseState(stopped.synapses[0].collected, stopped.synapses[0].sent)
    moved, spikes = neuron_step(layer.neurons, replace(stopped.neurons[0]), copied.collected)
    assert torch.equal(spikes, steps[10].spikes[0])
    assert torch.equal(moved.voltage, steps[10].state.neurons[0].voltage)
