"""The sensor of one's own recordings: said behind ``#``, or measured of the recordings."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuroff.data.own.sized import Said, require_room, text_of
from neuroff.data.sensor import Events, Sensor
from neuroff.errors import DataError

EMPTY = np.zeros(0, np.int64)
NOTHING = Events(EMPTY, EMPTY, EMPTY, EMPTY)


def events(x: int, y: int, time: float) -> Events:
    return Events(np.array([0, x]), np.array([0, y]), np.zeros(2, np.int64), np.array([0, time]))


@pytest.mark.parametrize(
    ("text", "flat", "said"),
    [
        ("", False, Said(None, None, 1, None)),
        ("34x20", False, Said(34, 20, 1, None)),
        ("/4", False, Said(None, None, 4, None)),
        ("@3e5", False, Said(None, None, 1, 3e5)),
        ("346x260/4@300000", False, Said(346, 260, 4, 300_000)),
        ("", True, Said(None, 1, 1, None)),
        ("700/5@1.4", True, Said(700, 1, 5, 1.4)),
    ],
)
def test_what_is_said_behind_the_path(text: str, flat: bool, said: Said) -> None:
    assert Said.of(text, "p", flat=flat) == said


@pytest.mark.parametrize(
    "text",
    [
        "label",
        "34",
        "x34",
        "34x",
        "0x3",
        "3x0",
        "65537x3",
        "/0",
        "@0",
        "@-1",
        "@nan",
        "@1e101",
        "@",
        "@1.2.3",
    ],
)
def test_what_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(DataError, match=r"rec: '.*' behind #; expected WIDTHxHEIGHT, .*such as rec#34x34"):
        Said.of(text, "rec", flat=False)


@pytest.mark.parametrize("text", ["34x34", "species", "0"])
def test_spike_trains_have_channels(text: str) -> None:
    with pytest.raises(DataError, match=r"expected CHANNELS, .*such as a\.h5#700"):
        Said.of(text, "a.h5", flat=True)


def test_the_rest_is_measured_with_the_latest_event_inside() -> None:
    recorded = [events(3, 9, 50.0), NOTHING, events(7, 2, 70.0)]
    found = Said.of("", "p", flat=False).sensor(recorded, 2, "p")
    assert (found.width, found.height, found.pooled) == (8, 10, 1)
    assert 70 < found.span < 70.0001
    assert found.spikes(events(7, 2, 70.0), 5, "p").sum() == 2
    said = Said.of("20x20/3@100", "p", flat=False).sensor(iter(()), 2, "p")
    assert said == Sensor(2, 20, 20, 3, 100)
    assert Said.of("9", "p", flat=True).sensor(recorded, 1, "p").planes == (1, 1, 9)


def test_recordings_that_tell_nothing() -> None:
    said = Said.of("", "p", flat=False)
    with pytest.raises(DataError, match="recordings of p: no events"):
        said.sensor([NOTHING], 2, "p")
    with pytest.raises(DataError, match=r"all events at one time.*Say how long they are: p#@LENGTH"):
        said.sensor([events(1, 1, 0.0)], 2, "p")
    assert Said.of("@5", "p", flat=False).sensor([events(1, 1, 0.0)], 2, "p").span == 5
    with pytest.raises(
        DataError, match="events at x up to 65536, y up to 1; expected pixels from 0 to 65535"
    ):
        said.sensor([events(2**16, 1, 9.0)], 2, "p")


def test_spikes_that_would_fill_the_memory_are_refused_before_they_are_made() -> None:
    require_room(100, Sensor(2, 128, 128, 1, 1.0), 100, "p")
    with pytest.raises(
        DataError, match=r"100 recordings of 2x65536x65536 inputs and 4 steps take 3200\.0 GiB"
    ):
        require_room(100, Sensor(2, 2**16, 2**16, 1, 1.0), 4, "p")


SENSORS = st.builds(
    Sensor,
    st.just(2),
    st.integers(1, 2**16),
    st.integers(1, 2**16),
    st.integers(1, 64),
    st.floats(1e-9, 1e100, allow_subnormal=False),
)


@given(SENSORS)
def test_a_sensor_is_said_without_loss(sensor: Sensor) -> None:
    assert Said.of(text_of(sensor), "p", flat=False).sensor([], 2, "p") == sensor
    flat = Sensor(1, 1, sensor.width, sensor.pooled, sensor.span)
    assert Said.of(text_of(flat), "p", flat=True).sensor([], 1, "p") == flat
