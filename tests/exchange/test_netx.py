from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from neuroff.chip.network import ChipLayer, ChipNetwork
from neuroff.chip.program import ChipProgram
from neuroff.chip.quantise import quantise
from neuroff.errors import ExportError
from neuroff.exchange.port import chip_port
from neuroff.exchange.verdict import verify_chip
from tests.chip.conftest import Trained
from tests.chips import emulated, potentials, random_events, random_program
from tests.narrow import present

h5py = pytest.importorskip("h5py")
from neuroff.exchange.netx import for_netx, from_rest, read_netx, write_netx  # noqa: E402


def fitted_to_synapses(weight: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], int, int]:
    """Stored weights, their exponent and bits, as lava-dl's loader settles them from a file's weights."""
    low, high = int(weight.min()), int(weight.max())
    signed = low < 0 <= high
    assert high > 0, "lava-dl's loader divides by the largest weight"
    scale = min(127 / high, -128 / low) if signed else 255 / high
    shift = int(np.floor(np.log2(scale))) + signed
    zeros = next(n for n in range(8, -1, -1) if not (weight % 2**n).any())
    shifted = weight << shift if shift >= 0 else weight >> -shift
    return shifted, -shift, 8 - shift - (zeros - signed)


class Reader:
    """A netx file read and run from scratch: h5py, numpy and lava-nc's equations; nothing of neuroff."""

    def __init__(self, path: Path) -> None:
        with h5py.File(path, "r") as file:
            groups = [file["layer"][str(index)] for index in range(len(file["layer"]))]
            self.layers = [self.layer(group) for group in groups]
            self.steps = int(file["simulation"]["tSample"][()])
        self.potentials: list[np.ndarray[Any, Any]] = []  # of the last layer, step by step

    @staticmethod
    def layer(group: Any) -> dict[str, Any]:
        assert group["type"].shape == (1,)
        assert group["type"].dtype == np.dtype("S10")
        assert group["type"][0].decode("ascii") == "dense"
        cell = group["neuron"]
        assert cell["type"][()].decode("ascii") in ("CUBA", "LOIHI")
        weight = group["weight"][()].astype(int)
        assert weight.shape == (int(group["outFeatures"][()]), int(group["inFeatures"][()]))
        assert int(np.prod(group["shape"][()])) == weight.shape[0]
        fitted, exponent, bits = fitted_to_synapses(weight)
        signed = int((weight < 0).any())
        cleared = max(0, 8 - bits + signed)
        return {
            "weight": fitted >> cleared << cleared,
            "exponent": exponent,
            "bias": group["bias"][()].astype(int) << 6,
            "du": int(cell["iDecay"][()]) - 1,
            "dv": int(cell["vDecay"][()]),
            "threshold": int(cell["vThMant"][()]) << 6,
        }

    def run(self, events: np.ndarray[Any, Any]) -> list[np.ndarray[Any, Any]]:
        """Spikes (steps, N) of every layer for the events (steps, axons) of one presentation."""

        def shrunk(state: np.ndarray[Any, Any], decay: int) -> np.ndarray[Any, Any]:
            left: np.ndarray[Any, Any] = np.sign(state) * (np.abs(state) * (4096 - decay) >> 12)
            return left

        current = [np.zeros(len(layer["bias"]), dtype=int) for layer in self.layers]
        voltage = [state.copy() for state in current]
        delivered = [state.copy() for state in current]
        rasters: list[list[np.ndarray[Any, Any]]] = [[] for _ in self.layers]
        for sent in events:
            for index, layer in enumerate(self.layers):
                u = shrunk(current[index], layer["du"] + 1) + (delivered[index] << 6)
                u = np.where(u > 2**23, u - 2**24, np.where(u <= -(2**23), u + 2**24, u))
                v = np.clip(shrunk(voltage[index], layer["dv"]) + u + layer["bias"], 1 - 2**23, 2**23 - 1)
                fired = v > layer["threshold"]
                current[index], voltage[index] = u, np.where(fired, 0, v)
                sums, exponent = layer["weight"] @ (sent != 0), layer["exponent"]
                delivered[index] = sums << exponent if exponent >= 0 else sums >> -exponent
                rasters[index].append(fired)
                sent = fired
            self.potentials.append(voltage[-1])
        return [np.array(raster) for raster in rasters]


@pytest.mark.parametrize("seed", range(6))
def test_a_reader_from_scratch_fires_as_the_emulator_does(tmp_path: Path, seed: int) -> None:
    program = random_program(seed, plain=True)
    write_netx(tmp_path / "n.net", program)
    reader = Reader(tmp_path / "n.net")
    assert reader.steps == program.length
    sent = random_events(program, seed, samples=1)
    events = np.array([np.zeros(program.chip.axons) if e is None else e[0].numpy() for e in sent])
    expected = emulated(program, sent, samples=1)
    for mine, theirs in zip(expected, reader.run(events), strict=True):
        assert mine.sum() > 0
        assert np.array_equal(mine[:, 0].numpy(), theirs)


