from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import neuroff
from neuroff.chip.deploy import events
from neuroff.chip.network import ChipLayer, ChipNetwork
from neuroff.chip.program import ChipProgram
from neuroff.config.overrides import apply_settings
from neuroff.energy import Profile, estimate, load_profile
from neuroff.energy.placing.placement import Placement, place
from neuroff.energy.placing.sanafe import TERMS
from neuroff.energy.profile.prices import coefficients
from neuroff.energy.work import LayerWork, NetworkWork
from neuroff.errors import ExportError
from neuroff.exchange.port import chip_port
from neuroff.exchange.priced import exported_work
from neuroff.exchange.sanafe.files import neuron_groups, write_sanafe
from neuroff.exchange.sanafe.read import read_sanafe
from tests.chip.conftest import Trained
from tests.chips import emulated, integers, random_events, random_program
from tests.narrow import present

# The simulator is an external program: it runs in this environment or in another one.
PYTHON = os.environ.get("NEUROFF_SANAFE_PYTHON") or (
    sys.executable if importlib.util.find_spec("sanafe") else None
)
RUN = """
import json
import sys
import sanafe
arch = sanafe.load_arch(sys.argv[1])
chip = sanafe.SpikingChip(arch)
chip.load(sanafe.load_net(sys.argv[2], arch))
found = chip.sim(int(sys.argv[3]), spike_trace=sys.argv[4])
print("ENERGY", json.dumps({"energy": found["energy"], "updated": found["neurons_updated"]}))
"""


def with_all_it_can(program: ChipProgram, seed: int) -> ChipProgram:
    """Start potentials, refractory periods and weight exponents too."""
    stream = np.random.default_rng(seed)
    layers = []
    for layer in program.chip.layers:
        exponent, count = int(stream.integers(0, 4)), layer.neurons.count
        neurons = replace(
            layer.neurons,
            start_voltage=integers(stream, -20_000, 20_000, count),
            refractory=int(stream.integers(1, 4)),
            threshold_mantissa=layer.neurons.threshold_mantissa << exponent,
            bias_mantissa=integers(stream, -900, 1500, count),
        )
        layers.append(ChipLayer(replace(layer.synapses, exponent=exponent), neurons))
    return replace(program, chip=ChipNetwork(tuple(layers)))


def placed(program: ChipProgram, profile: Profile) -> Placement:
    layers = tuple(
        LayerWork(f"layer {n}", layer.synapses.axons, layer.neurons.count, layer.synapses.weight.numel())
        for n, layer in enumerate(program.chip.layers, start=1)
    )
    return place(NetworkWork("program", layers, program.length), profile)


def simulated(folder: Path, program: ChipProgram, given: list[torch.Tensor | None]) -> list[torch.Tensor]:
    profile = load_profile("loihi1-sanafe")
    arch, network = write_sanafe(folder / "files", program, given, profile, placed(program, profile))
    trace = folder / "spikes.csv"
    assert PYTHON is not None
    done = subprocess.run(
        [PYTHON, "-c", RUN, str(arch), str(network), str(program.length), str(trace)],
        capture_output=True,
        text=True,
        timeout=120,
        env={"OMP_NUM_THREADS": "1", "PATH": os.environ["PATH"]},
    )
    assert done.returncode == 0, done.stderr[-2000:] + done.stdout[-2000:]
    rasters = [torch.zeros(program.length, 1, n, dtype=torch.int32) for n in program.widths]
    for line in trace.read_text().splitlines()[1:]:
        name, step = line.split(",")
        group, neuron = name.split(".")
        index = 0 if group == "input" else int(group.removeprefix("layer"))
        rasters[index][int(step) - 1, 0, int(neuron)] = 1
    sent = torch.stack([torch.zeros(1, program.chip.axons) if e is None else e.ne(0) for e in given])
    assert torch.equal(rasters[0], sent.to(torch.int32))
    (line,) = [text for text in done.stdout.splitlines() if text.startswith("ENERGY ")]
    (folder / "energy.json").write_text(line.removeprefix("ENERGY "))
    return rasters[1:]


