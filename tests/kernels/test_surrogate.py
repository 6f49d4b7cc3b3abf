from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
import torch

from neuroff.core.neurons.surrogate import SurrogateName, surrogate_derivative
from neuroff.kernels.surrogate import SURROGATES, slopes


def test_every_surrogate_has_a_number() -> None:
    assert set(SURROGATES) == set(get_args(SurrogateName))


@pytest.mark.parametrize("name", SURROGATES)
def test_slopes_are_those_of_the_reference(name: SurrogateName) -> None:
    distance = np.linspace(-3, 3, 101, dtype=np.float32)
    wanted = 0.7 * surrogate_derivative(torch.from_numpy(distance), name, 1.7)
    found = np.append(distance, np.float32(np.inf))
    slopes(found, SURROGATES.index(name), np.float32(1.7), np.float32(0.7))
    np.testing.assert_allclose(found[:-1], wanted.numpy(), rtol=1e-5, atol=1e-7)
    assert found[-1] == 0.0
