from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuroff.data.sensor import LATEST, Events, Sensor, require_times
from neuroff.errors import DataError

ROWS = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 4), st.integers(0, 1), st.integers(0, 120)), max_size=20
)


def events(rows: list[tuple[int, int, int, int]]) -> Events:
    x, y, on, times = np.array(rows, np.int64).reshape(-1, 4).T
    return Events(x, y, on, times)


@given(rows=ROWS, pooled=st.integers(1, 8), steps=st.integers(1, 9))
def test_events_become_spikes_where_and_when_they_are(
    rows: list[tuple[int, int, int, int]], pooled: int, steps: int
) -> None:
    sensor = Sensor(2, 5, 7, pooled, 100)
    found = sensor.spikes(events(rows), steps, "here")
    assert found.shape == (np.prod(sensor.planes), steps)
    expected = {(p, y // pooled, x // pooled, t * steps // 100) for x, y, p, t in rows if t < 100}
    assert {*map(tuple, np.argwhere(found.reshape(*sensor.planes, steps)).tolist())} == expected


def test_a_side_that_pools_do_not_divide_keeps_its_last_pixels() -> None:
    assert Sensor(2, 5, 7, 2, 1.0).planes == (2, 3, 4)
    assert Sensor(1, 1, 700, 5, 1.4).planes == (1, 1, 140)


@pytest.mark.parametrize(
    ("row", "words"), [((7, 0, 0, 0), "x from 7"), ((0, 5, 0, 0), "y from 5"), ((0, 0, 2, 0), "p from 2")]
)
def test_what_a_sensor_has_not_is_refused(row: tuple[int, int, int, int], words: str) -> None:
    with pytest.raises(DataError, match=rf"there: {words}.*Look at it\."):
        Sensor(2, 5, 7, 1, 100).spikes(events([row]), 3, "there", "look at it")


@pytest.mark.parametrize("time", [np.nan, np.inf, -1.0, 2 * LATEST])
def test_times_that_cannot_be(time: float) -> None:
    require_times(np.array([0.0, LATEST]), 0.0, "here")
    with pytest.raises(DataError, match=r"here: an event at .*; expected finite times from 0 on"):
        require_times(np.array([0.0, time]), 0.0, "here")
