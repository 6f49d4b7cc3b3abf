"""Networks with convolutions: shared weights learn what the unrolled matrix would, summed over its places."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import neuroff
from neuroff.config import Config
from neuroff.config.build import build_losses, build_plan
from neuroff.core.inputs import Inputs, Split
from neuroff.core.network import Network, propagate
from neuroff.core.plan import Plan
from neuroff.core.rules import LayerGradient
from neuroff.core.synapses import Conv, Dense, Standardised
from neuroff.data import DataSet
from neuroff.errors import ConfigError, ExportError
from neuroff.exchange.formats import export
from neuroff.exchange.writers import ExportOptions
from neuroff.training import Interrupted
from neuroff.training.evaluate import predict
from neuroff.training.online import learner
from neuroff.training.state import TrainingState
from neuroff.training.step import LayerStatistics
from tests.samples import configured, few, few_inputs, synthetic

GROUPS = ("asking.form=groups", "loss=softmax", "loss_steepness=7", "goodness=linear")
STACK = "layers=conv 8x3, pool 2, conv 8x3 groups, dense 9"


def lively(config: Config, inputs: Inputs) -> Network:
    """The configured network with larger weights, so that layers fire."""
    network, _ = neuroff.build(config, replace_split(inputs))
    layers = tuple(layer.mapped(lambda weight: 2.5 * weight, torch.abs) for layer in network.layers)
    return replace(network, layers=layers)


def replace_split(inputs: Inputs) -> Split:
    return Split(inputs, inputs, inputs)


def gradients_of(config: Config, network: Network, inputs: Inputs) -> dict[int, LayerGradient]:
    """Gradients of all layers, in two chunks."""
    layers = range(len(network.layers))
    gradients = {i: LayerGradient.of(network.layers[i]) for i in layers}
    statistics = {i: LayerStatistics.empty(torch.device("cpu")) for i in layers}
    stimulus = inputs.stimulus(slice(None))
    asked = network.asking.question(inputs.labels, (inputs.labels + 1) % network.classes)
    learn = learner(build_plan(config))
    for rows in (slice(0, 2), slice(2, len(inputs))):
        learn(
            network, build_losses(config), stimulus.rows(rows), asked.rows(rows), gradients, statistics,
            images=len(inputs),
        )  # fmt: skip
    return gradients


def unrolled(network: Network) -> Network:
    """The same network with every layer's synapses as one matrix."""
    return replace(
        network,
        layers=tuple(layer.with_synapses(Dense(*layer.synapses.affine())) for layer in network.layers),
    )


