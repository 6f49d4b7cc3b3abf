"""A module run on an example: which of its parts were called, on what, and what they gave.

The order of parts, and which feeds which, is found from the tensors themselves: what a part gives is what
another one takes, whole or in another shape. So a module may be of any class, as long as values go from part
to part and nothing is computed between them.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from neuroff.errors import ExportError
from neuroff.foreign.modules.known import is_leaf

ENTRY = "input"


@dataclass
class Recording:
    """What was seen.

    Attributes:
        leaves: parts by name, in the order of their first calls.
        links: from, to; `ENTRY` stands for what enters the module.
        entered: what entered, step by step.
        gave: what each part gave, step by step.
    """

    leaves: dict[str, nn.Module] = field(default_factory=dict)
    links: list[tuple[str, str]] = field(default_factory=list)
    entered: list[Tensor] = field(default_factory=list)
    gave: dict[str, list[Tensor]] = field(default_factory=dict)

    def values(self) -> Tensor:
        """Return what entered, ``(T, B, …)``."""
        return torch.stack(self.entered)

    def output(self, name: str) -> Tensor:
        """Return what a part gave, ``(T, B, …)``."""
        return torch.stack(self.gave[name])


@torch.no_grad()
def watch(
    module: nn.Module, example: Tensor, *, loops: bool, also: tuple[type[nn.Module], ...] = ()
) -> Recording:
    """Run a copy of a module on an example and return what was seen.

    Args:
        module: of any class; it is not changed.
        example: ``(T, B, …)``.
        loops: whether the module loops over time itself and takes the whole example in one call; else it is
            called once a step.
        also: further kinds of parts that are known to the caller.

    Raises:
        ExportError: if it holds a part that is not known, or values go ways that cannot be followed.
    """
    seen = Recording()
    watched = copy.deepcopy(module, _detached(module)).eval()
    _forget(watched)
    with _hooks(watched, seen, also):
        if loops:
            watched(example)
        else:
            _step_by_step(watched, example)
    if not seen.leaves:
        raise ExportError("no part that is known was called", where=type(module).__name__, expected="neurons")
    steps = {name: len(gave) for name, gave in seen.gave.items()}
    if len(set(steps.values())) > 1:
        name = min(steps, key=lambda each: steps[each])
        raise ExportError(
            f"called {steps[name]} times where others are called {max(steps.values())} times",
            where=f"part {name!r}",
            expected="every part to be called once a step",
        )
    return seen


def _detached(module: nn.Module) -> dict[int, Tensor]:
    """Return what stands in a copy for states that autograd follows, which cannot be copied."""
    return {
        id(value): value.detach().clone()
        for part in module.modules()
        for value in _tensors(vars(part))
        if not value.is_leaf
    }


def _tensors(value: Any) -> Iterator[Tensor]:
    """Yield the tensors that a module keeps: as attributes, or in containers of its own."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _tensors(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _tensors(each)


def _step_by_step(module: nn.Module, example: Tensor) -> None:
    """Call a module once a step; Norse's take their state and give it back."""
    stateful = type(module).__module__.partition(".")[0] == "norse"
    state: Any = None
    for values in example:
        if stateful:
            _, state = module(values, state)
        else:
            module(values)


def _forget(module: nn.Module) -> None:
    """Clear what neurons remember of earlier runs."""
    for part in module.modules():
        for name in ("reset_mem", "reset"):
            clear = getattr(part, name, None)
            if callable(clear) and type(part).__module__.partition(".")[0] in ("snntorch", "spikingjelly"):
                clear()
                break


@contextmanager
def _hooks(module: nn.Module, seen: Recording, also: tuple[type[nn.Module], ...]) -> Iterator[None]:
    watcher = _Watcher(seen, also)
    handles = [
        part.register_forward_hook(watcher.hook(name or type(part).__name__))
        for name, part in _leaves(module)
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _leaves(module: nn.Module, name: str = "") -> Iterator[tuple[str, nn.Module]]:
    """Yield the parts that are taken whole, and those that have no parts and are not known."""
    children = list(module.named_children())
    if is_leaf(module) or not children:
        yield name, module
        return
    for key, child in children:
        yield from _leaves(child, f"{name}.{key}" if name else key)


@dataclass
class _Watcher:
    """What is known so far of one run.

    Attributes:
        seen: what is recorded.
        also: further kinds of parts that are known.
        given: by address of the memory: who gave it, and the tensor, which keeps the address.
        calls: of each part.
    """

    seen: Recording
    also: tuple[type[nn.Module], ...]
    given: dict[int, tuple[str, Tensor]] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)

    def hook(self, name: str) -> Callable[[nn.Module, tuple[Any, ...], Any], None]:
        """Return what is called after a part."""

        def called(part: nn.Module, taken: tuple[Any, ...], given: Any) -> None:
            if not is_leaf(part) and not isinstance(part, self.also):
                raise ExportError(
                    f"a {type(part).__module__}.{type(part).__name__}",
                    where=f"part {name!r}",
                    expected="weights, shapes or batch norm of PyTorch, or neurons of snnTorch, Norse or "
                    "SpikingJelly",
                    fix="see docs/networks.md for those that are known",
                )
            step = self.calls.get(name, 0)
            source = self._source(name, step, taken[0])
            if step == 0:
                self.seen.leaves[name] = part
                self.seen.links.append((source, name))
            self.calls[name] = step + 1
            out = given[0] if isinstance(given, tuple) else given
            self.seen.gave.setdefault(name, []).append(out.clone())
            self.given[out.data_ptr()] = (name, out)

        return called

    def _source(self, name: str, step: int, values: Tensor) -> str:
        """Return who gave the values of a part; what enters the module is recorded."""
        origin, given = self.given.get(values.data_ptr(), (ENTRY, values))
        if origin != ENTRY and given.numel() == values.numel():
            return origin
        if len(self.seen.entered) == step:
            self.seen.entered.append(values.clone())
            return ENTRY
        entered = self.seen.entered[step]
        if entered.numel() != values.numel() or not torch.equal(entered.flatten(), values.flatten()):
            raise ExportError(
                f"what reaches it, {tuple(values.shape)}, was given by no other part",
                where=f"part {name!r}",
                expected="values to go from part to part, with nothing computed between them",
            )
        return ENTRY
