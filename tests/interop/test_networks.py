from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neuroff.config.inputs import prepare
from neuroff.config.overrides import apply_settings
from neuroff.config.presets import preset
from neuroff.core.inputs import Inputs
from neuroff.core.network import Network, propagate
from neuroff.core.neurons import LIF
from neuroff.core.neurons.step import ResetName
from neuroff.core.signal import Stimulus
from neuroff.data import DataSet
from neuroff.errors import ConfigError, ShapeError
from neuroff.interop import presented_images, to_norse, to_snntorch
from neuroff.interop.library import load_library
from tests.interop.drives import random_current
from tests.narrow import as_a, bias_of, weight_of
from tests.oracles import overlaid
from tests.samples import CLASSES, PIXELS, configured, few_inputs, lively_network, stream_of, train_by

snntorch = pytest.importorskip("snntorch", reason="snntorch is not installed (neuroff[interop])")
pytest.importorskip("norse", reason="norse is not installed (neuroff[interop])")

MAKERS = {"snntorch": to_snntorch, "norse": to_norse}
libraries = pytest.mark.parametrize("library", list(MAKERS))


@pytest.fixture(autouse=True)
def no_neurons_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snntorch.SpikingNeuron, "instances", [])


def all_labels(classes: int, samples: int) -> torch.Tensor:
    return torch.arange(classes)[:, None].expand(-1, samples)


def our_spikes(network: Network, signal: Stimulus, labels: torch.Tensor) -> list[torch.Tensor]:
    return [shown.response.output for shown in propagate(network, signal, labels)]


@libraries
@pytest.mark.parametrize("reset", ["subtract", "zero"])
@pytest.mark.parametrize("normalisation", ["unit", "rms"])
@pytest.mark.parametrize("encoding", ["constant", "bernoulli", "latency"])
def test_spikes_are_equal_under_every_encoding(
    library: str, reset: str, normalisation: str, encoding: str
) -> None:
    config = configured(
        f"reset={reset}",
        f"normalisation={normalisation}",
        f"encoding={encoding}",
        "neuron.steps=9",
        path="spiking",
    )
    network = lively_network(config)
    signal = few_inputs(config).stimulus(slice(0, 6))
    labels = all_labels(CLASSES, 6)
    ours = our_spikes(network, signal, labels)
    theirs = MAKERS[library](network)(presented_images(network.asking, signal, labels))
    assert [spikes.any() for spikes in ours] == [True, True] or normalisation == "unit"
    for wanted, found in zip(ours, theirs, strict=True):
        assert torch.equal(wanted, found)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    beta=st.floats(0.0, 0.99),
    threshold=st.floats(0.05, 4.0),
    reset=st.sampled_from(["subtract", "zero"]),
    library=st.sampled_from(list(MAKERS)),
    seed=st.integers(0, 2**31),
)
def test_spikes_are_equal_over_random_inputs(
    beta: float, threshold: float, reset: ResetName, library: str, seed: int
) -> None:
    """Also where potentials reach twice the threshold, which a stock Leaky resets twice."""
    network = lively_network(configured(path="spiking"))
    network = replace(network, population=LIF(20, beta, threshold, reset))
    values = torch.rand(20, 3, PIXELS, generator=stream_of(seed), dtype=torch.float64) * 4 * threshold
    found = MAKERS[library](network)(values)
    first = network.layers[0]
    wanted = network.population.respond(values @ weight_of(first).T + bias_of(first)).output
    assert torch.equal(found[0], wanted)


def test_potentials_do_reach_twice_the_threshold_in_these_tests() -> None:
    network = replace(lively_network(configured(path="spiking")), population=LIF(20, 0.9, 0.2))
    drive = torch.full((20, 1, PIXELS), 1.0, dtype=torch.float64) @ weight_of(network.layers[0]).T
    state, highest = as_a(LIF, network.population).rest(drive[0]), 0.0
    for current in drive:
        moved = as_a(LIF, network.population).step(current, state)
        state, highest = moved.state, max(highest, float(moved.potential.max()))
    assert highest > 2 * 0.2


@libraries
@pytest.mark.parametrize(
    "settings",
    [
        ("model=cuba", "neuron.alpha=0.6", "reset=zero"),
        ("model=cuba", "alphas=0.3,0.7", "betas=0.5,0.8", "reset=zero"),
        ("betas=0.5,0.8",),
        ("gain=online",),
        ("gain=online", "trace_decay=0.7"),
        ("gain=constant", "constant_gain=3.0"),
        ("learned=threshold,beta",),
    ],
)
def test_spikes_are_equal_for_every_kind_of_neuron_and_gain(library: str, settings: tuple[str, ...]) -> None:
    config = configured("neuron.steps=9", *settings, path="spiking")
    network = lively_network(config)
    signal = few_inputs(config).stimulus(slice(0, 6))
    labels = all_labels(CLASSES, 6)
    ours = our_spikes(network, signal, labels)
    theirs = MAKERS[library](network)(presented_images(network.asking, signal, labels))
    for wanted, found in zip(ours, theirs, strict=True):
        assert wanted.any()
        assert torch.equal(wanted, found)


def test_a_synaptic_current_with_subtraction_goes_to_snntorch_alone() -> None:
    config = configured("model=cuba", "neuron.alpha=0.6", "neuron.steps=9", path="spiking")
    network = lively_network(config)
    signal, labels = few_inputs(config).stimulus(slice(0, 6)), all_labels(CLASSES, 6)
    ours = our_spikes(network, signal, labels)
    theirs = to_snntorch(network)(presented_images(network.asking, signal, labels))
    assert all(torch.equal(wanted, found) for wanted, found in zip(ours, theirs, strict=True))
    with pytest.raises(ConfigError, match="reset 'subtract'"):
        to_norse(network)


