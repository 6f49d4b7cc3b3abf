"""Where a kernel lies, as numbers in a file of integers, and back; what is read may be anybody's."""

from __future__ import annotations

import math
from typing import Any, Final

from neuroff.chip.checks import MAX_WEIGHTS, MAX_WIDTH
from neuroff.chip.synapses import ChipSynapses
from neuroff.chip.windows import Windows
from neuroff.core.synapses.planes import Planes
from neuroff.errors import ExportError, shortened

_NUMBERS: Final = {"kernel": 4, "planes": 3, "stride": 1, "padding": 2, "groups": 1, "pool": 2}


def described(synapses: ChipSynapses) -> dict[str, list[int]]:
    """Return the shape of a layer's kernel and where it lies.

    Args:
        synapses: with windows.
    """
    windows = synapses.windows
    assert windows is not None
    return {
        "kernel": list(synapses.weight.shape),
        "planes": list(windows.planes.shape),
        "stride": [windows.stride],
        "padding": list(windows.padding),
        "groups": [windows.groups],
        "pool": list(windows.pool),
    }


def windows_read(values: Any, where: str) -> tuple[tuple[int, ...], Windows]:
    """Return the shape of a kernel, and where it lies.

    Raises:
        ExportError: if numbers are missing, superfluous, or beyond what a chip holds.
    """
    if not isinstance(values, dict) or set(values) != set(_NUMBERS):
        raise ExportError(
            f"windows {shortened(values)}", where=where, expected=f"numbers {', '.join(_NUMBERS)}"
        )
    for name, count in _NUMBERS.items():
        given, least = values[name], 0 if name == "padding" else 1
        whole = isinstance(given, list) and all(type(number) is int for number in given)
        if not whole or len(given) != count or not all(least <= number <= MAX_WIDTH for number in given):
            raise ExportError(
                f"{name} {shortened(given)}",
                where=f"{where}, windows",
                expected=f"{count} whole numbers from {least} to {MAX_WIDTH}",
            )
    kernel, planes = tuple(values["kernel"]), Planes(*values["planes"])
    if max(math.prod(kernel), planes.size) > MAX_WEIGHTS or max(values["padding"]) >= max(kernel[2:]):
        raise ExportError(
            f"a kernel {shortened(kernel)} on {planes}, padded by {values['padding']}",
            where=f"{where}, windows",
            expected=f"at most {MAX_WEIGHTS} weights, and a border narrower than the window",
        )
    (stride,), (groups,) = values["stride"], values["groups"]
    padding, pool = tuple(values["padding"]), tuple(values["pool"])
    return kernel, Windows(planes, stride, padding, groups, pool)
