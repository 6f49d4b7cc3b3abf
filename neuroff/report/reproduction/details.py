"""The tables that go to the file only: layers, tests image by image, and what was run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from neuroff.report.grid import Grid
from neuroff.report.printed import MISSING, p_value, plus_minus
from neuroff.report.reproduction.columns import data_set_title, title_of
from neuroff.report.reproduction.comparing import Gain
from neuroff.report.reproduction.model import Reproduction
from neuroff.results.diagnosis import LayerDiagnosis
from neuroff.results.reproduction import Column, ReproducedRun


def layers_grid(results: Reproduction) -> Grid:
    """Return what every layer contributes; see `neuroff.experiments.diagnosis`."""
    rows: list[tuple[str, ...]] = []
    for dataset, columns in results.items():
        for name, column in columns.items():
            for layer in range(depth(column)):
                found = diagnoses(column, layer)
                rows.append(
                    (
                        data_set_title(dataset),
                        title_of(name),
                        str(layer + 1),
                        plus_minus([entry.alone for entry in found]),
                        plus_minus([entry.up_to for entry in found]),
                        plus_minus([entry.separation for entry in found], factor=1),
                        plus_minus([entry.signal_left for entry in found], digits=1),
                        plus_minus(gammas(column, layer), factor=1, digits=3),
                    )
                )
    return Grid(
        title="What each layer contributes",
        header=(
            "data set", "algorithm", "layer", "alone %", "with the layers before it %", "separation d′",
            "learning signal left %", "γ at the end",
        ),
        rows=tuple(rows),
        words=2,
        notes=(
            "Mean ± standard deviation over seeds, on the test images.",
            "Separation d′: distance of the layer's own mean goodness of positive and negative images, in "
            "standard deviations.",
            "Learning signal left: size of the layer's modulator with its partners' goodness, against "
            "without. A layer that has little left and classifies badly alone rides on the others.",
            "γ of a layer without partners, such as the first where only earlier layers are, has no effect.",
        ),
    )  # fmt: skip


def depth(column: Column) -> int:
    """Return how many layers the runs of a column describe; 0 for backpropagation."""
    return max((len(run.layers) for run in column.runs), default=0)


def diagnoses(column: Column, layer: int) -> list[LayerDiagnosis]:
    """Return what is known of one layer, a value per seed."""
    return [run.layers[layer] for run in column.runs if layer < len(run.layers)]


def gammas(column: Column, layer: int) -> list[float]:
    """Return a layer's γ at the end of training, a value per seed."""
    return [run.gamma[layer] for run in column.runs if run.gamma and layer < len(run.gamma)]


def images_grid(compared: Sequence[Gain]) -> Grid:
    """Return McNemar's test of every comparison and seed."""
    return Grid(
        title="McNemar's exact test over test images, seed by seed",
        header=("data set", "test accuracy", "seed", "only the base right", "only the other right", "p"),
        rows=tuple(
            (
                data_set_title(gain.dataset),
                gain.title,
                str(entry.seed),
                str(entry.test.only_a),
                str(entry.test.only_b),
                p_value(entry.p_holm),
            )
            for gain in compared
            for entry in gain.image_tests
        ),
        words=2,
        notes=("p-values are Holm-corrected for all tests of this table; the base is the second name.",),
    )


def runs_grid(results: Reproduction) -> Grid:
    """Return what was run, and with what."""
    rows = []
    for dataset, columns in results.items():
        for name, column in columns.items():
            runs = column.runs
            rows.append(
                (
                    data_set_title(dataset),
                    title_of(name),
                    _listed(column.seeds),
                    _listed(run.chosen.data.train_count for run in runs),
                    _listed(run.chosen.training.epochs for run in runs),
                    _listed(run.chosen.training.precision for run in runs),
                    _listed(map(_device, runs)),
                    _listed(_version(run, "neuroff") for run in runs),
                    _listed(_version(run, "torch") for run in runs),
                    _listed(run.commit and run.commit[:10] for run in runs),
                )
            )
    return Grid(
        title="What was run",
        header=(
            "data set", "algorithm", "seeds", "training images", "epochs a stage", "precision", "device",
            "neuroff", "torch", "commit",
        ),
        rows=tuple(rows),
        words=10,
        notes=("All training images that there are, where no number is given.",),
    )  # fmt: skip


def _listed(values: Iterable[object]) -> str:
    """Print the different values in the order of the runs."""
    return ", ".join(dict.fromkeys(str(value)[:60] for value in values if value not in (None, ""))) or MISSING


def _device(run: ReproducedRun) -> object:
    return run.machine.get("gpu") or run.machine.get("device")


def _version(run: ReproducedRun, library: str) -> str | None:
    return run.versions.get(library)