@pytest.mark.parametrize("bits", [8, 4])
def test_a_trained_network_reads_back_and_fires_alike(tmp_path: Path, ported: Trained, bits: int) -> None:
    port = chip_port(ported.network, ported.split, "netx", bits=bits)
    path = tmp_path / "n.net"
    write_netx(path, port.program)
    back = read_netx(path)
    assert (back.widths, back.steps, back.classes) == ((784, 60, 40), 8, 10)
    images = port.fed(ported.split.test.head(30))
    verdict = verify_chip(port.deployment, port.program.chip, back.chip, images)
    assert verdict.first is None
    assert verdict.spikes > 1000
    signal = images.stimulus(slice(0, 1), "predict", 0)
    labels = torch.tensor([[3]])
    from neuroff.chip.deploy import events

    sent = events(port.deployment, signal, labels)
    arrays = np.array([np.zeros(784) if e is None else e[0].numpy() for e in sent])
    for mine, theirs in zip(emulated(back, sent, 1), Reader(path).run(arrays), strict=True):
        assert np.array_equal(mine[:, 0].numpy(), theirs)


def test_what_the_layout_has_not_is_settled_or_refused(ported: Trained, ported_values: Trained) -> None:
    settled = for_netx(quantise(ported.network, ported.split.train, images=50))
    for layer in settled.chip.layers:
        assert layer.synapses.exponent == 0
        assert not layer.neurons.start_voltage.any()
        assert (layer.neurons.bias_exponent == 6).all()
    with pytest.raises(ExportError, match="netx, layer 1: a graded input"):
        for_netx(quantise(ported_values.network, ported_values.split.train, images=50))


def test_neurons_that_are_set_to_rest_read_back_and_fire_alike(tmp_path: Path) -> None:
    """As lava-dl loads them with reset_interval = tSample and reset_offset = 1; see lava_conv.json."""
    program = random_program(3, plain=True)
    last = program.chip.layers[-1]
    late = replace(last, neurons=replace(last.neurons, rest_at=len(program.chip.layers)))
    settled = from_rest(replace(program, chip=ChipNetwork((*program.chip.layers[:-1], late))))
    assert [layer.neurons.rest_at for layer in settled.chip.layers] == [1, 2]
    write_netx(tmp_path / "n.net", settled)
    back, sent = read_netx(tmp_path / "n.net"), random_events(program, 0)
    for mine, theirs in zip(emulated(settled, sent), emulated(back, sent), strict=True):
        assert torch.equal(mine, theirs)
    odd = replace(last, neurons=replace(last.neurons, rest_at=7))
    other = replace(program, chip=ChipNetwork((*program.chip.layers[:-1], odd)))
    with pytest.raises(ExportError, match="netx, layer 2: a rest at step 7"):
        write_netx(tmp_path / "odd.net", other)


def changed(part: str, **numbers: Any) -> ChipProgram:
    program = random_program(1, plain=True)
    first, *rest = program.chip.layers
    parts: Any = {"synapses": first.synapses, "neurons": first.neurons}
    parts[part] = replace(parts[part], **numbers)
    return replace(program, chip=ChipNetwork((ChipLayer(**parts), *rest)))


@pytest.mark.parametrize(
    ("part", "numbers", "words"),
    [
        ("synapses", {"payload_bits": 8}, "a graded input"),
        ("synapses", {"exponent": 2}, "a weight exponent of 2"),
        ("synapses", {"delays": torch.full((9,), 3, dtype=torch.int32)}, "delays of up to 3 steps"),
        ("synapses", {"weight": torch.full((12, 9), -4, dtype=torch.int32)}, "only negative weights"),
        ("synapses", {"weight": torch.zeros(12, 9, dtype=torch.int32)}, "none but zeros"),
        ("neurons", {"refractory": 3}, r"neuron\.refractory=2; .*Train with neuron\.refractory=0"),
        ("neurons", {"start_voltage": torch.ones(12, dtype=torch.int32)}, "a start away from rest"),
        ("neurons", {"bias_exponent": torch.zeros(12, dtype=torch.int32)}, "biases of other exponents"),
        (
            "neurons",
            {
                "bias_mantissa": torch.full((12,), 4095, dtype=torch.int32),
                "bias_exponent": torch.full((12,), 7, dtype=torch.int32),
            },
            "biases beyond 13 bits",
        ),
    ],
)
def test_refusals_name_the_layer(
    tmp_path: Path, part: str, numbers: dict[str, int | torch.Tensor], words: str
) -> None:
    with pytest.raises(ExportError, match=f"netx, layer 1: .*{words}"):
        write_netx(tmp_path / "n.net", changed(part, **numbers))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("seed", range(4))
