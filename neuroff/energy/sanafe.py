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

import math
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from neuroff.energy.chip import Timing
from neuroff.energy.layout import Floor
from neuroff.energy.placement import Placement
from neuroff.energy.pricing import coefficients
from neuroff.energy.profile import Profile
from neuroff.errors import ConfigError

TERMS: Mapping[str, tuple[str, ...]] = {
    "synapse": ("synaptic_events", "synaptic_events_dense", "synaptic_events_zero_weight"),
    "soma": ("neuron_updates_active", "neuron_updates_inactive", "spikes_emitted"),
    "network": ("packets", "axon_lookups", "hops_x", "hops_y"),
}
"""The counts behind each of SANA-FE's energies."""


@dataclass(frozen=True, eq=False)
class Population:
    """A layer of leaky integrate-and-fire neurons.

    Attributes:
        name: letters, digits and underscores.
        bias: ``(N,)``, added to the potential at every step.
        weight: ``(N, D)`` from the population before; None for the first, which its bias drives.
        threshold: a neuron fires above it.
        decay: of the potential over a step.
        reset: by subtraction of the threshold, or to zero.
    """

    name: str
    bias: NDArray[np.float64]
    weight: NDArray[np.float64] | None = None
    threshold: float = 1.0
    decay: float = 1.0
    reset: Literal["subtract", "zero"] = "zero"


def prices_J(profile: Profile) -> dict[str, float]:
    """Return the nominal joules of every count that a profile prices."""
    priced = {c.per: c.band_J.nominal for c in coefficients(profile) if c.band_J is not None}
    if "synaptic_events" not in priced and "synaptic_events_dense" in priced:
        priced["synaptic_events"] = priced["synaptic_events_dense"]
    return priced


def architecture(profile: Profile, floor: Floor) -> str:
    """Return the description of a chip: tiles, cores, and the energy and time of every event.

    Args:
        profile: the device; what it does not price costs nothing here.
        floor: of a placement; all its chips become one grid of tiles.

    Raises:
        ConfigError: if the device has no grid of tiles, or its active updates cost less than inactive ones.
    """
    if floor.kind != "mesh":
        raise ConfigError(f"{profile.id} has no mesh of tiles", where="SANA-FE", expected="a mesh topology")
    price, time = prices_J(profile), profile.time
    access = price.get("neuron_updates_inactive", 0.0)
    update = price.get("neuron_updates_active", access) - access
    if update < 0:
        raise ConfigError(
            f"an active neuron update costs {-update:g} J less than an inactive one",
            where=f"SANA-FE, profile {profile.id}",
            expected="at least as much",
        )
    access_s, active_s = _seconds(time, "neuron_update_inactive_s"), _seconds(time, "neuron_update_active_s")
    synop_s = _seconds(time, "synop_s") or _seconds(time, "synop_dense_s")
    hops = "\n".join(
        f"        energy_{way}_hop: {price.get(count, 0.0)!r}\n"
        f"        latency_{way}_hop: {_seconds(time, name)!r}"
        for way, count, name in (
            ("north", "hops_y", "hop_y_s"),
            ("east", "hops_x", "hop_x_s"),
            ("south", "hops_y", "hop_y_s"),
            ("west", "hops_x", "hop_x_s"),
        )
    )
    return f"""architecture:
  name: {profile.id.replace("-", "_").replace(".", "_")}
  attributes:
    topology: mesh
    width: {floor.columns}
    height: {floor.rows}
    link_buffer_size: 16
    sync_model: table
    latency_sync: {_barrier(time)}
  tile:
    - name: tile[0..{floor.columns * floor.rows - 1}]
      attributes:
{hops}
      core:
        - name: core[0..{floor.cores_per_tile - 1}]
          attributes:
            buffer_position: soma
            buffer_inside_unit: false
            max_neurons_supported: {_most_neurons(profile)}
          axon_in:
            - name: axon_in
              attributes:
                energy_message_in: {price.get("axon_lookups", 0.0)!r}
                latency_message_in: {_seconds(time, "axon_lookup_s")!r}
          synapse:
            - name: synapse
              attributes:
                model: current_based
                energy_process_spike: {price.get("synaptic_events", 0.0)!r}
                latency_process_spike: {synop_s!r}
          dendrite:
            - name: dendrite
              attributes:
                model: accumulator
                energy_update: 0.0
                latency_update: 0.0
          soma:
            - name: soma
              attributes:
                model: leaky_integrate_fire
                energy_access_neuron: {access!r}
                latency_access_neuron: {access_s!r}
                energy_update_neuron: {update!r}
                latency_update_neuron: {max(active_s - access_s, 0.0)!r}
                energy_spike_out: {price.get("spikes_emitted", 0.0)!r}
                latency_spike_out: {_seconds(time, "spike_emit_s")!r}
          axon_out:
            - name: axon_out
              attributes:
                energy_message_out: {price.get("packets", 0.0)!r}
                latency_message_out: {_seconds(time, "packet_out_s")!r}
"""


