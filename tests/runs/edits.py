"""Run folders that somebody edited: one tensor or one value of a file, and digests made to fit again."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor

from neuroff.files import read_json, read_tensors, write_tensors

Tensors = dict[str, Tensor]
Edit = Callable[[Tensors], None]
_TYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.int64, torch.uint8, torch.bool)
_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2, 7, 2**31, 2**70, 0.5, -0.5, 1e300, "", "x", "float64", "\ud800"),
    *([], [0], [[]], {}, {"class": "Bus"}, {"x": 1}),
)


@st.composite
def tensor_edits(draw: st.DrawFn, names: list[str]) -> Edit:
    """Draw what makes a tensor another one, but for other numbers: type, shape, presence, no number."""
    name = draw(st.sampled_from(names))
    how = draw(st.sampled_from(["type", "shape", "missing", "extra", "nan", "inf", "negative square"]))
    dtype = draw(st.sampled_from(_TYPES))
    shape = draw(st.sampled_from(["front", "back", "flat", "cut", "none", "turned"]))
    other = draw(
        st.sampled_from(["x", f"{name}.x", "optimiser.9.weights.0.step", "layers.7.weight", "kept.layers"])
    )

    def edit(tensors: Tensors) -> None:
        tensor = tensors[name]
        if how == "missing":
            del tensors[name]
        elif how == "extra":
            tensors[other] = tensor.clone()
        elif how == "type":
            tensors[name] = tensor.to(dtype)
        elif how == "shape":
            tensors[name] = _shaped(tensor, shape)
        elif tensor.is_floating_point():
            bad = {"nan": float("nan"), "inf": float("-inf"), "negative square": -1.0}[how]
            if how != "negative square" or name.endswith(("exp_avg_sq", "step", "threshold", "beta")):
                tensors[name] = tensor.clone()
                tensors[name].view(-1)[-1:] = bad

    return edit


def _shaped(tensor: Tensor, shape: str) -> Tensor:
    if shape == "front":
        return tensor[None].clone()
    if shape == "back":
        return tensor[..., None].clone()
    if shape == "flat":
        return tensor.reshape(-1).clone()
    if shape == "cut":
        return tensor.reshape(-1)[:-1].clone()
    if shape == "none":
        return tensor.reshape(-1)[:0].clone()
    turned = tensor.transpose(0, -1).contiguous() if tensor.ndim else tensor[None].clone()
    return turned if turned.shape != tensor.shape else tensor  # else these are other numbers


def places_of(values: Any, place: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the way to every value within values, the whole left out."""
    entries = (
        values.items() if isinstance(values, dict) else enumerate(values) if isinstance(values, list) else ()
    )
    found = []
    for key, entry in entries:
        found += [(*place, key), *places_of(entry, (*place, key))]
    return found


@st.composite
def value_edits(draw: st.DrawFn, places: list[tuple[str | int, ...]]) -> Callable[[Any], None]:
    """Draw what changes a value of JSON: type, sign, magnitude; or it is missing, or one is too many."""
    place = draw(st.sampled_from(places))
    how = draw(st.sampled_from(["other", "missing", "extra", "negative", "larger", "words", "listed"]))
    value = draw(st.sampled_from(_VALUES))

    def edit(values: Any) -> None:
        *way, last = place
        for key in way:
            values = values[key]
        found = values[last]
        number = isinstance(found, int | float) and not isinstance(found, bool)
        if how == "missing":
            del values[last]
        elif how == "extra" and isinstance(values, dict):
            values["another"] = value
        elif how == "extra":
            values.append(copy.deepcopy(found))
        elif how == "negative" and number:
            values[last] = -found
        elif how == "larger" and number:
            values[last] = found * 1000 + 1
        elif how == "words":
            values[last] = str(found)
        elif how == "listed":
            values[last] = [found]
        else:
            values[last] = copy.deepcopy(value)

    return edit


def edit_tensors(file: Path, edit: Callable[[Tensors], object]) -> None:
    """Change tensors of a file, with a digest that fits."""
    tensors, values = read_tensors(file)
    edit(tensors)
    write_tensors(file, tensors, values)


def edit_values(file: Path, edit: Callable[[Any], object]) -> None:
    """Change values of a safetensors file, with a digest that fits."""
    tensors, values = read_tensors(file)
    edit(values)
    write_tensors(file, tensors, values)


def without_digests(result: Path, edit: Callable[[Any], object] = lambda values: None) -> None:
    """Change a ``result.json`` and take its digests away, as an older version wrote it."""
    values = read_json(result)
    values.pop("sha256", None)
    values.pop("files", None)
    edit(values)
    result.write_text(json.dumps(values))  # a lone surrogate too
