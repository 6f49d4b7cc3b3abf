"""Networks asked by class groups: the local rules against autograd, locality, training, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import neuroff
from neuroff.config import Config
from neuroff.config.build import build_losses
from neuroff.config.overrides import apply_settings
from neuroff.core.asking import Question
from neuroff.core.inputs import Inputs
from neuroff.core.network import Network
from neuroff.core.neurons import LIF
from neuroff.core.rules import LayerGradient
from neuroff.core.synapses import Dense
from neuroff.data import DataSet
from neuroff.errors import ConfigError
from neuroff.training.online import learner
from neuroff.training.step import LayerStatistics, learn_chunk
from tests.narrow import as_a, weight_of
from tests.oracles import lif_through_time, sent_on
from tests.samples import configured, few, few_inputs, lively_network, stream_of

GROUPS = ("asking.form=groups", "loss=softmax", "loss_steepness=7", "goodness=linear", "label_smoothing=0.1")


def grouped(*settings: str, path: str = "dense", variant: str = "ff") -> Config:
    return configured(*GROUPS, "widths=9,6", *settings, path=path, variant=variant)


def gradients_of(
    config: Config, network: Network, inputs: Inputs, learn: Callable[..., Any] = learn_chunk
) -> dict[int, LayerGradient]:
    """Gradients of all layers, in two chunks."""
    layers = range(len(network.layers))
    gradients = {i: LayerGradient.of(network.layers[i]) for i in layers}
    statistics = {i: LayerStatistics.empty(torch.device("cpu")) for i in layers}
    stimulus = inputs.stimulus(slice(None))
    asked = network.asking.question(inputs.labels, inputs.labels)
    for rows in (slice(0, 2), slice(2, len(inputs))):
        learn(
            network,
            build_losses(config),
            stimulus.rows(rows),
            asked.rows(rows),
            gradients,
            statistics,
            images=len(inputs),
        )
    return gradients


def by_autograd(config: Config, network: Network, inputs: Inputs) -> list[dict[str, torch.Tensor]]:
    """Gradients of every layer's own loss, its input detached, by autograd through time."""
    spiking = config.path == "spiking"
    parameters = [
        {name: tensor.clone().requires_grad_() for name, tensor in layer.tensors().items()}
        for layer in network.layers
    ]
    stimulus = inputs.stimulus(slice(None))
    arriving = stimulus.image.values
    if stimulus.image.gain is not None:
        arriving = arriving * stimulus.image.gain[:, None]
    if spiking and arriving.ndim == 2:
        arriving = arriving.expand(config.neuron.steps, -1, -1)
    goodness = []
    for index, layer in enumerate(parameters):
        drive = arriving @ layer["weight"].T + layer["bias"]
        if spiking:
            output = lif_through_time(drive, as_a(LIF, network.population_of(index)))
            activity = output.mean(0)
        else:
            output = activity = torch.relu(drive)
        parts = torch.tensor_split(activity, network.classes, dim=1)
        power = 1 if config.network.goodness == "linear" else 2
        goodness.append(torch.stack([part.pow(power).mean(1) for part in parts], 1))
        arriving = sent_on(output.detach(), activity.detach(), network)
    found = []
    for index, layer in enumerate(parameters):
        partners = [g.detach() for j, g in enumerate(goodness) if j != index]
        heard = sum(partners, torch.zeros_like(goodness[0])) / max(1, len(partners))
        if config.collaboration.partners == "trained" and index == 0:
            heard = torch.zeros_like(heard)
        if config.variant == "ff":
            heard = torch.zeros_like(heard)
        collaborative = goodness[index] + layer["gamma"] * heard
        if config.collaboration.coupling == "normalised" and bool(heard.any()):
            collaborative = collaborative / (1.0 + layer["gamma"].abs())
        loss = torch.nn.functional.cross_entropy(
            config.training.loss_steepness * collaborative,
            inputs.labels,
            label_smoothing=config.training.label_smoothing,
        )
        names = [name for name in layer if name != "gamma" or config.variant != "ff"]
        grads = torch.autograd.grad(loss, [layer[name] for name in names], allow_unused=True)
        found.append(
            {n: torch.zeros_like(layer[n]) if g is None else g for n, g in zip(names, grads, strict=True)}
        )
    return found