def network(populations: Sequence[Population], placement: Placement) -> str:
    """Return the description of a network and its mapping; every weight becomes a synapse, zeros too.

    Args:
        populations: first to last, one for each layer that was placed.
        placement: where their neurons are.

    Raises:
        ConfigError: if populations and placement do not go together.
    """
    placed = [int(placement.slices.of(index).neurons.sum()) for index in range(len(populations))]
    if placed != [len(population.bias) for population in populations]:
        raise ConfigError(
            f"populations of {[len(population.bias) for population in populations]} neurons",
            where="SANA-FE",
            expected=f"those that were placed, {placed}",
        )
    lines = ["network:", "  name: neuroff", "  groups:"]
    for population in populations:
        reset = "soft" if population.reset == "subtract" else "hard"
        lines += [
            f"    - name: {population.name}",
            f"      attributes: [soma_hw_name: soma, synapse_hw_name: synapse, dendrite_hw_name: dendrite,"
            f" threshold: {population.threshold!r}, leak_decay: {population.decay!r}, reset: 0.0,"
            f" reset_mode: {reset}, reverse_reset_mode: none, log_spikes: true]",
            "      neurons:",
            *(f"        - {n}: [bias: {bias!r}]" for n, bias in enumerate(population.bias.tolist())),
        ]
    lines.append("  edges:")
    for source, target in zip(populations, populations[1:], strict=False):
        if target.weight is None or target.weight.shape != (len(target.bias), len(source.bias)):
            raise ConfigError(
                f"no weights of shape ({len(target.bias)}, {len(source.bias)})",
                where=f"SANA-FE, population {target.name}",
                expected="weights from the population before",
            )
        # Sources vary slowest in SANA-FE's lists.
        weights = ", ".join(map(repr, target.weight.T.ravel().tolist()))
        lines.append(f"    - {source.name} -> {target.name}: [type: dense, weight: [{weights}]]")
    lines.append("mappings:")
    floor, at = placement.floor, placement.sites
    for index, population in enumerate(populations):
        mine = placement.slices.of(index)
        for core, start, count in zip(*map(_plain, (mine.core, mine.start, mine.neurons)), strict=True):
            # SANA-FE numbers tiles column by column.
            tile = int(at.x[core]) * floor.rows + int(at.y[core])
            where = f"{tile}.{int(at.core[core])}"
            lines.append(f"  - {population.name}.{start}..{start + count - 1}: [core: {where}]")
    return "\n".join(lines) + "\n"


def write(
    folder: Path, profile: Profile, populations: Sequence[Population], placement: Placement
) -> tuple[Path, Path]:
    """Write ``arch.yaml`` and ``snn.yaml`` into a folder and return their paths.

    Args:
        folder: where to; it exists.
        profile: the device.
        populations: see `network`.
        placement: see `network`.

    Raises:
        ConfigError: if the three do not go together, or the folder cannot be written to.
    """
    described = architecture(profile, placement.floor), network(populations, placement)
    paths = folder / "arch.yaml", folder / "snn.yaml"
    for path, text in zip(paths, described, strict=True):
        _write(path, text)
    return paths


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


def _write(path: Path, text: str) -> None:
    """Write a file that is whole or absent."""
    try:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                stream.write(text)
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


def _seconds(time: Timing | None, name: str) -> float:
    value = None if time is None else getattr(time, name)
    return 0.0 if value is None else float(value)


def _barrier(time: Timing | None) -> str:
    points = () if time is None else time.barrier
    pairs = [f"{point.tiles_count}: {point.time_s!r}" for point in points] or ["1: 0.0"]
    return "{ " + ", ".join(pairs) + " }"


def _most_neurons(profile: Profile) -> int:
    limit = profile.limits.neurons_per_core if profile.limits is not None else None
    return limit.value_count if limit is not None else 2**20
