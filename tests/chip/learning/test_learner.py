from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neuroff.chip.learning import (
    Collaboration,
    LearningLayer,
    LearningPlan,
    Modulator,
    Trace,
    chip_network,
    forward_forward_rule,
    learn,
    predict,
    present,
)
from neuroff.chip.learning.forward import drive_of, driven
from neuroff.chip.learning.learner import start, written
from neuroff.chip.learning.modulator import CountedGoodness
from neuroff.chip.learning.rounding import uniform_bits
from neuroff.chip.learning.score import goodness
from neuroff.chip.network import run
from neuroff.chip.neurons import ChipNeurons, neuron_step, neurons_at_start
from neuroff.rng import generator
from tests.chip.learning import scalar
from tests.chip.learning.made import some_images, some_layer, some_plan
from tests.narrow import as_a
from tests.samples import few, stream_of


def scalar_presentation(
    plan: LearningPlan,
    weights: list[list[list[int]]],
    gammas: list[int],
    spikes: list[list[int]],
    positive: bool,
    stream: torch.Generator,
) -> None:
    """Learn from one sample by the scalar reference; ``weights`` move."""

    def draws(bits: int, count: int) -> list[int]:
        return uniform_bits((count,), bits, stream).tolist()

    sent, before = [], spikes
    for layer, weight in zip(plan.layers, weights, strict=True):
        before = scalar.layer_spikes(before, weight, layer.threshold_mantissa, layer.voltage_decay)
        sent.append(before)
    heard = [
        scalar.goodness(own, m.delay, m.goodness == "squared", m.shift)
        for m, own in zip((as_a(Modulator, each.modulator) for each in plan.layers), sent, strict=True)
    ]
    bus = plan.collaboration
    for index, layer in enumerate(plan.layers):
        m = as_a(Modulator, layer.modulator)
        partner = sum(g - plan.thetas[j] for j, g in enumerate(heard) if j != index)
        total = heard[index] + gammas[index] * partner // 2**bus.shift
        value = scalar.modulator(total, m.theta, m.slope, m.bits, positive)
        source = sent[index - 1] if index else spikes
        pre = scalar.trace(source, layer.pre.impulse, layer.pre.kept, layer.pre.bits, draws)
        post = scalar.trace(sent[index], layer.post.impulse, layer.post.kept, layer.post.bits, draws)
        random = draws(layer.post_shift, len(post))
        factor = [min(127, (y * value + r) // 2**layer.post_shift) for y, r in zip(post, random, strict=True)]
        rows = [j for j, x in enumerate(pre) if x]
        if rows and any(factor):
            fraction = 7 + layer.grid.bit_length() - 1
            drawn = iter(draws(fraction, len(rows) * len(factor)))
            largest = 256 // layer.grid * layer.grid
            for j in rows:
                for i in range(len(factor)):
                    sign_channels = (factor[i], 0) if positive else (0, factor[i])
                    products = [
                        term.mantissa * pre[j] * y
                        for term, y in zip(layer.rule.terms, sign_channels, strict=True)
                    ]
                    weights[index][j][i] = scalar.synapse(
                        weights[index][j][i], products, layer.rule.terms[0].exponent, layer.grid,
                        -largest, largest - layer.grid, next(drawn),
                    )  # fmt: skip
        if len(plan.layers) > 1 and bus.adaptive_shift is not None:
            pull = (value if positive else -value) * partner
            step = (pull + draws(bus.adaptive_shift, 1)[0]) // 2**bus.adaptive_shift
            gammas[index] = min(127, max(0, gammas[index] + step))


@pytest.mark.parametrize(
    ("layers", "bus"),
    [
        ((some_layer(),), Collaboration()),
        ((some_layer(post=Trace(127 * 256), modulator=Modulator(20, 1, "linear", bits=3)),), Collaboration()),
        ((some_layer(8), some_layer(5, threshold_mantissa=60)), Collaboration(20, 4)),
        ((some_layer(8), some_layer(5, threshold_mantissa=60)), Collaboration(20, 4, adaptive_shift=6)),
        ((some_layer(weight_bits=4, rule=forward_forward_rule(-6, 3)),), Collaboration()),
        ((some_layer(modulator=Modulator(4, 0, shift=2, bits=1)),), Collaboration()),
    ],
)
def test_one_sample_at_a_time_is_the_scalar_reference(
    layers: tuple[LearningLayer, ...], bus: Collaboration
) -> None:
    plan = some_plan(*layers, collaboration=bus)
    state = start(plan)
    weights, gammas = [weight.tolist() for weight in state.weights], list(state.gammas)
    began = [weight.clone() for weight in state.weights]
    for number, pixels in enumerate(some_images(12).split(1)):
        positive = number % 2 == 0
        images, label = plan.images.spikes(pixels), torch.tensor([number % 3])
        labelled = plan.images.labelled(images, label)[:, 0].tolist()
        stream = generator(plan.seed, "chip learning", state.presentations)
        scalar_presentation(plan, weights, gammas, labelled, positive, stream)
        learn(plan, state, images, label[None], torch.tensor([positive]))
        assert [weight.tolist() for weight in state.weights] == weights
        assert state.gammas == gammas
    assert all(not torch.equal(*pair) for pair in zip(began, state.weights, strict=True))
    if bus.adaptive_shift is not None:
        assert gammas != [bus.gamma] * 2


def test_layer_by_layer_is_the_network_step_by_step() -> None:
    plan = some_plan(some_layer(8), some_layer(5, threshold_mantissa=60))
    state = start(plan)
    images, labels = plan.images.spikes(some_images(10)), torch.arange(10) % 3
    sent = present(plan, state, images, labels[None])
    steps = [*plan.images.labelled(images, labels).to(torch.int32), *[None] * 2]
    taken = list(run(chip_network(plan, state), steps, 10))
    for index, own in enumerate(sent):
        assert torch.equal(torch.stack([step.spikes[index] for step in taken]).sum(0), own.sum(0))
        assert torch.equal(taken[index + 3].spikes[index], own[2])
        assert own.any()


def test_all_labels_at_once_are_labels_one_by_one() -> None:
    plan = some_plan(some_layer(8), some_layer(5, threshold_mantissa=60))
    state = start(plan)
    pixels = some_images(6)
    together = goodness(plan, state, pixels)
    for label in range(3):
        sent = present(plan, state, plan.images.spikes(pixels), torch.full((1, 6), label))
        alone = [
            layer.modulator.counted(own.sum(0, dtype=torch.int32))
            for layer, own in zip(plan.layers, sent, strict=True)
        ]
        assert torch.equal(together[:, label], torch.stack(alone))
    assert predict(plan, state, pixels).tolist() == together.sum(0).argmax(0).tolist()


@few
@given(
    st.integers(1, 8), st.integers(-(2**15) - 1, 2**15 - 1), st.sampled_from(["stochastic", "nearest"]),
    st.integers(0, 100),
)  # fmt: skip
def test_no_weight_leaves_its_bits(bits: int, accumulated: int, rounding: str, seed: int) -> None:
    layer = some_layer(weight_bits=bits, rounding=rounding)
    moved = written(layer, torch.full((1, 50), accumulated, dtype=torch.int32), stream_of(seed))
    assert int(moved.min()) >= -256
    assert int(moved.max()) <= 256 - layer.grid
    assert not (moved % layer.grid).any()
    assert bool(((moved - accumulated / 128).abs() <= layer.grid).all())


def test_written_weights_are_right_on_average() -> None:
    layer = some_layer()
    for delta in (77, -77, 300, 0):
        accumulator = torch.full((200, 1000), 10 * 128 + delta, dtype=torch.int32)
        moved = written(layer, accumulator, stream_of(3))
        assert moved.double().mean() == pytest.approx(10 + delta / 128, abs=0.01)
        assert delta or bool((moved == 10).all())
        nearest = written(replace(layer, rounding="nearest"), accumulator, stream_of(3))
        assert bool((nearest == 10 + 2 * (delta == 300)).all())


@few
@given(st.integers(0, 2**31), st.integers(1, 7), st.integers(1, 8), st.sampled_from(["linear", "squared"]))
def test_nothing_leaves_its_range_while_learning(
    seed: int, trace_bits: int, weight_bits: int, counted: CountedGoodness
) -> None:
    layers = tuple(
        some_layer(
            neurons,
            weight_bits=weight_bits,
            post=Trace(120 * 256, trace_bits),
            post_shift=7,
            modulator=Modulator(30, 0, counted),
            rule=forward_forward_rule(3, 7),
            threshold_mantissa=40,
            start=254,
        )
        for neurons in (7, 4)
    )
    plan = some_plan(*layers, collaboration=Collaboration(100, 3, adaptive_shift=2), seed=seed)
    state = start(plan)
    images = plan.images.spikes(some_images(4, seed=seed))
    learn(plan, state, images, torch.arange(8).view(2, 4) % 3, torch.tensor([True, False]))
    for weight, layer in zip(state.weights, layers, strict=True):
        assert int(weight.min()) >= -256
        assert int(weight.max()) <= 256 - layer.grid
        assert not (weight % layer.grid).any()
    assert all(0 <= gamma <= 127 for gamma in state.gammas)


@few
@given(st.integers(0, 1000), st.sampled_from([1, 30, 4000, 60_000]), st.sampled_from([90, 3000, 131_071]))
def test_a_presentation_at_once_is_steps_one_by_one(seed: int, size: int, threshold: int) -> None:
    stream = stream_of(seed)
    drive = torch.randint(-size, 2 * size, (12, 3, 40), generator=stream).float()
    if size == 60_000:
        drive[0, 0, 0] = 200_000  # beyond the current's 24 bits: it wraps
    nothing = torch.zeros(40, dtype=torch.int32)
    neurons = ChipNeurons(nothing, nothing, 4095, 0, threshold)
    resting, sent = neurons_at_start(neurons, 3), []
    for arriving in drive:
        resting, spikes = neuron_step(neurons, resting, arriving.to(torch.int32))
        sent.append(spikes)
    assert torch.equal(driven(neurons, drive).to(torch.int32), torch.stack(sent))


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_silent_axons_may_be_left_out(share: float) -> None:
    stream = stream_of(4)
    weight = torch.randint(-256, 256, (30, 8), generator=stream, dtype=torch.int32)
    firing = torch.rand(30, generator=stream) < share
    spikes = (torch.randint(0, 2, (5, 2, 30), generator=stream) * firing).to(torch.uint8)
    expected = torch.einsum("tbd,dn->tbn", spikes.long(), weight.long())
    assert torch.equal(drive_of(spikes, weight).long(), expected)
