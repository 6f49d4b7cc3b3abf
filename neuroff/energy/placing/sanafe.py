"""Files for the SANA-FE simulator, to check neuroff's energies against a second program.

SANA-FE (Boyle et al., IEEE TCAD 44(8):3165-3178, 2025) simulates spiking networks on a tiled chip and prices
every event. It is an external program under the GPL: neuroff writes its description files and never imports
it. With the same coefficients, spikes and mapping both programs must agree:

============================ =================================================
SANA-FE                      count of neuroff
============================ =================================================
energy_process_spike         synaptic events in dense format, zeros included
energy_access_neuron         every neuron update
energy_update_neuron         active neuron updates, on top of the access
energy_spike_out             spikes emitted
energy_message_out           packets
energy_message_in            axon lookups
energy_east_hop, …north_hop  hops along x, along y
============================ =================================================

SANA-FE calls an update active where the potential, the bias or the input is not zero. A spike reaches the
next layer one step after it was emitted.
"""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from neuroff.energy.placing.placement import Placement
from neuroff.energy.placing.sanafe_chip import architecture
from neuroff.energy.profile.schema import Profile
from neuroff.errors import ConfigError

TERMS: Mapping[str, tuple[str, ...]] = {
    "synapse": ("synaptic_events", "synaptic_events_dense", "synaptic_events_zero_weight"),
    "soma": ("neuron_updates_active", "neuron_updates_inactive", "spikes_emitted"),
    "network": ("packets", "axon_lookups", "hops_x", "hops_y"),
}
"""The counts behind each of SANA-FE's energies."""


@dataclass(frozen=True, eq=False)
class NeuronGroup:
    """A layer of leaky integrate-and-fire neurons.

    Attributes:
        name: letters, digits and underscores.
        bias: ``(N,)``, added to the potential at every step.
        weight: ``(N, D)`` from the group before; None for the first, which its bias drives.
        threshold: a neuron fires above it.
        decay: of the potential over a step.
        reset: by subtraction of the threshold, or to zero.
        start: ``(N,)``, the potential of the first step, which does not decay; zero if None.
        refractory: a neuron that fired fires again after this many steps at the earliest; 0 and 1: the next.
        recurrent: ``(N, N)`` from the group's own neurons; None without.
        read: whether potentials are logged beside spikes.
    """

    name: str
    bias: NDArray[np.float64]
    weight: NDArray[np.float64] | None = None
    threshold: float = 1.0
    decay: float = 1.0
    reset: Literal["subtract", "zero"] = "zero"
    start: NDArray[np.float64] | None = None
    refractory: int = 0
    recurrent: NDArray[np.float64] | None = None
    read: bool = False


@dataclass(frozen=True, eq=False)
class InputSpikes:
    """Spikes that a host core sends to the first group, which has weights then.

    Attributes:
        spikes: ``(T, D)`` zeros and ones.
    """

    spikes: NDArray[np.int64]

    @property
    def axons(self) -> int:
        """Number of input axons D."""
        return int(self.spikes.shape[1])


