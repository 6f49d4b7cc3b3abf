"""What a reader may call: the names of every room, and the dataclasses of the core."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

import neuroff

ROOT = Path(neuroff.__file__).parent


def _modules(pattern: str) -> Iterator[str]:
    for path in sorted(ROOT.rglob(pattern)):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if parts[-1] != "__main__":
            yield ".".join(("neuroff", *(part for part in parts if part != "__init__")))


def public() -> dict[str, Any]:
    """Every class and function but protocols, by home and name, as ``core.loss.pair.Loss``."""
    found: dict[str, Any] = {}
    for name in _modules("__init__.py"):
        room = importlib.import_module(name)
        for offered in getattr(room, "__all__", ()):
            each = getattr(room, offered)
            if inspect.isclass(each) or inspect.isfunction(each):
                found[home_of(each)] = each
    for name in _modules("*.py"):
        if name.startswith("neuroff.core."):
            module = importlib.import_module(name)
            for each in vars(module).values():
                own = inspect.isclass(each) and is_dataclass(each) and each.__module__ == name
                if own and not each.__name__.startswith("_"):
                    found[home_of(each)] = each
    return {name: each for name, each in found.items() if not getattr(each, "_is_protocol", False)}


def home_of(each: Any) -> str:
    return f"{each.__module__.removeprefix('neuroff.')}.{each.__name__}"
