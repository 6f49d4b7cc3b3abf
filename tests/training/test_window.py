"""A prediction by a window of layers: chosen on held-out images, kept, honoured by what follows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

import neuroff
from neuroff.chip.deploy import chip_accuracy, deploy
from neuroff.chip.quantise import quantise
from neuroff.config.overrides import apply_settings
from neuroff.core.network import propagate
from neuroff.core.scores import class_scores
from neuroff.errors import ConfigError
from neuroff.runs.folder import RunDirectory, load_run, train_run
from neuroff.runs.measuring import measure
from neuroff.training.window import cut, windowed, windows
from tests.samples import configured, few_inputs, lively_network, synthetic

GROUPS = ("asking.form=groups", "loss=softmax", "loss_steepness=7", "goodness=linear", "widths=9,6,7")


def spiking(*settings: str) -> neuroff.Config:
    return configured(*GROUPS, *settings, path="spiking", variant="ff")


def test_every_window_is_scored_by_the_sum_of_its_layers() -> None:
    config = spiking()
    network, inputs = lively_network(config, (0.0, 0.0, 0.0)), few_inputs(config)
    stimulus = inputs.stimulus(slice(None))
    shown = list(propagate(network, stimulus, network.asking.everything(len(inputs))))
    found = windows(network, inputs)
    assert [(each.first, each.end) for each in found] == [(0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3)]
    for each in found:
        score = torch.stack([one.goodness for one in shown[each.first : each.end]]).sum(0)
        assert each.accuracy == float((score.argmax(0) == inputs.labels).double().mean())
        part = cut(network, each.first, each.end)
        assert torch.equal(class_scores(part, stimulus, "window"), score)
        assert len(part.layers) == each.end


def test_the_best_window_of_the_fewest_layers_is_taken() -> None:
    config = spiking()
    network, inputs = lively_network(config, (0.0, 0.0, 0.0)), few_inputs(config)
    best = max(each.accuracy for each in windows(network, inputs))
    ends = [each.end for each in windows(network, inputs) if each.accuracy == best]
    chosen = windowed(network, inputs)
    assert len(chosen.layers) == min(ends)
    assert neuroff.accuracy(chosen, inputs, "window") == best


@pytest.mark.parametrize("bounds", [(0, 0), (2, 1), (-1, 2), (0, 4)])
def test_a_window_of_no_layers_is_refused(bounds: tuple[int, int]) -> None:
    network = lively_network(spiking(), (0.0, 0.0, 0.0))
    with pytest.raises(ConfigError, match=r"window: expected some of 0 to 2|window"):
        cut(network, *bounds)


def test_a_run_keeps_its_window_and_what_follows_honours_it(tmp_path: Path) -> None:
    data = synthetic()
    config = spiking(
        "train_count=24", "prediction=window", "epochs=3", "batch_size=8", "schedule=interleaved"
    )
    directory = RunDirectory(tmp_path / "run")
    result = train_run(directory, config, data)
    run, split = load_run(directory), neuroff.prepare(data, config)
    assert result.window is not None
    first, last = result.window
    assert (run.network.read_from, len(run.network.layers)) == (first - 1, last)
    network, plan = neuroff.build(config, split)
    plain = neuroff.train(network, split, replace(plan, prediction="goodness")).network
    assert torch.equal(
        class_scores(run.network, split.test.stimulus(slice(None)), "window"),
        class_scores(cut(plain, first - 1, last), split.test.stimulus(slice(None)), "window"),
    )
    assert neuroff.accuracy(run.network, split.test, "window") == result.accuracy.test
    assert measure(run, data).accuracy["test"] == result.accuracy.test
    assert len(neuroff.count_activity(run.network, split.test).layers) == last
    assert neuroff.load_network(directory.network_file).read_from == first - 1
    chip = deploy(quantise(run.network, split.train))
    assert len(chip.chip.layers) == last
    assert chip_accuracy(chip, split.test, "window") > 0.0


def test_a_window_is_chosen_for_a_run_without_one(tmp_path: Path) -> None:
    data, directory = synthetic(), RunDirectory(tmp_path / "run")
    config = spiking("train_count=24", "epochs=2", "batch_size=8", "schedule=interleaved")
    train_run(directory, config, data)
    run, split = load_run(directory), neuroff.prepare(data, config)
    expected = neuroff.accuracy(windowed(run.network, split.held_out), split.test, "window")
    assert measure(run, data, "window").accuracy["test"] == expected


def test_without_held_out_images_there_is_no_window() -> None:
    config = apply_settings(spiking(), ["prediction=window"])
    split = neuroff.prepare(synthetic(), config)
    network, plan = neuroff.build(config, split)
    with pytest.raises(ConfigError, match=r"no held-out images .* data\.train_count"):
        neuroff.train(network, split, plan)
