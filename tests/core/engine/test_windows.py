"""Spikes through convolutions, one by one, against PyTorch's convolution of all of them."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from neuroff.core.engine import Engine, EventEngine
from neuroff.core.engine.windows import window_arriving
from neuroff.core.layer import Layer
from neuroff.core.neurons import LIF
from neuroff.core.rules import LayerGradient
from neuroff.core.signal import Signal
from neuroff.core.synapses import (
    Conv,
    Dense,
    Planes,
    Pooled,
    Standardised,
    Synapses,
    initial_conv,
    initial_dense,
)
from tests.core.engine.test_events import gains, normal, same, spikes_of
from tests.narrow import present
from tests.samples import stream_of

EVENTS, TORCH = EventEngine(), Engine()
NEURONS = {
    "lif": LIF(4, reset="subtract"),
    "cuba, refractory, to zero": LIF(3, alpha=0.5, reset="zero", refractory=1, trace_decay=0.8),
}
each_neuron = pytest.mark.parametrize("lif", NEURONS.values(), ids=NEURONS.keys())


def convolution(
    planes: Planes, channels: int = 5, window: tuple[int, int] = (3, 3), stride: int = 1, padding: int = 1
) -> Conv:
    drawn = initial_conv(
        planes, channels, window, stream_of(7), torch.float32, stride=stride, padding=(padding, padding)
    )
    return drawn.mapped(lambda weight: 8 * weight)


def standardised(behind: Conv | Dense, planes: Planes) -> Standardised:
    front = Standardised.of(behind, planes)
    front.seen.copy_(torch.rand(front.seen.shape, generator=stream_of(2)) + 0.2)
    return front


SMALL, WIDE = Planes(3, 7, 6), Planes(2, 9, 12)
GEOMETRIES: dict[str, Synapses] = {
    "plain": convolution(SMALL),
    "no padding": convolution(SMALL, padding=0),
    "more padding than window": convolution(SMALL, padding=4),
    "stride": convolution(SMALL, stride=2),
    "stride wider than the window": convolution(WIDE, stride=4, padding=0),
    "channels over two tiles": convolution(SMALL, 37),
    "a window of one": convolution(SMALL, window=(1, 1), padding=0),
    "a window wider than all registers": convolution(Planes(2, 1, 40), window=(1, 33), padding=0),
    "a row": convolution(Planes(2, 1, 70), window=(1, 3), padding=0),
    "pool": Pooled(convolution(Planes(2, 4, 6)), WIDE, (2, 2)),
    "pool of three, a column left": Pooled(convolution(Planes(2, 3, 4)), Planes(2, 9, 13), (3, 3)),
    "standardised": standardised(convolution(SMALL), SMALL),
    "standardised, stride, pool": Pooled(
        standardised(convolution(Planes(2, 4, 6), stride=2), Planes(2, 4, 6)), WIDE, (2, 2)
    ),
}


def learned(engine: Engine, lif: LIF, synapses: Synapses, pre: Signal, push: Tensor) -> dict[str, Tensor]:
    gradient = LayerGradient.of(Layer(synapses, torch.tensor(0.0)))
    response = engine.respond_to(lif, synapses, pre, torch.float32, traced=True)
    engine.learn(gradient, lif, response, push.clone(), synapses, pre, torch.float32)
    return gradient.synapses


def agree(lif: LIF, synapses: Synapses, spikes: Tensor, gained: Tensor | None = None) -> None:
    """Fail unless both engines answer and learn the same."""
    pre, floats = Signal(spikes, gained), Signal(spikes.float(), gained)
    push = normal(5, spikes.shape[1], synapses.neurons)
    wanted = TORCH.respond_to(lif, synapses, floats, torch.float32, traced=True)
    found = EVENTS.respond_to(lif, synapses, pre, torch.float32, traced=True)
    assert float((found.output.float() - wanted.output).abs().mean()) < 1e-3  # a drive at the very threshold
    same(found.activity, wanted.activity)
    same(present(found.trace), present(wanted.trace))
    ours, theirs = learned(EVENTS, lif, synapses, pre, push), learned(TORCH, lif, synapses, floats, push)
    assert ours.keys() == theirs.keys()
    for name, gradient in theirs.items():
        assert float((ours[name] - gradient).norm()) <= 1e-5 * float(gradient.norm()) + 1e-12, name


@each_neuron
@pytest.mark.parametrize("gain", ["none", "step"])
@pytest.mark.parametrize("synapses", GEOMETRIES.values(), ids=GEOMETRIES.keys())
def test_any_window_hears_spikes_and_learns_from_them(synapses: Synapses, gain: str, lif: LIF) -> None:
    spikes = spikes_of(1, 0.04, lif.steps, 9, synapses.inputs)
    assert window_arriving(synapses, Signal(spikes), 0.8) is not None
    fired = EVENTS.respond_to(lif, synapses, Signal(spikes), torch.float32, traced=False).output
    assert 0.0 < float(fired.float().mean()) < 0.9
    agree(lif, synapses, spikes, gains(gain, lif.steps, 9))


@pytest.mark.parametrize("rate", [0.0, 0.02, 0.3, 0.9, 1.0])
def test_few_spikes_and_many_give_the_same(rate: float) -> None:
    synapses = GEOMETRIES["pool"]
    agree(NEURONS["lif"], synapses, spikes_of(3, rate, 4, 6, synapses.inputs))


def test_what_arrives_behind_the_pool_decides_between_events_and_a_convolution() -> None:
    def share(synapses: Synapses, rate: float) -> float | None:
        found = window_arriving(synapses, Signal(spikes_of(3, rate, 4, 200, synapses.inputs)), 0.4)
        return None if found is None else found.share

    assert share(GEOMETRIES["plain"], 0.3) == pytest.approx(0.3, abs=0.02)
    assert share(GEOMETRIES["pool"], 0.1) == pytest.approx(1 - 0.9**4, abs=0.02)
    assert share(GEOMETRIES["plain"], 0.45) is None
    assert share(GEOMETRIES["pool"], 0.2) is None


@each_neuron
def test_standardised_channels_in_front_of_a_matrix_are_events_too(lif: LIF) -> None:
    front = standardised(initial_dense(SMALL.size, 30, stream_of(4), torch.float32), SMALL)
    for gain in ("none", "sample", "step"):
        agree(lif, front, spikes_of(1, 0.1, lif.steps, 9, SMALL.size), gains(gain, lif.steps, 9))


def test_what_the_loops_do_not_know_is_pytorchs() -> None:
    groups = initial_conv(Planes(4, 5, 5), 6, (3, 3), stream_of(1), torch.float32, groups=2)
    large = Pooled(convolution(Planes(1, 2, 2), padding=1), Planes(1, 32, 32), (16, 16))
    for synapses in (groups, large):  # a sum of 256 spikes is more than a byte holds
        spikes = spikes_of(1, 0.001, 4, 5, synapses.inputs)
        assert window_arriving(synapses, Signal(spikes), 1.0) is None
        agree(NEURONS["lif"], synapses, spikes)


@pytest.mark.parametrize("name", ["channels over two tiles", "standardised, stride, pool"])
def test_the_number_of_threads_changes_no_bit(name: str) -> None:
    lif, synapses = NEURONS["cuba, refractory, to zero"], GEOMETRIES[name]
    pre = Signal(spikes_of(4, 0.08, lif.steps, 9, synapses.inputs), gains("step", lif.steps, 9))
    push = normal(8, 9, synapses.neurons)
    one, several = (learned(EventEngine(threads=count), lif, synapses, pre, push) for count in (1, 3))
    for name, single in one.items():
        assert torch.equal(single, several[name])


def test_a_gradient_is_added_to_what_is_there() -> None:
    lif, synapses = NEURONS["lif"], GEOMETRIES["standardised"]
    pre, push = Signal(spikes_of(4, 0.1, 4, 5, synapses.inputs)), normal(8, 5, synapses.neurons)
    once = learned(EVENTS, lif, synapses, pre, push)
    gradient = LayerGradient.of(Layer(synapses, torch.tensor(0.0)))
    for _ in range(2):
        response = EVENTS.respond_to(lif, synapses, pre, torch.float32, traced=True)
        EVENTS.learn(gradient, lif, response, push.clone(), synapses, pre, torch.float32)
    for name, each in once.items():
        torch.testing.assert_close(gradient.synapses[name], 2 * each, rtol=1e-5, atol=1e-6)
