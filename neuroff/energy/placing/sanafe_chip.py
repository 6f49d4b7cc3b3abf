"""A device described for the SANA-FE simulator; see `neuroff.energy.placing.sanafe`."""

from __future__ import annotations

from neuroff.energy.placing.layout import Floor
from neuroff.energy.profile.chip import Timing
from neuroff.energy.profile.prices import coefficients
from neuroff.energy.profile.schema import Profile
from neuroff.errors import ConfigError


def prices_J(profile: Profile) -> dict[str, float]:
    """Return the nominal joules of every count that a profile prices."""
    priced = {c.per: c.band_J.nominal for c in coefficients(profile) if c.band_J is not None}
    if "synaptic_events" not in priced and "synaptic_events_dense" in priced:
        priced["synaptic_events"] = priced["synaptic_events_dense"]
    return priced


def architecture(profile: Profile, floor: Floor, sources: int = 0) -> str:
    """Return the description of a chip: tiles, cores, and the energy and time of every event.

    Args:
        profile: the device; what it does not price costs nothing here.
        floor: of a placement; all its chips become one grid of tiles.
        sources: input axons; every tile then has one more core, the host's, whose somas replay spikes and
            cost nothing.

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
{_host(sources) if sources else ""}"""


def _host(sources: int) -> str:
    return f"""        - name: host
          attributes:
            buffer_position: soma
            buffer_inside_unit: false
            max_neurons_supported: {sources}
          axon_in:
            - name: axon_in
              attributes:
                energy_message_in: 0.0
                latency_message_in: 0.0
          synapse:
            - name: synapse
              attributes:
                model: current_based
                energy_process_spike: 0.0
                latency_process_spike: 0.0
          dendrite:
            - name: dendrite
              attributes:
                model: accumulator
                energy_update: 0.0
                latency_update: 0.0
          soma:
            - name: source[0..{sources - 1}]
              attributes:
                model: input
                energy_access_neuron: 0.0
                latency_access_neuron: 0.0
                energy_update_neuron: 0.0
                latency_update_neuron: 0.0
                energy_spike_out: 0.0
                latency_spike_out: 0.0
          axon_out:
            - name: axon_out
              attributes:
                energy_message_out: 0.0
                latency_message_out: 0.0
"""


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
