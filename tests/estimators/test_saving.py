"""Files of classifiers that somebody edited: one message that names the file, or the same answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neuroff import FFClassifier
from neuroff.errors import NeuroffError, RunError
from neuroff.files import read_tensors
from tests.runs.edits import edit_tensors, edit_values, places_of, tensor_edits, value_edits

ROWS = np.random.default_rng(0).random((30, 4))
MANY = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("estimator") / "a.safetensors"
    labels = np.array(["no", "yes"])[(ROWS.sum(1) > 2).astype(int)]
    FFClassifier(widths=(6, 5), max_iter=2, random_state=0).fit(ROWS, labels).save(found)
    return found


@pytest.mark.parametrize(
    "changed",
    [
        {"dtype": "<U2000000000"},
        {"dtype": "<i8"},
        {"dtype": "V8"},
        {"dtype": "no type"},
        {"values": ["yes", "no"]},
        {"values": ["no", "no"]},
        {"values": [["no", "yes"]]},
        {"values": ["no", 1]},
        {"values": [10**30, 10**31], "dtype": "<i8"},
    ],
    ids=str,
)
def test_classes_that_are_none_are_refused(file: Path, tmp_path: Path, changed: dict[str, Any]) -> None:
    other = copied(file, tmp_path)
    edit_values(other, lambda values: values["classes"].update(changed))
    with pytest.raises(RunError, match=f"{other}: not a fitted classifier"):
        FFClassifier.load(other)


@pytest.mark.parametrize(
    ("name", "value"),
    [("span", [0.0, 1.0, 1.0, 1.0]), ("deviation", [-1.0, 1.0, 1.0, 1.0]), ("low", [0.0]), ("mean", [[1]])],
)
def test_a_scaling_that_is_none_is_refused(file: Path, tmp_path: Path, name: str, value: list[Any]) -> None:
    other = copied(file, tmp_path)
    edit_values(other, lambda values: values["scaling"].update({name: value}))
    with pytest.raises(RunError, match=f"{other}: not a fitted classifier"):
        FFClassifier.load(other)


def copied(file: Path, folder: Path) -> Path:
    target = folder / "copy.safetensors"
    target.write_bytes(file.read_bytes())
    return target


@MANY
@given(st.data())
def test_edited_tensors(file: Path, data: st.DataObject) -> None:
    other = copied(file, file.parent)
    edit_tensors(other, data.draw(tensor_edits(list(read_tensors(file)[0]))))
    same_or_refused(other, file)


@MANY
@given(st.data())
def test_edited_values(file: Path, data: st.DataObject) -> None:
    other = copied(file, file.parent)
    edit_values(other, data.draw(value_edits(places_of(read_tensors(file)[1]))))
    try:
        FFClassifier.load(other).predict(ROWS)  # another number may be another classifier
    except NeuroffError as error:
        assert str(other) in str(error), str(error)  # noqa: PT017


def same_or_refused(other: Path, file: Path) -> None:
    try:
        found = FFClassifier.load(other).predict_proba(ROWS)
    except NeuroffError as error:
        assert str(other) in str(error), str(error)  # noqa: PT017
    else:
        assert (found == FFClassifier.load(file).predict_proba(ROWS)).all()


def test_a_loss_beyond_a_double_is_refused(file: Path, tmp_path: Path) -> None:
    other = copied(file, tmp_path)
    edit_values(other, lambda values: values.update(loss_curve=[10**400]))
    with pytest.raises(RunError, match=f"{other}: not a fitted classifier"):
        FFClassifier.load(other)
