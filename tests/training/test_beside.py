"""A table of features, whose labels stand beside them since over them they would destroy what is there."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch

import neuroff
from neuroff.config import Config, parse_config
from neuroff.config.inputs import LOST_AT_MOST, prepare
from neuroff.config.overrides import apply_settings
from neuroff.config.presets import preset
from neuroff.data import DataSet, overwritten
from neuroff.errors import ConfigError
from neuroff.experiments.cost import multiply_adds
from neuroff.runs.folder import RunDirectory, load_run, train_run
from neuroff.runs.stage_store import stage_key
from tests.samples import configured, synthetic

BESIDE = "label.place=beside"


@pytest.fixture(scope="module")
def table() -> DataSet:
    """Scikit-learn's breast cancer: 569 rows of 30 features, two classes."""
    from sklearn.datasets import load_breast_cancer

    features, labels = load_breast_cancer(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(labels))
    train, test = order[:400], order[400:]
    low, high = features[train].min(0), features[train].max(0)
    scaled = ((features - low) / (high - low)).clip(0, 1)
    return DataSet.from_arrays(scaled[train], labels[train], scaled[test], labels[test], name="cancer")


def config_for(path: neuroff.config.Path, *settings: str) -> Config:
    start = preset("demo", path=path, dataset="digits")
    return apply_settings(
        start,
        [
            "widths=60,40",
            "epochs=20",
            "batch_size=20",
            "evaluate_every=0",
            "input_scale=standardised",
            *settings,
        ],
    )


def test_over_the_features_is_refused(table: DataSet) -> None:
    assert overwritten(table, 2) > LOST_AT_MOST
    with pytest.raises(ConfigError, match=r"data set cancer: .*2 of 30 inputs.*\d% of the var.*place=beside"):
        prepare(table, config_for("dense"))


def test_more_classes_than_inputs_are_refused() -> None:
    rows = np.random.default_rng(0).random((9, 2))
    data = DataSet.from_arrays(rows, np.arange(9) % 3, rows, np.arange(9) % 3)
    with pytest.raises(ConfigError, match=r"first 2 of 2 inputs.*place=beside"):
        prepare(data, configured())
    assert prepare(data, configured(BESIDE)).train.width == 5


@pytest.mark.parametrize("path", ["dense", "spiking"])
def test_beside_the_features_they_are_learned(
    table: DataSet, path: neuroff.config.Path, tmp_path: Path
) -> None:
    directory, config = RunDirectory(tmp_path / "run"), config_for(path, BESIDE)
    train_run(directory, config, table)
    found = load_run(directory).network
    assert found.widths == (32, 60, 40)
    assert neuroff.accuracy(found, prepare(table, config).test) > 0.92  # the larger class alone is 0.63


@pytest.mark.parametrize("path", ["dense", "spiking"])
def test_two_features_of_three_classes_are_learned(path: neuroff.config.Path, tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    labels = np.arange(300) % 3
    corners = np.array([[0.2, 0.2], [0.8, 0.2], [0.2, 0.8]])
    rows = (corners[labels] + draw.normal(0, 0.08, (300, 2))).clip(0, 1)
    data = DataSet.from_arrays(rows[:200], labels[:200], rows[200:], labels[200:])
    directory, config = RunDirectory(tmp_path / "run"), config_for(path, BESIDE)
    train_run(directory, config, data)
    assert neuroff.accuracy(load_run(directory).network, prepare(data, config).test) > 0.9


@pytest.mark.parametrize("encoding", ["constant", "regular", "bernoulli"])
def test_the_values_stand_behind_the_label(encoding: str) -> None:
    data = synthetic()
    config = configured(BESIDE, f"encoding={encoding}", "label.amplitude=one", path="spiking")
    inputs = prepare(data, config).train
    stimulus = inputs.stimulus(slice(3))
    assert inputs.width == stimulus.image.values.shape[-1] == 16
    assert not stimulus.image.values[..., :4].any()
    written = inputs.encoder.asking.written(stimulus.image.values, stimulus.label, inputs.labels[None, :3])
    on = written.reshape(-1, 3, 16).sum(0) > 0
    assert torch.equal(on[:, :4].int().argmax(1), inputs.labels[:3])
    assert on[:, :4].sum(1).tolist() == [1, 1, 1]


def test_old_files_mean_over_the_pixels_and_stages_keep_their_names() -> None:
    values = configured().model_dump(mode="json")
    del values["label"]["place"], values["data"]["held_out_share"]
    del values["training"]["patience"], values["training"]["keep_best"], values["training"]["engine"]
    del values["label"]["drawn_by"], values["network"]["layers"], values["network"]["standardise"]
    del values["network"]["group_norm"]
    config = parse_config(values, "an old file")
    assert config.label.place == "pixels"
    data = synthetic()
    for absent in ("neuron", "collaboration", "variant"):
        del values[absent]
    del values["training"]["checkpoint_every"]
    values["network"] |= {"widths": [6], "prediction": "goodness"}
    content = {
        "stage": 0,
        "config": values,
        "data": [],
        "torch": str(torch.__version__),
        "threads": torch.get_num_threads(),
    }
    expected = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    assert stage_key(config, data, 0) == expected
    assert stage_key(apply_settings(config, [BESIDE]), data, 0) != expected


def test_the_cost_counts_the_wider_layer() -> None:
    narrow = multiply_adds(configured(), 12, 4)[0]
    wide = multiply_adds(configured(BESIDE), 12, 4)[0]
    assert wide > narrow
    assert multiply_adds(configured(BESIDE), 12, 4, is_backprop=True) == multiply_adds(
        configured(), 12, 4, is_backprop=True
    )
