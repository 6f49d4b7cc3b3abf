"""What records events, pixels with polarities or channels, and how its recordings become spikes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from neuroff.data.binning import binned
from neuroff.errors import DataError

LATEST: Final = 1e100
"""Of all times: products with numbers of steps stay finite."""


def require_times(times: npt.NDArray[np.float64], earliest: float, where: str) -> None:
    """Raise DataError unless all times lie from ``earliest`` to `LATEST`; NaN does not."""
    wrong = ~((times >= earliest) & (times <= LATEST))
    if wrong.any():
        raise DataError(
            f"an event at {times[wrong][0]:g}",
            where=where,
            expected="finite times" if earliest < 0 else "finite times from 0 on",
        )


@dataclass(frozen=True)
class Events:
    """One recording.

    Attributes:
        x, y: column and row of each event; of channels, the channel and 0.
        on: its polarity, 0 or 1; 0 where there are none.
        times: from 0, in the unit of the sensor's span.
    """

    x: npt.NDArray[Any]
    y: npt.NDArray[Any]
    on: npt.NDArray[Any]
    times: npt.NDArray[Any]


@dataclass(frozen=True)
class Sensor:
    """How events become spikes.

    Attributes:
        polarities: 2 of a camera, 1 of channels.
        height, width: rows and columns of its pixels; of channels, 1 and their number.
        pooled: rows and columns of pixels that share an input.
        span: length of a recording, in the unit of its times; what comes later is cut off.
    """

    polarities: int
    height: int
    width: int
    pooled: int
    span: float

    @property
    def planes(self) -> tuple[int, int, int]:
        """Polarities, rows and columns of inputs."""
        return self.polarities, math.ceil(self.height / self.pooled), math.ceil(self.width / self.pooled)

    def spikes(self, events: Events, steps: int, where: str, fix: str = "") -> npt.NDArray[np.uint8]:
        """Return ``(C · H · W, T)`` zeros and ones, the plane of polarity 0 first.

        Args:
            events: of one recording.
            steps: T.
            where: the recording, for messages.
            fix: what helps where there is no such pixel.

        Raises:
            DataError: if there is no such pixel, polarity or time.
        """
        limits = (("x", events.x, self.width), ("y", events.y, self.height), ("p", events.on, 2))
        for name, values, most in limits:
            if values.size and not (values.min() >= 0 and values.max() < most):
                raise DataError(
                    f"{name} from {values.min()} to {values.max()}",
                    where=where,
                    expected=f"0 to {most - 1}",
                    fix=fix,
                )
        planes, rows, columns = self.planes
        place = (events.on * rows + events.y // self.pooled) * columns + events.x // self.pooled
        return binned(events.times, place, planes * rows * columns, steps, self.span, where)
