"""How a command's runs are executed: device, processes, progress on the terminal, Ctrl-C."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from neuroff.cli.signals import stop_on_interrupt

if TYPE_CHECKING:
    from neuroff.runs.grid import Execution


@contextmanager
def execution(device: str, jobs: int, backend: str | None = None) -> Iterator[Execution]:
    """Yield how to execute runs, with a progress bar that is shown meanwhile.

    Args:
        device: where to train.
        jobs: runs at the same time.
        backend: what executes them; see `neuroff.runs.cluster.backend_of`.

    Raises:
        ConfigError: if the device or the back end is not there.
    """
    from neuroff.cli.progress import ProgressBar, RunsBar
    from neuroff.device import require_device
    from neuroff.runs.cluster import backend_of
    from neuroff.runs.grid import Execution

    found = backend_of(backend, jobs)
    with stop_on_interrupt() as should_stop, ProgressBar() as bar:
        yield Execution(require_device(device), found, RunsBar(bar), should_stop)
