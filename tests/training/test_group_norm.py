"""Groups of channels normalised sample by sample: gradients against autograd, and what such networks do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn.functional import avg_pool2d

import neuroff
from neuroff.config import Config
from neuroff.config.build import build_losses
from neuroff.convert import to_spikes
from neuroff.core.engine import EventEngine
from neuroff.core.inputs import Inputs, Split
from neuroff.core.lockstep import lockstep
from neuroff.core.network import Network, propagate
from neuroff.core.neurons import LIF
from neuroff.core.signal import Signal
from neuroff.core.synapses import Conv, GroupNormalised, Planes, Pooled
from neuroff.errors import ConfigError, ExportError
from neuroff.exchange.formats import export
from neuroff.exchange.writers import ExportOptions
from neuroff.training.evaluate import predict
from tests.narrow import as_a
from tests.oracles import activity_through_time, lif_through_time, sent_on
from tests.samples import configured, few, few_inputs, synthetic
from tests.training.test_convolution import GROUPS, STACK, gradients_of, lively, replace_split


def by_autograd(config: Config, network: Network, inputs: Inputs) -> list[dict[str, Tensor]]:
    """Gradients of every layer's own loss through time, its input detached, the normalisation written out."""
    stimulus = inputs.stimulus(slice(None))
    asked = network.asking.question(inputs.labels, (inputs.labels + 1) % network.classes)
    incoming = stimulus.image.values
    if stimulus.image.gain is not None:
        incoming = incoming * stimulus.image.gain[..., None]
    if config.path == "spiking" and incoming.ndim == 2:
        incoming = incoming.expand(config.neuron.steps, -1, -1)
    found = []
    for index, layer in enumerate(network.layers):
        synapses = layer.synapses
        if isinstance(synapses, Pooled):
            means = avg_pool2d(synapses.planes.of(incoming), synapses.window)
            incoming, synapses = means.reshape(*incoming.shape[:-1], -1), synapses.behind
        if isinstance(synapses, GroupNormalised):
            grouped = incoming.unflatten(-1, (synapses.groups, -1))
            centred = grouped - grouped.mean(-1, keepdim=True)
            variance = centred.square().mean(-1, keepdim=True)
            incoming, synapses = (centred / (variance + 1e-5).sqrt()).flatten(-2), synapses.behind
        leaves = {name: tensor.clone().requires_grad_() for name, tensor in synapses.tensors().items()}
        weight, bias = synapses.with_tensors(leaves).affine()
        driven = incoming @ weight.T + bias
        output = activity = torch.relu(driven)
        if config.path == "spiking":
            lif = as_a(LIF, network.population_of(index))
            output = lif_through_time(driven, lif)
            activity = activity_through_time(output, lif.trace_decay)
        asking = network.asking.of_layer(index)
        goodness = asking.goodness(network.goodness, activity, asked.candidates)
        value = build_losses(config)[0].value(goodness, asked.truth).sum() / len(inputs)
        found.append(dict(zip(leaves, torch.autograd.grad(value, [*leaves.values()]), strict=True)))
        incoming = sent_on(output, activity, network).detach()
    return found


