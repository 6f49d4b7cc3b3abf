from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neuroff.core.readout import activity_of, running_activity, step_weights
from tests.oracles import activity_through_time
from tests.samples import few, stream_of

seeds = st.integers(0, 2**30)
decays = st.sampled_from([1.0, 0.9, 0.5])


def spikes_of(seed: int, steps: int) -> torch.Tensor:
    return torch.randint(0, 2, (steps, 3, 5), generator=stream_of(seed)).double()


@few
@given(seeds, decays, st.integers(1, 12))
def test_running_activity_is_the_activity_of_the_spikes_so_far(seed: int, decay: float, steps: int) -> None:
    spikes = spikes_of(seed, steps)
    found = list(running_activity(spikes, decay))
    assert len(found) == steps
    for t, activity in enumerate(found):
        expected = activity_through_time(spikes[: t + 1], decay)
        torch.testing.assert_close(activity, expected, rtol=1e-13, atol=1e-15)
        # No look-ahead: what comes later does not change a bit of it.
        changed = torch.cat((spikes[: t + 1], 1 - spikes[t + 1 :]))
        assert torch.equal(list(running_activity(changed, decay))[t], activity)
    torch.testing.assert_close(found[-1], activity_of(spikes, decay), rtol=1e-15, atol=0)


@few
@given(seeds, decays, st.integers(1, 12))
def test_weights_say_how_much_a_step_counts(seed: int, decay: float, steps: int) -> None:
    spikes, weights = spikes_of(seed, steps), step_weights(steps, decay)
    assert sum(weights) == pytest.approx(steps)
    expected = sum(weight * now for weight, now in zip(weights, spikes, strict=True)) / steps
    torch.testing.assert_close(activity_of(spikes, decay), expected, rtol=1e-13, atol=1e-15)


def test_hand_computed_trace() -> None:
    """z: 1, ½, 1¼ over n: 1, 1½, 1¾."""
    spikes = torch.tensor([1.0, 0.0, 1.0])[:, None, None]
    found = [activity.item() for activity in running_activity(spikes, 0.5)]
    assert found == pytest.approx([1.0, 1 / 3, 5 / 7])
    assert [activity.item() for activity in running_activity(spikes, 1.0)] == pytest.approx([1, 1 / 2, 2 / 3])


def test_a_neuron_that_always_fires_has_activity_one_and_a_silent_one_none() -> None:
    for decay in (1.0, 0.8):
        for activity in running_activity(torch.ones(6, 1, 1, dtype=torch.float64), decay):
            assert activity.item() == pytest.approx(1.0)
        assert not bool(activity_of(torch.zeros(6, 1, 1), decay).any())


def test_the_firing_rate_counts_all_steps_alike() -> None:
    assert step_weights(4, 1.0) == (1.0, 1.0, 1.0, 1.0)
