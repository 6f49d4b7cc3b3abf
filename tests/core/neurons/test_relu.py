from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from neuroff.core.neurons.relu import ReLU
from tests.samples import few, stream_of


@few
@given(st.integers(0, 2**30))
def test_activity_and_output_are_the_positive_part(seed: int) -> None:
    drive = torch.randn(4, 5, generator=stream_of(seed), dtype=torch.float64)
    expected = torch.where(drive > 0, drive, 0.0)
    for respond in (ReLU().respond, ReLU().respond_traced):
        response = respond(drive.clone())
        assert torch.equal(response.activity, expected)
        assert torch.equal(response.output, expected)


@few
@given(st.integers(0, 2**30))
def test_sensitivity_equals_autograd(seed: int) -> None:
    drive = torch.randn(4, 5, generator=stream_of(seed), dtype=torch.float64).requires_grad_()
    gradient = torch.randn(4, 5, generator=stream_of(seed + 1), dtype=torch.float64)
    (expected,) = torch.autograd.grad((torch.relu(drive) * gradient).sum(), drive)
    found = ReLU().sensitivity(ReLU().respond_traced(drive.detach().clone()), gradient.clone())
    assert torch.equal(found, expected)


def test_a_neuron_at_zero_passes_nothing() -> None:
    response = ReLU().respond_traced(torch.tensor([[-1.0, 0.0, 1e-30, 2.0]]))
    assert response.activity.tolist() == [[0.0, 0.0, torch.tensor(1e-30).item(), 2.0]]
    assert ReLU().sensitivity(response, torch.full((1, 4), 3.0)).tolist() == [[0.0, 0.0, 3.0, 3.0]]


def test_no_second_copy_is_made() -> None:
    drive, gradient = torch.randn(3, 4, generator=stream_of(0)), torch.ones(3, 4)
    response = ReLU().respond(drive)
    assert response.activity.data_ptr() == drive.data_ptr()
    assert ReLU().sensitivity(response, gradient).data_ptr() == gradient.data_ptr()
