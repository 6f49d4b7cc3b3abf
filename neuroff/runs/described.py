"""Parts of a network as JSON values, and back: frozen dataclasses, by class name and fields.

Nothing is imported by name and nothing is executed: a file can only name classes that are neuroff's or that
the reader brought along.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import fields, is_dataclass
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import torch
from pydantic import ConfigDict, TypeAdapter, ValidationError
from torch import Tensor

from neuroff.core.architecture import MaxPool
from neuroff.core.asking import GroupAsking, LabelAsking, MirroredAsking, RandomAsking
from neuroff.core.collaboration import Bus
from neuroff.core.engine import Engine, EventEngine
from neuroff.core.goodness import Goodness
from neuroff.core.loss import ClassLoss, Loss
from neuroff.core.neurons import LIF, AdaptiveLIF
from neuroff.core.neurons.relu import ReLU
from neuroff.core.plan import Augmentation, GammaStep, Negatives, Plan
from neuroff.core.synapses import Conv, Dense, GroupNormalised, LabelPlane, Planes, Pooled, Standardised
from neuroff.errors import NeuroffError, RunError, shortened

_OWN = (
    *(
        Bus,
        ClassLoss,
        Dense,
        GammaStep,
        Goodness,
        GroupAsking,
        LIF,
        AdaptiveLIF,
        LabelAsking,
        Loss,
        Negatives,
        Plan,
    ),
    *(Engine, EventEngine, RandomAsking, ReLU, Conv, LabelPlane, MaxPool, Planes, Pooled, Standardised),
    *(Augmentation, GroupNormalised, MirroredAsking),
)
_DTYPES = {"float32": torch.float32, "float64": torch.float64, "bfloat16": torch.bfloat16}
_ANY = ConfigDict(arbitrary_types_allowed=True)


def described(value: Any, where: str, leaving: Collection[str] = ()) -> Any:
    """Return a part as JSON values.

    Args:
        value: a frozen dataclass of plain fields, or such a field.
        where: names the part in errors.
        leaving: names of fields that are left out, of this part and of those in it.

    Raises:
        RunError: if the part holds what a file cannot, such as a function.
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, torch.dtype):
        return {"dtype": str(value).removeprefix("torch.")}
    if isinstance(value, tuple | list):
        return [described(entry, where) for entry in value]
    if is_dataclass(value) and not isinstance(value, type):
        plain = {field.name: getattr(value, field.name) for field in fields(value) if field.init}
        return {"class": type(value).__name__} | {
            name: described(entry, f"{where}.{name}", leaving)
            for name, entry in plain.items()
            if name not in leaving
        }
    raise RunError(
        f"{where} is a {type(value).__name__}, which a file cannot hold",
        where="saving a network",
        expected="parts that are dataclasses of numbers, words, tuples and other such parts",
        fix="make it a frozen dataclass, or build the network anew and store its tensors alone",
    )


class Reader:
    """Rebuilds parts.

    Args:
        parts: classes of the caller's that a file may name, beside neuroff's own.
        where: file to name in errors.
    """

    def __init__(self, parts: Iterable[type], where: str) -> None:
        self._kinds = {kind.__name__: kind for kind in (*_OWN, *parts)}
        self._where = where

    def rebuilt(self, value: Any, tensors: Mapping[str, Tensor] | None = None) -> Any:
        """Return the part that `described` described.

        Args:
            value: JSON values.
            tensors: fields that are tensors, of the part or of one in it, by name.

        Raises:
            RunError: if the file names a class that is not known, or its fields do not fit.
        """
        if isinstance(value, list):
            return tuple(self.rebuilt(entry) for entry in value)
        if not isinstance(value, dict):
            return value
        if "dtype" in value:
            return self._dtype(value["dtype"])
        kind = self._kind(value.get("class"))
        given = {name: self.rebuilt(entry, tensors) for name, entry in value.items() if name != "class"}
        known = {field.name for field in fields(kind)} - given.keys() if is_dataclass(kind) else set()
        given |= {name: tensor for name, tensor in (tensors or {}).items() if name in known}
        try:
            hints = get_type_hints(kind)
            for name, entry in given.items():
                plain = entry is None or isinstance(entry, bool | int | float | str | tuple)
                if plain and not _is_part(hints[name]):
                    TypeAdapter(hints[name], config=_ANY).validate_python(entry, strict=True)
                elif plain or not _is_one(entry, hints[name]):
                    raise TypeError(f"{name} is a {type(entry).__name__}")
            return kind(**given)
        except (KeyError, TypeError, ValidationError, NeuroffError) as error:
            text = str(error).splitlines()[-1] if isinstance(error, ValidationError) else str(error)
            raise RunError(
                f"a {kind.__name__} of other fields ({shortened(text)})",
                where=self._where,
                fix="the file is damaged or of another version; save the network again",
            ) from None

    def _kind(self, name: Any) -> type:
        if not isinstance(name, str) or name not in self._kinds:
            raise RunError(
                f"a part of class {shortened(name)}, which is not known",
                where=self._where,
                expected=f"one of {', '.join(sorted(self._kinds))}",
                fix="bring its class along: parts=(…,)",
            )
        return self._kinds[name]

    def _dtype(self, name: Any) -> torch.dtype:
        if not isinstance(name, str) or name not in _DTYPES:
            raise RunError(f"numbers of type {shortened(name)}", where=self._where, fix="save again")
        return _DTYPES[name]


def _is_part(hint: Any) -> bool:
    """Whether a field takes nothing but a part."""
    return is_dataclass(hint) or getattr(hint, "_is_protocol", False)


def _is_one(part: Any, hint: Any) -> bool:
    """Whether a part is of the class that a field names, or of one of several; protocols are not asked."""
    if get_origin(hint) in (Union, UnionType):
        return any(_is_one(part, each) for each in get_args(hint))
    if isinstance(hint, type) and not getattr(hint, "_is_protocol", False):
        return isinstance(part, hint)
    return True
