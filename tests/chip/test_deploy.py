from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neuroff.chip.deploy import (
    Deployment,
    chip_accuracy,
    chip_goodness,
    chip_predict,
    deploy,
    events,
    score,
    spike_counts,
)
from neuroff.chip.neurons import ChipNeurons, neuron_step, neurons_at_start
from neuroff.chip.numbers import STATE_LIMIT
from neuroff.chip.quantise import quantise
from neuroff.chip.report import chip_spikes, compare_fixed_point
from neuroff.chip.start import decay_of, start_state
from neuroff.core.goodness import Goodness
from neuroff.core.inputs import Inputs
from neuroff.core.network import propagate
from neuroff.core.neurons import LIF
from neuroff.core.scores import PredictionRule, class_scores
from neuroff.core.signal import Stimulus
from neuroff.errors import ConfigError, ExportError, ShapeError
from neuroff.training.evaluate import accuracy
from tests.chip.conftest import Trained
from tests.narrow import as_a
from tests.samples import all_labels, few


def shown(trained: Trained, count: int = 20) -> tuple[Stimulus, torch.Tensor]:
    inputs = trained.split.test.head(count)
    signal = inputs.stimulus(slice(None), "predict", 0)
    return signal, all_labels(10, signal)


def differing(deployment: Deployment, trained: Trained) -> list[float]:
    """Share of neuron-steps in which the chip and its rounded model in floating point differ, by layer."""
    signal, labels = shown(trained)
    chip = chip_spikes(deployment, signal, labels)
    rounded = propagate(deployment.model.quantised(), deployment.model.received(signal), labels)
    return [
        float((fired != each.response.output).double().mean())
        for fired, each in zip(chip, rounded, strict=True)
    ]


@pytest.mark.parametrize("which", ["trained", "trained_on_spikes"])
def test_the_chip_does_what_its_rounded_model_does(which: str, request: pytest.FixtureRequest) -> None:
    """Only the last bits of states, thresholds and decays are left: a spike in some thousand moves."""
    trained = request.getfixturevalue(which)
    assert max(differing(trained.deployment, trained)) < 2e-3


def test_a_chip_with_other_weights_does_not(trained: Trained) -> None:
    """The comparison above can fail."""
    model = trained.model
    first = model.network.layers[0]
    turned = replace(
        model.network,
        layers=(
            first.mapped(lambda weight: weight.flip(0)),
            *model.network.layers[1:],
        ),
    )
    other = deploy(replace(model, network=turned))
    assert min(differing(replace(other, model=model), trained)) > 0.05


@pytest.mark.parametrize("which", ["trained", "trained_on_spikes"])
def test_a_small_network_survives_without_tuning(which: str, request: pytest.FixtureRequest) -> None:
    trained = request.getfixturevalue(which)
    before = accuracy(trained.network, trained.split.test)
    assert before > 0.85
    assert chip_accuracy(trained.deployment, trained.split.test) > before - 0.2


@pytest.mark.parametrize("which", ["trained", "trained_on_spikes"])
def test_integers_cost_next_to_none(which: str, request: pytest.FixtureRequest) -> None:
    """Few images change class, and those fall either way; of 360 test images chance alone moves 0.02."""
    trained = request.getfixturevalue(which)
    unseen = compare_fixed_point(trained.deployment, trained.network, trained.split.test)
    assert unseen.model.same_class > 0.93
    more = compare_fixed_point(trained.deployment, trained.network, trained.split.train)
    assert abs(more.accuracy - more.model.accuracy) <= 0.02


def test_one_volley_and_then_silence(trained: Trained) -> None:
    deployment = trained.deployment
    signal, labels = shown(trained)
    sent = events(deployment, signal, labels)
    assert len(sent) == deployment.length == 8 + 2
    assert sent[0] is not None
    assert sent[1:] == [None] * 9
    volley = sent[0].view(10, 20, -1)
    assert bool((volley[3, :, 3] > 0).all())
    assert not volley[3, :, :3].any()
    assert torch.equal(volley[3, :, 10:], volley[7, :, 10:])
    assert int(volley.max()) <= 255
    assert deployment.chip.layers[0].neurons.current_decay == 0
    assert deployment.chip.layers[1].neurons.current_decay == 4095


