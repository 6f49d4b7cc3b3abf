"""Kernels that places share, against the matrix that they unroll to and against lava-nc's Conv."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from neuroff.chip.file import read_loihi, write_loihi
from neuroff.chip.network import ChipLayer, ChipNetwork, trace
from neuroff.chip.neurons import ChipNeurons
from neuroff.chip.program import ChipProgram, from_values, to_values
from neuroff.chip.synapses import ChipSynapses, collect
from neuroff.chip.windows import Windows, placed, plain
from neuroff.core.synapses import Planes, Pooled, Standardised, initial_conv, initial_dense
from neuroff.errors import ExportError
from tests.chip.golden import FOLDER
from tests.chips import emulated, random_events

LAVA = json.loads((FOLDER / "lava_conv.json").read_text(encoding="utf-8"))["cases"]


def layer_of(described: dict[str, Any]) -> ChipLayer:
    planes, kernel = Planes(*described["planes"]), torch.tensor(described["kernel"])
    down, across = described["padding"]
    windows = Windows(planes, described["stride"], (down, across), described["groups"])
    synapses = ChipSynapses(kernel, payload_bits=described["message_bits"], windows=windows)
    assert torch.equal(synapses.weight, kernel.int())
    mantissa = torch.full((synapses.neurons,), described["bias_mant"], dtype=torch.int32)
    neurons = ChipNeurons(
        mantissa,
        torch.full_like(mantissa, described["bias_exp"]),
        described["du"],
        described["dv"],
        described["vth"],
        rest_at=described["rest_at"],
    )
    return ChipLayer(synapses, neurons)


@pytest.mark.parametrize("unrolled", [False, True], ids=["kernel", "matrix"])
@pytest.mark.parametrize("case", LAVA, ids=[case["name"] for case in LAVA])
def test_lava_convolutions_bit_for_bit(case: dict[str, Any], unrolled: bool) -> None:
    network = ChipNetwork(tuple(map(layer_of, case["layers"])))
    events = [torch.tensor(each, dtype=torch.int32)[None] for each in case["events"]]
    found = trace(network.unrolled if unrolled else network, events, 1)
    for layer, expected in zip(found, case["traces"], strict=True):
        for name, values in expected.items():
            assert getattr(layer, name)[:, 0].tolist() == values, name


def test_the_golden_convolutions_fire() -> None:
    for case in LAVA:
        for layer in case["traces"]:
            assert 0.005 < torch.tensor(layer["spikes"]).float().mean() < 0.9, case["name"]
    rests = [layer["rest_at"] for case in LAVA for layer in case["layers"]]
    assert {0, 1, 2, 3, 5} <= set(rests)


@st.composite
def some_synapses(draw: st.DrawFn) -> ChipSynapses:
    groups = draw(st.sampled_from([1, 2]))
    pool = (draw(st.integers(1, 2)), draw(st.integers(1, 3)))
    planes = Planes(groups * draw(st.integers(1, 2)), draw(st.integers(4, 7)), draw(st.integers(6, 9)))
    height, width = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    stream = torch.Generator().manual_seed(draw(st.integers(0, 999)))
    shape = (groups * draw(st.integers(1, 3)), planes.channels // groups, height, width)
    windows = Windows(planes, draw(st.integers(1, 2)), (height // 2, width // 2), groups, pool)
    weight = torch.randint(-256, 256, shape, generator=stream)
    return ChipSynapses(
        weight, draw(st.integers(-3, 3)), payload_bits=draw(st.sampled_from([0, 8])), windows=windows
    )


@settings(max_examples=40, deadline=None)
@given(some_synapses(), st.integers(0, 999))
def test_a_kernel_sums_as_its_matrix(synapses: ChipSynapses, seed: int) -> None:
    matrix = synapses.unrolled
    assert (matrix.neurons, matrix.axons) == (synapses.neurons, synapses.axons)
    assert synapses.largest_sum >= matrix.largest_sum
    stream = torch.Generator().manual_seed(seed)
    events = torch.randint(-200, 200, (3, synapses.axons), generator=stream, dtype=torch.int32)
    assert torch.equal(collect(synapses, events), collect(matrix, events))
    reach = synapses.windows.synapses(synapses.weight.float()).fan_out()  # type: ignore[union-attr]
    zeros = matrix.weight.eq(0).sum(0) - (matrix.neurons - reach)
    assert torch.equal(synapses.zero_fan_out(reach), zeros)


@settings(max_examples=20, deadline=None)
@given(some_synapses())
def test_a_file_keeps_a_kernel(tmp_path_factory: pytest.TempPathFactory, synapses: ChipSynapses) -> None:
    nothing = torch.zeros(synapses.neurons, dtype=torch.int32)
    neurons = ChipNeurons(nothing, nothing.clone(), 4095, 0, 100, rest_at=1)
    program = ChipProgram(ChipNetwork((ChipLayer(synapses, neurons),)), 3, 0)
    path = tmp_path_factory.mktemp("kernel") / "n.safetensors"
    write_loihi(path, program)
    back = read_loihi(path)
    assert back.chip.layers[0].synapses.windows == synapses.windows
    sent = random_events(program, 0)
    assert torch.equal(emulated(program, sent)[0], emulated(back, sent)[0])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"stride": [0]}, "stride"),
        ({"kernel": [2**20, 2**20, 3, 3]}, "at most"),
        ({"planes": [1, 2**24, 2**24]}, "at most"),
        ({"planes": [1, -3, 5]}, "planes"),
        ({"padding": [9, 9]}, "border"),
        ({"pool": [99, 99]}, "fits at least once"),
        ({"pool": [True, 1]}, "pool"),
        ({"groups": [3]}, "groups"),
        ({"code": [1]}, "numbers kernel"),
        ({"planes": [1, 6, 6]}, "windows that lead from 36 axons"),
    ],
)
def test_a_damaged_description_is_refused(change: dict[str, list[int]], words: str) -> None:
    program = ChipProgram(ChipNetwork((layer_of(LAVA[0]["layers"][0]),)), 3, 0)
    values, arrays = to_values(program)
    values["layers"][0]["windows"] |= change
    with pytest.raises(ExportError, match=words):
        from_values(values, arrays)


def test_a_kernel_needs_to_know_where_it_lies() -> None:
    kernel = torch.zeros(2, 1, 3, 3, dtype=torch.int32)
    with pytest.raises(ExportError, match="neurons, axons"):
        ChipSynapses(kernel)
    with pytest.raises(ExportError, match="fits at least once"):
        ChipSynapses(kernel, windows=Windows(Planes(1, 2, 2)))
    with pytest.raises(ExportError, match="channels"):
        ChipSynapses(kernel[0, 0], windows=Windows(Planes(1, 4, 4)))


@pytest.mark.parametrize("kind", ["dense", "conv", "pooled conv", "pooled dense", "standardised"])
def test_placed_weights_are_the_matrix(kind: str) -> None:
    stream, planes = torch.Generator().manual_seed(0), Planes(2, 6, 6)
    half = planes.pooled((2, 2))
    seen = half if kind.startswith("pooled") or kind == "standardised" else planes
    conv = initial_conv(seen, 3, (3, 3), stream, torch.float64, padding=(1, 1))
    dense = initial_dense(seen.size, 5, stream, torch.float64)
    told = replace(
        Standardised.of(conv, seen), seen=torch.rand(3, 2, dtype=torch.float64, generator=stream) + 1
    )
    synapses = {
        "dense": dense,
        "conv": conv,
        "pooled conv": Pooled(conv, planes, (2, 2)) if seen is half else conv,
        "pooled dense": Pooled(dense, planes, (2, 2)) if seen is half else dense,
        "standardised": Pooled(told, planes, (2, 2)) if seen is half else conv,
    }[kind]
    weight, bias, windows = placed(plain(synapses))
    matrix, biases = synapses.affine()
    torch.testing.assert_close(bias, biases)
    if windows is None:
        torch.testing.assert_close(weight, matrix)
    else:
        values = torch.rand(4, synapses.inputs, dtype=torch.float64, generator=stream)
        pooled = windows.planes.pooled(windows.pool)
        sums = torch.nn.functional.conv2d(
            torch.nn.functional.avg_pool2d(planes.of(values), windows.pool)
            * windows.pool[0]
            * windows.pool[1],
            weight,
            None,
            windows.stride,
            windows.padding,
        )
        assert pooled.size == sums[0].numel() // weight.shape[0] * pooled.channels or kind == "pooled dense"
        torch.testing.assert_close(sums.flatten(1), values @ matrix.T)
