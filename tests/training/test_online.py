"""Learning while the spikes run, against the batch rule: equal where it is exact, measured elsewhere."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neuroff.config import Config
from neuroff.config.build import build, build_losses, build_network, build_plan
from neuroff.config.inputs import prepare
from neuroff.config.overrides import apply_settings
from neuroff.config.presets import preset
from neuroff.core.asking import Question
from neuroff.core.engine import Engine
from neuroff.core.inputs import Inputs
from neuroff.core.network import Network
from neuroff.core.neurons import LIF
from neuroff.core.rules import LayerGradient
from neuroff.data import DataSet
from neuroff.errors import ConfigError
from neuroff.training import Interrupted, TrainingState
from neuroff.training.evaluate import accuracy
from neuroff.training.looking_back import looks_back
from neuroff.training.online import learn_chunk_online, learner
from neuroff.training.restoring import restore_state
from neuroff.training.step import LayerStatistics, learn_chunk
from tests.narrow import as_a
from tests.samples import CLASSES, PIXELS, configured, few, few_inputs, lively_network, state_by, train_by


def gradients_of(
    config: Config, network: Network, inputs: Inputs, learn: Callable[..., Any], **options: str
) -> tuple[dict[int, LayerGradient], dict[int, LayerStatistics]]:
    """Gradients and statistics of all layers, in two chunks, under the true and the next label."""
    layers = range(len(network.layers))
    gradients = {i: LayerGradient.of(network.layers[i]) for i in layers}
    statistics = {i: LayerStatistics.empty(torch.device("cpu")) for i in layers}
    labels = torch.stack((inputs.labels, (inputs.labels + 1) % network.classes))
    signal, losses = inputs.stimulus(slice(None)), build_losses(config)
    for rows in (slice(0, 2), slice(2, len(inputs))):
        learn(
            network,
            losses,
            signal.rows(rows),
            Question(labels[:, rows]),
            gradients,
            statistics,
            images=len(inputs),
            **options,
        )
    return gradients, statistics


def all_of(gradient: LayerGradient) -> dict[str, torch.Tensor]:
    return {
        "weight": gradient.synapses["weight"],
        "bias": gradient.synapses["bias"],
        "gamma": gradient.gamma,
        **gradient.neuron,
    }


@st.composite
def runs(draw: st.DrawFn, exact: bool = True) -> tuple[Config, Network]:
    model = draw(st.sampled_from(["lif", "cuba", "if"]))
    learned = {"lif": ["", "beta,threshold"], "cuba": ["", "alpha,beta"], "if": ["", "threshold"]}[model]
    learns = draw(st.sampled_from(learned))
    config = configured(
        f"widths={draw(st.sampled_from(['6', '6,5', '7,5,4']))}",
        f"encoding={draw(st.sampled_from(['constant', 'regular', 'latency']))}",
        f"model={model}",
        "beta=0.7",
        f"learned={learns}",
        f"adaptation={0 if learns else draw(st.sampled_from([0, 1.5]))}",
        f"reset={'subtract' if exact else draw(st.sampled_from(['subtract', 'zero']))}",
        f"refractory={0 if exact else draw(st.sampled_from([0, 2]))}",
        f"trace_decay={draw(st.sampled_from([1.0, 0.8]))}",
        f"gain={draw(st.sampled_from(['online', 'constant']))}",
        f"constant_gain={draw(st.sampled_from([1.0, 2.5]))}",
        f"timing={draw(st.sampled_from(['presentation', 'online']))}",
        f"bits={draw(st.sampled_from(['none', '3']))}",
        "range=3.9731",
        f"delay={draw(st.sampled_from([0, 1, 9]))}",
        f"partners={draw(st.sampled_from(['trained', 'all']))}",
        f"loss={draw(st.sampled_from(['threshold', 'pairwise']))}",
        f"goodness={draw(st.sampled_from(['mean_squares', 'linear', 'negative_squares']))}",
        f"neuron.steps={draw(st.integers(1, 6))}",
        "goodness_scale=20",
        path="spiking",
        variant=draw(st.sampled_from(["ff", "acff"])),
        seed=draw(st.integers(0, 1000)),
    )
    drawn = state_by(config, PIXELS).layers
    layers = tuple(
        replace(lively, neuron=layer.neuron)
        for layer, lively in zip(drawn, lively_network(fixed(config)).layers, strict=True)
    )
    return config, build_network(config, PIXELS, CLASSES, layers=layers)


def fixed(config: Config) -> Config:
    return config.model_copy(update={"neuron": config.neuron.model_copy(update={"learned": ()})})


@few
@given(runs())
def test_the_online_rule_with_the_modulator_at_the_end_equals_the_batch_rule(
    made: tuple[Config, Network],
) -> None:
    """Reset by subtraction, no refractory steps; any gain that does not look ahead, any bus."""
    config, network = made
    inputs = few_inputs(config)
    batch, online = (
        gradients_of(config, network, inputs, learn_chunk),
        gradients_of(config, network, inputs, learn_chunk_online, modulator="end"),
    )
    for index in range(len(network.layers)):
        ours, theirs = all_of(online[0][index]), all_of(batch[0][index])
        assert ours.keys() == theirs.keys()
        for name in ours:
            torch.testing.assert_close(ours[name], theirs[name], rtol=1e-9, atol=1e-12, msg=name)
        torch.testing.assert_close(online[1][index].totals, batch[1][index].totals, rtol=1e-11, atol=1e-12)


class LookingBack(Engine):
    """The reference, which has float64, asked as the loops are."""

    @property
    def looks_back(self) -> bool:
        return True


@few
@given(runs(exact=False), st.sampled_from(["online_end", "online_step"]))
def test_looking_back_credits_what_shared_traces_do(made: tuple[Config, Network], rule: str) -> None:
    """Any reset and refractory steps, where the traces are no longer the batch rule's."""
    config, network = made
    config = apply_settings(config, [f"rule={rule}", *(["timing=online"] if rule == "online_step" else [])])
    network = build_network(config, PIXELS, CLASSES, layers=network.layers)
    inputs, learn = few_inputs(config), learner(build_plan(config))
    back = replace(network, engine=LookingBack())
    found, statistics = gradients_of(config, back, inputs, learn)
    wanted, sums = gradients_of(config, network, inputs, learn)
    for index, gradient in wanted.items():
        for name, value in all_of(gradient).items():
            torch.testing.assert_close(all_of(found[index])[name], value, rtol=1e-9, atol=1e-12, msg=name)
        torch.testing.assert_close(statistics[index].totals, sums[index].totals, rtol=1e-11, atol=1e-12)


