from __future__ import annotations

import importlib.util
import json
import math
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neuroff.energy import Profile, estimate, load_profile
from neuroff.energy.placing.placement import Placement, place
from neuroff.energy.placing.sanafe import TERMS, NeuronGroup, network, write
from neuroff.energy.placing.sanafe_chip import architecture
from neuroff.energy.placing.traffic import traffic
from neuroff.energy.profile.prices import coefficients
from neuroff.energy.work import LayerWork, NetworkWork
from neuroff.errors import ConfigError

# The simulator is an external program: it runs in a process of its own, in this environment or in another one
# whose interpreter the variable names.
PYTHON = os.environ.get("NEUROFF_SANAFE_PYTHON") or (
    sys.executable if importlib.util.find_spec("sanafe") else None
)
STEPS = 25
RUN = """
import contextlib, io, json, os, sys
import sanafe

arch = sanafe.load_arch(sys.argv[1])
chip = sanafe.SpikingChip(arch)
chip.load(sanafe.load_net(sys.argv[2], arch))
result = chip.sim(int(sys.argv[3]), spike_trace=sys.argv[4])
keys = ("energy", "spikes", "packets_sent", "neurons_updated", "neurons_fired")
with open(sys.argv[5], "w") as stream:
    json.dump({key: result[key] for key in keys}, stream)
"""


def energy_by_part(terms_J: Mapping[str, float], profile: Profile) -> dict[str, float]:
    """Return priced terms grouped as SANA-FE groups them, and their total.

    Args:
        terms_J: joules by term of an estimate.
        profile: the device that priced them.
    """
    per = {coefficient.term: coefficient.per for coefficient in coefficients(profile)}
    parts = {
        part: math.fsum(joules for term, joules in terms_J.items() if per[term] in counts)
        for part, counts in TERMS.items()
    }
    return parts | {"total": math.fsum(parts.values())}


def small_cores(neurons: int = 3) -> Profile:
    """SANA-FE's Loihi with small cores, so that a small network takes several tiles."""
    profile = load_profile("loihi1-sanafe")
    assert profile.limits is not None
    assert profile.limits.neurons_per_core is not None
    limit = profile.limits.neurons_per_core.model_copy(update={"value_count": neurons})
    return profile.model_copy(
        update={"limits": profile.limits.model_copy(update={"neurons_per_core": limit})}
    )


def random_populations(seed: int) -> list[NeuronGroup]:
    """Layers whose potentials are multiples of 1/64, as the simulator stores them."""
    stream = np.random.default_rng(seed)
    widths = stream.integers(15, 40, stream.integers(2, 5))
    populations: list[NeuronGroup] = []
    for index, neurons in enumerate(widths):
        weight = None
        bias = np.zeros(neurons)
        if index:
            weight = stream.integers(-20, 40, (neurons, widths[index - 1])) / 64
            weight[stream.random(weight.shape) < 0.2] = 0  # stored all the same
        else:
            bias = stream.integers(0, 110, neurons) / 64
        populations.append(
            NeuronGroup(
                f"layer{index}",
                bias,
                weight,
                threshold=float(stream.integers(40, 100)) / 64 + 1 / 128,
                decay=float(stream.choice([1.0, 0.5, 0.25])),
                reset=str(stream.choice(["subtract", "zero"])),  # type: ignore[arg-type]
            )
        )
    return populations


def simulate(populations: list[NeuronGroup]) -> tuple[list[np.ndarray[Any, Any]], list[np.ndarray[Any, Any]]]:
    """Spikes and active updates of every layer, ``(T, N)``, neuron by neuron as the simulator's page says."""
    spikes = [np.zeros((STEPS, len(p.bias)), dtype=bool) for p in populations]
    active = [np.zeros((STEPS, len(p.bias)), dtype=bool) for p in populations]
    for index, population in enumerate(populations):
        potential = np.zeros(len(population.bias))
        for t in range(STEPS):
            arrived = np.zeros(0, dtype=bool) if index == 0 or t == 0 else spikes[index - 1][t - 1]
            received = bool(arrived.any())
            active[index][t] = (potential != 0) | received | (population.bias != 0)
            if t:
                potential = np.trunc(potential * population.decay * 64) / 64
            potential = potential + population.bias
            if received and population.weight is not None:
                potential = potential + population.weight @ arrived
            fired = potential > population.threshold
            spikes[index][t] = fired
            left = potential - population.threshold if population.reset == "subtract" else 0.0
            potential = np.where(fired, left, potential)
    return spikes, active


