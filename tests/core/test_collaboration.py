from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neuroff.core.collaboration import (
    Bus,
    BusMemory,
    BusTiming,
    Partners,
    PartnerWeight,
    collaborative_goodness,
    gamma_gradient,
    partner_sum,
    partner_weight,
    partners_of,
    quantised,
)
from neuroff.core.loss import Loss, PairLossName
from tests.samples import few, stream_of

seeds = st.integers(0, 2**30)
gammas = st.sampled_from([-1.3, 0.1, 0.5, 2.0])


def scalars(seed: int, *shape: int) -> torch.Tensor:
    return 3 * torch.rand(*shape, generator=stream_of(seed), dtype=torch.float64)


def test_trained_partners_are_the_layers_before() -> None:
    assert [partners_of(layer, 3, "trained") for layer in range(3)] == [(), (0,), (0, 1)]


def test_all_partners_are_the_other_layers() -> None:
    assert [partners_of(layer, 3, "all") for layer in range(3)] == [(1, 2), (0, 2), (0, 1)]


@pytest.mark.parametrize("partners", ["trained", "all"])
def test_a_single_layer_has_no_partner(partners: Partners) -> None:
    assert partners_of(0, 1, partners) == ()
    own = scalars(0, 2, 4)
    assert not bool(Bus(partners, "one", 2.0).partner(0, [own]).any())


def test_weights() -> None:
    assert [partner_weight(count, "mean") for count in (1, 2, 4)] == [1.0, 0.5, 0.25]
    assert [partner_weight(count, "one") for count in (0, 1, 4)] == [1.0, 1.0, 1.0]


@few
@given(seeds, st.integers(0, 4), st.sampled_from(["mean", "one"]), st.sampled_from([0.0, 2.0]))
def test_partner_sum(seed: int, count: int, weight: PartnerWeight, centre: float) -> None:
    goodness = list(scalars(seed, count, 2, 5))
    own = scalars(seed + 1, 2, 5)
    share = partner_weight(count, weight)
    found = partner_sum(goodness, share, centre, own)
    expected = torch.zeros(2, 5, dtype=torch.float64)
    if count:
        stacked = torch.stack(goodness) - centre
        expected = stacked.mean(0) if weight == "mean" else stacked.sum(0)
    torch.testing.assert_close(found, expected, rtol=1e-13, atol=1e-13)
    assert found.shape == own.shape


@few
@given(seeds, st.integers(1, 4), st.sampled_from(["trained", "all"]), st.sampled_from(["mean", "one"]))
def test_the_bus_hears_its_partners(seed: int, depth: int, partners: Partners, weight: PartnerWeight) -> None:
    goodness = list(scalars(seed, depth, 2, 5))
    for layer in range(depth):
        heard = [goodness[j] - 1.5 for j in range(depth) if j < layer or (j > layer and partners == "all")]
        expected = sum(heard, torch.zeros(2, 5).double()) / (len(heard) if weight == "mean" and heard else 1)
        torch.testing.assert_close(
            Bus(partners, weight, 1.5).partner(layer, goodness), expected, rtol=1e-13, atol=1e-13
        )


@few
@given(seeds, gammas, st.integers(1, 3), st.sampled_from(["mean", "one"]), st.floats(-3, 3))
def test_centred_is_literal_with_a_threshold_of_its_own(
    seed: int, gamma: float, count: int, weight: PartnerWeight, theta: float
) -> None:
    """θ_l = θ (1 + γ_l Σ_j w_lj): the same loss and the same modulators."""
    goodness, own, strength = list(scalars(seed, count, 2, 5)), scalars(seed + 1, 2, 5), torch.tensor(gamma)
    share = partner_weight(count, weight)
    centred = collaborative_goodness(own, partner_sum(goodness, share, theta, own), strength.double())
    literal = collaborative_goodness(own, partner_sum(goodness, share, 0.0, own), strength.double())
    gamma = float(strength)
    moved = Loss("threshold", theta * (1 + gamma * share * count))
    loss = Loss("threshold", theta)
    torch.testing.assert_close(loss.value(centred), moved.value(literal), rtol=1e-11, atol=1e-13)
    torch.testing.assert_close(loss.modulator(centred), moved.modulator(literal), rtol=1e-11, atol=1e-13)


@few
@given(seeds, gammas, st.sampled_from(["threshold", "pairwise"]))
def test_gamma_gradient_equals_autograd(seed: int, gamma: float, name: PairLossName) -> None:
    own, partner = scalars(seed, 2, 6), scalars(seed + 1, 2, 6)
    loss = Loss(name)
    strength = torch.tensor(gamma, dtype=torch.float64, requires_grad=True)
    collaborative = collaborative_goodness(own, partner, strength)
    (expected,) = torch.autograd.grad(loss.value(collaborative).sum(), strength)
    found = gamma_gradient(loss.modulator(collaborative.detach()), partner)
    assert found.shape == ()
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-14)