@few
@given(
    st.sampled_from(["dense", "spiking"]),
    st.sampled_from(["ff", "fcff", "acff"]),
    st.sampled_from(["all", "trained"]),
    st.sampled_from(["added", "normalised"]),
    st.sampled_from(["linear", "mean_squares"]),
    st.sampled_from(
        ["gain=presentation", "gain=constant constant_gain=2", "gain=constant normalisation=none"]
    ),
    st.sampled_from(["constant", "regular", "latency", "bernoulli"]),
    st.integers(0, 2**20),
)
def test_the_local_rule_equals_autograd(
    path: str, variant: str, partners: str, coupling: str, goodness: str, gain: str, encoding: str, seed: int
) -> None:
    settings = [f"partners={partners}", f"coupling={coupling}", f"network.goodness={goodness}", *gain.split()]
    if path == "spiking":
        settings.append(f"encoding={encoding}")
    config = grouped(*settings, path=path, variant=variant)
    gammas = (0.0, 0.0) if variant == "ff" else (0.4, 0.8)
    network, inputs = lively_network(replace_seed(config, seed), gammas), few_inputs(config)
    found = gradients_of(config, network, inputs)
    for index, expected in enumerate(by_autograd(config, network, inputs)):
        mine = {**found[index].synapses, "gamma": found[index].gamma}
        for name, wanted in expected.items():
            torch.testing.assert_close(mine[name], wanted, rtol=1e-8, atol=1e-12)


def replace_seed(config: Config, seed: int) -> Config:
    return apply_settings(config, [f"seed={seed}"])


