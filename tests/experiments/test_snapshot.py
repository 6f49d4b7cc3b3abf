from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch

from neuroff.config import Config
from neuroff.config.build import build_losses, goodness_threshold
from neuroff.core.inputs import Inputs
from neuroff.core.network import Network
from neuroff.core.neurons import LIF
from neuroff.core.scores import class_scores
from neuroff.experiments.snapshot import spike_snapshot
from tests.narrow import as_a, bias_of, weight_of
from tests.oracles import goodness_of, lif_through_time, normalised, overlaid
from tests.samples import CLASSES, configured, few_inputs, lively_network


def case(*settings: str) -> tuple[Config, Network, Inputs]:
    config = configured(
        "widths=9,7", "neuron.steps=6", "goodness_scale=20", *settings, path="spiking", variant="acff"
    )
    return config, lively_network(config, gammas=(0.0, 0.6)), few_inputs(config)


def direct_run(
    config: Config, network: Network, inputs: Inputs, image: int, label: int
) -> Iterator[torch.Tensor]:
    """Spikes (T, N) of every layer for one image overlaid with one label."""
    pixels = inputs.pixels[image : image + 1].double() / 255
    shown = overlaid(pixels, torch.tensor([label]), CLASSES, 1.0)
    incoming = normalised(shown, shown, 12**0.5, network.epsilon).expand(config.neuron.steps, -1, -1)
    for layer in network.layers:
        spikes = lif_through_time(
            incoming @ weight_of(layer).T + bias_of(layer), as_a(LIF, network.population)
        )
        yield spikes[:, 0]
        rates = spikes.mean(0)
        incoming = normalised(spikes, rates, rates.shape[1] ** 0.5, network.epsilon)


def drawn(described: dict[str, Any], steps: int, neurons: int) -> torch.Tensor:
    spikes = torch.zeros(steps, neurons, dtype=torch.float64)
    spikes[described["steps"], described["neurons"]] = 1
    assert int(spikes.sum()) == len(described["steps"]) == len(described["neurons"])
    return spikes


@pytest.mark.parametrize("image", [0, 3])
@pytest.mark.parametrize("reset", ["subtract", "zero"])
def test_spikes_and_goodness_are_those_of_a_direct_run(image: int, reset: str) -> None:
    config, network, inputs = case(f"reset={reset}")
    snapshot = spike_snapshot(config, network, inputs, image)
    assert snapshot["true_label"] == int(inputs.labels[image])
    fired = 0
    for sign, label in (("positive", snapshot["true_label"]), ("negative", snapshot["wrong_label"])):
        for layer, spikes in zip(
            snapshot["layers"], direct_run(config, network, inputs, image, label), strict=True
        ):
            assert layer["neurons"] == spikes.shape[1]
            assert torch.equal(drawn(layer[sign], *spikes.shape), spikes)
            goodness = goodness_of(spikes.mean(0)[None], "mean_squares", 20.0).item()
            assert layer[sign]["goodness"] == pytest.approx(goodness, rel=1e-12)
            fired += int(spikes.sum())
    assert fired > 0


def test_collaboration_and_modulators_are_those_of_the_loss() -> None:
    config, network, inputs = case()
    layers = spike_snapshot(config, network, inputs, 2)["layers"]
    loss = build_losses(config)[0]
    for sign in ("positive", "negative"):
        first, second = (layer[sign] for layer in layers)
        assert first["collaborative"] == first["goodness"]
        heard = second["goodness"] + 0.6 * (first["goodness"] - goodness_threshold(config))
        assert second["collaborative"] == pytest.approx(heard, rel=1e-12)
    for layer in layers:
        both = torch.tensor(
            [[layer[sign]["collaborative"]] for sign in ("positive", "negative")],
            dtype=torch.float64,
            requires_grad=True,
        )
        (expected,) = torch.autograd.grad(loss.value(both).sum(), both)
        found = [layer[sign]["modulator"] for sign in ("positive", "negative")]
        assert found == pytest.approx(expected[:, 0].tolist(), rel=1e-10)
        assert found[0] < 0 < found[1]