def work_of(populations: list[NeuronGroup]) -> tuple[NetworkWork, list[np.ndarray[Any, Any]]]:
    spikes, active = simulate(populations)
    layers = []
    for index, population in enumerate(populations):
        neurons = len(population.bias)
        arriving = spikes[index - 1].sum(1) if index else np.zeros(0)
        weight = population.weight if population.weight is not None else np.ones((neurons, 1))
        met = spikes[index - 1] @ (weight == 0).sum(0) if index else np.zeros(0)
        layers.append(
            LayerWork(
                population.name,
                weight.shape[1],
                neurons,
                weight.size,
                received=tuple(arriving.tolist()),
                events=tuple((arriving * neurons).tolist()),
                zero_events=tuple(met.tolist()),
                spikes=tuple(spikes[index].sum(1).tolist()),
                active=tuple((active[index] | spikes[index]).sum(1).tolist()),
                spikes_of=tuple(spikes[index].sum(0).tolist()),
            )
        )
    return NetworkWork("random", tuple(layers), STEPS), spikes


def simulated(folder: Path, profile: Profile, populations: list[NeuronGroup], placement: Placement) -> Any:
    assert PYTHON is not None
    arch, snn = write(folder, profile, populations, placement)
    trace, out = folder / "spikes.csv", folder / "out.json"
    done = subprocess.run(
        [PYTHON, "-c", RUN, str(arch), str(snn), str(STEPS), str(trace), str(out)],
        capture_output=True,
        text=True,
        timeout=120,
        env={"OMP_NUM_THREADS": "1", "PATH": os.environ["PATH"]},
    )
    assert done.returncode == 0, done.stderr[-2000:] + done.stdout[-2000:]
    found = json.loads(out.read_text())
    found["trace"] = [line.split(",") for line in trace.read_text().splitlines()[1:]]
    return found


@pytest.mark.skipif(PYTHON is None, reason="the simulator sanafe is not installed")
@pytest.mark.parametrize("strategy", ["row_major", "hop_minimising"])
@pytest.mark.parametrize("seed", range(10))
def test_energy_equals_the_simulators(tmp_path: Path, seed: int, strategy: Any) -> None:
    profile, populations = small_cores(), random_populations(seed)
    work, spikes = work_of(populations)
    placement = place(work, profile, strategy=strategy)
    assert placement.cores > 4
    assert placement.tiles > 1
    moved = traffic(work, placement, profile.topology)
    counts = work.counts() + moved.counts()
    found = simulated(tmp_path, profile, populations, placement)
    expected_spikes = {
        (f"{population.name}.{n}", t + 1)
        for population, raster in zip(populations, spikes, strict=True)
        for t, n in zip(*np.nonzero(raster), strict=True)
    }
    assert {(name, int(step)) for name, step in found["trace"]} == expected_spikes
    assert len(expected_spikes) == counts["spikes_emitted"] == found["neurons_fired"] > 0
    assert found["packets_sent"] == pytest.approx(counts["packets"], rel=1e-12)
    assert found["neurons_updated"] == counts["neuron_updates_active"]
    priced = estimate(counts, profile)
    mine = energy_by_part({term: band.nominal for term, band in priced.terms_J.items()}, profile)
    assert min(mine.values()) > 0
    for part, joules in mine.items():
        assert joules == pytest.approx(found["energy"][part], rel=1e-6), part  # the bar is 1 %


def test_the_files_name_every_price_and_every_neuron() -> None:
    profile, populations = small_cores(), random_populations(3)
    work, _ = work_of(populations)
    placement = place(work, profile)
    text = architecture(profile, placement.floor)
    for line in (
        "width: 8", "height: 4", "energy_north_hop: 4.2e-12", "energy_east_hop: 3e-12",
        "energy_process_spike: 3.55e-11", "energy_access_neuron: 5.12e-11", "energy_spike_out: 6.93e-11",
        "energy_message_out: 1.11e-10", "max_neurons_supported: 3", "core[0..3]", "tile[0..31]",
    ):  # fmt: skip
        assert line in text
    described = network(populations, placement)
    assert described.count("[core: ") == len(placement.slices)
    assert described.count("[bias: ") == work.neurons
    assert described.count("type: dense") == len(populations) - 1


def test_what_does_not_go_together(tmp_path: Path) -> None:
    profile, populations = small_cores(), random_populations(3)
    placement = place(work_of(populations)[0], profile)
    with pytest.raises(ConfigError, match="expected those that were placed"):
        network([*populations[:-1], NeuronGroup("more", np.zeros(2))], placement)
    unconnected = [*populations[:-1], NeuronGroup("last", populations[-1].bias)]
    with pytest.raises(ConfigError, match="population last: no weights of shape"):
        network(unconnected, placement)
    cpu = load_profile("cpu-degnan2016")
    with pytest.raises(ConfigError, match="cpu-degnan2016 has no mesh of tiles"):
        architecture(cpu, place(work_of(populations)[0], cpu).floor)
    with pytest.raises(ConfigError, match="cannot write"):
        write(tmp_path / "nowhere", profile, populations, placement)
    assert not list(tmp_path.iterdir())
