"""A network as one file, however it was built: its parameters, and the parts that rebuild it.

The file is safetensors: parameters by name (``layers.0.weight``), a digest of all and the parts as JSON in
its header. A checkpoint of a training run holds the plan and the state beside them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from neuroff.checks import path_of
from neuroff.core.layer import Layer
from neuroff.core.network import Network
from neuroff.core.plan import Plan
from neuroff.core.synapses import Front, Synapses
from neuroff.core.together import require_network
from neuroff.errors import ConfigError, RunError, ShapeError, naming, shortened
from neuroff.files import read_tensors, write_tensors
from neuroff.named_tensors import require_no_others
from neuroff.runs.belonging import require_belonging, require_parts
from neuroff.runs.described import Reader, described
from neuroff.training.restoring import restore_state
from neuroff.training.state import TrainingState, layers_from_tensors

FORMAT = 1
_PARTS = tuple(
    field.name for field in fields(Network) if field.name not in ("layers", "populations", "black_boxes")
)

_DAMAGED = "the file is damaged; save the network again"
SINCE = {"read_from": 0, "prediction": "window"}
"""What files of older versions do not say, and what was done before."""


def save_network(network: Network, path: Path | str) -> None:
    """Write a network as one file.

    Args:
        network: built by hand or from a configuration.
        path: the file.

    Raises:
        RunError: naming what a file cannot hold, such as a function between layers, or if it cannot be
            written.
    """
    require_network(network, "save_network")
    path = path_of("path", path, "save_network")
    write_tensors(
        Path(path), network_tensors(network), {"format": FORMAT, "network": network_values(network)}
    )


def load_network(path: Path | str, *, parts: Iterable[type] = ()) -> Network:
    """Read what `save_network` wrote.

    Args:
        path: the file; a run's ``network.safetensors`` too.
        parts: classes of the caller's own parts, if the network has any.

    Raises:
        RunError: if the file is missing, damaged, without a network, or names a part that is not known.
    """
    path = path_of("path", path, "load_network")
    tensors, values = read_tensors(Path(path))
    require_format(values, str(path))
    network = network_from(tensors, values.get("network"), Reader(parts, str(path)), str(path))
    require_no_others(tensors, network_tensors(network), str(path))
    return network


def save_checkpoint(network: Network, plan: Plan, state: TrainingState, path: Path | str) -> None:
    """Write a training run in progress; `train` takes this as its ``save``.

    Args:
        network: what is trained; its parameters are those of the state.
        plan: how.
        state: where it stands.
        path: the file.

    Raises:
        RunError: naming what a file cannot hold, or if it cannot be written.
    """
    values = {"format": FORMAT, "network": network_values(network), "plan": described(plan, "plan")}
    write_tensors(Path(path), network_tensors(network) | state.tensors(), values | {"state": state.values()})


def load_checkpoint(path: Path | str, *, parts: Iterable[type] = ()) -> tuple[Network, Plan, TrainingState]:
    """Read what `save_checkpoint` wrote: what `train` needs to go on, but for the images.

    Args:
        path: the file.
        parts: classes of the caller's own parts, if there are any.

    Raises:
        RunError: if the file is missing, damaged, or names a part that is not known.
    """
    where, reader = str(path), Reader(parts, str(path))
    tensors, values = read_tensors(Path(path))
    require_format(values, where)
    network = network_from(tensors, values.get("network"), reader, where)
    plan, state = reader.rebuilt(values.get("plan")), values.get("state")
    if not isinstance(plan, Plan) or not isinstance(state, dict):
        raise RunError("no plan and state", where=where, expected="a file of save_checkpoint")
    return network, plan, restore_state(tensors, state, network, plan, where)


def network_values(network: Network) -> dict[str, Any]:
    """Return all of a network but its tensors, as JSON values.

    Raises:
        RunError: naming what a file cannot hold.
    """
    for index, box in network.black_boxes.items():
        if not is_dataclass(box):
            raise RunError(
                f"there is a function behind layer {index + 1}",
                where="saving a network",
                expected="layers that follow each other directly, or a frozen dataclass that can be called",
                fix="save dataclasses.replace(network, black_boxes={}), and put the function back later",
            )
    boxes = {str(i): described(box, f"black_boxes[{i}]") for i, box in network.black_boxes.items()}
    return {
        **{name: described(getattr(network, name), name) for name in _PARTS},
        "populations": {
            str(index): described(population, f"populations[{index}]")
            for index, population in network.populations.items()
        },
        **({"black_boxes": boxes} if boxes else {}),
        "layers": [_layer_values(layer, f"layer {index + 1}") for index, layer in enumerate(network.layers)],
    }


def network_from(tensors: Mapping[str, Tensor], values: Any, reader: Reader, where: str) -> Network:
    """Return the network that `network_values` described.

    Raises:
        RunError: if values or tensors do not make a network.
    """
    if not isinstance(values, dict) or not isinstance(values.get("layers"), list):
        raise RunError(
            "no description of a network",
            where=where,
            expected="a file of save_network",
            fix="an older run folder is read by load_run",
        )
    try:
        layers = tuple(_layer(tensors, each, index, reader) for index, each in enumerate(values["layers"]))
        own = {int(index): reader.rebuilt(each) for index, each in values["populations"].items()}
        parts = {name: reader.rebuilt((SINCE | values)[name]) for name in _PARTS}
        boxes = {int(i): reader.rebuilt(each) for i, each in values.get("black_boxes", {}).items()}
        require_parts(parts, where)
        network = Network(
            layers_from_tensors(tensors, layers, where), populations=own, black_boxes=boxes, **parts
        )
        with naming(where):
            require_belonging(network, where)
    except (ConfigError, ShapeError) as error:
        raise RunError(
            error.what, where=f"{where}: {error.where}", expected=error.expected, fix=_DAMAGED
        ) from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise RunError(
            f"not the description of a network ({shortened(str(error))})",
            where=where,
            fix=_DAMAGED,
        ) from None
    return network


def require_format(values: Mapping[str, Any], where: str) -> None:
    """Refuse a file of a format that this version does not read; the oldest ones do not say theirs.

    Raises:
        RunError: naming file and format.
    """
    if values.get("format", FORMAT) != FORMAT or isinstance(values.get("format"), bool):
        raise RunError(
            f"format {shortened(values['format'])}",
            where=where,
            expected=str(FORMAT),
            fix="read it with the version of neuroff that wrote it",
        )


def _layer_values(layer: Layer, where: str) -> dict[str, Any]:
    synapses = described(layer.synapses, f"synapses of {where}", leaving=_held(layer.synapses))
    return {"synapses": synapses, "neuron": [*layer.neuron]}


def _layer(tensors: Mapping[str, Tensor], values: Mapping[str, Any], index: int, reader: Reader) -> Layer:
    prefix = f"layers.{index}."
    of_layer = {key.removeprefix(prefix): tensor for key, tensor in tensors.items() if key.startswith(prefix)}
    gamma, neuron = of_layer.pop("gamma"), {name: of_layer.pop(name) for name in values["neuron"]}
    synapses = reader.rebuilt(values["synapses"], of_layer)
    if isinstance(synapses, type) or not hasattr(synapses, "drive"):
        raise TypeError(f"synapses of layer {index} are {shortened(synapses)}")
    return Layer(synapses, gamma, neuron)


def network_tensors(network: Network) -> dict[str, Tensor]:
    """Return every tensor of the layers, those of the synapses that are not learned included."""
    found: dict[str, Tensor] = {}
    for index, layer in enumerate(network.layers):
        held = _held(layer.synapses) | layer.tensors()
        found |= {f"layers.{index}.{name}": tensor for name, tensor in held.items()}
    return found


def _held(synapses: Synapses) -> dict[str, Tensor]:
    """Return the fields of synapses that are tensors, and of those behind them."""
    found = {name: value for name, value in vars(synapses).items() if torch.is_tensor(value)}
    return found if not isinstance(synapses, Front) else _held(synapses.behind) | found
