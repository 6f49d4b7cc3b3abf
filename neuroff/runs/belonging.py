"""Whether the parts of a network that a file describes belong together; what is read may be anybody's.

A network that is built by hand is not asked: whoever builds one sees where it fails. One from a file would
fail far from the file, in a product of matrices, or answer as another network.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, get_type_hints

from pydantic import ConfigDict, TypeAdapter, ValidationError

from neuroff.core.architecture import MaxPool
from neuroff.core.layer import Layer
from neuroff.core.network import Network
from neuroff.core.signal import carried_type
from neuroff.errors import ConfigError, RunError, shortened
from neuroff.named_tensors import require_finite, require_type

MAX_CLASSES: Final = 2**16
MAX_STEPS: Final = 100_000
_PLAIN: Final = (
    "normalisation",
    "epsilon",
    "precision",
    "gain",
    "constant_gain",
    "trace_decay",
    "read_from",
)
_NEEDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "population": ("steps", "respond", "sensitivity"),
        "goodness": ("value", "gradient"),
        "bus": ("sent", "heard"),
        "asking": ("classes", "everything", "require_room"),
        "engine": ("synapses", "respond"),
    }
)
"""Parts of a network, and names that tell one from any other part."""
_HINTS: Final = get_type_hints(Network)
_ANY: Final = ConfigDict(arbitrary_types_allowed=True)


def require_parts(parts: Mapping[str, Any], where: str) -> None:
    """Refuse parts of a network that are of other kinds than its fields.

    Args:
        parts: by the names of the fields.
        where: file to name in errors.

    Raises:
        RunError: naming the first of them.
    """
    for name in _PLAIN:
        try:
            TypeAdapter(_HINTS[name], config=_ANY).validate_python(parts[name], strict=True)
        except ValidationError as error:
            said = error.errors()[0]["msg"]
            raise RunError(
                f"{name} = {shortened(parts[name])}: {said}", where=where, fix="save the network again"
            ) from None
    for name, needed in _NEEDS.items():
        _require_kind(name, parts[name], needed, where)


def require_belonging(network: Network, where: str) -> None:
    """Refuse a network whose layers, neurons and asking do not fit each other.

    Args:
        network: as a file describes it.
        where: file to name in errors.

    Raises:
        RunError: naming what does not fit what.
    """
    layers, asking = network.layers, network.asking
    if not layers:
        raise RunError("a network without layers", where=where, expected="one at least")
    for index, layer in enumerate(layers):
        _require_layer(layer, index, network, where)
    _require_indices(network, where)
    for index, (below, above) in enumerate(itertools.pairwise(layers)):
        arriving = _leaving(network, index, below, where)
        if arriving is not None and arriving != above.synapses.inputs:
            raise RunError(
                f"layer {index + 1} has {above.synapses.inputs} inputs, and {arriving} values reach it",
                where=where,
                expected="as many",
            )
    own = asking.own_inputs
    if not 2 <= asking.classes <= MAX_CLASSES or own > layers[0].synapses.inputs:
        raise RunError(
            f"{asking.classes} classes, {own} inputs for them, and a first layer of "
            f"{layers[0].synapses.inputs} inputs",
            where=where,
            expected=f"2 to {MAX_CLASSES} classes, whose inputs are some of the first layer's",
        )


def _require_kind(name: str, part: Any, needed: tuple[str, ...], where: str) -> None:
    if isinstance(part, type) or not all(hasattr(part, each) for each in needed):
        raise RunError(
            f"{name} is {_kind(part)}",
            where=where,
            expected=f"a part that has {', '.join(needed)}",
            fix="the file is damaged; save the network again",
        )


def _kind(part: Any) -> str:
    plain = part is None or isinstance(part, bool | int | float | str | tuple)
    return shortened(part) if plain else f"a {type(part).__name__}"


def _require_layer(layer: Layer, index: int, network: Network, where: str) -> None:
    dtype = carried_type(network.precision)
    for name, tensor in layer.tensors().items():
        require_type(tensor, f"layers.{index}.{name}", dtype, where)
        require_finite(tensor, f"layers.{index}.{name}", where)
    scalars = {"gamma": layer.gamma, **layer.neuron}
    for name, tensor in scalars.items():
        if tensor.ndim:
            raise RunError(
                f"tensor 'layers.{index}.{name}' has shape {tuple(tensor.shape)}",
                where=where,
                expected="a single number",
            )
    try:
        network.asking.require_room(layer.synapses.neurons, f"layer {index}")
        network.population_of(index)
    except ConfigError as error:
        raise RunError(error.what, where=f"{where}: {error.where}", expected=error.expected) from None


def _require_indices(network: Network, where: str) -> None:
    depth = len(network.layers)
    if not 0 <= network.read_from < depth:
        raise RunError(
            f"read_from = {network.read_from}", where=where, expected=f"a layer, from 0 to {depth - 1}"
        )
    for name, indices, most in (
        ("populations", network.populations, depth - 1),
        ("black_boxes", network.black_boxes, depth - 1),
    ):
        wrong = [index for index in indices if not 0 <= index <= most]
        if wrong:
            raise RunError(f"{name} of layer {wrong[0]}", where=where, expected=f"layers from 0 to {most}")
    for index, box in network.black_boxes.items():
        if not callable(box):
            raise RunError(f"black_boxes[{index}] is {_kind(box)}", where=where, expected="a function")
    neurons = {index: network.populations.get(index, network.population) for index in range(depth)}
    for index, population in neurons.items():
        _require_kind(f"populations[{index}]", population, _NEEDS["population"], where)
    steps = {population.steps for population in neurons.values()}
    if len(steps) > 1 or not 1 <= max(steps) <= MAX_STEPS:
        raise RunError(
            f"neurons of {', '.join(map(str, sorted(steps)))} steps",
            where=where,
            expected=f"one number of steps for all layers, from 1 to {MAX_STEPS}",
        )


def _leaving(network: Network, index: int, layer: Layer, where: str) -> int | None:
    """Return how many values leave a layer; ``None`` behind a function of somebody's own."""
    box, neurons = network.black_boxes.get(index), layer.synapses.neurons
    if box is None:
        return neurons
    if not isinstance(box, MaxPool):
        return None
    if box.planes.size != neurons:
        raise RunError(
            f"maxima of {box.planes} values behind the {neurons} neurons of layer {index}",
            where=where,
            expected="as many",
        )
    return box.planes.pooled(box.window).size