@pytest.mark.skipif(PYTHON is None, reason="the simulator sanafe is not installed")
@pytest.mark.parametrize("seed", range(8))
def test_the_simulator_fires_as_the_emulator_does(tmp_path: Path, seed: int) -> None:
    program = with_all_it_can(random_program(seed, plain=True), seed)
    sent = random_events(program, seed, samples=1)
    expected = emulated(program, sent, samples=1)
    assert min(int(spikes.sum()) for spikes in expected) > 0
    for mine, theirs in zip(expected, simulated(tmp_path, program, sent), strict=True):
        assert torch.equal(mine, theirs)


def changed(part: str, **numbers: Any) -> ChipProgram:
    program = random_program(1, plain=True)
    first, *rest = program.chip.layers
    parts: dict[str, Any] = {"synapses": first.synapses, "neurons": first.neurons}
    parts[part] = replace(parts[part], **numbers)
    return replace(program, chip=ChipNetwork((ChipLayer(**parts), *rest)))


@pytest.mark.parametrize(
    ("part", "numbers", "words"),
    [
        ("synapses", {"payload_bits": 8}, "a graded input"),
        ("synapses", {"exponent": -1}, "a weight exponent of -1"),
        ("synapses", {"delays": torch.full((9,), 3, dtype=torch.int32)}, "delays of up to 3 steps"),
        ("neurons", {"current_decay": 4094}, "memory of the synaptic current"),
        (
            "neurons",
            {"rest_at": 1},
            "biases that cannot wait for the first spikes: .* Train with standardise",
        ),
    ],
)
def test_what_its_neuron_does_not_do_is_refused(
    tmp_path: Path, part: str, numbers: dict[str, Any], words: str
) -> None:
    program = changed(part, **numbers)
    profile = load_profile("loihi1-sanafe")
    with pytest.raises(ExportError, match=f"SANA-FE, layer 1: {words}"):
        write_sanafe(tmp_path / "x", program, random_events(program, 0, 1), profile, placed(program, profile))
    assert not list(tmp_path.iterdir())


def test_numbers_are_the_emulators_in_sixtyfourths() -> None:
    program = with_all_it_can(random_program(2, plain=True), 2)
    for population, layer in zip(neuron_groups(program), program.chip.layers, strict=True):
        assert np.array_equal(population.bias * 64, layer.neurons.bias.numpy())
        assert population.threshold == layer.neurons.threshold_mantissa
        assert np.array_equal(
            present(population.weight), layer.synapses.weight.numpy() * 2.0**layer.synapses.exponent
        )


@pytest.mark.skipif(PYTHON is None, reason="the simulator sanafe is not installed")
def test_a_trained_network_fires_alike_in_the_simulator(tmp_path: Path, ported: Trained) -> None:
    port = chip_port(ported.network, ported.split, "sanafe")
    signal = port.fed(ported.split.test).stimulus(slice(0, 1), "predict", 0)
    for label in (0, 7):
        sent = events(port.deployment, signal, torch.tensor([[label]]))
        expected = emulated(port.program, sent, samples=1)
        folder = tmp_path / str(label)
        for mine, theirs in zip(expected, simulated(folder, port.program, sent), strict=True):
            assert mine.sum() > 0
            assert torch.equal(mine, theirs)


@pytest.mark.skipif(PYTHON is None, reason="the simulator sanafe is not installed")
def test_a_trained_convolution_fires_alike_in_the_simulator(tmp_path: Path, digits: neuroff.DataSet) -> None:
    config = apply_settings(
        neuroff.preset("conv", path="spiking", dataset="digits"),
        [
            "input_scale=raw", "standardise=false", "neuron.reset=zero", "constant_gain=3", "neuron.steps=8",
            "train_count=400", "epochs=2", "evaluate_every=0",
        ],
    )  # fmt: skip
    split = neuroff.prepare(digits, config)
    network, plan = neuroff.build(config, split)
    port = chip_port(neuroff.train(network, split, plan).network, split, "sanafe")
    program = replace(port.program, chip=port.program.chip.unrolled)
    signal = port.fed(split.test).stimulus(slice(0, 1), "predict", 0)
    sent = events(port.deployment, signal, torch.tensor([[0]]))
    for mine, theirs in zip(emulated(program, sent, 1), simulated(tmp_path, program, sent), strict=True):
        assert mine.sum() > 0
        assert torch.equal(mine, theirs)


