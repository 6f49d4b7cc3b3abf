"""Whether what a network is built for belongs together."""

from __future__ import annotations

from neuroff.checks import require_able, require_kind
from neuroff.core.asking import Asking
from neuroff.core.network import Layer
from neuroff.core.synapses import Planes
from neuroff.errors import ConfigError, ShapeError


def require_one_shape(asking: Asking, inputs: int, classes: int, planes: Planes | None) -> None:
    """Raise ConfigError where inputs, classes and planes are those of different images."""
    require_able("asking", asking, "goodness", where="build_network", expected="one such as GroupAsking(10)")
    if asking.classes != classes:
        raise ConfigError(
            f"classes = {classes} asked about by {asking}",
            where="build_network",
            expected=f"classes = {asking.classes}",
        )
    own = asking.own_inputs
    if inputs <= own:
        raise ConfigError(
            f"inputs = {inputs}, of which the labels of {classes} classes take {own}",
            where="build_network",
            expected="those of the image too, `Inputs.width`",
        )
    if planes is None:
        return
    require_kind("planes", planes, Planes, where="build_network")
    if asking.inputs(planes.size) != inputs:
        raise ConfigError(
            f"inputs = {inputs} of images of {planes} values",
            where="build_network",
            expected=f"inputs = {asking.inputs(planes.size)}, or other planes",
            fix="take both from the prepared images: `Inputs.width` and `Inputs.planes`",
        )


def require_first_layer(layers: tuple[Layer, ...], inputs: int) -> None:
    """Raise ShapeError where given layers do not begin with one of so many inputs."""
    for layer in layers:
        require_kind("one of layers", layer, Layer, where="build_network")
    if layers and layers[0].synapses.inputs != inputs:
        raise ShapeError(
            f"a first layer of {layers[0].synapses.inputs} inputs",
            where="build_network",
            expected=f"inputs = {inputs}, as given",
        )
