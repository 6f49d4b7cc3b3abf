"""An image and its mirror image: goodness, learning, counting and files against two presentations by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import neuroff
from neuroff.choices import PresetName
from neuroff.config import Config
from neuroff.config import Path as NetworkPath
from neuroff.config.build import build_asking, build_network
from neuroff.config.overrides import apply_settings
from neuroff.core.asking import GroupAsking, MirroredAsking, RandomAsking
from neuroff.core.goodness import Goodness
from neuroff.core.inputs import Inputs
from neuroff.core.network import Network
from neuroff.core.synapses import Planes
from neuroff.counting.forward import count_activity
from neuroff.data import DataSet
from neuroff.errors import ConfigError
from neuroff.training.evaluate import all_scores
from tests.samples import stream_of

LAYERS = "layers=conv 4x3 stride 2, pool 2, conv 6x3, dense 20"
KINDS: dict[str, tuple[NetworkPath, PresetName, tuple[str, ...]]] = {
    "dense": ("dense", "conv", ()),
    "spiking": ("spiking", "conv", ("neuron.steps=3",)),
    "spikes in": ("spiking", "conv", ("neuron.steps=3", "encoding=regular", "input_scale=raw")),
    "groups": ("spiking", "groups", ("neuron.steps=3", "neuron.threshold=0.2")),
    "normalised": ("spiking", "groups", ("neuron.steps=3", "neuron.threshold=0.1", "normalisation=rms")),
}


def trained(kind: str, *more: str) -> tuple[Network, Any, Any]:
    path, name, settings = KINDS[kind]
    config = neuroff.preset(name, path=path, dataset="digits")
    own = (LAYERS, "epochs=2", "flip=0.5", "asking.mirrored=true", "evaluate_every=0")
    config = apply_settings(config, [*own, *settings, *more])
    images = torch.randint(0, 256, (60, 9, 8), generator=stream_of(0), dtype=torch.uint8).numpy()
    images[::3] = 0  # some pixels, some of them borders, are silent
    labels = np.arange(60) % 10
    split = neuroff.prepare(DataSet.from_arrays(images[:40], labels[:40], images[40:], labels[40:]), config)
    network, plan = neuroff.build(config, split)
    return neuroff.train(network, split, plan).network, split, plan


def once(network: Network, inputs: Inputs) -> tuple[Network, Inputs, Inputs]:
    """The network that is asked once, images and mirror images for it."""
    asking = network.asking
    assert isinstance(asking, MirroredAsking)
    plain = inputs.asked(asking.behind)
    pixels = plain.pixels[:].view(-1, 9, 8).flip(2).reshape(len(plain), 72)
    constant = None if plain.constant is None else plain.encoder.stimulus(pixels)
    return replace(network, asking=asking.behind), plain, replace(plain, pixels=pixels, constant=constant)


@pytest.mark.parametrize("kind", KINDS)
def test_goodness_is_the_mean_of_two_presentations(kind: str) -> None:
    network, split, _ = trained(kind)
    plain, images, mirrored = once(network, split.test)
    found = all_scores(network, split.test, "last")
    both = [all_scores(plain, each, "last") for each in (images, mirrored)]
    assert not torch.allclose(both[0], both[1])
    torch.testing.assert_close(found, (both[0] + both[1]) / 2, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("kind", ["dense", "spiking", "groups"])
def test_it_learns_as_if_it_were_asked_once(kind: str) -> None:
    network, _, _ = trained(kind)
    plain, _, _ = trained(kind, "asking.mirrored=false")
    for one, other in zip(network.layers, plain.layers, strict=True):
        for name, tensor in one.tensors().items():
            assert torch.equal(tensor, other.tensors()[name])


@pytest.mark.parametrize("kind", KINDS)
def test_the_work_is_that_of_both_presentations(kind: str) -> None:
    network, split, _ = trained(kind)
    plain, images, mirrored = once(network, split.test)
    found = count_activity(network, split.test)
    each = [count_activity(plain, shown).counts.to_dict() for shown in (images, mirrored)]
    assert kind == "dense" or each[0] != each[1]
    expected = {name: each[0][name] + each[1][name] for name in each[0]}
    for counts in (found.counts.to_dict(), found.naive.to_dict()):
        for name, amount in counts.items():
            assert amount == pytest.approx(expected[name], rel=1e-9), name
    assert found.work("shared").presentations == 2


def test_gradients_of_both_presentations_are_autograds() -> None:
    behind = RandomAsking(3, 1)
    asking = MirroredAsking(behind, Planes(1, 2, 4))
    measure, candidates = Goodness("linear", 3.0), asking.everything(5)
    assert candidates.tolist() == [[0] * 5, [1] * 5]
    activity = torch.rand(10, 7, generator=stream_of(0), dtype=torch.float64).requires_grad_()
    goodness = 1.5 * (behind.readout(7) @ (activity[:5] + activity[5:]).T)
    torch.testing.assert_close(asking.goodness(measure, activity.detach(), candidates), goodness.detach())
    modulator = torch.randn(3, 5, generator=stream_of(2), dtype=torch.float64)
    (expected,) = torch.autograd.grad((goodness * modulator).sum(), activity)
    torch.testing.assert_close(asking.activity_gradient(measure, activity.detach(), modulator), expected)


def test_a_run_and_its_file_keep_it(tmp_path: Path) -> None:
    network, split, _ = trained("spiking")
    neuroff.save_network(network, tmp_path / "network.safetensors")
    found = neuroff.load_network(tmp_path / "network.safetensors")
    assert found.asking == network.asking
    assert torch.equal(all_scores(found, split.test, "last"), all_scores(network, split.test, "last"))


def test_what_has_no_mirror_image_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"asking\.mirrored needs asking\.form=groups or random"):
        apply_settings(Config(), ["asking.mirrored=true"])
    config = apply_settings(neuroff.preset("groups", dataset="digits"), ["asking.mirrored=true"])
    rows = torch.rand(40, 12, generator=stream_of(0)).numpy()
    labels = np.arange(40) % 10
    data = DataSet.from_arrays(rows[:20], labels[:20], rows[20:], labels[20:])
    with pytest.raises(ConfigError, match=r"asking\.mirrored: images of \(12,\).*mirrored=false"):
        neuroff.prepare(data, config)
    with pytest.raises(ConfigError, match=r"1 x 1 x 12 values.*height and width"):
        MirroredAsking(GroupAsking(10), Planes(1, 1, 12))
    with pytest.raises(ConfigError, match=r"no planes of its images.*planes="):
        build_network(config, 784, 10)
    assert build_asking(config, 10, Planes(1, 28, 28)).presentations == 2
