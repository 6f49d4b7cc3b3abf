"""What all pages extend: a small dense or spiking run on the embedded digits, as `neuroff.build` gives it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import neuroff
from neuroff.core.inputs import Split
from neuroff.core.network import Network
from neuroff.core.plan import Plan

Start = Callable[[str], tuple[Network, Split, Plan]]


@pytest.fixture
def start() -> Start:
    """Network, images and plan of a short run on a path."""

    def made(path: str) -> tuple[Network, Split, Plan]:
        config = neuroff.preset("demo", path=path, dataset="digits")  # type: ignore[arg-type]
        config = neuroff.apply_settings(
            config, ["widths=80", "epochs=6", "neuron.steps=6", "evaluate_every=0"]
        )
        split = neuroff.prepare(neuroff.load("digits"), config)
        network, plan = neuroff.build(config, split)
        return network, split, plan

    return made
