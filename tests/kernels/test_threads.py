from __future__ import annotations

import threading

import pytest

from neuroff.kernels.threads import spread


@pytest.mark.parametrize(("count", "threads"), [(0, 3), (1, 3), (7, 1), (7, 3), (3, 8)])
def test_parts_cover_everything_once(count: int, threads: int) -> None:
    done: list[int] = []
    spread(lambda first, last: done.extend(range(first, last)), count, threads)
    assert sorted(done) == list(range(count))


def test_an_error_comes_through_and_no_thread_is_left() -> None:
    def fail(first: int, last: int) -> None:
        raise ValueError(f"{first} to {last}")

    before = threading.active_count()
    with pytest.raises(ValueError, match="0 to 2"):
        spread(fail, 4, 2)
    assert threading.active_count() == before
