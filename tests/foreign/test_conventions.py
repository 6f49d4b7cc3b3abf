"""Networks of other libraries, as they write them: the same spikes under the writer's convention."""

from __future__ import annotations

import itertools
import json
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from neuroff.chip.network import ChipLayer, ChipNetwork
from neuroff.chip.network import run as run_chip
from neuroff.chip.neurons import ChipNeurons
from neuroff.chip.synapses import ChipSynapses
from neuroff.errors import ConfigError, ExportError
from neuroff.foreign.convention import WRITERS, Convention, convention_of
from neuroff.foreign.differing import under_each
from neuroff.foreign.reading import read_nir
from neuroff.foreign.running import run
from neuroff.foreign.spikes import values_for
from neuroff.interop.library import load_library
from tests.foreign.plain import Plain
from tests.foreign.samples import NEURONS, end, linear, small

STEPS, SAMPLES, INPUTS = 25, 4, 12
GOLDEN = Path(__file__).parent.parent / "golden"


@pytest.fixture
def spikes() -> Tensor:
    return (torch.rand(STEPS, SAMPLES, INPUTS, generator=torch.Generator().manual_seed(1)) < 0.4).float()


def enlarged(network: nn.Module, factor: float, grid: float | None = None) -> None:
    """Make weights large enough for neurons to fire; on a grid, so that thresholds are met exactly."""
    stream = torch.Generator().manual_seed(2)
    layers = [layer for layer in network.modules() if isinstance(layer, nn.Linear)]
    with torch.no_grad():
        for weight in (weight for layer in layers for weight in layer.parameters()):
            drawn = torch.rand(weight.shape, generator=stream) * 2 - 1 if weight.ndim == 2 else weight * 0
            weight.copy_(drawn * factor if grid is None else (drawn * factor / grid).round() * grid)


def compare(file: Path, rule: Convention, right: Tensor, spikes: Tensor, dt_ms: float | None = None) -> None:
    """The writer's convention gives its spikes; NIR's equations as written do not."""
    graph = read_nir(file, dt_ms=dt_ms, written_by=rule)
    values = values_for(graph, spikes)
    last = graph.populations[-1]
    found = run(graph, values)[last]
    assert 0 < right.ne(0).sum() < right.numel()
    assert torch.equal(found, right.double())
    literal = run(graph.under(WRITERS["nir"]), values)[last]
    assert not torch.equal(literal, right.double())


def write(graph: Any, path: Path) -> Path:
    nir = pytest.importorskip("nir")
    as_it_is: dict[str, Any] = (
        {"compression": None} if "compression" in signature(nir.write).parameters else {}
    )
    nir.write(path, graph, **as_it_is)  # 1.0.4 compresses nothing
    return path


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the library's own
def test_snntorch(tmp_path: Path, spikes: Tensor) -> None:
    snn = pytest.importorskip("snntorch")
    export = pytest.importorskip("snntorch.export_nir").export_to_nir
    network = nn.Sequential(
        nn.Linear(INPUTS, 10),
        snn.Leaky(beta=torch.full((10,), 0.9), threshold=torch.ones(10), init_hidden=True),
        nn.Linear(10, 6),
        snn.Synaptic(
            alpha=torch.full((6,), 0.7),
            beta=torch.full((6,), 0.8),
            threshold=torch.ones(6),
            init_hidden=True,
            output=True,
        ),
    )
    enlarged(network, 1.0)
    with torch.no_grad():
        right = torch.stack([network(step)[0] for step in spikes])
    compare(
        write(export(network, spikes[0, 0]), tmp_path / "a.nir"), convention_of("snntorch"), right, spikes
    )


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the library's own
def test_norse(tmp_path: Path, spikes: Tensor) -> None:
    pytest.importorskip("norse", reason="norse is not installed")
    norse = load_library("norse.torch")
    to_nir = load_library("norse.torch.utils.export_nir").to_nir

    def number(value: float) -> Tensor:
        return torch.tensor(value)

    network = norse.SequentialState(
        nn.Linear(INPUTS, 10),
        norse.LIFCell(norse.LIFParameters(number(200.0), number(100.0), v_th=number(0.3))),
        nn.Linear(10, 6),
        norse.LIFBoxCell(norse.LIFBoxParameters(tau_mem_inv=number(200.0), v_th=number(0.15))),
    )
    enlarged(network, 1.0)
    state, sent = None, []
    with torch.no_grad():
        for step in spikes:
            out, state = network(step, state)
            sent.append(out)
    compare(
        write(to_nir(network, spikes[0, 0]), tmp_path / "a.nir"),
        convention_of("norse"),
        torch.stack(sent),
        spikes,
    )