def test_who_looks_back() -> None:
    def asked(*settings: str, engine: Engine) -> tuple[bool, bool]:
        config = configured("gain=online", *settings, path="spiking")
        network = replace(build_network(config, PIXELS, CLASSES), engine=engine)
        return looks_back(network, each_step=False), looks_back(network, each_step=True)

    assert asked(engine=LookingBack()) == (True, True)
    assert asked("learned=beta", engine=LookingBack()) == (True, False)
    assert asked("trace_decay=0.9", engine=LookingBack()) == (True, False)
    assert asked("gain=presentation", engine=LookingBack()) == (False, False)
    assert asked(engine=Engine()) == (False, False)


def test_what_cannot_go_step_by_step_is_refused_however_one_looks() -> None:
    config = configured("gain=presentation", path="spiking")
    network = replace(build_network(config, PIXELS, CLASSES), engine=LookingBack())
    for rule in ("online_end", "online_step"):
        learn = learner(replace(build_plan(config), rule=rule))
        with pytest.raises(ConfigError, match="looks ahead"):
            gradients_of(config, network, few_inputs(config), learn)


@few
@given(runs(exact=False))
def test_the_first_layer_is_exact_under_a_constant_current_whatever_the_reset(
    made: tuple[Config, Network],
) -> None:
    config, network = made
    if config.neuron.encoding != "constant":
        return
    inputs = few_inputs(config)
    batch, _ = gradients_of(config, network, inputs, learn_chunk)
    online, _ = gradients_of(config, network, inputs, learn_chunk_online, modulator="end")
    for name, value in all_of(online[0]).items():
        torch.testing.assert_close(value, all_of(batch[0])[name], rtol=1e-9, atol=1e-12, msg=name)


@few
@given(runs(), st.sampled_from(["end", "step"]))
def test_a_presentation_of_one_step_has_one_modulator(made: tuple[Config, Network], modulator: str) -> None:
    """T = 1: the end is every step, and all rules are one."""
    config, network = made
    config = apply_settings(config, ["neuron.steps=1", "delay=0"])
    network = build_network(config, PIXELS, CLASSES, layers=network.layers)
    inputs = few_inputs(config)
    batch, _ = gradients_of(config, network, inputs, learn_chunk)
    online, _ = gradients_of(config, network, inputs, learn_chunk_online, modulator=modulator)
    for index in batch:
        for name, value in all_of(online[index]).items():
            torch.testing.assert_close(value, all_of(batch[index])[name], rtol=1e-9, atol=1e-12, msg=name)


def after_some_learning(dataset: DataSet, reset: str) -> tuple[Config, Network, Inputs]:
    """A network that has seen the digits twice, test images, and wrong labels."""
    config = apply_settings(
        configured(path="spiking"),
        "widths=40,30 neuron.steps=8 gain=online goodness_scale=20 loss=pairwise loss_steepness=6 epochs=2 "
        f"schedule=interleaved batch_size=50 learning_rate=0.003 evaluate_every=0 reset={reset}".split(),
    )
    split = prepare(dataset, config)
    return config, train_by(config, split).network, split.test.head(300)