@few
@given(
    st.sampled_from(["dense", "batch", "online_end", "online_step"]),
    st.sampled_from(["ff", "fcff", "acff"]),
    st.sampled_from([GROUPS, ("place=beside",), ("place=pixels",)]),
    st.sampled_from(["regular", "constant"]),
    st.integers(0, 2**20),
)
def test_shared_weights_learn_the_sum_over_their_places(
    rule: str, variant: str, asking: tuple[str, ...], encoding: str, seed: int
) -> None:
    path = "dense" if rule == "dense" else "spiking"
    settings = [*asking, STACK, f"seed={seed}", "gain=constant"]
    if path == "spiking":
        settings += [f"rule={rule}", f"encoding={encoding}"]
    if rule == "online_step" and variant != "ff":
        settings.append("timing=online")
    config = configured(*settings, path=path, variant=variant)
    inputs = few_inputs(config)
    network = lively(config, inputs)
    found = gradients_of(config, network, inputs)
    whole = gradients_of(config, unrolled(network), inputs)
    for index, layer in enumerate(network.layers):
        leaves = {name: tensor.clone().requires_grad_() for name, tensor in layer.synapses.tensors().items()}
        weight, bias = layer.synapses.with_tensors(leaves).affine()
        of_matrix = (whole[index].synapses["weight"], whole[index].synapses["bias"])
        expected = torch.autograd.grad((weight, bias), [*leaves.values()], of_matrix)
        assert float(of_matrix[0].abs().max()) > 0
        for name, wanted in zip(leaves, expected, strict=True):
            torch.testing.assert_close(found[index].synapses[name], wanted, rtol=1e-8, atol=1e-12)
        torch.testing.assert_close(found[index].gamma, whole[index].gamma, rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("path", ["dense", "spiking"])
def test_standardised_channels_fold_into_the_matrix(path: str) -> None:
    config = configured(
        *GROUPS, STACK, "standardise=true", "gain=constant", "epochs=2", "batch_size=5", path=path
    )
    inputs = few_inputs(config, 12)
    network = neuroff.train(*_started(config, inputs)).network
    assert isinstance(network.layers[2].synapses, Standardised)
    assert bool(network.layers[2].synapses.seen[2].gt(0).all())
    stimulus, asked = inputs.stimulus(slice(None)), network.asking.everything(len(inputs))
    for one, other in zip(
        propagate(network, stimulus, asked),
        propagate(unrolled(network), stimulus, asked),
        strict=True,
    ):
        torch.testing.assert_close(one.goodness, other.goodness, rtol=1e-9, atol=1e-12)


def _started(config: Config, inputs: Inputs) -> tuple[Network, Split, Plan]:
    split = replace_split(inputs)
    network, plan = neuroff.build(config, split)
    return network, split, plan


def test_stopped_and_gone_on_is_the_same_to_the_bit() -> None:
    config = configured(
        *GROUPS, STACK, "standardise=true", "gain=constant", "epochs=3", "batch_size=4", "checkpoint_every=1",
        "schedule=interleaved", path="spiking",
    )  # fmt: skip
    inputs = few_inputs(config, 12)
    network, split, plan = _started(config, inputs)
    whole = neuroff.train(network, split, plan).network
    kept: list[TrainingState] = []
    asked = iter(range(100))
    with pytest.raises(Interrupted):
        neuroff.train(network, split, plan, save=kept.append, should_stop=lambda: next(asked) == 4)
    again = neuroff.train(network, split, plan, state=kept[-1]).network
    for one, other in zip(whole.layers, again.layers, strict=True):
        assert all(map(torch.equal, one.tensors().values(), other.tensors().values()))


def test_a_saved_network_is_the_same_network(tmp_path: Path) -> None:
    config = configured(
        *GROUPS, "layers=conv 6x3, maxpool 2, conv 9x3, pool 2, dense 9", "standardise=true", "gain=constant",
        path="spiking",
    )  # fmt: skip
    inputs = few_inputs(config, 8, shape=(8, 8))
    network = neuroff.train(*_started(config, inputs)).network
    neuroff.save_network(network, tmp_path / "network.safetensors")
    loaded = neuroff.load_network(tmp_path / "network.safetensors")
    assert isinstance(loaded.layers[0].synapses, Conv)
    assert loaded.black_boxes == network.black_boxes
    assert torch.equal(predict(loaded, inputs), predict(network, inputs))


def test_maxima_of_spikes_leave_for_no_chip_and_the_message_says_what_does(tmp_path: Path) -> None:
    config = configured(
        *GROUPS, "layers=conv 6x3, maxpool 2, dense 9", "gain=constant", "train_count=none", path="spiking"
    )
    split = neuroff.prepare(synthetic(shape=(4, 4)), config)
    network, _ = neuroff.build(config, split)
    for kind in ("nir", "loihi"):
        with pytest.raises(ExportError, match="train with pool"):
            export(network, split, kind, tmp_path / "out", ExportOptions())


def test_colours_lie_in_planes_wherever_the_channels_stand() -> None:
    stream = torch.Generator().manual_seed(0)
    images = torch.rand(12, 6, 5, 3, generator=stream, dtype=torch.float64).numpy()
    labels = (torch.arange(12) % 3).numpy()
    config = configured(*GROUPS, "layers=conv 6x3, dense 6", "gain=constant", "train_count=none")
    found = [
        neuroff.prepare(DataSet.from_arrays(each, labels, each, labels), config)
        for each in (images, images.transpose(0, 3, 1, 2))
    ]
    assert [split.train.planes and split.train.planes.shape for split in found] == [(3, 6, 5)] * 2
    assert torch.equal(found[0].train.pixels[:], found[1].train.pixels[:])
    network, _ = neuroff.build(config, found[0])
    assert network.widths == (90, 180, 6)


def test_images_of_no_known_planes_are_refused() -> None:
    images = torch.rand(12, 6, 5, 9, dtype=torch.float64).numpy()
    data = DataSet.from_arrays(images, (torch.arange(12) % 3).numpy(), images, (torch.arange(12) % 3).numpy())
    with pytest.raises(ConfigError, match=r"images of shape \(6, 5, 9\).*at most 4 channels"):
        neuroff.prepare(data, configured(*GROUPS, "layers=conv 6x3", "train_count=none"))


def test_too_few_neurons_for_the_classes_is_one_message() -> None:
    config = configured(*GROUPS, "layers=conv 6x3, dense 2", "train_count=none")
    split = neuroff.prepare(synthetic(), config)
    with pytest.raises(ConfigError, match="layer 2: 2 neurons for"):
        neuroff.build(config, split)


def test_online_rules_know_no_means_over_training_images() -> None:
    with pytest.raises(ConfigError, match=r"standardise needs neuron\.rule=batch"):
        configured(*GROUPS, STACK, "standardise=true", "gain=constant", "rule=online_end", path="spiking")
