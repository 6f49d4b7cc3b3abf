"""The sensor of recordings of one's own: as the user says behind ``#``, else as the recordings show.

``PATH#34x34`` says width and height (of spike trains ``PATH#700``, the channels), ``/2`` that 2x2 pixels
share an input, ``@300000`` how long a recording is, in the unit of its times. Each may be left out. What is
left out is measured: the largest x and y, and the latest time, of all recordings but those that the user has
set apart for testing. Where test recordings are drawn they count too: no draw decides what fits.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from neuroff.data.sensor import LATEST, Events, Sensor
from neuroff.errors import DataError

_TEXT = re.compile(r"(?:(\d+)(?:x(\d+))?)?(?:/(\d+))?(?:@([0-9.e+-]+))?")
_MOST_SIDE = 2**16
_MOST_BYTES = 8 * 2**30


@dataclass(frozen=True)
class Said:
    """What the user says of a sensor; None where nothing.

    Attributes:
        width, height: pixels; of spike trains channels, and 1.
        pooled: rows and columns of pixels that share an input.
        span: length of a recording in the unit of its times.
    """

    width: int | None
    height: int | None
    pooled: int
    span: float | None

    @classmethod
    def of(cls, text: str, path: str, *, flat: bool) -> Said:
        """Return what stands behind ``#``.

        Args:
            text: that; empty if nothing.
            path: of the recordings, for messages.
            flat: whether they are spike trains, of height 1.

        Raises:
            DataError: if it is no such thing.
        """
        found = _TEXT.fullmatch(text)
        width, height, pooled, span = found.groups() if found else (None,) * 4
        sides = [int(side) for side in (width, height, pooled) if side is not None]
        length = _length(span)
        if (
            found is None
            or (width is not None and flat != (height is None))
            or not all(1 <= side <= _MOST_SIDE for side in sides)
            or (span is not None and length is None)
        ):
            size, such_as = ("CHANNELS", "700/5@1.4") if flat else ("WIDTHxHEIGHT", "34x34/2@300000")
            raise DataError(
                f"{text!r} behind #",
                where=path,
                expected=f"{size}, /PIXELS that share an input, @LENGTH in the unit of the times, or some of "
                f"them, such as {path}#{such_as}",
            )
        rows = 1 if flat else int(height) if height else None
        return cls(int(width) if width else None, rows, int(pooled or 1), length)

    def sensor(self, recordings: Iterable[Events], polarities: int, where: str) -> Sensor:
        """Return the sensor; what was not said is measured of the recordings.

        Raises:
            DataError: if these tell nothing.
        """
        if self.width is not None and self.height is not None and self.span is not None:
            return Sensor(polarities, self.height, self.width, self.pooled, self.span)
        right = bottom = -1
        latest = 0.0
        for events in recordings:
            if events.times.size:
                right, bottom = max(right, int(events.x.max())), max(bottom, int(events.y.max()))
                latest = max(latest, float(events.times.max()))
        width, height = self.width or right + 1, self.height or bottom + 1
        if not (0 < width <= _MOST_SIDE and 0 < height <= _MOST_SIDE):
            raise DataError(
                "no events" if right < 0 else f"events at x up to {right}, y up to {bottom}",
                where=f"recordings of {where}",
                expected=f"pixels from 0 to {_MOST_SIDE - 1}",
            )
        if self.span is None and not latest:
            raise DataError(
                "all events at one time",
                where=f"recordings of {where}",
                expected="recordings that last",
                fix=f"say how long they are: {where}#@LENGTH",
            )
        # The latest event is within.
        span = math.nextafter(latest, math.inf) if self.span is None else self.span
        return Sensor(polarities, height, width, self.pooled, span)


def text_of(sensor: Sensor) -> str:
    """Return what says all of a sensor behind ``#``."""
    height = f"x{sensor.height}" if sensor.polarities > 1 else ""
    return f"{sensor.width}{height}/{sensor.pooled}@{sensor.span!r}"


def require_room(recordings: int, sensor: Sensor, steps: int, where: str) -> None:
    """Raise DataError where spikes would take more memory than is taken for one data set."""
    taken = recordings * math.prod(sensor.planes) * steps
    if taken > _MOST_BYTES:
        shape = "x".join(map(str, sensor.planes))
        raise DataError(
            f"{recordings} recordings of {shape} inputs and {steps} steps take {taken / 2**30:.1f} GiB",
            where=where,
            expected=f"at most {_MOST_BYTES / 2**30:g}",
            fix="take fewer steps (neuron.steps), or let pixels share an input, such as 4x4 with #/4",
        )


def _length(text: str | None) -> float | None:
    try:
        found = float(text or "")
    except ValueError:
        return None
    return found if 0 < found <= LATEST else None