def test_spikingjelly(tmp_path: Path, spikes: Tensor) -> None:
    functional, neuron, exchange = (
        pytest.importorskip(f"spikingjelly.activation_based.{name}", reason="spikingjelly is not installed")
        for name in ("functional", "neuron", "nir_exchange")
    )
    network = nn.Sequential(nn.Linear(INPUTS, 10), neuron.LIFNode(tau=3.0), nn.Linear(10, 6), neuron.IFNode())
    enlarged(network, 1.5, grid=0.5)  # so that potentials meet the threshold exactly now and then
    functional.reset_net(network)
    with torch.no_grad():
        right = torch.stack([network(step) for step in spikes])
    functional.reset_net(network)
    compare(
        write(exchange.export_to_nir(network, spikes[0]), tmp_path / "a.nir"),
        convention_of("spikingjelly"),
        right,
        spikes,
    )


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of nirtorch's own
@pytest.mark.parametrize("spikes_per_step", ["one", "many"])
def test_sinabs(tmp_path: Path, spikes: Tensor, spikes_per_step: str) -> None:
    layers, activation, exchange = (
        pytest.importorskip(f"sinabs.{name}", reason="sinabs is not installed")
        for name in ("layers", "activation", "nir")
    )
    how: dict[str, Any] = {"batch_size": SAMPLES}
    how |= {"spike_fn": activation.SingleSpike if spikes_per_step == "one" else activation.MultiSpike}
    network = nn.Sequential(
        nn.Linear(INPUTS, 10),
        layers.LIFSqueeze(tau_mem=3.0, **how),
        nn.Linear(10, 6),
        layers.IAFSqueeze(**how),
    )
    enlarged(network, 2.0)
    shown = spikes.transpose(0, 1).flatten(0, 1)  # (B T, D), as its squeezed layers take it
    with torch.no_grad():
        right = network(shown).unflatten(0, (SAMPLES, STEPS)).transpose(0, 1)
    assert right.max() > 1 or spikes_per_step == "one"
    neurons: list[Any] = [network[1], network[3]]
    for layer in neurons:
        layer.reset_states()
    file = write(exchange.to_nir(network, shown), tmp_path / "a.nir")
    rule = convention_of("sinabs", spikes=spikes_per_step)
    compare(file, rule, right, spikes, dt_ms=1.0)
    with pytest.raises(ConfigError, match="no time step"):
        read_nir(file, written_by=rule)


@pytest.mark.filterwarnings("ignore")  # of Rockpool's own
@pytest.mark.parametrize("kind", ["LIFTorch", "LIFNeuronTorch"])
def test_rockpool(tmp_path: Path, spikes: Tensor, kind: str) -> None:
    own = pytest.importorskip("rockpool.nn.modules.torch", reason="rockpool is not installed")
    exchange = pytest.importorskip("rockpool.nn.modules.torch.nir")
    combine = pytest.importorskip("rockpool.nn.combinators").Sequential
    taus = {"tau_mem": 6e-3} | ({"tau_syn": 3e-3} if kind == "LIFTorch" else {})
    neurons = getattr(own, kind)
    network = combine(
        own.LinearTorch((INPUTS, 10), has_bias=False),
        neurons(10, dt=1e-3, bias=torch.zeros(10), **taus),
        own.LinearTorch((10, 6), has_bias=False),
        neurons(6, dt=1e-3, bias=torch.zeros(6), **taus),
    )
    stream = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for name, weight in network.named_parameters():
            if name.endswith("weight"):
                weight.copy_((torch.rand(weight.shape, generator=stream) * 2 - 0.8) * 0.7)
        right, _, _ = network(spikes.transpose(0, 1))
    assert right.max() > 1
    file = write(exchange.to_nir(network), tmp_path / "a.nir")
    compare(file, convention_of("rockpool"), right.transpose(0, 1), spikes, dt_ms=1.0)


def test_lava(tmp_path: Path, spikes: Tensor) -> None:
    """The emulator is lava-nc's neurons bit for bit; the file holds its integers as lava_to_nir.py does."""
    stream = np.random.default_rng(3)
    layers = []
    for axons, neurons, decays, threshold in ((INPUTS, 10, (1200, 600), 900), (10, 6, (4095, 1000), 300)):
        weight = torch.from_numpy(2 * stream.integers(-60, 128, (neurons, axons)))
        zeros = torch.zeros(neurons, dtype=torch.int32)
        layers.append(ChipLayer(ChipSynapses(weight), ChipNeurons(zeros, zeros, *decays, threshold)))
    chip = ChipNetwork(tuple(layers))
    nodes: dict[str, Any] = {"input": end("Input", INPUTS), "output": end("Output", 6)}
    for index, layer in enumerate(layers):
        numbers = {
            "tau_syn": 4096e-4 / (layer.neurons.current_decay + 1),
            "tau_mem": 4096e-4 / layer.neurons.voltage_decay,
            "v_threshold": layer.neurons.threshold_mantissa / 64,
        }
        numbers |= {"w_in": numbers["tau_syn"] / 1e-4, "r": numbers["tau_mem"] / 1e-4}
        nodes[f"w{index}"] = {"type": "Linear", "weight": layer.synapses.weight.double().numpy() / 64}
        nodes[f"n{index}"] = {"type": "CubaLIF", "v_leak": np.zeros(1), "v_reset": np.zeros(1)} | {
            key: np.array([value]) for key, value in numbers.items()
        }
    edges = [("input", "w0"), ("w0", "n0"), ("n0", "w1"), ("w1", "n1"), ("n1", "output")]
    file = Plain(nodes, edges).write(tmp_path / "a.nir")
    graph = read_nir(file, written_by=convention_of("lava"))
    assert graph.dt_ms == 0.1
    found = run(graph, values_for(graph, spikes))
    events = [step.to(torch.int32) for step in spikes]
    sent = [each.spikes for each in run_chip(chip, [*events, None, None], SAMPLES)]
    for index in range(2):
        right = torch.stack([each[index] for each in sent[index + 1 : index + 1 + STEPS]]).double()
        assert 0.02 < right.mean() < 0.98
        assert (found[f"n{index}"] == right).double().mean() > 0.995  # lava rounds its states
    nodes["w0"] = {**nodes["w0"], "type": "Affine", "bias": np.ones(10)}
    with pytest.raises(ExportError, match="node 'w0': biases in a file written by lava"):
        read_nir(Plain(nodes, edges).write(tmp_path / "b.nir"), written_by=convention_of("lava"))


