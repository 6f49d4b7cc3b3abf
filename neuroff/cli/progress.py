"""Training progress on a terminal: stage, epoch, loss, goodness, γ, time left."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from neuroff.cli.loudness import Loudness, current

if TYPE_CHECKING:
    from neuroff.config import Config
    from neuroff.core.plan import Stage
    from neuroff.training import Progress as Listener
    from neuroff.training.state import EpochRecord

_PAUSE_S: Final = 60.0
"""Between two lines in a log."""


class ProgressBar:
    """A bar on standard error; a plain line a minute at most where that is not a terminal.

    Args:
        label: shown in front of the bar.
        loudness: quiet shows nothing; verbose tells every epoch; the command's own without it.
        clock: seconds; tests bring their own.
    """

    def __init__(
        self, label: str = "", loudness: Loudness | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._loudness, self._clock = loudness or current(), clock
        self._console = Console(stderr=True, quiet=self._loudness == "quiet")
        self._said_s = clock()
        self.label = label
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[figures]}"),
            TimeRemainingColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._task: TaskID | None = None
        self._counted: TaskID | None = None

    def __enter__(self) -> ProgressBar:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def say(self, line: str, *, always: bool = False) -> None:
        """Print a line above the bars; where there are none, only if none was printed for a minute."""
        now = self._clock()
        if (
            always
            or self._console.is_terminal
            or self._loudness == "verbose"
            or now - self._said_s >= _PAUSE_S
        ):
            self._said_s = now
            self._console.print(line, soft_wrap=True, highlight=False, markup=False)

    def count(self, name: str, total: int) -> None:
        """Start a bar of things that are finished one by one; see `counted`."""
        self._counted = self._bar.add_task(name, total=total, completed=0, figures="")

    def counted(self) -> None:
        """One more of them is finished."""
        if self._counted is not None:
            self._bar.advance(self._counted)

    def stage_started(self, stage: Stage, stages: int, done_epochs: int) -> None:
        """Start a bar for a stage."""
        layers = ", ".join(str(index + 1) for index in stage.layers)
        name = f"{self.label} layer {layers}".strip()
        self._task = self._bar.add_task(name, total=stage.epochs, completed=done_epochs, figures="")

    def batch_finished(self, stage: Stage, epoch: int, share: float) -> None:
        """Move the bar within an epoch."""
        if self._task is not None:
            self._bar.update(self._task, completed=epoch + share)

    def epoch_finished(self, stage: Stage, record: EpochRecord) -> None:
        """Show an epoch's figures."""
        figures = _figures(record)
        if self._task is not None:
            self._bar.update(self._task, completed=record.epoch, figures=figures)
        if not self._console.is_terminal or self._loudness == "verbose":
            self.say(
                f"{self.label} stage {stage.index + 1} epoch {record.epoch}/{stage.epochs} {figures}".strip()
            )


def _figures(record: EpochRecord) -> str:
    text = ""
    for last in record.layers[-1:]:  # backpropagation has no layers of its own
        text = (
            f"loss {last.loss:.4f}  G+ {last.goodness_positive:.3g}  G- {last.goodness_negative:.3g}  "
            f"γ {last.gamma:.3g}"
        )
    if record.train_accuracy is not None:
        text += f"  train {record.train_accuracy:.4f}"
    if record.held_out_accuracy is not None:
        text += f"  held-out {record.held_out_accuracy:.4f}"
    return text


class RunsBar:
    """A labelled bar per run of a grid, and a line with the time left after each.

    Args:
        bar: shows the running one.
    """

    def __init__(self, bar: ProgressBar) -> None:
        self._bar = bar
        self._finished = 0
        self._started_s = time.monotonic()

    def grid_started(self, runs: int, at_once: int) -> None:
        """Start the clock, and a bar of all runs where several of them run at once, unseen from here."""
        self._finished, self._started_s = 0, time.monotonic()
        if at_once > 1:
            self._bar.count(f"{runs} runs, {at_once} at once", runs)

    def run_started(self, config: Config, number: int, runs: int) -> Listener:
        """Start the next run's bar."""
        self._bar.label = f"[{number + 1}/{runs}] {config.path} {config.variant} seed {config.seed}"
        return self._bar

    def run_finished(self, number: int, runs: int, summary: str) -> None:
        """Say what came out and how long the rest will take if it goes on like this."""
        self._finished += 1
        self._bar.counted()
        left_s = (time.monotonic() - self._started_s) / self._finished * (runs - self._finished)
        left = f"; about {_duration(left_s)} left" if self._finished < runs else ""
        self._bar.say(f"[{number + 1}/{runs}] {summary}{left}", always=self._finished == runs)


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