@libraries
def test_refractory_steps_are_refused(library: str) -> None:
    network = lively_network(configured("refractory=2", path="spiking"))
    with pytest.raises(ConfigError, match="refractory = 2"):
        MAKERS[library](network)


@pytest.fixture(scope="module", params=["float32", "float64"])
def digits_network(request: pytest.FixtureRequest, digits: DataSet) -> tuple[Network, Inputs]:
    start = preset("demo", path="spiking", dataset="digits")
    config = apply_settings(
        start, ["widths=80,60", "epochs=3", "evaluate_every=0", f"precision={request.param}"]
    )
    split = prepare(digits, config)
    return train_by(config, split).network, split.test.head(100)


@libraries
def test_spikes_of_a_trained_digits_network_are_equal(
    library: str, digits_network: tuple[Network, Inputs]
) -> None:
    network, images = digits_network
    signal, labels = images.stimulus(slice(0, 100)), all_labels(10, 100)
    ours = our_spikes(network, signal, labels)
    with torch.no_grad():
        theirs = MAKERS[library](network)(presented_images(network.asking, signal, labels))
    total = sum(spikes.numel() for spikes in ours)
    moved = sum(int((wanted != found).sum()) for wanted, found in zip(ours, theirs, strict=True))
    # In float32 a potential may lie on the threshold to the last bit.
    assert moved <= (0 if ours[0].dtype == torch.float64 else 1e-5 * total)
    assert all(0.01 < float(spikes.mean()) < 0.5 for spikes in ours)
    assert all(spikes.dtype == ours[0].dtype for spikes in theirs)


@libraries
def test_the_module_is_an_ordinary_one(library: str) -> None:
    network = lively_network(configured(path="spiking"))
    module: Any = MAKERS[library](network)
    kinds = {"snntorch": snntorch.Leaky, "norse": load_library("norse.torch.module.lif_box").LIFBoxCell}
    assert all(isinstance(neuron, kinds[library]) for neuron in module.neurons)
    assert [tuple(linear.weight.shape) for linear in module.linears] == [(6, PIXELS), (5, 6)]
    state = module.state_dict()
    assert torch.equal(state["linears.0.weight"], weight_of(network.layers[0]))
    values = random_current(1, 4.0)[:, :, :PIXELS]
    before = [spikes.detach() for spikes in module(values)]
    with torch.no_grad():
        module.linears[0].weight.zero_()
    assert weight_of(network.layers[0]).any()
    module.load_state_dict(state | {"linears.0.weight": weight_of(network.layers[0])})
    for wanted, found in zip(before, module(values), strict=True):
        assert torch.equal(wanted, found)


@libraries
def test_gradients_reach_every_weight_of_the_module(library: str) -> None:
    module: Any = MAKERS[library](lively_network(configured(path="spiking")))
    sum(spikes.sum() for spikes in module(random_current(2, 4.0)[:, :, :PIXELS])).backward()
    for linear in module.linears:
        assert linear.weight.grad is not None
        assert linear.weight.grad.abs().max() > 0


@pytest.mark.parametrize("encoding", ["constant", "regular"])
def test_presented_images_are_the_overlaid_ones(encoding: str) -> None:
    config = configured(f"encoding={encoding}", path="spiking")
    inputs = few_inputs(config)
    signal, labels = inputs.stimulus(slice(0, 6)), all_labels(CLASSES, 6)
    shown = presented_images(inputs.encoder.asking, signal, labels)
    for k in range(CLASSES):
        copy = shown[..., 6 * k : 6 * (k + 1), :]
        strength = signal.label if encoding == "constant" else signal.label[:, :, None]
        for b in range(6):
            label = copy[..., b, :CLASSES]
            expected = torch.zeros_like(label)
            expected[..., k] = strength[..., b] if encoding == "constant" else strength[:, b, 0]
            assert torch.equal(label, expected)
    if encoding == "constant":
        pixels = inputs.pixels[:].double() / 255
        by_hand = overlaid(pixels, labels[1], CLASSES, 1.0)
        length = by_hand.norm(dim=1) + 1e-4
        torch.testing.assert_close(shown[6:12], by_hand * (PIXELS**0.5 / length)[:, None])


@libraries
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda network: lively_network(configured()), "a population of type ReLU"),
        (lambda network: replace(network, black_boxes={0: torch.sin}), "black boxes"),
        (lambda network: replace(network, precision=torch.bfloat16), "bfloat16"),
    ],
)
def test_what_a_module_cannot_express_is_refused(
    library: str, change: Callable[..., Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        MAKERS[library](change(lively_network(configured(path="spiking"))))


def test_norse_has_no_neuron_without_leak() -> None:
    network = replace(lively_network(configured(path="spiking")), population=LIF(4, 1.0))
    with pytest.raises(ConfigError, match="beta = 1"):
        to_norse(network)
    assert to_snntorch(network)(torch.ones(4, 1, PIXELS, dtype=torch.float64))[0].any()


@libraries
@pytest.mark.parametrize("shape", [(PIXELS,), (2, PIXELS + 1), (1, 1, 1, PIXELS)])
def test_inputs_of_another_shape_are_refused(library: str, shape: tuple[int, ...]) -> None:
    module: Any = MAKERS[library](lively_network(configured(path="spiking")))
    with pytest.raises(ShapeError, match="presented_images"):
        module(torch.zeros(shape, dtype=torch.float64))
