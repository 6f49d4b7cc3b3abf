"""A fitted estimator as one file, without pickle: safetensors, and JSON in its header."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from neuroff.errors import RunError, shortened
from neuroff.estimators.scaling import Scaling
from neuroff.files import read_tensors, write_tensors
from neuroff.runs.described import Reader
from neuroff.runs.network_file import FORMAT, network_from, network_tensors, network_values

_KINDS = "biufU"


def save_estimator(estimator: Any, path: Path | str) -> None:
    """Write a fitted classifier.

    Args:
        estimator: fitted.
        path: the file.

    Raises:
        RunError: naming what a file cannot hold, or if it cannot be written.
    """
    arguments = {name: _plain(value, name) for name, value in estimator.get_params(deep=False).items()}
    values = {
        "format": FORMAT,
        "estimator": type(estimator).__name__,
        "arguments": arguments,
        "classes": _classes(estimator.classes_),
        "scaling": estimator.scaling_.to_dict(),
        "n_iter": estimator.n_iter_,
        "loss_curve": list(estimator.loss_curve_),
        "names": [str(name) for name in getattr(estimator, "feature_names_in_", ())],
        "network": network_values(estimator.network_),
    }
    write_tensors(Path(path), network_tensors(estimator.network_), values)


def load_estimator(kind: type[Any], path: Path | str) -> Any:
    """Read what `save_estimator` wrote; nothing in it is executed.

    Args:
        kind: class of the classifier.
        path: the file.

    Raises:
        RunError: if the file is missing, damaged, or another class's.
    """
    tensors, values = read_tensors(Path(path))
    where = str(path)
    if values.get("estimator") != kind.__name__:
        raise RunError(
            f"holds {shortened(values.get('estimator'))}",
            where=where,
            expected=f"a fitted {kind.__name__}",
            fix="load it with the class that saved it",
        )
    network = network_from(tensors, values.get("network"), Reader((), where), where)
    try:
        found = kind(**values["arguments"])
        found.network_, found.scaling_ = network, Scaling.from_dict(values["scaling"])
        found.classes_ = np.array(values["classes"]["values"], dtype=values["classes"]["dtype"])
        found.n_iter_, found.loss_curve_ = int(values["n_iter"]), [float(x) for x in values["loss_curve"]]
        found.n_features_in_ = len(found.scaling_.low)
        if values["names"]:
            found.feature_names_in_ = np.array(values["names"], dtype=object)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise RunError(
            f"not a fitted classifier ({shortened(str(error))})", where=where, fix="save it again"
        ) from None
    fits = network.asking.inputs(found.n_features_in_) == network.widths[0]
    if len(found.classes_) != network.classes or not fits:
        raise RunError(
            "classes, features and network do not belong together", where=where, fix="save it again"
        )
    found._state, found._seed = None, 0
    return found


def _classes(classes: Any) -> dict[str, Any]:
    plain = np.array([str(entry) for entry in classes]) if _all_words(classes) else classes
    if plain.dtype.kind not in _KINDS:
        raise RunError(
            f"classes of type {classes.dtype}",
            where="saving a classifier",
            expected="numbers, words or truth values",
        )
    return {"dtype": "object" if classes.dtype == object else classes.dtype.str, "values": plain.tolist()}


def _all_words(classes: Any) -> bool:
    return classes.dtype == object and all(isinstance(entry, str) for entry in classes)


def _plain(value: Any, name: str) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, tuple | list):
        return [_plain(entry, name) for entry in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise RunError(
        f"argument {name} is a {type(value).__name__}",
        where="saving a classifier",
        expected="numbers, words and tuples of them",
        fix="set it anew with set_params, such as an integer for random_state",
    )
