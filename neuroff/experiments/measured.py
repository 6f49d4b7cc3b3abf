"""Joules of predicting, as this machine's own counters see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from neuroff.core.inputs import Inputs
from neuroff.core.network import Network
from neuroff.experiments.meter import NoMeter, find_meter, measure
from neuroff.training.evaluate import predict


@dataclass(frozen=True)
class Measured:
    """Joules that this machine's own counters saw, per sample.

    Attributes:
        meter: what was read.
        boundary: what the counters enclose.
        device: what ran.
        samples: predictions made while measuring.
        seconds: per sample.
        energy_J: everything the counters saw.
        idle_W: power of the same counters just before, with nothing running for neuroff.
    """

    meter: str
    boundary: str
    device: str
    samples: int
    seconds: float
    energy_J: float
    idle_W: float

    @property
    def above_idle_J(self) -> float:
        """Energy less what idling would have taken in the same time; can come out negative."""
        return self.energy_J - self.idle_W * self.seconds

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "meter": self.meter,
            "boundary": self.boundary,
            "device": self.device,
            "samples": self.samples,
            "seconds_per_sample_s": self.seconds,
            "energy_J": self.energy_J,
            "idle_W": self.idle_W,
            "above_idle_J": self.above_idle_J,
        }


def measure_prediction(network: Network, inputs: Inputs, device: str) -> Measured | NoMeter:
    """Predict images over and over while a counter runs.

    Args:
        network: on the device.
        inputs: the images, on the device.
        device: cpu, cuda, or cuda:N; what is measured.

    Returns:
        Joules per sample, or why there is no meter.
    """
    meter = find_meter(device)
    if isinstance(meter, NoMeter):
        return meter
    on_card = device.startswith("cuda")

    def task() -> None:
        predict(network, inputs)
        if on_card:
            torch.cuda.synchronize(device)

    reading = measure(meter, task)
    samples = reading.rounds * len(inputs)
    name = torch.cuda.get_device_name(device) if on_card else f"{torch.get_num_threads()} threads"
    return Measured(
        meter.name,
        meter.boundary,
        name,
        samples,
        reading.seconds / samples,
        reading.energy_J / samples,
        reading.idle_W,
    )
