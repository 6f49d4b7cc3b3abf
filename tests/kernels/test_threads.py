from __future__ import annotations

import threading
from functools import partial

import pytest

from neuroff.kernels.threads import spread, together


@pytest.mark.parametrize(("count", "threads"), [(0, 3), (1, 3), (7, 1), (7, 3), (3, 8)])
def test_parts_cover_everything_once(count: int, threads: int) -> None:
    done: list[int] = []
    spread(lambda first, last: done.extend(range(first, last)), count, threads)
    assert sorted(done) == list(range(count))


def test_an_error_comes_through_and_no_thread_is_left() -> None:
    def fail(first: int, last: int) -> None:
        raise ValueError(f"{first} to {last}")

    before = threading.active_count()
    with pytest.raises(ValueError, match="2 to 4"):
        spread(fail, 4, 2)
    assert threading.active_count() == before


def test_works_run_at_once_and_answers_keep_their_order() -> None:
    meeting = threading.Barrier(3, timeout=30)  # nobody passes alone

    def work(number: int) -> int:
        meeting.wait()
        return number

    assert together([partial(work, number) for number in range(3)]) == [0, 1, 2]
    assert together([threading.get_ident]) == [threading.get_ident()]  # one needs no thread


def test_an_error_of_the_callers_own_part_waits_for_the_others() -> None:
    done: list[int] = []

    def work(first: int, last: int) -> None:
        if first:
            raise ValueError("its own")
        done.append(first)

    with pytest.raises(ValueError, match="its own"):
        spread(work, 2, 2)
    assert done == [0]
