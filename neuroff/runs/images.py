"""The images of a finished run, found again."""

from __future__ import annotations

import math

from neuroff.config.build import training_asking
from neuroff.config.planes import planes_of
from neuroff.data import DataSet, is_own, load
from neuroff.data.own import with_sensor_of
from neuroff.data.registry import DataDir
from neuroff.errors import DataError
from neuroff.runs.folder import TrainedRun


def images_of(run: TrainedRun, data_dir: DataDir = None) -> DataSet:
    """Load the data set that a run was trained on.

    Args:
        run: a finished run.
        data_dir: folder of the published sets.

    Raises:
        DataError: if it is not there, of other shapes, or a file of the user's is no longer the one of the
            training.
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
    require_alike(run, found)
    return found


def other_images(run: TrainedRun, name: str, data_dir: DataDir = None) -> DataSet:
    """Load another data set to test a run on; recordings of the user's in the bins and pixels of its own.

    Args:
        run: a finished run.
        name: of the data set, or its path.
        data_dir: folder of the published sets.

    Raises:
        DataError: if it cannot be read, or a file of the user's names other classes than the run's.
    """
    own = run.config.data.dataset
    both = is_own(own) and is_own(name)
    found = load(with_sensor_of(name, own) if both else name, data_dir, steps=run.config.neuron.steps)
    trained = run.result.data.classes
    if both and found.class_names != trained:
        raise DataError(
            f"classes {', '.join(found.class_names[:10])}",
            where=name,
            expected=f"those of the training, as they are numbered: {', '.join(trained[:10])}",
            fix="test on rows of these classes, of each at least one",
        )
    return found


def require_alike(run: TrainedRun, dataset: DataSet) -> None:
    """Refuse images of other shapes or classes than the run was trained on.

    Args:
        run: a finished run.
        dataset: what it is shown.

    Raises:
        DataError: naming what differs.
    """
    result, planes = run.result, planes_of(dataset, run.config)
    values = math.prod(dataset.train_images.shape[1:]) // (dataset.steps or 1)
    shown = training_asking(run.config, dataset.n_classes).inputs(values)
    pairs = (
        ("classes", dataset.n_classes, result.classes),
        ("pixels", shown, result.pixels),
        ("planes", planes and planes.shape, result.planes or (planes and planes.shape)),
    )
    for name, found, trained in pairs:
        if found != trained:
            raise DataError(
                f"{name}: {_text(found)}",
                where=dataset.name,
                expected=f"{_text(trained)}, as the run's result.json says",
                fix="name the data that the run was trained on, or such as it; else put result.json back",
            )


def _text(numbers: object) -> str:
    return " x ".join(map(str, numbers)) if isinstance(numbers, tuple) else str(numbers)