@pytest.mark.skipif(PYTHON is None, reason="the simulator sanafe is not installed")
def test_the_simulator_spends_what_the_report_prices(tmp_path: Path, ported: Trained) -> None:
    """Energy of one presentation, counted and priced by two programs; spikes alone would not show a rule of
    active updates that differs."""
    port = chip_port(ported.network, ported.split, "sanafe")
    one = port.fed(ported.split.test).head(1)
    signal, profile = one.stimulus(slice(0, 1), "predict", 0), load_profile("loihi1-sanafe")
    expected = {"synapse": 0.0, "soma": 0.0}
    for label in range(10):
        folder = tmp_path / str(label)
        folder.mkdir()
        simulated(folder, port.program, events(port.deployment, signal, torch.tensor([[label]])))
        spent = json.loads((folder / "energy.json").read_text())["energy"]
        expected = {part: joules + spent[part] for part, joules in expected.items()}
    priced = estimate(exported_work(port, ported.split.test.head(1)).work.counts(), profile)
    per = {coefficient.term: coefficient.per for coefficient in coefficients(profile)}
    for part, joules in expected.items():
        mine = sum(band.nominal for term, band in priced.terms_J.items() if per[term] in TERMS[part])
        assert mine == pytest.approx(joules, rel=1e-6), part


def written(folder: Path, program: ChipProgram) -> Path:
    profile = load_profile("loihi1-sanafe")
    write_sanafe(folder, program, random_events(program, 0, 1), profile, placed(program, profile))
    return folder


@pytest.mark.parametrize("seed", range(5))
def test_what_is_read_back_fires_alike(tmp_path: Path, seed: int) -> None:
    program = with_all_it_can(random_program(seed, plain=True), seed)
    back = read_sanafe(written(tmp_path, program))
    assert (back.widths, back.steps, back.classes, back.bits) == (program.widths, 12, 3, 8)
    sent = random_events(program, seed + 50)
    for mine, theirs in zip(emulated(program, sent), emulated(back, sent), strict=True):
        assert torch.equal(mine, theirs)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("  edges:", "  edges: !!python/object:os.system", "a line"),
        ("mappings:", "mappings:\nplugin: x.so", "a line 'plugin: x.so'"),
        ("bias: ", "bias: nan", "a line"),
        ("bias: ", "bias: 1e300", "a line|moderate"),
        ("leak_decay: 0.", "leak_decay: 7.", "voltage_decay"),
        ("reset_mode: hard", "reset_mode: soft", "a line"),
        ("weight: [", "weight: [3.5, ", "weights"),
        ("weight: [", "weight: [, ", "something else than numbers"),
        ("weight: [", "weight: [1e39, ", "weights"),
        ("- name: layer2", "- name: layer1", "twice"),
        ("- name: layer2", "- name: other", "groups"),
        ("spikes: [0, ", "spikes: [0, 0, ", "spike trains"),
        ("neuroff_8_bit", "neuroff", "a line"),
        ("neuroff_8_bit", "neuroff_2_bit", "weights that 2 bits"),
        ("  name: neuroff_8_bit_3_labels\n", "", "no name"),
        ("- 3: [bias", "- 4: [bias", "a line"),
        ("threshold: ", "threshold: 9999999", "threshold"),
    ],
)
def test_files_of_others(tmp_path: Path, old: str, new: str, words: str) -> None:
    path = written(tmp_path, random_program(1, plain=True)) / "snn.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(ExportError, match=words) as caught:
        read_sanafe(tmp_path)
    assert str(path) in str(caught.value)


def test_missing_and_binary_files(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="cannot read"):
        read_sanafe(tmp_path)
    (tmp_path / "snn.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(ExportError, match="no plain text"):
        read_sanafe(tmp_path)