def test_nengo(tmp_path: Path) -> None:
    """Golden traces of nengo 4.0.0, in the numbers that nir-lorentz.py writes."""
    golden = json.loads((GOLDEN / "nengo" / "two_populations.json").read_text(encoding="utf-8"))
    first, second, shown = (np.array(golden[key], float) for key in ("first", "second", "shown"))
    lif = {"type": "LIF", "r": np.ones(1), "v_leak": np.zeros(1), "v_threshold": np.ones(1)}
    nodes = {
        "input": end("Input", shown.shape[1]),
        "a": {"type": "Linear", "weight": first},
        "x": {**lif, "tau": np.full(len(first), 0.02)},
        "b": {"type": "Linear", "weight": second},
        "f": {"type": "LI", "r": np.ones(1), "v_leak": np.zeros(1), "tau": np.full(len(second), 0.005)},
        "y": {**lif, "tau": np.full(len(second), 0.02)},
        "output": end("Output", len(second)),
    }
    file = Plain(nodes, list(itertools.pairwise(nodes))).write(tmp_path / "a.nir")
    graph = read_nir(file, dt_ms=1.0, written_by=convention_of("nengo"))
    values = values_for(graph, shown[:, None])
    found, literal = run(graph, values), run(graph.under(WRITERS["nir"]), values)
    for name, right in zip(("x", "y"), golden["spikes"], strict=True):
        assert 0.02 < found[name].mean() < 0.9
        assert np.array_equal(found[name][:, 0].numpy(), np.array(right))
        assert not torch.equal(literal[name], found[name])


def test_spikes_of_a_height_beside_other_values_are_refused(tmp_path: Path) -> None:
    net = small()
    net.nodes["r"] = linear(NEURONS, NEURONS)
    net.nodes["q"] = linear(NEURONS, INPUTS)
    net.edges = [("input", "w"), ("w", "n"), ("n", "r"), ("input", "q"), ("q", "r"), ("r", "output")]
    with pytest.raises(ExportError, match="node 'r': spikes, which are 1000 high, and other values"):
        read_nir(net.write(tmp_path / "a.nir"), dt_ms=1.0, written_by=convention_of("nengo"))


def test_what_a_convention_changes_is_told(tmp_path: Path, spikes: Tensor) -> None:
    graph = read_nir(small().write(tmp_path / "a.nir"), dt_ms=1.0)
    told = under_each(graph, values_for(graph, spikes))
    assert told[0].writer == "nir"
    assert "snntorch" in {each.writer for each in told}  # reset by subtraction fires more often
    assert all(
        (each.spikes, each.synaptic_operations) != (told[0].spikes, told[0].synaptic_operations)
        for each in told[1:]
    )


def test_a_reset_can_be_named(tmp_path: Path, spikes: Tensor) -> None:
    file = small().write(tmp_path / "a.nir")
    counts = set()
    for reset in ("value", "subtract"):
        graph = read_nir(file, dt_ms=1.0, written_by=convention_of("nir", reset=reset))
        counts.add(float(run(graph, values_for(graph, spikes))["n"].sum()))
    assert len(counts) == 2


@pytest.mark.parametrize(
    ("writer", "told", "message"),
    [
        ("pytorch", {}, "nir | snntorch"),
        ("nir", {"reset": "sometimes"}, "value | subtract"),
        ("nir", {"spikes": "few"}, "one | many"),
        ("nir", {"decay": "linear"}, "euler | exponential"),
        ("nir", {"gain": "half"}, "whole | scaled"),
    ],
)
def test_what_is_not_known_is_one_message(writer: str, told: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message.replace("|", "[|]")):
        convention_of(writer, **told)
