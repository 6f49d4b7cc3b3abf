"""Presentations that share a drive against a product of all of them: to rounding, whatever is silent."""

from __future__ import annotations

from dataclasses import replace

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from neuroff.core.engine import Engine, EventEngine
from neuroff.core.engine.rectified import add_shared_gradient, shared_drive, shares
from neuroff.core.layer import initial_layers
from neuroff.core.network import Network, propagate
from neuroff.core.neurons.relu import ReLU
from neuroff.core.signal import Rectified, Signal, Stimulus
from neuroff.core.synapses import initial_dense
from tests.narrow import present
from tests.samples import few, stream_of


def rectified(copies: int, samples: int, inputs: int, level: float, seed: int = 0) -> Signal:
    """Return presentations of which the less is silent, the higher the level of what they share."""
    stream = stream_of(seed)
    base = torch.randn(samples, inputs, generator=stream) + level
    columns = torch.randn(5, inputs, generator=stream)
    strength = torch.rand(samples, generator=stream)
    candidates = torch.randint(0, 5, (copies, samples), generator=stream)
    values = (base + strength[:, None] * columns[candidates]).relu().flatten(0, 1)
    gain = 0.5 + torch.rand(copies * samples, generator=stream)
    return Signal(values, gain, Rectified(base, columns, strength, candidates))


def same(found: Tensor, wanted: Tensor) -> None:
    assert float((found.double() - wanted).norm()) <= 1e-5 * float(wanted.norm()) + 1e-30


@given(
    st.integers(1, 12), st.integers(1, 70), st.integers(1, 150), st.sampled_from([0, 1, 2, 9]), st.booleans()
)
@few
def test_drive_and_gradient_are_those_of_a_product(
    copies: int, samples: int, inputs: int, level: float, gained: bool
) -> None:
    signal = rectified(copies, samples, inputs, level)
    signal = signal if gained else replace(signal, gain=None)
    synapses, parts = initial_dense(inputs, 70, stream_of(7), torch.float32), present(signal.rectified)
    exact = synapses.mapped(Tensor.double, Tensor.double)
    gain = None if signal.gain is None else signal.gain.double()
    doubled = Signal(signal.values.double(), gain)
    same(shared_drive(synapses, signal, parts), exact.drive(doubled, torch.float64))
    post = torch.randn(copies * samples, 70, generator=stream_of(3))
    wanted = {"weight": torch.ones(70, inputs, dtype=torch.float64)}
    exact.add_weight_gradient(wanted, post.double(), doubled, torch.float64)
    found = {"weight": torch.ones(70, inputs)}
    add_shared_gradient(synapses, found, post.clone(), signal, parts)
    same(found["weight"], wanted["weight"])


def test_what_is_silent_and_how_often_is_shared_decide() -> None:
    synapses = initial_dense(40, 30, stream_of(7), torch.float32)

    def decided(copies: int, level: float, precision: torch.dtype = torch.float32) -> bool:
        return shares(synapses, rectified(copies, 90, 40, level), precision)

    assert decided(10, 3.0)
    assert decided(2, 3.0)
    assert decided(10, 0.4)  # a third is silent
    assert not decided(2, 0.4)
    assert not decided(10, -1.0)
    assert not decided(1, 3.0)
    assert not shares(synapses, rectified(2, 4, 40, 9.0), torch.float32)  # more candidates than images
    assert not decided(10, 3.0, torch.bfloat16)
    assert not shares(synapses, replace(rectified(10, 90, 40, 3.0), rectified=None), torch.float32)
    assert not shares(synapses.mapped(Tensor.double), rectified(10, 90, 40, 3.0), torch.float32)


def test_several_threads_give_the_same() -> None:
    synapses, signal = initial_dense(40, 150, stream_of(7), torch.float32), rectified(3, 300, 40, 2.0)
    parts, found = present(signal.rectified), []
    for threads in (1, 3):
        gradient = {"weight": torch.zeros(150, 40)}
        post = torch.randn(900, 150, generator=stream_of(3))
        add_shared_gradient(synapses, gradient, post, signal, parts, threads)
        found.append((shared_drive(synapses, signal, parts, threads), gradient["weight"]))
    for several, single in zip(found[0], found[1], strict=True):
        assert torch.equal(several, single)


def test_what_a_first_layer_sends_says_what_it_is_made_of() -> None:
    layers = initial_layers((20, 30, 10), 1, 0.0, torch.float32)
    network = Network(layers, ReLU())
    images = torch.rand(6, 20, generator=stream_of(1))
    images[:, :10] = 0
    stimulus = Stimulus(Signal(images), torch.full((6,), 0.7))
    candidates = torch.arange(10)[:, None].expand(-1, 6)
    _, second = propagate(network, stimulus, candidates, engine=EventEngine())
    pre = present(second.pre)
    parts = present(pre.rectified)
    made = (parts.base + parts.strength[:, None] * parts.columns[parts.candidates]).relu()
    torch.testing.assert_close(made.flatten(0, 1), pre.values)
    boxed = replace(network, black_boxes={0: torch.square})
    for asked, engine in ((boxed, EventEngine()), (network, Engine())):
        _, without = propagate(asked, stimulus, candidates, engine=engine)
        assert present(without.pre).rectified is None
    (_, ours), (_, theirs) = (
        propagate(network, stimulus, candidates, engine=engine) for engine in (EventEngine(), Engine())
    )
    torch.testing.assert_close(ours.goodness, theirs.goodness, rtol=1e-5, atol=1e-6)
