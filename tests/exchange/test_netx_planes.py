"""Convolutions in netx files: what the layout says they are, and what is read back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.functional import conv2d

from neuroff.chip.network import ChipLayer, ChipNetwork
from neuroff.chip.neurons import ChipNeurons
from neuroff.chip.program import ChipProgram
from neuroff.chip.synapses import ChipSynapses
from neuroff.chip.windows import Windows
from neuroff.core.synapses import Planes
from neuroff.errors import ExportError
from tests.chips import emulated, integers, random_events
from tests.narrow import present

h5py = pytest.importorskip("h5py")
from neuroff.exchange.netx import read_netx, write_netx  # noqa: E402
from neuroff.exchange.netx_planes import told_of_planes, without_pool  # noqa: E402

PLANES = Planes(2, 8, 6)


def neurons(stream: np.random.Generator, count: int, channels: int, *, alike: bool) -> ChipNeurons:
    each = integers(stream, -40, 90, channels if alike else count)
    bias = each.repeat_interleave(count // channels) if alike else each
    return ChipNeurons(
        bias, torch.full_like(bias, 6), current_decay=4095, voltage_decay=300, threshold_mantissa=250
    )


def convolutional(
    planes: Planes = PLANES, pool: tuple[int, int] = (2, 2), *, alike: bool = True, seed: int = 0
) -> ChipProgram:
    """A convolution, one behind means of windows and in groups, and a dense layer."""
    stream = np.random.default_rng(seed)
    windows = Windows(planes, 1, (1, 1))
    first = ChipSynapses(integers(stream, -256, 255, 4, planes.channels, 3, 3), windows=windows)
    between = windows.conv(first.weight).leaving
    pooled = Windows(between, 1, (1, 0), 2, pool)
    second = ChipSynapses(integers(stream, -256, 255, 6, 2, 3, 1), windows=pooled)
    third = ChipSynapses(integers(stream, -256, 255, 5, second.neurons))
    layers = [
        ChipLayer(synapses, neurons(stream, synapses.neurons, channels, alike=alike))
        for synapses, channels in ((first, 4), (second, 6), (third, 5))
    ]
    return ChipProgram(ChipNetwork(tuple(layers)), 9, 0)


def types(path: Path) -> list[str]:
    with h5py.File(path, "r") as file:
        return [file["layer"][str(i)]["type"][0].decode() for i in range(len(file["layer"]))]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("alike", [True, False])
def test_what_is_read_back_fires_alike(tmp_path: Path, seed: int, alike: bool) -> None:
    program = convolutional(seed=seed, alike=alike)
    write_netx(tmp_path / "n.net", program)
    assert types(tmp_path / "n.net") == ["input", "conv", "conv", "flatten", "dense"]
    back = read_netx(tmp_path / "n.net")
    assert back.widths == program.widths
    assert [layer.synapses.windows is None for layer in back.chip.layers] == [False, False, True]
    sent = random_events(program, seed)
    for mine, theirs in zip(emulated(program, sent), emulated(back, sent), strict=True):
        assert 0 < int(mine.sum()) < mine.numel()
        assert torch.equal(mine, theirs)


@pytest.mark.parametrize("pool", [(1, 1), (2, 2)])
def test_the_fields_are_a_convolution_as_the_layout_has_it(tmp_path: Path, pool: tuple[int, int]) -> None:
    """Kernels as they are, strides and borders down and across; a mean's window is in the kernel."""
    program = convolutional(pool=pool, alike=False)
    write_netx(tmp_path / "n.net", program)
    with h5py.File(tmp_path / "n.net", "r") as file:
        assert file["layer/0/shape"][()].tolist() == [2, 8, 6]
        for place, layer in ((1, program.chip.layers[0]), (2, program.chip.layers[1])):
            fields: dict[str, Any] = {
                key: file[f"layer/{place}/{key}"][()] for key in file[f"layer/{place}"] if key != "neuron"
            }
            weight = torch.from_numpy(fields["weight"]).double()
            assert list(weight.shape[2:]) == fields["kernelSize"].tolist()
            windows = present(layer.synapses.windows)
            values = torch.rand(3, windows.planes.size, dtype=torch.float64).gt(0.5).double()
            found = conv2d(
                values.view(3, *windows.planes.shape), weight, None, tuple(fields["stride"]),
                tuple(fields["padding"]), tuple(fields["dilation"]), int(fields["groups"]),
            )  # fmt: skip
            assert list(found.shape[1:]) == fields["shape"].tolist()
            assert (weight.shape[0], windows.planes.channels) == (fields["outChannels"], fields["inChannels"])
            wanted = values @ layer.synapses.matrix.T.double()
            torch.testing.assert_close(found.flatten(1), wanted)
            turned = torch.from_numpy(fields["bias"]).permute(2, 1, 0).flatten()
            assert torch.equal(turned, layer.neurons.bias >> 6)