def test_spikes_arrive_as_spikes(trained_on_spikes: Trained) -> None:
    deployment = trained_on_spikes.deployment
    signal, labels = shown(trained_on_spikes)
    sent = events(deployment, signal, labels)
    assert all(each is not None and int(each.max()) == 1 for each in sent[:8])
    assert sent[8:] == [None, None]
    assert deployment.chip.layers[0].synapses.payload_bits == 0
    assert deployment.chip.layers[0].neurons.current_decay == 4095


def test_counts_are_those_of_each_layers_window(trained: Trained) -> None:
    deployment = trained.deployment
    signal, labels = shown(trained)
    counts = spike_counts(deployment, signal, labels)
    for counted, fired in zip(counts, chip_spikes(deployment, signal, labels), strict=True):
        assert fired.shape[0] == 8
        assert torch.equal(counted, fired.sum(0, dtype=torch.int32))
    goodness = chip_goodness(deployment, signal, labels)
    network = trained.network
    rates = counts[1].double() / 8
    expected = as_a(Goodness, network.goodness).scale * rates.square().mean(1).view(10, -1)
    torch.testing.assert_close(goodness[1].double(), expected, rtol=1e-5, atol=0)


@pytest.mark.parametrize("rule", ["goodness", "collaborative", "last"])
def test_scores_are_the_networks_own(trained_on_spikes: Trained, rule: PredictionRule) -> None:
    network = trained_on_spikes.network
    signal, labels = shown(trained_on_spikes)
    goodness = [each.goodness for each in propagate(network, signal, labels)]
    torch.testing.assert_close(score(network, goodness, rule), class_scores(network, signal, rule))


def test_a_bus_over_time_cannot_be_read_from_counts(trained_on_spikes: Trained) -> None:
    network = trained_on_spikes.network
    late = replace(network, bus=replace(network.bus, delay=1))
    goodness = [torch.zeros(10, 2)] * 2
    assert score(late, goodness, "goodness").shape == (10, 2)
    with pytest.raises(ExportError, match="a bus over time"):
        score(late, goodness, "last")


