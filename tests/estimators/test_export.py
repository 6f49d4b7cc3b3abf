"""What a fitted classifier's export says and takes, and which arguments no classifier has."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_wine

from neuroff import FFClassifier, SpikingFFClassifier
from neuroff.errors import ConfigError, ExportError

ROWS, CLASSES = load_wine(return_X_y=True)
NAMES = np.array(["barbera", "barolo", "grignolino"])[CLASSES]


@pytest.fixture(scope="module")
def classifier() -> SpikingFFClassifier:
    return SpikingFFClassifier(widths=(30, 30), max_iter=4, random_state=0).fit(ROWS, NAMES)


@pytest.mark.parametrize("to", ["loihi", "c"])
def test_notes_of_an_export_say_what_is_known(
    classifier: SpikingFFClassifier, to: str, tmp_path: Path
) -> None:
    blind = " ".join(classifier.export(to, tmp_path / "a", X=ROWS).notes)
    assert re.search(r"of 178 rows [\d.]+ % keep their class as integers", blind)
    assert "are right" not in blind
    seeing = " ".join(classifier.export(to, tmp_path / "b", X=ROWS, y=NAMES).notes)
    right = 100 * classifier.score(ROWS, NAMES)
    assert right < 100
    assert f"of 178 rows {right:.1f} % are right as trained, " in seeing
    spikes = " ".join(classifier.export(to, tmp_path / "c", X=ROWS, spikes=True).notes)
    assert "counted on 100 rows, " in spikes
    for notes in (blind, seeing, spikes):
        assert "training images" not in notes
        assert "test images" not in notes


def test_an_export_takes_what_its_format_does(classifier: SpikingFFClassifier, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="flavour='sinabs'"):
        classifier.export("nir", tmp_path / "a.nir", X=ROWS)
    written = classifier.export("nir", tmp_path / "a.nir", X=ROWS, flavour="sinabs")
    assert written.files[0].stat().st_size
    assert classifier.export("loihi", tmp_path / "b", X=ROWS, bits=6, chip_reset="subtract").bits == 6
    with pytest.raises(ConfigError, match="flavour with --to c"):
        classifier.export("c", tmp_path / "c.h", X=ROWS, flavour="sinabs")
    with pytest.raises(ExportError, match="force=True in Python"):
        classifier.export("nir", tmp_path / "a.nir", X=ROWS, flavour="sinabs")


def test_classes_of_rows_are_the_classifiers(classifier: SpikingFFClassifier) -> None:
    assert classifier.inputs(ROWS, NAMES).labels.tolist() == CLASSES.tolist()
    with pytest.raises(ValueError, match="y has classes that `classes` does not have: \\['chianti'\\]"):
        classifier.inputs(ROWS, np.where(CLASSES, NAMES, "chianti"))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        classifier.inputs(ROWS, NAMES[:5])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"beta": 2.0}, "beta = 2.0; expected beta: less than or equal to 1"),
        ({"beta": -1}, "beta = -1; expected beta: greater than or equal to 0"),
        ({"threshold": -1.0}, "threshold = -1.0; expected threshold: greater than 0"),
        ({"threshold": 0.0}, "threshold = 0.0; expected threshold: greater than 0"),
        ({"gamma": float("nan")}, "gamma = nan; expected gamma: a finite number"),
        ({"steps": 0}, "steps = 0; expected steps: greater than or equal to 1"),
        ({"steps": np.float64(2.5)}, "steps = .*; expected steps: a valid integer"),
        ({"max_iter": 0}, "max_iter = 0; expected max_iter: greater than or equal to 1"),
        ({"batch_size": 0}, "batch_size = 0; expected batch_size: greater than or equal to 1"),
        ({"batch_size": "all"}, "batch_size = 'all'; expected batch_size: a valid integer"),
        ({"learning_rate": float("inf")}, "learning_rate = inf; expected learning_rate: "),
        ({"weight_decay": -0.1}, "weight_decay = -0.1; expected weight_decay: "),
        ({"steepness": True}, "steepness = True; expected steepness: yes or no where a number"),
        ({"label_smoothing": 1.0}, "label_smoothing = 1.0; expected label_smoothing: less than 1"),
        ({"beta": 2.0, "threshold": 0.0}, "beta = 2.0, threshold = 0.0; expected beta: .*; threshold: "),
    ],
)
def test_numbers_that_a_configuration_would_refuse(arguments: dict[str, Any], message: str) -> None:
    one = SpikingFFClassifier(**{"widths": (9,), "max_iter": 1, **arguments})
    with pytest.raises(ConfigError, match=f"^SpikingFFClassifier: {message}"):
        one.fit(ROWS, NAMES)
    with pytest.raises(ConfigError, match=f"^SpikingFFClassifier: {message}"):
        one.partial_fit(ROWS, NAMES, classes=NAMES)
    assert not hasattr(one, "network_")


def test_dense_classifiers_have_the_same_ranges() -> None:
    with pytest.raises(ConfigError, match="FFClassifier: gamma = nan, max_iter = 0"):
        FFClassifier(gamma=float("nan"), max_iter=0).fit(ROWS, NAMES)
    plain: dict[str, Any] = {"gamma": np.float32(0.5), "max_iter": np.int64(1), "batch_size": np.int32(50)}
    assert FFClassifier(widths=(9,), weight_decay=0, **plain).fit(ROWS, NAMES).n_iter_ == 1
