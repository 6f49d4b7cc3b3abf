"""Layers that are asked differently: everyone who reads a goodness or its gradient asks the layer's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

import neuroff
from neuroff.chip.deploy import chip_goodness, deploy, spike_counts
from neuroff.chip.quantise import quantise
from neuroff.cli.main import run as run_command
from neuroff.config import Config
from neuroff.convert import to_spikes, twin_goodness
from neuroff.core.asking import Asking, RandomAsking
from neuroff.core.goodness import Goodness, GoodnessMeasure
from neuroff.core.inputs import Inputs
from neuroff.core.lockstep import lockstep
from neuroff.core.network import Network, goodness_so_far, propagate
from neuroff.core.signal import Signal
from neuroff.core.synapses import Planes
from neuroff.exchange.graph.from_network import from_network
from neuroff.exchange.graph.neurons import Neurons
from neuroff.exchange.graph.presenting import all_presented, goodness_of
from neuroff.exchange.graph.readout import readout_weights
from neuroff.exchange.graph.reference import run
from tests.narrow import as_a
from tests.samples import configured, few_inputs, stream_of
from tests.training.test_convolution import gradients_of, lively
from tests.training.test_group_norm import by_autograd

SETTINGS = ("asking.form=random", "loss=softmax", "goodness=linear", "gain=constant", "widths=12,12,12")


@dataclass(frozen=True)
class Apart(Asking):
    """A read-out for each layer, all of one width; without a layer it cannot be asked."""

    classes: int
    seeds: Sequence[int] = (3, 1, 2)

    def of_layer(self, index: int) -> RandomAsking:
        return RandomAsking(self.classes, self.seeds[index])

    def goodness(self, measure: GoodnessMeasure, activity: Tensor, candidates: Tensor) -> Tensor:
        raise AssertionError("asked without a layer")

    def activity_gradient(self, measure: GoodnessMeasure, activity: Tensor, modulator: Tensor) -> Tensor:
        raise AssertionError("asked without a layer")


def apart(config: Config) -> tuple[Network, Inputs]:
    inputs = few_inputs(config)
    network = lively(config, inputs)
    asking = Apart(network.classes)
    encoder = replace(inputs.encoder, asking=asking)
    return replace(network, asking=asking), replace(inputs, encoder=encoder)


def by_hand(network: Network, activities: Sequence[Tensor]) -> list[Tensor]:
    scale = network.goodness.scale if isinstance(network.goodness, Goodness) else 1.0
    return [
        scale * as_a(Apart, network.asking).of_layer(index).readout(12).to(each) @ each.T
        for index, each in enumerate(activities)
    ]


@pytest.mark.parametrize("rule", ["dense", "batch", "online_end", "online_step"])
def test_every_layer_learns_by_its_own(rule: str) -> None:
    path = "dense" if rule == "dense" else "spiking"
    more = () if rule == "dense" else (f"rule={rule}",)
    config = configured(*SETTINGS, *more, path=path)
    network, inputs = apart(config)
    found = gradients_of(config, network, inputs)
    if rule == "online_step":  # its own loss in every step: no gradient of one number, but not one for all
        alike = gradients_of(config, replace(network, asking=RandomAsking(network.classes, 1)), inputs)
        same = [torch.equal(found[i].synapses["weight"], alike[i].synapses["weight"]) for i in range(3)]
        assert same == [False, True, False]
        return
    for index, wanted in enumerate(by_autograd(config, network, inputs)):
        assert float(wanted["weight"].abs().max()) > 0
        for name, gradient in wanted.items():
            torch.testing.assert_close(found[index].synapses[name], gradient, rtol=1e-8, atol=1e-12)


def test_looking_back_asks_it_in_every_step() -> None:
    config = configured(*SETTINGS, "rule=online_step", "reset=zero", "engine=torch", path="spiking")
    network, inputs = apart(config)
    stimulus, asked = inputs.stimulus(slice(None)), network.asking.everything(len(inputs))
    moments = [*lockstep(network, stimulus, asked)]
    for shown in propagate(network, stimulus, asked):
        so_far = goodness_so_far(network, shown.index, shown.response, asked)
        for step, goodness in zip(moments, so_far, strict=True):
            torch.testing.assert_close(step[shown.index].goodness, goodness)
        torch.testing.assert_close(so_far[-1], shown.goodness)


def test_predictions_twins_and_read_outs_ask_it() -> None:
    config = configured(*SETTINGS, path="dense")
    network, inputs = apart(config)
    stimulus, asked = inputs.stimulus(slice(None)), network.asking.everything(len(inputs))
    shown = [*propagate(network, stimulus, asked)]
    expected = by_hand(network, [each.response.activity for each in shown])
    for each, wanted in zip(shown, expected, strict=True):
        torch.testing.assert_close(each.goodness, wanted)
    twin = to_spikes(network, inputs, steps=200)
    for close, exact in zip(twin_goodness(twin, stimulus, asked), expected, strict=True):
        assert float((close - exact).abs().max()) < 0.2 * float(exact.abs().max())
    for index, weights in readout_weights(network, "window").items():
        own = RandomAsking(network.classes, Apart.seeds[index]).readout(12)
        ratio = weights / own
        torch.testing.assert_close(ratio, ratio[:1, :1].expand_as(ratio))


def test_chips_and_graphs_ask_it() -> None:
    config = configured(*SETTINGS, "model=if", "encoding=regular", path="spiking")
    network, inputs = apart(config)
    deployment = deploy(quantise(network, inputs))
    stimulus, asked = inputs.stimulus(slice(None)), network.asking.everything(len(inputs))
    counts = spike_counts(deployment, stimulus, asked)
    assert all(int(fired.sum()) > 0 for fired in counts)
    expected = by_hand(network, [fired.double() / deployment.steps for fired in counts])
    for found, wanted in zip(chip_goodness(deployment, stimulus, asked), expected, strict=True):
        torch.testing.assert_close(found, wanted)

    graph = from_network(network, "regular")
    spikes = run(graph, Signal(all_presented(network.asking, stimulus), stimulus.image.gain))
    expected = by_hand(network, [spikes[name].mean(0) for name, _ in graph.named(Neurons)])
    for found, wanted in zip(
        goodness_of(graph, spikes, network.asking, network.goodness), expected, strict=True
    ):
        torch.testing.assert_close(found.double(), wanted, rtol=1e-5, atol=1e-6)


def test_layers_of_one_size_leave_as_files_with_their_grids(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The preset's own second and third layer for images of 28 x 28 are such; here 256 neurons both."""
    images = torch.randint(0, 256, (60, 8, 8), generator=stream_of(0), dtype=torch.uint8).numpy()
    np.savez(tmp_path / "own.npz", x_train=images[:40], y_train=np.arange(40) % 10,
             x_test=images[40:], y_test=np.arange(20) % 10)  # fmt: skip
    given = (
        "layers=conv 4x3, pool 2, conv 16x3", "asking.grid=2", "epochs=2", "evaluate_every=0",
        "standardise=false", "input_scale=raw", "encoding=regular", "reset=zero",
        "prediction=collaborative",
    )  # fmt: skip
    command = ["train", "--dataset", str(tmp_path / "own.npz"), "--preset", "conv", "--path", "spiking"]
    folder = tmp_path / "run"
    settings = [part for each in given for part in ("--set", each)]
    assert run_command([*command, *settings, "--out", str(folder), "--quiet"]) == 0
    network = neuroff.load_network(folder / "network.safetensors")
    assert isinstance(network.asking, RandomAsking)
    assert network.widths[1:] == (256, 256)
    assert network.asking.planes == (Planes(4, 8, 8), Planes(16, 4, 4))
    read = [network.asking.of_layer(index).readout(256) for index in range(2)]
    assert [len(each[0].unique()) for each in read] == [4 * 4, 16 * 4]
    for target, name in (("nir", "own.nir"), ("loihi", "own.json"), ("c", "own.h")):
        out = str(tmp_path / name)
        assert run_command(["export", str(folder), "--to", target, "--out", out]) == 0
        assert run_command(["verify", out, str(folder), "--images", "20"]) == 0
    assert capsys.readouterr().out.count("agree") == 3
