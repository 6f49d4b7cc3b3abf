from __future__ import annotations

from collections.abc import Callable

import pytest

from neuroff.cli.loudness import Loudness, current, set_loudness, taken_out
from neuroff.cli.progress import ProgressBar, RunsBar
from neuroff.core.plan import Stage
from neuroff.training.state import EpochRecord

EPOCHS = 240


def clock(seconds: list[float]) -> Callable[[], float]:
    return lambda: seconds[0]


def lines_of(loudness: Loudness, epoch_s: float, capsys: pytest.CaptureFixture[str]) -> list[str]:
    now = [0.0]
    stage = Stage(index=0, layers=(0,), epochs=EPOCHS)
    with ProgressBar("run", loudness, clock(now)) as bar:
        for epoch in range(1, EPOCHS + 1):
            now[0] += epoch_s
            bar.epoch_finished(stage, EpochRecord(0, epoch, (), seconds=epoch_s, train_accuracy=0.5))
    return capsys.readouterr().err.splitlines()


@pytest.mark.parametrize("epoch_s", [0.5, 7.0, 59.0, 61.0])
def test_a_log_has_a_line_a_minute_at_most(epoch_s: float, capsys: pytest.CaptureFixture[str]) -> None:
    lines = lines_of("usual", epoch_s, capsys)
    assert 1 <= len(lines) <= EPOCHS * epoch_s / 60
    assert "epoch" in lines[0]


def test_verbose_tells_every_epoch_and_quiet_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(lines_of("verbose", 0.1, capsys)) == EPOCHS
    assert lines_of("quiet", 100.0, capsys) == []


def test_the_last_of_many_runs_is_always_told(capsys: pytest.CaptureFixture[str]) -> None:
    with ProgressBar(loudness="usual", clock=clock([0.0])) as bar:
        runs = RunsBar(bar)
        runs.grid_started(40, 1)
        for number in range(40):
            runs.run_finished(number, 40, "test 0.9")
    assert capsys.readouterr().err.splitlines() == ["[40/40] test 0.9"]


def test_quiet_may_stand_anywhere_and_the_last_word_counts() -> None:
    set_loudness("usual")
    assert taken_out(["run", "-q", "--json", "--verbose"]) == ["run", "--json"]
    assert current() == "verbose"
    set_loudness("usual")
