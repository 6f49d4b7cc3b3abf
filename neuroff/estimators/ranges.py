"""Which numbers an estimator's arguments may be: those of the configuration, which owns the ranges."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from pydantic import ValidationError

from neuroff.config.schema import TrainingConfig
from neuroff.config.sections import CollaborationConfig, NeuronConfig, Section
from neuroff.errors import ConfigError, shortened

_OWNERS: Mapping[str, tuple[type[Section], str]] = MappingProxyType(
    {
        "gamma": (CollaborationConfig, "gamma"),
        "steps": (NeuronConfig, "steps"),
        "beta": (NeuronConfig, "beta"),
        "threshold": (NeuronConfig, "threshold"),
        "max_iter": (TrainingConfig, "epochs"),
        "batch_size": (TrainingConfig, "batch_size"),
        "learning_rate": (TrainingConfig, "learning_rate"),
        "weight_decay": (TrainingConfig, "weight_decay"),
        "steepness": (TrainingConfig, "loss_steepness"),
        "label_smoothing": (TrainingConfig, "label_smoothing"),
    }
)
"""By argument: the section and the key whose range it has."""


def require_ranges(estimator: Any) -> None:
    """Raise ConfigError naming every argument of an estimator that is no number of its range."""
    wrong, expected = [], []
    for name, value in estimator.get_params(deep=False).items():
        if name not in _OWNERS or (name == "batch_size" and value == "auto"):
            continue
        section, key = _OWNERS[name]
        plain = value.item() if isinstance(value, np.generic) else value
        try:
            section.model_validate({key: plain}, strict=True)
        except ValidationError as error:
            wrong.append(f"{name} = {shortened(value)}")
            said = error.errors()[0]["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
            expected.append(f"{name}: {said}")
    if wrong:
        raise ConfigError(", ".join(wrong), where=type(estimator).__name__, expected="; ".join(expected))
