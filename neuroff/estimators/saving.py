"""A fitted estimator as one file, without pickle: safetensors, and JSON in its header."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from neuroff.checks import is_number
from neuroff.errors import RunError, shortened
from neuroff.estimators.scaling import Scaling
from neuroff.files import read_tensors, write_tensors
from neuroff.named_tensors import require_no_others
from neuroff.runs.described import Reader
from neuroff.runs.network_file import FORMAT, network_from, network_tensors, network_values, require_format

_KINDS = "biufU"
_WIDEST = 2**16  # bytes of a class


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
    require_format(values, where)
    network = network_from(tensors, values.get("network"), Reader((), where), where)
    require_no_others(tensors, network_tensors(network), where)
    try:
        found = kind(**values["arguments"])
        scaling, classes = Scaling.from_dict(values["scaling"]), _classes_read(values["classes"])
        losses, names = values["loss_curve"], values["names"]
        if not all(map(is_number, losses)) or type(values["n_iter"]) is not int or values["n_iter"] < 0:
            raise ValueError(f"n_iter {values['n_iter']} with a loss_curve {losses}")
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise ValueError(f"names {names}")
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise RunError(
            f"not a fitted classifier ({shortened(str(error))})", where=where, fix="save it again"
        ) from None
    features = len(scaling.low)
    fits = network.asking.inputs(features) == network.widths[0] and len(names) in (0, features)
    if len(classes) != network.classes or not fits:
        raise RunError(
            "classes, features and network do not belong together", where=where, fix="save it again"
        )
    found.network_, found.scaling_, found.classes_ = network, scaling, classes
    found.n_iter_, found.loss_curve_ = values["n_iter"], [float(loss) for loss in losses]
    found.n_features_in_ = features
    if names:
        found.feature_names_in_ = np.array(names, dtype=object)
    found._state, found._seed = None, 0
    return found


def _classes_read(described: dict[str, Any]) -> Any:
    """Return the classes of a file, sorted and each once, in the type that it names.

    Raises:
        KeyError, TypeError, ValueError, OverflowError: if it holds none.
    """
    values, named = described["values"], np.dtype(described["dtype"])
    plain = np.array(values)
    if not isinstance(values, list) or plain.ndim != 1 or plain.dtype.kind not in _KINDS:
        raise ValueError(f"classes {values}")
    words = plain.dtype.kind == "U"
    if named.kind not in _KINDS + "O" or named.itemsize > _WIDEST or words != (named.kind in "UO"):
        raise ValueError(f"classes {values} of type {named}")
    found = plain.astype(named)
    if found.tolist() != values or np.unique(plain).tolist() != values:
        raise ValueError(f"classes {values} of type {named}")
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