@few
@given(
    st.sampled_from(["dense", "batch", "online_end"]),
    st.sampled_from(["constant", "regular"]),
    st.sampled_from(["constant", "online", "presentation"]),
    st.sampled_from([1, 2, 4, 8]),
    st.sampled_from(["lif", "cuba"]),
    st.integers(0, 2**20),
)
def test_the_local_gradient_is_autograds(
    rule: str, encoding: str, gain: str, groups: int, model: str, seed: int
) -> None:
    """The online rule keeps traces of what is shown, so that it is exact where it is without groups."""
    settings = [*GROUPS, STACK, f"seed={seed}", f"group_norm={groups}", "constant_gain=1.5"]
    if rule == "online_end" and gain == "presentation":
        gain = "online"
    settings += [f"gain={gain}"]
    if rule != "dense":
        settings += [f"rule={rule}", f"encoding={encoding}", f"model={model}", "reset=subtract", "beta=0.8"]
    config = configured(*settings, path="dense" if rule == "dense" else "spiking")
    inputs = few_inputs(config)
    network = lively(config, inputs)
    found, expected = gradients_of(config, network, inputs), by_autograd(config, network, inputs)
    assert [layer.synapses.is_linear for layer in network.layers] == [True, False, False]
    assert float(expected[1]["weight"].abs().max()) > 0
    for index, wanted in enumerate(expected):
        for name, gradient in wanted.items():
            torch.testing.assert_close(found[index].synapses[name], gradient, rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("gain", ["constant", "online"])
def test_step_by_step_is_the_same_network(gain: str) -> None:
    config = configured(
        *GROUPS, STACK, "group_norm=4", f"gain={gain}", "rule=online_step", "timing=online", path="spiking"
    )
    inputs = few_inputs(config)
    network = lively(config, inputs)
    stimulus, asked = inputs.stimulus(slice(None)), network.asking.everything(len(inputs))
    whole = [*propagate(network, stimulus, asked)]
    for step, moments in enumerate(lockstep(network, stimulus, asked)):
        for shown, moment in zip(whole, moments, strict=True):
            assert torch.equal(shown.response.output[step], moment.spikes)
    assert float(whole[-1].response.output.sum()) > 0


@pytest.mark.parametrize("stack", [STACK, "widths=40,32,20"])
def test_loops_over_spikes_compute_the_same(stack: str) -> None:
    config = configured(*GROUPS, stack, "group_norm=4", "gain=constant", "precision=float32", path="spiking")
    inputs = few_inputs(config)
    network = lively(config, inputs)
    events = replace(network, engine=EventEngine())
    wanted, found = (gradients_of(config, each, inputs) for each in (network, events))
    for index, gradient in wanted.items():
        for name, tensor in gradient.synapses.items():
            torch.testing.assert_close(found[index].synapses[name], tensor, rtol=1e-4, atol=1e-5)
    assert torch.equal(predict(events, inputs), predict(network, inputs))


def test_a_layer_cannot_tell_how_much_the_one_below_fires() -> None:
    config = configured(*GROUPS, STACK, "group_norm=4", "gain=constant")
    inputs = few_inputs(config)
    network = lively(config, inputs)
    heard = network.layers[2].synapses
    stream = torch.Generator().manual_seed(0)
    values = 100 * torch.rand(5, heard.inputs, generator=stream, dtype=torch.float64)
    for factor in (0.5, 4.0):
        louder = heard.drive(Signal(factor * values), torch.float64)
        torch.testing.assert_close(louder, heard.drive(Signal(values), torch.float64), rtol=1e-4, atol=1e-4)


@pytest.fixture(scope="module")
def trained() -> tuple[Network, Split]:
    config = configured(
        *GROUPS, STACK, "group_norm=4", "gain=constant", "epochs=2", "train_count=none", path="spiking"
    )
    split = neuroff.prepare(synthetic(shape=(4, 4)), config)
    network, plan = neuroff.build(config, split)
    return neuroff.train(network, split, plan).network, split


def test_a_saved_network_is_the_same_network(trained: tuple[Network, Split], tmp_path: Path) -> None:
    network, split = trained
    neuroff.save_network(network, tmp_path / "network.safetensors")
    loaded = neuroff.load_network(tmp_path / "network.safetensors")
    assert isinstance(loaded.layers[2].synapses, GroupNormalised)
    assert loaded.layers[2].synapses.groups == 4
    assert torch.equal(predict(loaded, split.test), predict(network, split.test))


@pytest.mark.parametrize("kind", ["nir", "loihi", "netx", "sanafe", "c"])
def test_no_chip_and_no_format_has_it_and_the_message_says_what_folds(
    trained: tuple[Network, Split], kind: str, tmp_path: Path
) -> None:
    with pytest.raises(ExportError, match=r"network\.group_norm=4.*network\.standardise=true"):
        export(*trained, kind, tmp_path / "out", ExportOptions())
    assert not [*tmp_path.iterdir()]


def test_energy_is_that_of_the_simulation_and_says_why(trained: tuple[Network, Split]) -> None:
    chip = ["loihi1-davies2018"]
    report = neuroff.energy_report(*trained, chip, images=3)
    assert report.accounts[0].priced_as == "simulated"
    assert report.accounts[0].energy_J is not None
    assert "network.group_norm=4" in report.not_exported
    with pytest.raises(ExportError, match=r"network\.standardise=true"):
        neuroff.energy_report(*trained, chip, images=3, priced_as="exported")


def test_a_dense_network_does_not_become_spikes() -> None:
    config = configured(*GROUPS, "widths=8,4", "group_norm=2", "gain=constant", "train_count=none")
    split = neuroff.prepare(synthetic(), config)
    network, _ = neuroff.build(config, split)
    with pytest.raises(ConfigError, match=r"group normalisation.*network\.standardise=true"):
        to_spikes(network, split.train)


def test_the_first_layer_has_nothing_below_that_traces_could_stand_for() -> None:
    config = configured(*GROUPS, STACK, "gain=constant", path="spiking")
    inputs = few_inputs(config)
    network = lively(config, inputs)
    first = network.layers[0]
    normed = first.with_synapses(GroupNormalised(as_a(Conv, first.synapses), Planes(1, 3, 4), 1))
    network = replace(network, layers=(normed, *network.layers[1:]))
    with pytest.raises(ConfigError, match="first layer's synapses are not linear"):
        next(lockstep(network, inputs.stimulus(slice(None)), network.asking.everything(len(inputs))))


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (("standardise=true", "group_norm=4"), r"group_norm needs network\.standardise=false"),
        (("group_norm=0",), r"network\.group_norm='0'.*greater than or equal to 1"),
        (("group_norm=3",), r"network\.group_norm, layer 2: 3 groups of 8 channels"),
    ],
)
def test_what_does_not_fit_is_one_message(settings: tuple[str, ...], says: str) -> None:
    inputs = few_inputs(configured(*GROUPS, STACK, "gain=constant"))

    def built() -> Network:
        return neuroff.build(configured(*GROUPS, STACK, "gain=constant", *settings), replace_split(inputs))[0]

    with pytest.raises(ConfigError, match=says):
        built()