def test_what_a_convolution_does_not_say_stays_a_matrix(tmp_path: Path) -> None:
    odd = convolutional(Planes(2, 9, 6))  # a row that fills no window lies where the border is
    write_netx(tmp_path / "n.net", odd)
    assert types(tmp_path / "n.net") == ["input", "conv", "flatten", "dense", "dense"]
    sent = random_events(odd, 1)
    back = read_netx(tmp_path / "n.net")
    assert all(map(torch.equal, emulated(odd, sent), emulated(back, sent)))
    oblong = convolutional(pool=(2, 1)).chip.layers[1].synapses
    assert without_pool(oblong) is None
    assert without_pool(convolutional().chip.layers[2].synapses) is None
    positive = replace(oblong, weight=oblong.weight.abs().clamp(max=255), sign="excitatory")
    assert without_pool(positive) is None


def test_how_the_input_lies_is_told() -> None:
    first, _, last = (layer.synapses for layer in convolutional().chip.layers)
    (note,) = told_of_planes(without_pool(first))
    assert "(6, 8, 2)" in note
    assert told_of_planes(without_pool(last)) == ()


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        ("layer/0/shape", np.array([2, 8]), r"shape \[2, 8\]"),
        ("layer/0/shape", np.array([2, -8, 6]), r"shape \[2, -8, 6\]"),
        ("layer/0/shape", np.array([2**20, 2**20, 6]), "channels, height and width"),
        ("layer/0/shape", np.array([3, 8, 6]), "4, 2, 3, 3"),
        ("layer/0/type", np.array([b"flatten"], dtype="S10"), "type 'flatten'"),
        ("layer/1/shape", np.array([4, 8, 7]), "4 x 8 x 6, of a moderate size"),
        ("layer/1/stride", np.array([1, 2]), "strides of two sizes"),
        ("layer/1/stride", np.array([2**30, 2**30]), "stride"),
        ("layer/1/dilation", np.array([2, 2]), "a dilation"),
        ("layer/1/groups", 3, "groups"),
        ("layer/1/padding", np.array([9, 9]), "a border narrower than the window"),
        ("layer/1/bias", np.zeros(7, int), r"biases of shape \(7,\)"),
        ("layer/1/bias", np.zeros((4, 8, 6), int), r"\(6, 8, 4\)"),
        ("layer/1/weight", np.full((4, 2, 3, 3), 300), "weights beyond 8 bits"),
        ("layer/1/weight", np.full((4, 2, 3), 2), "weight of shape"),
        ("layer/1/delay", np.zeros(2, int), "delay; expected"),
        ("layer/3/type", np.array([b"dense"], dtype="S10"), "'dense' on 6 x 4 x 3"),
    ],
)
def test_files_of_others(tmp_path: Path, place: str, value: Any, words: str) -> None:
    path = tmp_path / "n.net"
    write_netx(path, convolutional())
    with h5py.File(path, "r+") as file:
        if place in file:
            del file[place]
        file[place] = value
    with pytest.raises(ExportError, match=words) as caught:
        read_netx(path)
    assert str(path) in str(caught.value)


def only_input(file: Any) -> None:
    for index in range(1, 5):
        del file[f"layer/{index}"]


def without_bias(file: Any) -> None:
    del file["layer/1/bias"]


@pytest.mark.parametrize(("change", "fits"), [(only_input, False), (without_bias, True)])
def test_what_is_missing(tmp_path: Path, change: Callable[[Any], None], fits: bool) -> None:
    path = tmp_path / "n.net"
    write_netx(path, convolutional())
    with h5py.File(path, "r+") as file:
        change(file)
    if fits:
        assert not bool(read_netx(path).chip.layers[0].neurons.bias.any())
        return
    with pytest.raises(ExportError, match=r"n\.net"):
        read_netx(path)
