from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import avg_pool2d, max_pool2d

from neuroff.core.architecture import MaxPool, drawn, read_architecture
from neuroff.core.asking import Asking, GroupAsking, LabelAsking
from neuroff.core.layer import initial_layers
from neuroff.core.signal import Signal
from neuroff.core.synapses import (
    Conv,
    GroupNormalised,
    LabelPlane,
    Planes,
    Pooled,
    Standardised,
    initial_dense,
)
from neuroff.errors import ConfigError

COLOUR = Planes(3, 12, 10)
THREE = GroupAsking(3)


def shapes(
    text: str, planes: Planes = COLOUR, asking: Asking = THREE, *, standardise: bool = False
) -> list[tuple[int, int]]:
    stack = drawn(
        read_architecture(text), planes, asking, seed=1, dtype=torch.float32, standardise=standardise
    )
    return [(layer.synapses.inputs, layer.synapses.neurons) for layer in stack.layers]


def test_each_layer_receives_what_the_one_below_sends() -> None:
    assert shapes("conv 6x3, pool 2, conv 9x3 groups, pool 3, dense 7") == [
        (360, 6 * 120),
        (6 * 120, 9 * 30),
        (9 * 30, 7),
    ]
    assert shapes("pool 2, conv 4x3 valid stride 2") == [(360, 4 * 2 * 2)]
    assert shapes("conv 4x5", Planes(1, 1, 30)) == [(30, 120)]  # a signal


def test_maxima_stand_between_layers_and_shrink_what_follows() -> None:
    stack = drawn(
        read_architecture("conv 6x3, maxpool 5, dense 7"), COLOUR, THREE, seed=1, dtype=torch.float32
    )
    assert stack.between == {0: MaxPool(Planes(6, 12, 10), (5, 5))}
    assert stack.layers[1].synapses.inputs == 6 * 2 * 2
    values = torch.rand(2, 4, 720)
    windows = values.view(2, 4, 6, 12, 10)[..., :10, :].unflatten(3, (2, 5)).unflatten(5, (2, 5))
    assert torch.equal(stack.between[0](values), windows.amax((4, 6)).flatten(2))


def test_a_stack_of_dense_layers_is_what_widths_draw() -> None:
    stack = drawn(
        read_architecture("dense 20, dense 5"), Planes(1, 1, 30), THREE, seed=4, dtype=torch.float32
    )
    for one, other in zip(stack.layers, initial_layers((30, 20, 5), 4, 0.0, torch.float32), strict=True):
        assert all(map(torch.equal, one.tensors().values(), other.tensors().values()))


def test_channels_are_standardised_behind_other_layers() -> None:
    stack = drawn(
        read_architecture("conv 6x3, pool 2, conv 4x3, dense 3"),
        COLOUR, THREE, seed=1, dtype=torch.float32, standardise=True,
    )  # fmt: skip
    first, second, third = (layer.synapses for layer in stack.layers)
    assert isinstance(first, Conv)
    assert isinstance(second, Pooled)
    assert isinstance(second.behind, Standardised)
    assert isinstance(third, Standardised)
    assert third.seen.shape == (3, 4)


def test_groups_of_channels_are_normalised_behind_other_layers() -> None:
    line = read_architecture("conv 6x3, pool 2, conv 4x3, dense 3")
    stack = drawn(line, COLOUR, THREE, seed=1, dtype=torch.float32, group_norm=2)
    first, second, third = (layer.synapses for layer in stack.layers)
    assert isinstance(first, Conv)
    assert isinstance(second, Pooled)
    assert isinstance(second.behind, GroupNormalised)
    assert isinstance(third, GroupNormalised)
    assert (third.groups, third.planes.shape) == (2, (4, 6, 5))
    with pytest.raises(ConfigError, match=r"network\.group_norm, layer 3: 3 groups of 4 channels"):
        drawn(line, COLOUR, THREE, seed=1, dtype=torch.float32, group_norm=3)
    with pytest.raises(ConfigError, match="one of them"):
        drawn(line, COLOUR, THREE, seed=1, dtype=torch.float32, group_norm=2, standardise=True)


