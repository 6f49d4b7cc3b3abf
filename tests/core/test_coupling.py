"""Collaborative goodness and its derivatives, by every coupling, against autograd."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from neuroff.core.collaboration import Bus, Coupling, Partners, PartnerWeight
from neuroff.core.coupling import coupled
from neuroff.core.loss import ClassLoss
from tests.samples import few, stream_of

truth = torch.tensor([0, 2, 1, 1, 0])


def goodness(seed: int, layers: int) -> list[torch.Tensor]:
    return list(torch.rand(layers, 3, 5, generator=stream_of(seed), dtype=torch.float64))


@few
@given(
    st.sampled_from(["added", "normalised"]),
    st.sampled_from(["trained", "all"]),
    st.sampled_from(["mean", "one"]),
    st.floats(-2, 2).filter(lambda gamma: abs(gamma) > 1e-3),
    st.integers(0, 2),
    st.integers(0, 2**20),
)
def test_derivatives_equal_autograd(
    coupling: Coupling, partners: Partners, weight: PartnerWeight, gamma: float, layer: int, seed: int
) -> None:
    bus, messages, loss = Bus(partners, weight, coupling=coupling), goodness(seed, 3), ClassLoss(7.0)
    own = messages[layer].clone().requires_grad_()
    strength = torch.tensor(gamma, dtype=torch.float64, requires_grad=True)
    joint = coupled(bus, layer, own, messages, strength)
    expected = torch.autograd.grad(
        loss.value(joint.collaborative, truth).sum(), (own, strength), allow_unused=True
    )
    found = coupled(bus, layer, own.detach(), messages, strength.detach())
    modulator = loss.modulator(found.collaborative, truth)
    torch.testing.assert_close(found.of_own(modulator), expected[0], rtol=1e-10, atol=1e-13)
    torch.testing.assert_close(
        found.of_gamma(modulator),
        expected[1] if expected[1] is not None else torch.zeros_like(strength),
        rtol=1e-10,
        atol=1e-13,
    )


@few
@given(st.sampled_from(["mean", "one"]), st.floats(0, 50), st.integers(0, 2**20))
def test_a_normalised_coupling_is_a_mean(weight: PartnerWeight, gamma: float, seed: int) -> None:
    """C lies between the smallest and the largest goodness that goes into it, whatever γ is."""
    messages = goodness(seed, 3)
    bus = Bus("all", weight, coupling="normalised")
    found = coupled(bus, 0, messages[0], messages, torch.tensor(gamma, dtype=torch.float64)).collaborative
    stacked = torch.stack(messages)
    assert bool((found >= stacked.amin(0) - 1e-12).all() and (found <= stacked.amax(0) + 1e-12).all())


def test_a_layer_that_hears_nobody_stays_to_the_bit() -> None:
    messages = goodness(0, 2)
    bus = Bus("trained", coupling="normalised")
    assert torch.equal(coupled(bus, 0, messages[0], messages, torch.tensor(3.0)).collaborative, messages[0])