def test_a_last_layer_that_never_fires_has_its_potentials_in_a_reader_from_scratch(
    tmp_path: Path, seed: int
) -> None:
    program = random_program(seed, plain=True, silent=True)
    write_netx(tmp_path / "n.net", program)
    sent = random_events(program, seed, samples=1)
    events = np.array([np.zeros(program.chip.axons) if e is None else e[0].numpy() for e in sent])
    reader = Reader(tmp_path / "n.net")
    assert not reader.run(events)[1].any()
    right = potentials(program, sent, 1)
    assert right.abs().max() > 1000
    assert np.array_equal(np.array(reader.potentials), right[:, 0].numpy())
    back = read_netx(tmp_path / "n.net")
    assert torch.equal(potentials(back, sent, 1), right)
    assert back.rest is not None
    assert torch.equal(back.rest, present(program.rest))
    rewritten(tmp_path / "n.net", "layer/1/neuron/vThMant", 77)
    with pytest.raises(ExportError, match="a last layer that never fires, of vThMant 77"):
        read_netx(tmp_path / "n.net")


def test_potentials_that_may_reach_the_threshold_are_refused(tmp_path: Path) -> None:
    program = random_program(0, plain=True, silent=True)
    last = program.chip.layers[1]
    forgets_nothing = replace(last, neurons=replace(last.neurons, voltage_decay=0))
    long = replace(program, chip=ChipNetwork((program.chip.layers[0], forgets_nothing)), steps=2000)
    with pytest.raises(ExportError, match=r"netx, layer 2: .*may reach every threshold.*--to loihi \| c"):
        write_netx(tmp_path / "n.net", long)
    assert not list(tmp_path.iterdir())


def rewritten(path: Path, place: str, value: Any) -> None:
    with h5py.File(path, "r+") as file:
        if place in file:
            del file[place]
        if value is not None:
            file[place] = value


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        ("layer/0/weight", np.full((12, 9), np.nan), "weight that is not whole"),
        ("layer/0/weight", np.full((12, 9), 0.5), "weight that is not whole"),
        ("layer/0/weight", np.full((12, 9), 300), "weights beyond 8 bits"),
        ("layer/0/weight", np.full((12, 9), 2**40), "weight beyond 24 bits"),
        ("layer/0/weight", np.full((12, 9), -(2**63)), "weight beyond 24 bits"),
        ("layer/0/weight", np.full((12, 8), 2), r"\(12, 8\) weights"),
        ("layer/0/weight", np.full(9, 2), "weight of shape"),
        ("layer/0/weight", "none", "'weight' is 'none'"),
        ("layer/0/weight", None, "'weight' is missing"),
        ("layer/1/weight", np.full((7, 11), 2), r"\(7, 11\) weights"),
        ("layer/0", None, "layers"),
        ("layer/0/delay", np.full(9, 3), "delay; expected a dense layer or a convolution without delays"),
        ("layer/0/type", np.array([b"conv"], dtype="S10"), "type 'conv'"),
        ("layer/0/type", np.zeros(0, dtype="S10"), "/layer/0: type"),
        ("layer/0/type", np.array([b"dense", b"dense"], dtype="S10"), "/layer/0: type"),
        ("layer/0/type", np.arange(3), "/layer/0: type"),
        ("layer/0/type", 5, "/layer/0: type"),
        ("layer/0/neuron/type", "SDNN", "neurons of type 'SDNN'"),
        ("layer/0/neuron/iDecay", 9999, "current_decay = 9998"),
        ("layer/0/neuron/vThMant", -1, "threshold_mantissa = -1"),
        ("layer/0/neuron/vDecay", 1.5, "vDecay"),
        ("layer/0/bias", np.full(12, 5000), "bias_mantissa"),
        ("layer/0/inFeatures", 10**12, "weights; expected"),
        ("neuroff/steps", 10**9, "steps"),
        ("neuroff/classes", -1, "classes"),
        ("neuroff/bits", 99, "weights beyond 99 bits"),
        ("neuroff/format", 2, "later neuroff"),
        ("neuroff", None, "no group 'neuroff'"),
    ],
)
def test_files_of_others(tmp_path: Path, place: str, value: Any, words: str) -> None:
    path = tmp_path / "n.net"
    write_netx(path, random_program(1, plain=True))
    rewritten(path, place, value)
    with pytest.raises(ExportError, match=words) as caught:
        read_netx(path)
    assert str(path) in str(caught.value)


def test_damaged_files(tmp_path: Path) -> None:
    path = tmp_path / "n.net"
    write_netx(path, random_program(1, plain=True))
    content = path.read_bytes()
    for kept in (0, 20, len(content) // 2):
        path.write_bytes(content[:kept])
        with pytest.raises(ExportError):
            read_netx(path)
