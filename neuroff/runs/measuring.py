"""A finished run measured again: accuracy of every part, and which class is taken for which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from neuroff.config.inputs import prepare
from neuroff.core.scores import PredictionRule
from neuroff.data import DataSet
from neuroff.runs.folder import TrainedRun
from neuroff.runs.images import require_alike
from neuroff.training.confusion import Confusion, confusion
from neuroff.training.evaluate import predict
from neuroff.training.window import windowed


@dataclass(frozen=True, eq=False)
class Measured:
    """What a run is worth on a data set.

    Attributes:
        parts: by ``train``, ``held_out`` and ``test``; None where there are no images.
        prediction: the rule by which classes were chosen.
        classes: their names.
    """

    parts: dict[str, Confusion | None]
    prediction: PredictionRule
    classes: tuple[str, ...]

    @property
    def accuracy(self) -> dict[str, float | None]:
        """Shares of right answers."""
        return {name: None if part is None else part.accuracy for name, part in self.parts.items()}

    def to_json(self) -> dict[str, Any]:
        """Return what a script reads; the confusion is that of the test images."""
        test = self.parts["test"]
        return {
            "accuracy": self.accuracy,
            "prediction": self.prediction,
            "classes": list(self.classes),
            **({} if test is None else {"test": test.to_json()}),
        }


def measure(
    run: TrainedRun, dataset: DataSet, rule: PredictionRule | None = None, device: str = "cpu"
) -> Measured:
    """Measure a trained run again, perhaps on other images or by another prediction rule.

    Args:
        run: the run.
        dataset: what to measure on, split as the run's configuration says.
        rule: how classes are chosen; the run's own without it. The layers of a ``window`` are chosen
            on the held-out images where the run has none.
        device: where to compute.

    Raises:
        DataError: if the images are of other shapes or classes than those of the training.
    """
    require_alike(run, dataset)
    chosen = rule or run.config.network.prediction
    split, network = prepare(dataset, run.config, device), run.network
    if chosen == "window" and run.result.window is None:
        network = windowed(network, split.held_out)
    parts = {"train": split.train, "held_out": split.held_out, "test": split.test}
    classes = dataset.class_names
    return Measured(
        {
            name: confusion(predict(network, inputs, chosen), inputs.labels, dataset.n_classes)
            if len(inputs)
            else None
            for name, inputs in parts.items()
        },
        chosen,
        classes,
    )
