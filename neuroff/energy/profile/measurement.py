"""Measurements of a whole device on one workload: results to compare with, never prices of events."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from neuroff.energy.profile.coefficients import Provenance, ordered_bound
from neuroff.energy.profile.fields import Boundary, MeasuredJoules, Name, PositiveCount, Seconds, Text, Watts

Unit = Literal["inference", "training_sample", "time_step", "synaptic_event", "spike", "job"]
"""What one energy figure of a measurement was spent on."""


class Measurement(Provenance):
    """``[[measurement]]``: energy, power, time or rate of one workload on the device.

    It belongs to its workload, network size and boundary and is not divided into events; a report may
    print it beside an estimate.

    Attributes:
        name: short name, unique in the profile.
        workload: what ran: network, data, number of time steps, operating point.
        boundary: what the meter enclosed.
        part: ``total`` power, ``dynamic`` (running minus idle, which may come out negative) or ``idle``.
        per: what ``value_J`` was spent on.
        batch_count: samples presented together; absent when not stated.
        value_J: energy in joules per ``per``.
        low_J: lower end, where the source gives a range.
        high_J: upper end, where the source gives a range.
        power_W: mean power in watts.
        time_s: time in seconds per ``per``.
        rate_Hz: how many of ``per`` a second, samples and not batches.
    """

    name: Name
    workload: Text
    boundary: Boundary
    part: Literal["total", "dynamic", "idle"] = "total"
    per: Unit | None = None
    batch_count: PositiveCount | None = None
    value_J: MeasuredJoules | None = None
    low_J: MeasuredJoules | None = None
    high_J: MeasuredJoules | None = None
    power_W: Watts | None = None
    time_s: Seconds | None = None
    rate_Hz: Annotated[float, Field(gt=0, le=1e15)] | None = Field(default=None, validate_default=True)

    @field_validator("value_J")
    @classmethod
    def _says_per_what(cls, value: float | None, info: ValidationInfo) -> float | None:
        if value is None:
            return None
        if info.data.get("per", "not valid") is None:
            raise PydanticCustomError("no_per", "an energy without per")
        if value < 0 and info.data.get("part") != "dynamic":
            raise PydanticCustomError("negative_energy", "negative, and not a difference")
        return value

    @field_validator("low_J", "high_J")
    @classmethod
    def _in_order(cls, bound: float | None, info: ValidationInfo) -> float | None:
        return ordered_bound(bound, info, unit="J")

    @field_validator("rate_Hz")
    @classmethod
    def _measures_something(cls, rate: float | None, info: ValidationInfo) -> float | None:
        others = [info.data.get(name, "not valid") for name in ("value_J", "power_W", "time_s")]
        if rate is None and all(other is None for other in others):
            raise PydanticCustomError("no_quantity", "measures nothing")
        return rate
