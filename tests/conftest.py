from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, settings

from neuroff.config import Config
from neuroff.config.overrides import apply_settings
from neuroff.config.presets import preset
from neuroff.config.schema import Path, Variant
from neuroff.data import DataSet, api, load
from neuroff.exchange import formats

# How long drawing an example takes says something about what else the machine does, nothing about the code.
settings.register_profile("neuroff", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("neuroff")

# The tests' networks are too small to share among threads, those of the processes that they start as well.
torch.set_num_threads(1)
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(autouse=True)
def registered_for_one_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test registers, loaders and formats, is gone after it: no test sees another's names."""
    monkeypatch.setattr(api.LOADERS, "_loaders", dict(api.LOADERS._loaders))
    monkeypatch.setattr(formats.FORMATS, "_by_name", dict(formats.FORMATS._by_name))


@pytest.fixture(scope="session")
def digits() -> DataSet:
    return load("digits")


@pytest.fixture(scope="session")
def few_digits(digits: DataSet) -> DataSet:
    """Two hundred training images, a hundred of them for testing."""
    return DataSet(
        digits.name,
        np.ascontiguousarray(digits.train_images[:200]),
        np.ascontiguousarray(digits.train_labels[:200]),
        np.ascontiguousarray(digits.test_images[:100]),
        np.ascontiguousarray(digits.test_labels[:100]),
        replace(digits.provenance, n_train=200, n_test=100),
        digits.n_classes,
    )


@pytest.fixture
def quick() -> Callable[..., Config]:
    """Return a function that makes a configuration which trains in moments."""

    def make(*settings: str, variant: Variant = "ff", path: Path = "dense", seed: int = 0) -> Config:
        start = preset("demo", path=path, variant=variant, dataset="digits", seed=seed)
        small = ("widths=30,20", "epochs=4", "evaluate_every=2", "checkpoint_every=1", "neuron.steps=4")
        return apply_settings(start, [*small, *settings])

    return make
