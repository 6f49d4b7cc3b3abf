"""How what holds arrays prints: their types and shapes, not their numbers."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

_MOST = 3  # parts of a sequence that are printed


class Shown:
    """A dataclass, made with ``repr=False``, that prints short enough for a notebook's cell."""

    def __repr__(self) -> str:
        parts: tuple[Any, ...] = fields(self)  # type: ignore[arg-type]
        said = ", ".join(
            f"{each.name}={_said(getattr(self, each.name))}" for each in parts if _matters(self, each)
        )
        return f"{type(self).__name__}({said})"


def _matters(whole: object, field: Any) -> bool:
    """Whether a field is something else than the nothing that it is by default."""
    return not (field.default is None and getattr(whole, field.name) is None)


def _said(value: object) -> str:
    if isinstance(value, tuple | list):
        said = [_said(each) for each in value[:_MOST]]
        if len(value) > _MOST:
            said.append(f"… {len(value) - _MOST} more")
        inner = ", ".join(said)
        if isinstance(value, list):
            return f"[{inner}]"
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    shape, dtype = getattr(value, "shape", None), getattr(value, "dtype", None)
    if not shape or dtype is None:  # a number's shape is empty
        return repr(value)
    return f"{str(dtype).removeprefix('torch.')} {tuple(shape)}"
