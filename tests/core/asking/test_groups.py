"""Class groups and random read-outs: goodness by hand, gradients by autograd, what they refuse."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neuroff.core.asking import Asking, GroupAsking, RandomAsking
from neuroff.core.goodness import Goodness, GoodnessName
from neuroff.errors import ConfigError
from tests.samples import few, stream_of

measures = st.builds(
    Goodness, st.sampled_from(["linear", "mean_squares", "sum_squares"]), st.sampled_from([1.0, 20.0])
)


def activity(images: int, neurons: int, seed: int) -> torch.Tensor:
    return torch.rand(images, neurons, generator=stream_of(seed), dtype=torch.float64)


def nothing(images: int) -> torch.Tensor:
    return torch.zeros(1, images, dtype=torch.int64)


@few
@given(st.integers(2, 7), st.integers(0, 13), measures, st.integers(0, 2**20))
def test_goodness_of_a_class_is_that_of_its_neurons(
    classes: int, more: int, measure: Goodness, seed: int
) -> None:
    neurons = classes + more
    found = GroupAsking(classes).goodness(measure, values := activity(5, neurons, seed), nothing(5))
    assert found.shape == (classes, 5)
    parts = torch.tensor_split(values, classes, dim=1)  # the first N mod K parts have one more
    expected = torch.stack([measure.value(part) for part in parts])
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=0)


@few
@given(
    st.sampled_from(["groups", "random"]),
    st.integers(2, 6),
    st.integers(0, 9),
    st.sampled_from(["linear", "mean_squares"]),
    st.integers(0, 2**20),
)
def test_gradients_are_autograds(form: str, classes: int, more: int, name: GoodnessName, seed: int) -> None:
    asking: Asking = GroupAsking(classes) if form == "groups" else RandomAsking(classes, seed)
    measure = Goodness("linear" if form == "random" else name, 3.0)
    values = activity(4, classes + more, seed).requires_grad_()
    modulator = torch.randn(classes, 4, generator=stream_of(seed + 1), dtype=torch.float64)
    # Written out: neuroff's own goodness works in place, which autograd does not follow.
    if isinstance(asking, RandomAsking):
        goodness = 3.0 * asking.readout(classes + more) @ values.T
    else:
        parts = torch.tensor_split(values, classes, dim=1)
        goodness = 3.0 * torch.stack([part.pow(1 if name == "linear" else 2).mean(1) for part in parts])
    torch.testing.assert_close(asking.goodness(measure, values.detach(), nothing(4)), goodness.detach())
    (expected,) = torch.autograd.grad((goodness * modulator).sum(), values)
    found = asking.activity_gradient(measure, values.detach(), modulator)
    torch.testing.assert_close(found, expected, rtol=1e-11, atol=1e-13)


def test_groups_need_one_presentation_and_no_inputs_of_their_own() -> None:
    for asking in (GroupAsking(3), RandomAsking(3)):
        assert (asking.presentations, asking.learning_presentations, asking.own_inputs) == (1, 1, 0)
        assert not asking.contrasts
        assert asking.inputs(784) == 784
        images = torch.rand(2, 5)
        assert torch.equal(asking.prepared(images), images)
        truth = torch.tensor([2, 0])
        assert asking.question(truth, truth).truth is truth


def test_a_random_readout_has_the_length_of_a_group_and_its_own_stream() -> None:
    readout = RandomAsking(10, 5).readout(500)
    assert readout.shape == (10, 500)
    assert torch.equal(readout, RandomAsking(10, 5).readout(500))
    assert not torch.equal(readout, RandomAsking(10, 6).readout(500))
    group = (10 / 500) * (500 / 10) ** 0.5  # K/N for each of N/K neurons
    torch.testing.assert_close(
        readout.norm(dim=1), torch.full((10,), group, dtype=torch.float64), rtol=0.1, atol=0
    )


def test_what_has_no_room_or_no_meaning_is_refused() -> None:
    for kind in (GroupAsking, RandomAsking):
        with pytest.raises(ConfigError, match=r"classes = 1; expected a number at least 2"):
            kind(1)
    with pytest.raises(ConfigError, match=r"layer 2: 9 neurons for 10 classes.*Make the layer wider"):
        GroupAsking(10).require_room(9, "layer 2")
    GroupAsking(10).require_room(10, "layer 2")
    with pytest.raises(ConfigError, match=r"RandomAsking.*network.goodness=linear"):
        RandomAsking(3).goodness(Goodness(), activity(2, 5, 0), nothing(2))
