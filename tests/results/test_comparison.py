from __future__ import annotations

import json
from pathlib import Path

import pytest

from neuroff.config.presets import preset
from neuroff.data import DataSet
from neuroff.energy import load_profile
from neuroff.errors import RunError
from neuroff.experiments.compare import Comparison, compare
from neuroff.files import read_json
from neuroff.results import ComparisonResult
from tests.results.checking import STORED, misfits

SMALL = ("widths=12,8", "epochs=2", "evaluate_every=1", "neuron.steps=3")


def test_an_old_file_reads_and_comes_out_to_the_byte(tmp_path: Path) -> None:
    source = STORED / "demo.json"
    ComparisonResult.read(source).write(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_text().strip() == source.read_text().strip()


def test_the_schema_fits_what_compare_writes(few_digits: DataSet, tmp_path: Path) -> None:
    profiles = [load_profile("loihi1-davies2018"), load_profile("truenorth-marginal")]
    plan = Comparison("digits", "demo", variants=("acff",), settings=SMALL)
    result = compare(plan, few_digits, profiles, tmp_path)
    written = read_json(tmp_path / "comparison.json")
    assert misfits("compare", written) == []
    assert ComparisonResult.read(tmp_path / "comparison.json") == result
    assert [run.path for run in result.runs] == ["dense", "spiking"]
    assert misfits("snapshot", written["rasters"][0]) == []
    assert written["runs"][0]["config"]["seed"] == preset("demo", dataset="digits").seed
    # The chip has no price for a dense network; its empty estimate keeps the order of its keys.
    assert list(written["runs"][0]["energy"]["truenorth-marginal"])[-5:] == [
        "fits", "shortfalls", "latency_s", "latency_is_lower_bound", "static_share",
    ]  # fmt: skip
    del written["runs"][0]["test_accuracy"]
    assert misfits("compare", written)
    (tmp_path / "bad.json").write_text(json.dumps(written))
    with pytest.raises(RunError, match=r"bad.json: runs.0.test_accuracy: is missing.*neuroff compare"):
        ComparisonResult.read(tmp_path / "bad.json")