@few
@given(st.sampled_from(["ff", "acff"]), st.sampled_from(["constant", "regular"]), st.integers(0, 2**20))
def test_the_online_rule_equals_the_batch_rule(variant: str, encoding: str, seed: int) -> None:
    """One layer hears a modulator at the end; its eligibility traces are exact for reset by subtraction."""
    settings = ("gain=constant", "constant_gain=2", f"encoding={encoding}", "partners=all", f"seed={seed}")
    batch = grouped(*settings, path="spiking", variant=variant)
    online = apply_settings(batch, ["rule=online_end"])
    network, inputs = lively_network(batch, (0.4, 0.8)), few_inputs(batch)
    from neuroff.config.build import build_plan

    one = gradients_of(batch, network, inputs)
    two = gradients_of(online, network, inputs, learner(build_plan(online)))
    for index in one:
        torch.testing.assert_close(two[index].synapses, one[index].synapses, rtol=1e-9, atol=1e-12)
        torch.testing.assert_close(two[index].gamma, one[index].gamma, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("path", ["dense", "spiking"])
def test_other_layers_enter_an_update_only_through_k_scalars(path: str) -> None:
    order = torch.tensor([1, 0, 3, 2, 4, 5])  # groups of 2, 2, 1 and 1
    for variant, gammas in (("ff", (0.0, 0.0)), ("fcff", (0.8, 0.8))):
        config = grouped("partners=all", path=path, variant=variant)
        network, inputs = lively_network(config, gammas), few_inputs(config)
        second = network.layers[1]
        weight = torch.randn(weight_of(second).shape, generator=stream_of(3), dtype=torch.float64)
        other = second.with_synapses(Dense(weight, second.synapses.affine()[1]))
        # Neurons change places within their group: other weights everywhere, the same K goodnesses.
        swapped = second.mapped(lambda w: w[order], lambda b: b[order])
        before, changed, same = (
            gradients_of(config, replace(network, layers=(network.layers[0], layer)), inputs)[0]
            for layer in (second, other, swapped)
        )
        heard = not torch.equal(before.synapses["weight"], changed.synapses["weight"])
        assert heard == (variant == "fcff")
        torch.testing.assert_close(same.synapses, before.synapses, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("path", ["dense", "spiking"])
@pytest.mark.parametrize("form", ["groups", "random"])
def test_digits_are_learned_in_one_presentation(path: Any, form: str, tmp_path: Path) -> None:
    start = neuroff.preset("groups", path=path, dataset="digits", variant="acff")
    config = apply_settings(
        start,
        [
            f"asking.form={form}",
            *(("network.goodness=linear", "loss_steepness=16") if form == "random" else ()),
            "widths=60,60",
            "epochs=20",
            "batch_size=50",
            "learning_rate=0.001",
        ],
    )
    split = neuroff.prepare(neuroff.load("digits"), config)
    network, plan = neuroff.build(config, split)
    trained = neuroff.train(network, split, plan).network
    assert neuroff.accuracy(trained, split.test) > 0.93
    assert neuroff.count_activity(trained, split.test.head(20)).labels == 1
    neuroff.save_network(trained, tmp_path / "network")
    assert neuroff.load_network(tmp_path / "network").asking == trained.asking


def test_every_input_is_used() -> None:
    """A class that the first input alone carries: a label in the image would overwrite it."""
    x = torch.randint(0, 2, (200, 1, 6), generator=stream_of(0)).float().numpy()
    y = x[:, 0, 0].astype("int64")
    data = DataSet.from_arrays(x[:150], y[:150], x[150:], y[150:])
    config = neuroff.preset("groups", dataset="digits")
    config = apply_settings(config, ["widths=10,10", "epochs=30", "batch_size=20", "learning_rate=0.01"])
    split = neuroff.prepare(data, config)
    network, plan = neuroff.build(config, split)
    assert network.widths[0] == 6
    assert neuroff.accuracy(neuroff.train(network, split, plan).network, split.test) == 1.0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["asking.form=groups"], r"asking\.form=groups does not go with training\.loss=threshold"),
        (["loss=softmax"], r"asking\.form=label does not go with training\.loss=softmax"),
        (["asking.form=random", "loss=softmax"], r"asking\.form=random needs network\.goodness=linear"),
        (["gammas=0.1,0.2,0.3"], r"collaboration\.gammas has 3 values for 2 layers"),
        (["normalisation=none"], r"network\.normalisation=none needs network\.gain=constant"),
    ],
)
def test_settings_that_contradict_each_other(settings: list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        apply_settings(Config(), settings)


def test_too_narrow_layers_and_too_few_answers_are_refused_before_training() -> None:
    config = grouped("widths=6,3")
    split = neuroff.prepare(samples(), config)
    with pytest.raises(ConfigError, match="layer 2: 3 neurons for 4 classes"):
        neuroff.build(config, split)


def samples() -> Any:
    from tests.samples import synthetic

    return synthetic()


def test_gammas_of_layers_are_taken_in_order() -> None:
    config = grouped("gammas=0.25,-0.5", variant="fcff")
    network, _ = neuroff.build(config, neuroff.prepare(samples(), config))
    assert [float(layer.gamma) for layer in network.layers] == [0.25, -0.5]


def test_a_question_of_groups_is_not_one_of_labels() -> None:
    config = grouped()
    network, inputs = lively_network(config), few_inputs(config)
    asked = network.asking.question(inputs.labels, inputs.labels)
    assert asked.candidates.shape == (1, len(inputs))
    assert isinstance(asked, Question)
    assert torch.equal(asked.rows(slice(2)).truth, inputs.labels[:2])  # type: ignore[arg-type]


@pytest.mark.parametrize("forms", [("groups", "label"), ("label", "groups")])
def test_images_of_the_other_way_of_asking_are_refused_everywhere(
    forms: tuple[str, str], tmp_path: Path
) -> None:
    """A network asked by labels, opened as one of groups, and the reverse."""
    of = {
        "groups": grouped(path="spiking"),
        "label": configured("widths=9,6", "goodness=linear", path="spiking"),
    }
    network, _ = neuroff.build(of[forms[0]], neuroff.prepare(samples(), of[forms[0]]))
    neuroff.save_network(network, tmp_path / "network")
    network, split = neuroff.load_network(tmp_path / "network"), neuroff.prepare(samples(), of[forms[1]])
    plan = neuroff.build(of[forms[1]], split)[1]
    for done in (
        lambda: neuroff.accuracy(network, split.test),
        lambda: neuroff.count_activity(network, split.test),
        lambda: neuroff.train(network, split, plan),
        lambda: neuroff.export(network, split, "c", tmp_path / "c.h"),
        lambda: neuroff.export(network, split, "loihi", tmp_path / "chip"),
    ):
        with pytest.raises(ConfigError, match=r"images prepared for .* expected those of the network"):
            done()
    assert [file.name for file in tmp_path.iterdir()] == ["network"]
