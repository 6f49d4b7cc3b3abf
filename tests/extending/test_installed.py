"""A data set that a package brings: an entry point, and every command knows its name once it is installed."""

from pathlib import Path

import pytest

import neuroff
from neuroff.cli.main import run

MODULE = """
import sklearn.datasets
from neuroff.data import DataSet

def load(folder, steps):
    found = sklearn.datasets.load_digits()
    images, labels = found.images / 16, found.target
    return DataSet.from_arrays(images[:1400], labels[:1400], images[1400:], labels[1400:], name="small")
"""
# In the package's pyproject.toml:  [project.entry-points."neuroff.data_sets"]
#                                   small = "small_digits:load"
POINTS = "[neuroff.data_sets]\nsmall = small_digits:load\n"  # what pip makes of it


def test_a_package_brings_a_data_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    about = tmp_path / "small_digits-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: small-digits\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(POINTS)
    (tmp_path / "small_digits.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    quick = ["--preset", "groups", "--epochs", "4", "--set", "widths=80", "--set", "batch_size=25"]
    assert run(["train", "--dataset", "small", *quick, "--out", str(tmp_path / "run")]) == 0
    found = neuroff.load_run(neuroff.RunDirectory(tmp_path / "run")).result.accuracy.test
    assert found is not None
    assert found > 0.8
