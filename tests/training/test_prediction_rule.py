"""A network says itself by which rule it predicts; nobody has to be told twice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
import torch
from torch import Tensor

import neuroff
from neuroff.chip import chip_accuracy, deploy, quantise
from neuroff.choices import PredictionRule
from neuroff.core.inputs import Inputs
from neuroff.core.network import Network
from neuroff.core.plan import Plan
from neuroff.core.scores import class_scores
from neuroff.errors import ConfigError
from neuroff.exchange import ExportOptions, verify
from neuroff.exchange.port import graph_port
from neuroff.files import read_tensors, write_tensors
from neuroff.runs.folder import RunDirectory, load_run, train_run
from neuroff.training.evaluate import all_scores, goodness_margin, predict
from tests.samples import configured, lively_network, split_of, synthetic

RULES: tuple[PredictionRule, ...] = get_args(PredictionRule)


def differing(rule: PredictionRule) -> tuple[Network, Inputs]:
    """A network whose rules differ in what they say of some image."""
    config = configured("goodness_scale=20", "widths=9,5,7", variant="fcff")
    network = replace(lively_network(config, (0.0, 2.0, 3.0)), read_from=1, prediction=rule)
    return network, split_of(config, test=200).test


@pytest.mark.parametrize("rule", RULES)
def test_what_predicts_asks_the_network(rule: PredictionRule) -> None:
    network, inputs = differing(rule)
    by_rule = {each: predict(network, inputs, each) for each in RULES}
    assert len({tuple(found.tolist()) for found in by_rule.values()}) == len(RULES)
    assert torch.equal(predict(network, inputs), by_rule[rule])
    assert neuroff.accuracy(network, inputs) == neuroff.accuracy(network, inputs, rule)
    assert goodness_margin(network, inputs) == goodness_margin(network, inputs, rule)
    scores = class_scores(network, inputs.stimulus(slice(None)), rule)
    assert torch.equal(all_scores(network, inputs), scores)
    assert isinstance(inputs.pixels, Tensor)
    assert torch.equal(network.module(inputs.encoder)(inputs.pixels), scores.T)


@pytest.mark.parametrize("rule", RULES)
def test_a_configuration_s_rule_is_its_network_s(rule: PredictionRule, tmp_path: Path) -> None:
    config = configured(f"prediction={rule}", "train_count=30", "epochs=1", variant="fcff")
    data, directory = synthetic(), RunDirectory(tmp_path / "run")
    split = neuroff.prepare(data, config)
    network, plan = neuroff.build(config, split)
    assert network.prediction == rule
    trained = neuroff.train(network, split, plan).network
    assert trained.prediction == rule
    found = train_run(directory, config, data).accuracy.test
    assert neuroff.accuracy(trained, split.test) == found
    for stored in (load_run(directory).network, neuroff.load_network(directory.network_file)):
        assert stored.prediction == rule
        assert neuroff.accuracy(stored, split.test) == found


def test_a_plan_may_say_another_rule_and_training_leaves_it() -> None:
    config = configured("epochs=1", variant="fcff")
    split = split_of(config)
    network, _ = neuroff.build(config, split)
    own = replace(network, prediction="last")
    assert neuroff.train(own, split, Plan(epochs=1)).network.prediction == "last"
    assert neuroff.train(own, split, Plan(epochs=1, prediction="goodness")).network.prediction == "goodness"


def test_files_before_networks_said_it_predict_as_they_did(tmp_path: Path) -> None:
    network, inputs = differing("last")
    neuroff.save_network(network, tmp_path / "new")
    tensors, values = read_tensors(tmp_path / "new")
    assert values["network"].pop("prediction") == "last"
    write_tensors(tmp_path / "old", tensors, values)
    old = neuroff.load_network(tmp_path / "old")
    assert old.prediction == "window"
    assert torch.equal(predict(old, inputs), predict(network, inputs, "window"))


def test_exports_hold_the_network_s_rule(tmp_path: Path) -> None:
    settings = ("form=groups", "goodness=linear", "loss=softmax", "prediction=last", "epochs=2", "widths=8,8")
    config = configured(*settings, "data.input_scale=raw", "precision=float32", path="spiking")
    split = split_of(config)
    network, plan = neuroff.build(config, split)
    network = neuroff.train(network, split, plan).network
    last, both = (graph_port(network, split, rule=rule).graph for rule in (None, "goodness"))
    assert ("lif1", "readout") not in last.edges
    assert len(both.edges) > len(last.edges)
    told = ExportOptions(rule="last")
    for name, options in (("own.h", None), ("told.h", told)):
        neuroff.export(network, split, "c", tmp_path / name, options)
    assert (tmp_path / "own.h").read_text() == (tmp_path / "told.h").read_text()
    found = verify(tmp_path / "own.h", network, split, images=10)
    assert found.accuracy["run"] == neuroff.accuracy(network, split.test.some(10), "last")
    chip = deploy(quantise(network, split.train))
    assert chip_accuracy(chip, split.test) == chip_accuracy(chip, split.test, "last")


def test_a_rule_that_is_none_is_refused() -> None:
    network, inputs = differing("last")
    with pytest.raises(ConfigError, match=r"prediction: unknown choice 'best'.*goodness \| collaborative"):
        neuroff.accuracy(network, inputs, "best")  # type: ignore[arg-type]
