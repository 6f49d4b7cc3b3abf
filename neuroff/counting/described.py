"""A network before it has seen anything: what its layers are, learn, compute and take of every chip.

Nothing is presented, so nothing is known of firing: operations are those of one pass over inputs that are all
other than zero, which is one time step of a spiking layer at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neuroff.checks import require_all
from neuroff.core.network import Network
from neuroff.core.synapses import Conv, Front, Pooled, Synapses
from neuroff.core.together import require_network
from neuroff.energy import Profile
from neuroff.energy.placing.packing import kernel_bits
from neuroff.energy.placing.placement import Placement, place
from neuroff.energy.work import LayerWork, NetworkWork


@dataclass(frozen=True)
class LayerSummary:
    """One layer.

    Attributes:
        kind: in the words of `neuroff.core.architecture`, what stands in front of it first.
        shape: of its neurons: channels, height and width, or their number.
        parameters: numbers that learning moves.
        operations: products of a weight and a value in one pass over all of its inputs.
        memory_kB: what its weights take on each chip, by the profile's id; ``None`` where the network does
            not fit.
    """

    kind: str
    shape: tuple[int, ...]
    parameters: int
    operations: int
    memory_kB: dict[str, float | None]


@dataclass(frozen=True)
class Summary:
    """All layers.

    Attributes:
        layers: first to last.
        cores: how many cores of each chip the network takes, by the profile's id; ``None`` where it does not
            fit.
    """

    layers: tuple[LayerSummary, ...]
    cores: dict[str, int | None]


def summary(network: Network, profiles: Sequence[Profile] = ()) -> Summary:
    """Return what a network is.

    Args:
        network: the network.
        profiles: the chips.
    """
    require_network(network, "summary")
    require_all("profiles", profiles, Profile, where="summary")
    work = NetworkWork(
        "summary", tuple(_work(layer.synapses, index) for index, layer in enumerate(network.layers))
    )
    placed = {profile.id: (profile, place(work, profile)) for profile in profiles}
    layers = []
    for index, layer in enumerate(network.layers):
        synapses = layer.synapses
        pooled = f"maxpool {_window(network, index)}, " if index - 1 in network.black_boxes else ""
        layers.append(
            LayerSummary(
                pooled + _kind(synapses),
                _shape(synapses),
                sum(tensor.numel() for tensor in synapses.learned().values()),
                synapses.products,
                {name: _memory_kB(work, index, *found) for name, found in placed.items()},
            )
        )
    cores = {name: found.cores if found.fits else None for name, (_, found) in placed.items()}
    return Summary(tuple(layers), cores)


def _work(synapses: Synapses, index: int) -> LayerWork:
    shared = synapses.weights if synapses.weights < synapses.connections else None
    return LayerWork(
        f"layer {index + 1}",
        synapses.inputs,
        synapses.neurons,
        synapses.connections,
        received=(0.0,),
        events=(0.0,),
        zero_events=(0.0,),
        spikes=(0.0,),
        active=(0.0,),
        weights=shared,
    )


def _memory_kB(work: NetworkWork, index: int, profile: Profile, placement: Placement) -> float | None:
    if not placement.fits:
        return None
    layer = work.layers[index]
    runs = placement.slices.of(index).neurons * layer.fan_in * layer.synapse_bits(placement.weight_bit)
    most = kernel_bits(layer, profile.limits, placement.weight_bit)
    return float(np.minimum(runs, most).sum()) / 8000.0


def _kind(synapses: Synapses) -> str:
    if isinstance(synapses, Pooled):
        return f"pool {_sides(synapses.window)}, {_kind(synapses.behind)}"
    if isinstance(synapses, Front):
        return _kind(synapses.behind)
    if not isinstance(synapses, Conv):
        return f"dense {synapses.neurons}"
    words = [f"conv {synapses.leaving.channels}x{_sides(synapses.window)}"]
    words += [f"stride {synapses.stride}"] if synapses.stride > 1 else []
    words += ["valid"] if synapses.padding == (0, 0) and synapses.window != (1, 1) else []
    return " ".join([*words, *(["groups"] if synapses.groups > 1 else [])])


def _sides(window: tuple[int, int]) -> str:
    return str(window[0]) if window[0] == window[1] else f"{window[0]}x{window[1]}"


def _window(network: Network, index: int) -> str:
    window = getattr(network.black_boxes[index - 1], "window", None)
    return "" if window is None else _sides(window)


def _shape(synapses: Synapses) -> tuple[int, ...]:
    while isinstance(synapses, Front):
        synapses = synapses.behind
    return synapses.leaving.shape if isinstance(synapses, Conv) else (synapses.neurons,)
