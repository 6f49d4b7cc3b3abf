"""Small described networks and devices, shared by the tests of placement, traffic, memory and latency."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import strategies as st

from neuroff.energy import Profile
from neuroff.energy.profile.checking import profile_from_mapping
from neuroff.energy.work import LayerWork, NetworkWork


def layer(
    name: str,
    inputs: int,
    neurons: int,
    *,
    spikes: float = 3.0,
    steps: int = 1,
    fan_in: int | None = None,
    received: float | None = None,
    active: float = 0.5,
    spikes_of: tuple[float, ...] | None = None,
) -> LayerWork:
    """A spiking layer; ``spikes`` a step in all, ``received`` likewise, ``active`` a share of its neurons."""
    arriving = spikes if received is None else received
    synapses = inputs * neurons if fan_in is None else fan_in * neurons
    return LayerWork(
        name,
        inputs,
        neurons,
        synapses,
        weight_format="dense" if fan_in is None else "sparse",
        received=(arriving,) * steps,
        events=(arriving * synapses / inputs,) * steps,
        zero_events=(0.0,) * steps,
        spikes=(spikes,) * steps if spikes_of is None else (sum(spikes_of) / steps,) * steps,
        active=(active * neurons,) * steps,
        spikes_of=spikes_of,
    )


def network(*widths: int, steps: int = 1, presentations: float = 1.0, **options: float) -> NetworkWork:
    """Dense spiking layers of these widths, the first of which is the input's."""
    layers = tuple(
        layer(f"layer {index}", inputs, neurons, steps=steps, **options)  # type: ignore[arg-type]
        for index, (inputs, neurons) in enumerate(itertools.pairwise(widths), start=1)
    )
    return NetworkWork("test", layers, steps, presentations)


def device(**tables: object) -> Profile:
    """A valid profile with some tables; limits and topology need no ``source``."""
    for name in ("limits", "topology", "time"):
        table = tables.get(name)
        if isinstance(table, dict):
            tables[name] = {"source": "lab"} | table
    meta = {"id": "toy", "name": "Toy", "kind": "spiking", "time_model": "barrier_step", "boundary": "chip"}
    synop = {"per": "synaptic_events", "value_J": 1e-12, "evidence": "measured", "source": "lab"}
    raw = {
        "schema": "1.0",
        "meta": meta,
        "source": [{"key": "lab", "citation": "A", "locator": "B", "checked": "primary"}],
        "energy": {"synop": synop},
    }
    return profile_from_mapping(raw | tables, "toy")


def wall(value: int) -> dict[str, object]:
    return {"value_count": value, "kind": "wall"}


def mesh(x: int, y: int, cores: int = 1, **more: object) -> dict[str, object]:
    return {
        "kind": "mesh",
        "tiles_x_count": x,
        "tiles_y_count": y,
        "cores_per_tile_count": cores,
        "packet_bit": 32,
        "multicast": False,
    } | more


@st.composite
def firing_networks(draw: st.DrawFn) -> NetworkWork:
    """Layers with spikes of their own for each neuron."""
    widths = draw(st.lists(st.integers(1, 12), min_size=3, max_size=5))
    stream = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    layers: list[LayerWork] = []
    for index, (inputs, neurons) in enumerate(itertools.pairwise(widths)):
        fired = tuple(float(count) for count in stream.integers(0, 9, neurons))
        before = layers[-1].spikes[0] if layers else float(stream.integers(0, 20))
        layers.append(layer(f"layer {index}", inputs, neurons, received=before, spikes_of=fired))
    return NetworkWork("random", tuple(layers))
