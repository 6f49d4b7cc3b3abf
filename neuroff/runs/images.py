"""The images of a finished run, found again."""

from __future__ import annotations

from neuroff.data import DataSet, is_own, load
from neuroff.data.registry import DataDir
from neuroff.errors import DataError
from neuroff.runs.folder import TrainedRun


def images_of(run: TrainedRun, data_dir: DataDir = None) -> DataSet:
    """Load the data set that a run was trained on.

    Args:
        run: a finished run.
        data_dir: folder of the published sets.

    Raises:
        DataError: if it is not there, or a file of the user's is no longer the one of the training.
    """
    name = run.config.data.dataset
    found = load(name, data_dir, steps=run.config.neuron.steps)
    trained = {file.sha256 for file in run.result.data.files}
    if is_own(name) and trained != {file.sha256 for file in found.provenance.files}:
        raise DataError(
            "not the data that the run was trained on",
            where=name,
            expected=f"SHA-256 {', '.join(sorted(trained))[:16]}…, as the run's result.json says",
            fix="put the file back, or train again",
        )
    return found