@few
@given(
    st.integers(-60_000, 60_000), st.integers(0, 2048), st.sampled_from([0.0, 0.5, 0.75]), st.integers(1, 4)
)
def test_a_neuron_is_at_rest_when_its_input_comes(bias: int, decay: int, alpha: float, lead: int) -> None:
    mantissa, exponent = torch.tensor([bias // 16]), torch.tensor([4])
    start = start_state(mantissa << exponent, alpha, 4096 - decay, lead)
    neurons = ChipNeurons(
        mantissa,
        exponent,
        decay_of(alpha, 4095),
        decay,
        2**17 - 1,
        start_voltage=start.voltage,
        start_current=start.current,
    )
    state = neurons_at_start(neurons, 1)
    for _ in range(lead):
        state, spikes = neuron_step(neurons, state, None)
        assert not spikes.any()
    if abs(int(start.voltage)) < STATE_LIMIT - 1:
        assert int(state.voltage) == 0
    if alpha:  # from here on the bias comes up as the trained neuron's does, through its filter
        state, _ = neuron_step(neurons, state, None)
        assert int(state.voltage) == pytest.approx((1 - alpha) * float(mantissa << exponent), abs=8 * lead)


def test_start_states_stay_in_24_bits() -> None:
    start = start_state(torch.tensor([500_000, -500_000]), 0.0, 1, 2)
    assert start.voltage.tolist() == [1 - STATE_LIMIT, STATE_LIMIT - 1]
    assert start.current.tolist() == [0, 0]


def test_decays() -> None:
    assert [decay_of(kept, 4096) for kept in (1.0, 0.9, 0.0)] == [0, 410, 4095]
    assert [decay_of(kept, 4095) for kept in (1.0, 0.5, 0.0)] == [0, 2047, 4095]


def test_the_report_compares_spikes_goodness_and_classes(trained: Trained) -> None:
    deployment = trained.deployment
    report = compare_fixed_point(deployment, trained.network, trained.split.test.head(100))
    assert report.bits == 8
    assert report.images == 100
    shown_images = trained.split.test.head(100)
    assert report.accuracy == chip_accuracy(deployment, shown_images)
    assert report.trained.accuracy == accuracy(trained.network, shown_images)
    assert min(report.model.same_spikes) > 0.97
    assert max(report.model.goodness_error) < 0.05
    for index in range(2):
        assert report.trained.same_spikes[index] < report.model.same_spikes[index]
        assert report.trained.shared_spikes[index] < report.model.shared_spikes[index] <= 1.0
    values = report.to_json()
    assert values["model"]["same_spikes"] == report.model.same_spikes


def test_a_chip_agrees_with_itself_in_floating_point(trained: Trained) -> None:
    """With the rounded network as reference nothing is left but the last bits."""
    model = trained.model
    exact = replace(model, network=model.quantised())
    report = compare_fixed_point(deploy(exact), trained.network, trained.split.test.head(20))
    payloads_alone = report.model
    assert min(payloads_alone.same_spikes) > 0.98


def test_neurons_keep_their_numbers(trained_on_spikes: Trained) -> None:
    lif = LIF(8, 0.8, 1.5, "zero", alpha=0.25, refractory=2)
    changed = replace(trained_on_spikes.network, population=lif)
    deployment = deploy(quantise(changed, trained_on_spikes.split.train, images=30))
    first = deployment.chip.layers[0].neurons
    assert (first.current_decay, first.voltage_decay, first.refractory) == (4095 - 1024, 819, 3)
    assert first.threshold == pytest.approx(1.5 * deployment.model.scales[0].state_unit, abs=32)
    assert max(differing(deployment, trained_on_spikes)) < 4e-3


def test_no_images_are_refused(trained: Trained) -> None:
    none: Inputs = trained.split.test.head(0)
    deployment = trained.deployment
    with pytest.raises(ConfigError, match="no training images"):
        quantise(trained.network, none)
    with pytest.raises(ShapeError, match="no images"):
        compare_fixed_point(deployment, trained.network, none)
    with pytest.raises(ShapeError, match="no images"):
        chip_predict(deployment, none)


def test_a_strong_negative_bias_does_not_make_a_neuron_fire_before_its_input() -> None:
    """Three steps ahead a bias of minus three thresholds would have to begin at nine of them."""
    threshold, kept, lead = 6400, 4096, 3
    bias = torch.tensor([-3 * threshold, -threshold // 2, 3 * threshold], dtype=torch.int32)
    start = start_state(bias, 0.0, kept, lead, threshold)
    assert not start.exact
    potential = start.voltage.long()
    for step in range(lead):
        potential = potential + bias.long()
        if step < lead - 1:
            assert bool((potential <= threshold).all())
    assert potential.tolist() == [threshold - 2 * 3 * threshold, 0, 0]  # as near to rest as it can come
    free = start_state(bias, 0.0, kept, lead)
    assert free.exact
    assert free.voltage.tolist() == (-lead * bias).tolist()


@pytest.mark.parametrize("alpha", [0.0, 0.5])
@pytest.mark.parametrize("taken", [0, 100])
def test_neurons_set_to_rest_wait_under_any_bias(alpha: float, taken: int) -> None:
    """From the step of their first input they do as neurons that began there, whatever the bias."""
    lead, threshold = 3, 100
    mantissa, exponent = torch.tensor([-4000, -200, 0, 90, 4000]), torch.full((5,), 4)
    decay = decay_of(alpha, 4095)
    start = start_state(mantissa << exponent, alpha, 4096, lead, threshold << 6)
    fresh = ChipNeurons(mantissa, exponent, decay, 0, threshold, taken_mantissa=taken)
    late = replace(fresh, start_voltage=start.voltage, start_current=start.current, rest_at=lead)
    first = -(mantissa << exponent) if alpha else torch.zeros_like(mantissa)
    fresh = replace(fresh, start_current=first)
    waiting, begun = neurons_at_start(late, 2), neurons_at_start(fresh, 2)
    for _ in range(lead):
        waiting, spikes = neuron_step(late, waiting, None)
    assert not start.exact
    arriving = torch.full((2, 5), 900, dtype=torch.int32)
    for _ in range(6):
        waiting, spikes = neuron_step(late, waiting, arriving.clone())
        begun, expected = neuron_step(fresh, begun, arriving.clone())
        assert torch.equal(spikes, expected)
        assert torch.equal(waiting.voltage, begun.voltage)
        assert torch.equal(waiting.current, begun.current)