@few
@given(seeds, st.sampled_from([torch.float32, torch.float64]))
def test_without_collaboration_the_own_goodness_stays_to_the_bit(seed: int, dtype: torch.dtype) -> None:
    own, partner = scalars(seed, 2, 6).to(dtype), scalars(seed + 1, 2, 6).to(dtype)
    found = collaborative_goodness(own, partner, torch.zeros((), dtype=dtype))
    assert torch.equal(found, own)
    assert found.dtype == dtype


def test_pairwise_loss_does_not_see_the_centre() -> None:
    """Positive and negative hear the same centre, and the pairwise loss compares them."""
    goodness, own, gamma = [scalars(0, 2, 6)], scalars(1, 2, 6), torch.tensor(0.7, dtype=torch.float64)
    modulators = [
        Loss("pairwise").modulator(
            collaborative_goodness(own, partner_sum(goodness, 1.0, centre, own), gamma)
        )
        for centre in (0.0, 2.0)
    ]
    torch.testing.assert_close(*modulators, rtol=1e-12, atol=1e-14)


@few
@given(seeds, st.integers(1, 6), st.sampled_from([(0.0, 2.7), (-3.1, 0.0)]))
def test_messages_of_k_bits_are_the_nearest_of_their_values(
    seed: int, bits: int, span: tuple[float, float]
) -> None:
    goodness = 4 * torch.randn(2, 9, generator=stream_of(seed), dtype=torch.float64)
    kept = goodness.clone()
    found = quantised(goodness, bits, span)
    assert torch.equal(goodness, kept)
    levels = torch.linspace(*span, 2**bits, dtype=torch.float64)
    distance = (found[..., None] - levels).abs().amin(-1)
    assert float(distance.max()) < 1e-12
    inside = goodness.clamp(*span)
    step = (span[1] - span[0]) / (2**bits - 1)
    assert float((found - inside).abs().max()) <= step / 2 + 1e-12
    torch.testing.assert_close(quantised(found, bits, span), found, rtol=0, atol=1e-12)


def test_one_bit_says_high_or_low() -> None:
    found = quantised(torch.tensor([-5.0, 0.0, 0.9, 1.1, 2.0, 7.0]), 1, (0.0, 2.0))
    assert found.tolist() == [0.0, 0.0, 0.0, 2.0, 2.0, 2.0]


def test_messages_are_late_by_their_delay_and_neutral_before() -> None:
    goodness = torch.tensor([1.0, 2.0, 3.0, 4.0])[:, None]
    for delay, expected in (
        (0, [1, 2, 3, 4]),
        (1, [9, 1, 2, 3]),
        (3, [9, 9, 9, 1]),
        (4, [9] * 4),
        (7, [9] * 4),
    ):
        bus = Bus(centre=9.0, delay=delay)
        assert bus.heard(goodness)[:, 0].tolist() == expected
        assert bus.over_time == (delay > 0)
        assert bus.used(bus.heard(goodness)).item() == expected[-1]
    assert Bus(timing="online").used(goodness).item() == 2.5


def test_what_has_not_arrived_adds_nothing() -> None:
    bus = Bus(centre=2.0, delay=5)
    messages = [bus.used(bus.heard(scalars(seed, 4, 2, 3))) for seed in range(3)]
    assert not bool(bus.partner(2, messages).any())


@few
@given(
    seeds,
    st.integers(1, 7),
    st.sampled_from(["presentation", "online"]),
    st.sampled_from([None, 2]),
    st.sampled_from([0, 1, 3, 9]),
)
def test_messages_step_by_step_are_those_of_the_whole_presentation(
    seed: int, steps: int, timing: BusTiming, bits: int | None, delay: int
) -> None:
    bus = Bus(centre=0.7, timing=timing, bits=bits, delay=delay)
    goodness = scalars(seed, steps, 2, 5)
    memory, whole = BusMemory(bus), bus.heard(goodness)
    for now, expected in zip(goodness, whole, strict=True):
        assert torch.equal(memory.hear(now), expected)
    torch.testing.assert_close(memory.used(), bus.used(whole), rtol=1e-13, atol=1e-15)


def test_nothing_is_used_before_a_step() -> None:
    with pytest.raises(ValueError, match="no step"):
        BusMemory(Bus()).used()


def test_the_default_bus_carries_goodness_itself() -> None:
    goodness = scalars(0, 2, 5)
    assert Bus().sent(goodness) is goodness
    assert not Bus().over_time