def network(
    groups: Sequence[NeuronGroup],
    placement: Placement,
    stimulus: InputSpikes | None = None,
    name: str = "neuroff",
) -> str:
    """Return the description of a network and its mapping; every weight becomes a synapse, zeros too.

    Args:
        groups: first to last, one for each layer that was placed.
        placement: where their neurons are.
        stimulus: what the first group receives.
        name: of the network.

    Raises:
        ConfigError: if groups and placement do not go together.
    """
    placed = [int(placement.slices.of(index).neurons.sum()) for index in range(len(groups))]
    if placed != [len(group.bias) for group in groups]:
        raise ConfigError(
            f"populations of {[len(group.bias) for group in groups]} neurons",
            where="SANA-FE",
            expected=f"those that were placed, {placed}",
        )
    lines = ["network:", f"  name: {name}", "  groups:", *_sources(stimulus)]
    for group in groups:
        reset = "soft" if group.reset == "subtract" else "hard"
        logs = "log_spikes: true, log_potential: true" if group.read else "log_spikes: true"
        waits = f" refractory_delay: {group.refractory}," if group.refractory > 1 else ""
        lines += [
            f"    - name: {group.name}",
            f"      attributes: [soma_hw_name: soma, synapse_hw_name: synapse, dendrite_hw_name: dendrite,"
            f" threshold: {group.threshold!r}, leak_decay: {group.decay!r}, reset: 0.0,"
            f" reset_mode: {reset}, reverse_reset_mode: none,{waits} {logs}]",
            "      neurons:",
            *(f"        - {n}: [{numbers}]" for n, numbers in enumerate(_numbers(group))),
        ]
    lines.append("  edges:")
    if stimulus is not None:
        lines.append(_edge("input", stimulus.axons, groups[0], groups[0].weight))
    for source, target in itertools.pairwise(groups):
        lines.append(_edge(source.name, len(source.bias), target, target.weight))
    for group in groups:
        if group.recurrent is not None:
            lines.append(_edge(group.name, len(group.bias), group, group.recurrent))
    lines.append("mappings:")
    if stimulus is not None:
        lines.append(f"  - input.0..{stimulus.axons - 1}: [core: 0.{placement.floor.cores_per_tile}]")
    floor, at = placement.floor, placement.sites
    for index, group in enumerate(groups):
        mine = placement.slices.of(index)
        for core, start, count in zip(*map(_plain, (mine.core, mine.start, mine.neurons)), strict=True):
            # SANA-FE numbers tiles column by column.
            tile = int(at.x[core]) * floor.rows + int(at.y[core])
            where = f"{tile}.{int(at.core[core])}"
            lines.append(f"  - {group.name}.{start}..{start + count - 1}: [core: {where}]")
    return "\n".join(lines) + "\n"


def write(
    folder: Path,
    profile: Profile,
    groups: Sequence[NeuronGroup],
    placement: Placement,
    stimulus: InputSpikes | None = None,
    name: str = "neuroff",
) -> tuple[Path, Path]:
    """Write ``arch.yaml`` and ``snn.yaml`` into a folder and return their paths.

    Args:
        folder: where to; it exists.
        profile: the device.
        groups: see `network`.
        placement: see `network`.
        stimulus: see `network`.
        name: of the network.

    Raises:
        ConfigError: if the three do not go together, or the folder cannot be written to.
    """
    axons = 0 if stimulus is None else stimulus.axons
    described = (
        architecture(profile, placement.floor, axons),
        network(groups, placement, stimulus, name),
    )
    paths = folder / "arch.yaml", folder / "snn.yaml"
    for path, text in zip(paths, described, strict=True):
        _write(path, text)
    return paths


def _sources(stimulus: InputSpikes | None) -> list[str]:
    """Return the group of input axons: each has a soma of its own, which replays its spikes."""
    if stimulus is None:
        return []
    trains = (", ".join(map(str, _plain(train))) for train in stimulus.spikes.T)
    return [
        "    - name: input",
        "      attributes: [log_spikes: true]",
        "      neurons:",
        *(
            f'        - {n}: [soma_hw_name: "source[{n}]", spikes: [{train}]]'
            for n, train in enumerate(trains)
        ),
    ]


def _numbers(group: NeuronGroup) -> list[str]:
    """Return what is each neuron's own."""
    biases = [f"bias: {bias!r}" for bias in group.bias.tolist()]
    if group.start is None:
        return biases
    starts = group.start.tolist()
    return [f"{bias}, potential: {start!r}" for bias, start in zip(biases, starts, strict=True)]


def _edge(source: str, axons: int, target: NeuronGroup, weight: NDArray[np.float64] | None) -> str:
    if weight is None or weight.shape != (len(target.bias), axons):
        raise ConfigError(
            f"no weights of shape ({len(target.bias)}, {axons})",
            where=f"SANA-FE, population {target.name}",
            expected=f"weights from {source}",
        )
    weights = ", ".join(map(repr, weight.T.ravel().tolist()))  # sources vary slowest
    return f"    - {source} -> {target.name}: [type: dense, weight: [{weights}]]"


def _write(path: Path, text: str) -> None:
    """Write a file that is whole or absent; a pipe or a device is written to, and a link followed."""
    try:
        path = path.resolve() if path.is_symlink() else path
        if path.exists() and not path.is_file() and not path.is_dir():
            path.write_text(text, encoding="utf-8")
            return
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                stream.write(text)
            os.chmod(temporary, 0o644)
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ConfigError(
            f"cannot write ({error.strerror})", where=str(path), fix="name a folder you may write to"
        ) from None


def _plain(numbers: NDArray[np.int64]) -> list[int]:
    return [int(number) for number in numbers]
