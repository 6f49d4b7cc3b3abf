"""How far probabilities of classes can be believed: neuroff's classifiers beside scikit-learn's.

    python -m benchmarks.calibration [--folds 5] [--json] [--out FILE]

Every row of four tables is predicted by a model that did not see it (cross-validation). ``error`` is the
expected calibration error of the most likely class: the gap between its mean probability and the share of
right answers in each of 15 bins of probability, mean over rows (Guo et al., ICML 2017). ``sureness`` is mean
probability less accuracy: above zero where a model is surer than it should be. ``log loss`` is in nats.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.output import benchmark_parser, finish, positive
from neuroff import FFClassifier, SpikingFFClassifier
from neuroff.provenance import commit, versions

TABLES: dict[str, Callable[..., Any]] = {
    "iris": load_iris,
    "wine": load_wine,
    "breast cancer": load_breast_cancer,
    "digits": load_digits,
}
_BINS = 15


def models() -> dict[str, Any]:
    """Return the classifiers with the settings of docs/estimators.md."""
    return {
        "FFClassifier": FFClassifier(random_state=0),
        "SpikingFFClassifier": SpikingFFClassifier(random_state=0),
        "MLPClassifier": make_pipeline(StandardScaler(), MLPClassifier(max_iter=500, random_state=0)),
        "LogisticRegression": make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000)),
    }


def calibration_error(chances: npt.NDArray[np.float64], labels: npt.NDArray[np.int64]) -> float:
    """Return the expected calibration error of ``(B, K)`` probabilities and ``(B,)`` true classes."""
    sure, right = chances.max(1), chances.argmax(1) == labels
    place = np.minimum((sure * _BINS).astype(int), _BINS - 1)
    gaps = [abs(float((sure - right)[place == each].sum())) for each in range(_BINS)]
    return sum(gaps) / len(labels)


def of(chances: npt.NDArray[np.float64], labels: npt.NDArray[np.int64]) -> dict[str, float]:
    """Return what probabilities are worth."""
    accuracy = float((chances.argmax(1) == labels).mean())
    return {
        "accuracy": accuracy,
        "error": calibration_error(chances, labels),
        "sureness": float(chances.max(1).mean()) - accuracy,
        "log_loss": float(log_loss(labels, chances)),
    }


def measure(folds: int, tables: Sequence[str]) -> dict[str, Any]:
    """Predict every row of the tables by models that did not see it."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    parts = StratifiedKFold(folds, shuffle=True, random_state=0)
    found: dict[str, Any] = {}
    for table in tables:
        rows, labels = TABLES[table](return_X_y=True)
        found[table] = {
            name: of(cross_val_predict(model, rows, labels, cv=parts, method="predict_proba"), labels)
            for name, model in models().items()
        }
    return {"versions": versions(), "commit": commit(), "folds": folds, "bins": _BINS, "tables": found}


def table(result: dict[str, Any]) -> str:
    """Return the result in words."""
    lines = [f"{'':34}{'accuracy':>10}{'error':>8}{'sureness':>10}{'log loss':>10}"]
    for name, found in result["tables"].items():
        for model, each in found.items():
            numbers = f"{each['accuracy']:10.3f}{each['error']:8.3f}{each['sureness']:+10.3f}"
            lines.append(f"{name:14}{model:20}{numbers}{each['log_loss']:10.3f}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; return the exit code."""
    first_line = (__doc__ or "").split("\n")[0]
    parser = benchmark_parser("benchmarks.calibration", first_line, "  python -m benchmarks.calibration")
    parser.add_argument("--folds", type=positive, default=5)
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=list(TABLES))
    chosen = parser.parse_args(arguments)
    return finish(lambda: measure(chosen.folds, chosen.tables), table, as_json=chosen.json, out=chosen.out)


if __name__ == "__main__":
    sys.exit(main())
