"""A module run on an example: which of its parts were called, on what, and what they gave.

The order of parts, and which feeds which, is found from the tensors themselves: what a part gives is what
another one takes, whole or in another shape, or summed with what others give. So a module may be of any
class, as long as values go from part to part and nothing but sums is computed between them.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from neuroff.errors import ExportError, NeuroffError
from neuroff.foreign.modules.known import is_leaf
from neuroff.foreign.modules.layout import Layout, forget, layout_of

ENTRY = "input"


@dataclass
class Recording:
    """What was seen.

    Attributes:
        leaves: parts by name, in the order of their first calls.
        links: from, to, in the order of first calls; `ENTRY` stands for what enters the module.
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
        example: ``(T, B, …)``, or what a module takes that loops over time itself.
        loops: whether the module loops over time itself and takes the whole example in one call; else it is
            called once a step, or once where its parts take whole sequences; see
            `neuroff.foreign.modules.layout`.
        also: further kinds of parts that are known to the caller.

    Raises:
        ExportError: if it holds a part that is not known, or values go ways that cannot be followed.
    """
    if not loops and example.shape[1] == 1:  # one sample could not be told from none
        example = example.repeat(1, 2, *[1] * (example.ndim - 2))
    seen = Recording()
    watched = _copied(module).eval()
    forget(watched)
    layout = layout_of(watched, example)
    watcher = _Watcher(seen, also, layout)
    with (
        _hooks(watched, watcher),
        _Sums(watcher),
        _failures(module, example, loops or layout.order is not None),
    ):
        if layout.order is not None:
            watched(layout.given(example))
        elif loops:
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
    called = next(iter(steps.values()))
    if layout.order is None and not loops and called != len(example):
        raise ExportError(
            f"its parts are called {called} times for {len(example)} steps: it loops over time itself",
            where=type(module).__name__,
            expected="one call a step",
            fix="pass loops=True and what it takes: (B, …) where it repeats one input, else (T, B, …)",
        )
    return seen


@contextmanager
def _failures(module: nn.Module, example: Tensor, whole: bool) -> Iterator[None]:
    """Tell what a module says of an example that it does not take."""
    try:
        yield
    except NeuroffError:
        raise
    except (RuntimeError, TypeError, ValueError, IndexError, AttributeError) as error:
        given = "the example" if whole else "example[0], one step of it"
        raise ExportError(
            f"the module itself fails on an example of shape {tuple(example.shape)}: {str(error)[:200]}",
            where=type(module).__name__,
            expected="an example of the shape that it was trained on",
            fix=f"call it on {given}; layers of snnTorch between others need init_hidden=True",
        ) from error


def _copied(module: nn.Module) -> nn.Module:
    """Return a copy, also of states that autograd follows, and of layers that cannot copy themselves."""
    done: dict[int, Any] = {
        id(value): value.detach().clone()
        for part in module.modules()
        for value in _tensors(vars(part))
        if not value.is_leaf
    }
    for part in module.modules():
        if hasattr(type(part), "__deepcopy__"):  # that of sinabs' recurrent layers fails on their weights
            twin = done[id(part)] = type(part).__new__(type(part))
            vars(twin).update(copy.deepcopy(vars(part), done))
    copied: nn.Module = copy.deepcopy(module, done)
    return copied


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


@contextmanager
def _hooks(module: nn.Module, watcher: _Watcher) -> Iterator[None]:
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
        layout: where values have steps and samples.
        given: by address of the memory: who gave it, several where it is a sum, and the tensor, which keeps
            the address.
        entered: what entered at each call.
        calls: of each part.
    """

    seen: Recording
    also: tuple[type[nn.Module], ...]
    layout: Layout
    given: dict[int, tuple[tuple[str, ...], Tensor]] = field(default_factory=dict)
    entered: list[Tensor] = field(default_factory=list)
    calls: dict[str, int] = field(default_factory=dict)

    def hook(self, name: str) -> Callable[[nn.Module, tuple[Any, ...], Any], None]:
        """Return what is called after a part."""

        def called(part: nn.Module, taken: tuple[Any, ...], given: Any) -> None:
            if not is_leaf(part) and not isinstance(part, self.also):
                raise ExportError(
                    f"a {type(part).__module__}.{type(part).__name__}",
                    where=f"part {name!r}",
                    expected="weights, shapes or batch norm of PyTorch, or neurons of snnTorch, Norse, "
                    "SpikingJelly or sinabs",
                    fix="see docs/networks.md for those that are known",
                )
            call = self.calls.get(name, 0)
            sources = self._sources(name, call, taken[0])
            if call == 0:
                self.seen.leaves[name] = part
                self.seen.links += [(source, name) for source in sources]
            self.calls[name] = call + 1
            out = given[0] if isinstance(given, tuple) else given
            try:
                self.seen.gave.setdefault(name, []).extend(each.clone() for each in self.layout.split(out))
            except ExportError as error:
                raise ExportError(error.what, where=f"part {name!r}", expected=error.expected) from None
            self.given[out.data_ptr()] = ((name,), out)

        return called

    def origins(self, values: Tensor) -> tuple[str, ...]:
        """Return who gave a tensor, in whatever shape; nobody where it is not known."""
        found, given = self.given.get(values.data_ptr(), ((), values))
        return found if given.numel() == values.numel() else ()

    def _sources(self, name: str, call: int, values: Tensor) -> tuple[str, ...]:
        """Return who gave the values of a part; what enters the module is recorded."""
        found = self.origins(values)
        if found and found != (ENTRY,):
            return found
        if len(self.entered) == call:
            self.entered.append(values.clone())
            self.seen.entered += [each.clone() for each in self.layout.split(values)]
        entered = self.entered[call]
        if entered.numel() != values.numel() or not torch.equal(entered.flatten(), values.flatten()):
            raise ExportError(
                f"what reaches it, {tuple(values.shape)}, was given by no other part",
                where=f"part {name!r}",
                expected="values to go from part to part, with nothing but sums computed between them",
            )
        self.given[values.data_ptr()] = ((ENTRY,), values)
        return (ENTRY,)


class _Sums(TorchDispatchMode):
    """Sums of what parts gave, wherever they are computed."""

    def __init__(self, watcher: _Watcher) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.watcher = watcher

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        origins: tuple[str, ...] = ()
        if func in _ADDS and len(args) == 2 and all(isinstance(each, Tensor) for each in args) and not kwargs:
            first, second = (self.watcher.origins(each) for each in args)
            if first and second and args[0].shape == args[1].shape:
                origins = first + second
        found = func(*args, **(kwargs or {}))
        if origins:
            self.watcher.given[found.data_ptr()] = (origins, found)
        return found


_ADDS = (torch.ops.aten.add.Tensor, torch.ops.aten.add_.Tensor)
