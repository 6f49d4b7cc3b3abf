"""Tables of features: neuroff's classifiers beside scikit-learn's, and what a prediction costs on a chip.

    python examples/tables.py [--folds 5] [--json FILE]

Two folds of two small tables by default, for a first look; ``--folds 5`` takes all four tables, some minutes.
"""

import argparse
import json
import warnings
from pathlib import Path

from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import neuroff

TABLES = {"iris": load_iris, "wine": load_wine, "breast cancer": load_breast_cancer, "digits": load_digits}

parser = argparse.ArgumentParser()
parser.add_argument("--folds", type=int, default=2)
parser.add_argument("--json", type=Path)
arguments = parser.parse_args()
quick = arguments.folds < 5
models = {
    "FFClassifier": neuroff.FFClassifier(random_state=0, max_iter=40 if quick else 200),
    "SpikingFFClassifier": neuroff.SpikingFFClassifier(random_state=0, max_iter=40 if quick else 200),
    "MLPClassifier": make_pipeline(StandardScaler(), MLPClassifier(max_iter=500, random_state=0)),
    "LogisticRegression": make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000)),
}
folds = StratifiedKFold(arguments.folds, shuffle=True, random_state=0)
warnings.simplefilter("ignore", ConvergenceWarning)

found: dict[str, dict[str, list[float]]] = {}
print(f"accuracy in per cent, {arguments.folds} folds\n{'':14}" + "".join(f"{name:>22}" for name in models))
for table in ("wine", "breast cancer") if quick else TABLES:
    rows, classes = TABLES[table](return_X_y=True)
    found[table] = {
        name: cross_val_score(model, rows, classes, cv=folds).tolist() for name, model in models.items()
    }
    means = [100 * sum(scores) / len(scores) for scores in found[table].values()]
    print(f"{table:14}" + "".join(f"{mean:22.1f}" for mean in means))

rows, classes = load_wine(return_X_y=True)
spiking = models["SpikingFFClassifier"].fit(rows, classes)
report = spiking.energy("loihi1-davies2018", X=rows).result()
energy = report.profiles["loihi1-davies2018"].energy_J
print(f"a spiking prediction on wine: {report.counts['spikes_emitted']:.0f} spikes, ", end="")
print(f"at least {1e6 * energy.nominal:.2f} µJ on Loihi (Davies 2018)" if energy else "no price on Loihi")
if arguments.json:
    arguments.json.write_text(json.dumps({"folds": arguments.folds, "accuracy": found}, indent=1) + "\n")