def test_traces_end_in_what_is_learnt_from() -> None:
    config, network, inputs = case()
    for layer in spike_snapshot(config, network, inputs, 2)["layers"]:
        for sign in ("positive", "negative"):
            for name in ("goodness", "modulator"):
                trace = layer[sign][f"{name}_trace"]
                assert len(trace) == config.neuron.steps
                assert trace[-1] == pytest.approx(layer[sign][name], rel=1e-12)
        drawn_so_far = drawn(layer["positive"], config.neuron.steps, layer["neurons"])[:2].mean(0)
        second = goodness_of(drawn_so_far[None], "mean_squares", 20.0).item()
        assert layer["positive"]["goodness_trace"][1] == pytest.approx(second, rel=1e-12)


def test_a_late_bus_is_silent_at_first() -> None:
    """Until the first message arrives a layer learns as if it had no partner."""
    config, network, inputs = case("collaboration.delay=2")
    first, second = network.layers
    alone = replace(network, layers=(first, replace(second, gamma=torch.zeros_like(second.gamma))))
    late, none = (
        spike_snapshot(config, which, inputs, 2)["layers"][1]["positive"]["modulator_trace"]
        for which in (network, alone)
    )
    assert late[:2] == pytest.approx(none[:2], rel=1e-12)
    assert late[-1] != pytest.approx(none[-1], rel=1e-6)


@pytest.mark.parametrize("image", range(6))
def test_the_wrong_label_is_the_wrong_one_that_fits_best(image: int) -> None:
    config, network, inputs = case()
    snapshot = spike_snapshot(config, network, inputs, image)
    scores = class_scores(network, inputs.stimulus(slice(image, image + 1)))[:, 0].tolist()
    true, wrong = snapshot["true_label"], snapshot["wrong_label"]
    assert wrong != true
    assert scores[wrong] == max(score for label, score in enumerate(scores) if label != true)


@pytest.mark.parametrize("encoding", ["constant", "bernoulli", "regular", "latency"])
def test_a_snapshot_is_plain_json_and_repeats(encoding: str) -> None:
    config, network, inputs = case(f"encoding={encoding}")
    snapshot = spike_snapshot(config, network, inputs, 1)
    assert json.loads(json.dumps(snapshot, allow_nan=False)) == snapshot
    assert spike_snapshot(config, network, inputs, 1) == snapshot
    assert (snapshot["variant"], snapshot["seed"], snapshot["steps"]) == ("acff", 0, 6)
    assert [pixel for row in snapshot["image"] for pixel in row] == inputs.pixels[1].tolist()
    for layer in snapshot["layers"]:
        for sign in ("positive", "negative"):
            assert all(0 <= step < 6 for step in layer[sign]["steps"])
            assert all(0 <= neuron < layer["neurons"] for neuron in layer[sign]["neurons"])


def test_class_groups_are_shown_once_and_each_class_has_its_neurons() -> None:
    config = configured(
        "asking.form=groups", "loss=softmax", "goodness=linear", "widths=9,6", "partners=all",
        path="spiking", variant="fcff",
    )  # fmt: skip
    network, inputs = lively_network(config, gammas=(0.2, 0.6)), few_inputs(config)
    shown = spike_snapshot(config, network, inputs, 1)
    true, wrong = shown["true_label"], shown["wrong_label"]
    assert true == int(inputs.labels[1]) != wrong
    edges = ((0, 3, 5, 7, 9), (0, 2, 4, 5, 6))  # four groups of 9 and of 6 neurons
    for layer, starts in zip(shown["layers"], edges, strict=True):
        positive, negative = layer["positive"], layer["negative"]
        assert positive["neurons"] == negative["neurons"]  # one presentation
        for sign, answer in ((positive, true), (negative, wrong)):
            first, end = starts[answer], starts[answer + 1]
            assert sign["group"] == [first, end]
            own = sum(first <= neuron < end for neuron in sign["neurons"])
            assert sign["goodness"] == pytest.approx(own / (config.neuron.steps * (end - first)))
        assert positive["modulator"] <= 0 <= negative["modulator"]
