"""What is counted where channels are normalised by each sample's own statistics."""

from __future__ import annotations

from dataclasses import replace

import pytest

import neuroff
from neuroff.counting.forward import count_activity
from tests.samples import configured, few_inputs
from tests.training.test_convolution import GROUPS, STACK, lively, replace_split


def test_weights_meet_the_spikes_and_every_neuron_hears_two_numbers_a_group_and_step() -> None:
    config = configured(*GROUPS, STACK, "group_norm=2", "gain=constant", "neuron.steps=3", path="spiking")
    inputs = few_inputs(config)
    network = lively(config, inputs)
    first, second, third = count_activity(network, inputs).work("shared").layers
    assert first.gains == first.adds == 0
    assert sum(first.spikes) > 0
    for below, layer in ((first, second), (second, third)):
        assert layer.gains == 2 * 2 * 3
        assert layer.adds == pytest.approx(sum(layer.received) + layer.gains * layer.neurons)
        assert sum(layer.received) == pytest.approx(sum(below.spikes))
    counts = count_activity(network, inputs).work("shared").layer_counts()[2]
    assert counts["muls_float32"] == third.gains * third.neurons + third.neurons  # with goodness
    assert counts["bus_broadcasts"] == third.gains


def test_a_dense_presentation_is_one_step() -> None:
    config = configured(*GROUPS, STACK, "group_norm=2", "gain=constant")
    inputs = few_inputs(config)
    network, _ = neuroff.build(config, replace_split(inputs))
    layers = count_activity(network, inputs).work("shared").layers
    assert [layer.gains for layer in layers] == [0, 4, 4]
    gained = replace(network, gain="presentation", constant_gain=1.0)
    assert [layer.gains for layer in count_activity(gained, inputs).work("shared").layers] == [0, 5, 5]