def test_labels_beside_an_image_become_a_plane_or_stay_inputs() -> None:
    beside = LabelAsking(4, "beside")
    stack = drawn(read_architecture("pool 2, conv 5x3"), COLOUR, beside, seed=1, dtype=torch.float32)
    synapses = stack.layers[0].synapses
    assert isinstance(synapses, LabelPlane)
    assert synapses.inputs == 364
    assert isinstance(synapses.behind, Pooled)
    assert shapes("dense 6", asking=beside) == [(364, 6)]
    assert shapes("conv 5x3", asking=LabelAsking(4)) == [(360, 600)]


@given(
    st.sampled_from(["conv 6x3, maxpool 2, conv 9x3 groups, dense 7", "pool 2, conv 5x3", "pool 2, dense 6"]),
    st.booleans(),
)
@settings(max_examples=12, deadline=None)
def test_sizes_are_known_before_anything_is_drawn(text: str, standardise: bool) -> None:
    for asking in (THREE, LabelAsking(3, "beside"), LabelAsking(3)):
        given = read_architecture(text), COLOUR, asking
        stack = drawn(*given, seed=0, dtype=torch.float32, standardise=standardise)
        with torch.device("meta"):
            blank = drawn(*given, seed=0, dtype=torch.float32, standardise=standardise)
        assert stack.between == blank.between
        for real, sizes in zip(stack.layers, blank.layers, strict=True):
            for name, tensor in sizes.synapses.tensors().items():
                assert tensor.is_meta
                assert tensor.shape == real.synapses.tensors()[name].shape
            synapses = real.synapses
            assert sizes.synapses.connections == synapses.connections == int(synapses.fan_out().sum())
            assert sizes.synapses.products == synapses.products


def test_what_does_not_fit_is_named_before_anything_is_drawn() -> None:
    with pytest.raises(ConfigError, match=r"network\.layers, layer 1.*99 x 99 on 12 x 10"):
        drawn(read_architecture("conv 8x99 valid"), COLOUR, THREE, seed=0, dtype=torch.float32)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("conv 6x13 valid", "layer 1.*13 x 13 on 12 x 10"),
        ("conv 6x3, pool 11, dense 3", "layer 2.*11 x 11 on 12 x 10"),
        ("conv 4x3, conv 6x3 groups", "layer 2.*3 groups of 4 channels below"),
        ("conv 4x3, conv 7x3 groups", "layer 2.*3 groups of 4 channels below and 7 of its own"),
    ],
)
def test_a_layer_that_does_not_fit_is_named(text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        shapes(text)


def test_bounds_are_those_of_the_fan_in() -> None:
    stack = drawn(read_architecture("conv 30x3"), COLOUR, THREE, seed=1, dtype=torch.float64)
    weight = stack.layers[0].synapses.tensors()["weight"]
    assert float(weight.abs().max()) == pytest.approx(1 / math.sqrt(27), rel=0.01)


@pytest.mark.parametrize("window", [(2, 2), (3, 2), (1, 4), (1, 1)])
def test_maxima_and_means_are_those_of_pytorch(window: tuple[int, int]) -> None:
    planes = Planes(3, 7, 9)
    values = torch.randn(2, 4, planes.size, generator=torch.Generator().manual_seed(1))
    images = planes.of(values)
    assert torch.equal(MaxPool(planes, window)(values), max_pool2d(images, window).reshape(2, 4, -1))
    behind = initial_dense(planes.pooled(window).size, 2, torch.Generator().manual_seed(1), torch.float32)
    means = Pooled(behind, planes, window).shown(Signal(values)).values
    assert torch.allclose(means, avg_pool2d(images, window).reshape(2, 4, -1), atol=1e-6)


def test_layers_of_more_weights_than_a_tensor_has_are_refused_as_such() -> None:
    with (
        pytest.raises(ConfigError, match=r"layer 2 of 4,611,686,014,132,420,609 weights"),
        torch.device("meta"),
    ):
        drawn(
            read_architecture("dense 2147483647, " * 2 + "dense 2"),
            COLOUR,
            THREE,
            seed=0,
            dtype=torch.float32,
        )
