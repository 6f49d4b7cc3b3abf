"""Results that the documentation keeps load, fit their schema and come out as they went in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from neuroff.errors import ConfigError, RunError
from neuroff.results import KINDS, schema
from tests.results.checking import OLD, STORED, misfits

TABLES = ("reproduction", "best", "spiking", "best-all-images", "label-one-mnist", "float32-seed-mnist")
FILES = [
    (OLD / "run-dense.json", "run"),
    (OLD / "run-spiking.json", "run"),
    (OLD / "backprop.json", "backprop"),
    (STORED / "demo.json", "compare"),
    (STORED / "energy-front-fashion.json", "sweep-energy"),
    (STORED / "energy-front-askings.json", "sweep-energy"),
    *((file, "readings") for file in sorted(STORED.glob("*readings-*.json"))),
    (STORED / "cost.json", "cost"),
    *((STORED / f"{name}.json", "reproduce") for name in TABLES),
    (OLD / "details.json", "details"),
    *((file, "study") for file in (*sorted(STORED.glob("study-*.json")), STORED / "frontier.json")),
]


@pytest.mark.parametrize(("file", "kind"), FILES, ids=[file.stem for file, _ in FILES])
def test_a_stored_result_loads_and_comes_out_as_it_went_in(file: Path, kind: str) -> None:
    values = json.loads(file.read_text())
    assert misfits(kind, values) == []
    # compared as text, so that the order of keys counts
    assert json.dumps(KINDS[kind].read(file).to_json()) == json.dumps(values)


@pytest.mark.parametrize("kind", KINDS)
def test_a_foreign_file_is_one_message(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "foreign.json"
    file.write_text(json.dumps({"hello": "world"}))
    with pytest.raises(RunError, match=r"hello: (is not a key|'world')|and [0-9]+ more") as caught:
        KINDS[kind].read(file)
    assert str(file) in str(caught.value)
    assert KINDS[kind].KIND in str(caught.value)
    assert "\n" not in str(caught.value)
    assert misfits(kind, {"hello": "world"})


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"unknown choice 'sound'.*run"):
        schema("sound")
