"""Cases of `benchmarks.matrix`: sizes, data, and every numeric setting at its ends and beyond."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

import annotated_types
import numpy as np
from pydantic.fields import FieldInfo

import neuroff
from neuroff.choices import Path as PathName
from neuroff.choices import PresetName
from neuroff.config import Config
from neuroff.config.schema import Section

SMALL = ("widths=20,12", "epochs=1", "train_count=80", "neuron.steps=3", "evaluate_every=0")
PATHS: tuple[PathName, ...] = ("dense", "spiking")
PRESETS: tuple[PresetName, ...] = ("demo", "groups")


@dataclass(frozen=True)
class Case:
    """One training.

    Attributes:
        name: of the case.
        settings: over a small network.
        path: dense or spiking.
        preset: where settings start.
        data: made of numbers, by name; the digits without.
        whole: whether it is trained to its end, measured and priced.
        refused: whether only a refusal is right.
    """

    name: str
    settings: tuple[str, ...] = ()
    path: PathName = "dense"
    preset: PresetName = "demo"
    data: str = "digits"
    whole: bool = True
    refused: bool = False


def shapes() -> Iterator[Case]:
    """Yield networks and data of extreme sizes, and layers that say nothing."""
    settings = {
        "width 1": ("widths=1,1",),
        "depth 1": ("widths=20",),
        "depth 8": ("widths=12,12,12,12,12,12,12,12",),
        "one training image": ("train_count=1",),
        "one image a batch": ("batch_size=1", "train_count=5"),
    }
    spiking = {
        "T = 1": ("neuron.steps=1",),
        "silent layers": ("neuron.threshold=1e9",),
        "saturated layers": ("neuron.threshold=1e-9", "gain=constant"),
    }
    for preset in PRESETS:
        beside = ("label.place=beside",) if preset == "demo" else ()
        for path in PATHS:
            for name, given in {**settings, **(spiking if path == "spiking" else {})}.items():
                yield Case(f"{name}, {preset}, {path}", given, path, preset)
            for classes in (2, 1000):
                groups = () if beside else (f"widths={classes + 5},{classes + 5}",)
                wide = (*groups, "train_count=none", *beside)
                yield Case(f"K = {classes}, {preset}, {path}", wide, path, preset, f"{classes} classes")
            yield Case(
                f"one row a class, {preset}, {path}", ("train_count=none", *beside), path, preset, "pairs"
            )


def made(name: str) -> Any:
    """Return a data set of a case."""
    if name == "digits":
        return neuroff.load("digits")
    draw = np.random.default_rng(0)
    classes = 2 if name == "pairs" else int(name.split()[0])
    labels = np.arange(classes * (1 if name == "pairs" or classes > 10 else 2)) % classes
    rows = draw.random((len(labels), 1010 if classes > 10 else 12)).astype(np.float32)
    return neuroff.DataSet.from_arrays(rows, labels, rows, labels)


def numbers(section: type[Section] = Config, prefix: str = "") -> Iterator[tuple[str, FieldInfo, type]]:
    """Yield key, field and type of every numeric setting, as the configuration describes itself."""
    for name, field in section.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, Section):
            yield from numbers(inner, f"{prefix}{name}.")
            continue
        kinds = _kinds(inner)
        for kind in (int, float):
            if kind in kinds:
                yield f"{prefix}{name}", field, kind
                break


def _kinds(annotation: Any) -> set[Any]:
    found = {annotation}
    for part in get_args(annotation):
        found |= _kinds(part) if not isinstance(part, FieldInfo | str) else set()
    return found


def bounds(field: FieldInfo) -> dict[str, float]:
    """Return the ends that a field declares: ge, gt, le, lt."""
    found: dict[str, float] = {}
    for part in _constraints(field.annotation, field.metadata):
        for sign in ("ge", "gt", "le", "lt"):
            if getattr(part, sign, None) is not None:
                found[sign] = getattr(part, sign)
    return found


def _constraints(annotation: Any, metadata: list[Any]) -> Iterator[Any]:
    for part in metadata:
        yield from getattr(part, "metadata", None) or (part,)
    for part in get_args(annotation):
        if isinstance(part, FieldInfo):
            yield from part.metadata
        elif isinstance(part, annotated_types.BaseMetadata):
            yield part
        elif not isinstance(part, str):
            yield from _constraints(part, [])


def ends(field: FieldInfo, kind: type) -> Iterator[tuple[str, bool]]:
    """Yield values at the ends of a field and beyond, and whether only a refusal is right."""
    found = bounds(field)

    def step(value: float, way: int) -> float:
        return value + way if kind is int else float(np.nextafter(value, way * math.inf))

    for sign, way in (("ge", -1), ("gt", -1), ("le", 1), ("lt", 1)):
        if sign not in found:
            continue
        end = found[sign]
        inside = end if sign in ("ge", "le") else step(end, -way)
        outside = end if sign in ("gt", "lt") else step(end, way)
        yield repr(kind(inside)), False
        yield repr(kind(outside)), True
    if not found.keys() & {"ge", "gt"}:
        yield ("-1" if kind is int else "-1e30"), False
    for text in ("nan", "inf", "-inf", "1e999", "x", "") if kind is float else ("nan", "1.5", "x", ""):
        yield text, text in ("nan", "inf", "-inf", "1e999", "x", "1.5")


def settings() -> Iterator[Case]:
    """Yield every numeric setting at its ends and beyond, on the path that has it."""
    for key, field, kind in numbers():
        path: PathName = "spiking" if key.startswith("neuron.") or key.endswith("delay") else "dense"
        for value, refused in ends(field, kind):
            yield Case(f"{key}={value}", (f"{key}={value}",), path, whole=False, refused=refused)


def cases() -> Iterator[Case]:
    """Yield all cases."""
    yield from shapes()
    yield from settings()