@pytest.mark.parametrize(
    ("modulator", "reset", "least"),
    [
        ("end", "subtract", (1 - 1e-12, 1 - 1e-12)),
        ("end", "zero", (1 - 1e-12, 0.9)),
        ("step", "subtract", (0.99, 0.85)),
        ("step", "zero", (0.95, 0.7)),
    ],
)
def test_measured_angle_to_the_batch_rule(
    digits: DataSet, modulator: str, reset: str, least: tuple[float, float]
) -> None:
    """Cosines of both layers' steps on images under both labels.

    With a reset to zero the second layer's shared traces are an approximation; the first has a constant
    current, whose trace is exact. A modulator at every step is one in all layers.
    """
    config, network, inputs = after_some_learning(digits, reset)
    batch, _ = gradients_of(config, network, inputs, learn_chunk)
    online, _ = gradients_of(config, network, inputs, learn_chunk_online, modulator=modulator)
    for index, bound in enumerate(least):
        one, other = batch[index].synapses["weight"].flatten(), online[index].synapses["weight"].flatten()
        assert float(torch.nn.functional.cosine_similarity(one, other, dim=0)) > bound


@pytest.mark.parametrize("rule", ["online_end", "online_step"])
def test_training_by_an_online_rule_learns_the_digits(digits: DataSet, rule: str) -> None:
    config = apply_settings(
        preset("demo", path="spiking", variant="acff", dataset="digits"),
        f"widths=60,40 epochs=8 evaluate_every=0 gain=online timing=online rule={rule}".split(),
    )
    split = prepare(digits, config)
    assert accuracy(train_by(config, split).network, split.test) > 0.75


@pytest.mark.parametrize("rule", ["online_end", "online_step"])
def test_stopped_and_resumed_equals_uninterrupted_with_learned_neurons(
    quick: Callable[..., Config], few_digits: DataSet, rule: str
) -> None:
    config = quick("gain=online", "learned=beta,threshold", f"rule={rule}", "batch_size=50", path="spiking")
    split = prepare(few_digits, config)
    whole = train_by(config, split)
    kept: list[tuple[dict[str, torch.Tensor], dict[str, Any]]] = []
    asked = iter([False, False, True])

    def save(state: TrainingState) -> None:
        kept[:] = [({k: v.clone() for k, v in state.tensors().items()}, state.values())]

    with pytest.raises(Interrupted):
        train_by(config, split, save=save, should_stop=lambda: next(asked))
    tensors, values = kept[0]
    assert "layers.1.threshold" in tensors
    state = restore_state(tensors, values, *build(config, split), "kept")
    resumed = train_by(config, split, state=state)
    for one, other in zip(whole.network.layers, resumed.network.layers, strict=True):
        for name, tensor in one.tensors().items():
            assert torch.equal(tensor, other.tensors()[name]), name
    # What a layer learned is what its neurons use, and what the history tells.
    for index, layer in enumerate(whole.network.layers):
        assert as_a(LIF, whole.network.population_of(index)).threshold is layer.neuron["threshold"]
        assert float(layer.neuron["beta"]) != config.neuron.beta
        last = whole.history[-1].layers[index].neuron
        assert last == {name: float(value) for name, value in layer.neuron.items()}


MEASURE = """
import torch
from neuroff.config.build import build_losses, build_network, build_plan
from neuroff.core.asking import Question
from neuroff.core.engine import Engine
from neuroff.core.rules import LayerGradient
from neuroff.config.overrides import apply_settings
from neuroff.training.online import learner
from neuroff.training.step import LayerStatistics
from tests.samples import configured, few_inputs
torch.set_num_threads(1)

def peak(rule, steps):
    ways = ("widths=200,200", "gain=online", "precision=float32", f"rule={rule}", f"neuron.steps={steps}")
    config = configured(*ways, path="spiking")
    inputs = few_inputs(config, 60)
    network = build_network(config, 12, 4)
    gradients = {index: LayerGradient.of(layer) for index, layer in enumerate(network.layers)}
    statistics = {i: LayerStatistics.empty(torch.device("cpu")) for i in gradients}
    asked = Question(torch.stack((inputs.labels, inputs.labels.flip(0))))
    with torch.no_grad():
        signal = inputs.stimulus(slice(None))
        learn = learner(build_plan(config))
        learn(network, build_losses(config), signal, asked, gradients, statistics, images=60)
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024

short = [peak("batch", 10), peak("online_end", 10), peak("online_step", 10)][-1]
long = [peak("online_end", 60), peak("online_step", 60)][-1]
print(long - short, peak("batch", 60) - short)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks Linux for the peak of this process")
def test_memory_does_not_grow_with_the_number_of_steps() -> None:
    """In MiB, from 10 to 60 steps: next to nothing online, all spikes and slopes in the batch rule."""
    done = subprocess.run([sys.executable, "-c", MEASURE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    online, batch = map(float, done.stdout.split())
    assert batch > 10
    assert online < batch / 4


def test_learners() -> None:
    for config in (configured(), configured(path="spiking"), configured("rate_penalty=0.5", path="spiking")):
        chosen: Any = learner(build_plan(config))
        assert chosen.func is learn_chunk
        assert chosen.keywords == {"rate_penalty": config.training.rate_penalty}
    for rule, modulator in (("online_end", "end"), ("online_step", "step")):
        chosen = learner(build_plan(configured("gain=online", f"rule={rule}", path="spiking")))
        assert chosen.keywords == {"modulator": modulator}
