"""A finished run of a spiking network with its images, as `neuroff export` and `neuroff verify` need it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neuroff.core.inputs import Split
    from neuroff.runs.folder import TrainedRun


@dataclass(frozen=True, eq=False)
class SpikingRun:
    """A finished run and its images."""

    trained: TrainedRun
    split: Split


def load_spiking(run: Path, data_dir: Path | None) -> SpikingRun:
    """Read a run and its data set.

    Raises:
        NeuroffError: if either is missing or damaged, or the network does not spike.
    """
    from neuroff.config.inputs import prepare
    from neuroff.exchange.port import require_spiking
    from neuroff.runs.folder import RunDirectory, load_run
    from neuroff.runs.images import images_of

    trained = load_run(RunDirectory(run))
    require_spiking(trained.network)
    return SpikingRun(trained, prepare(images_of(trained, data_dir), trained.config))
