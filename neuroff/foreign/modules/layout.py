"""Where a module has steps and samples: one step at a call, or a whole sequence, its parts called one by one.

================ ==================== ==============================================================
one step         ``(B, …)``           snnTorch, Norse, SpikingJelly with step_mode "s"
steps first      ``(T, B, …)``        SpikingJelly with step_mode "m"; ``(T B, …)`` within some parts
samples first    ``(B, T, …)``        sinabs; ``(B T, …)`` where its layers are squeezed
================ ==================== ==============================================================
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from neuroff.errors import ExportError


@dataclass(frozen=True)
class Layout:
    """How a module takes a sequence.

    Attributes:
        steps: T.
        samples: B.
        order: which of the two comes first; None where a module is called once a step.
        joined: whether the module takes both as one axis.
    """

    steps: int
    samples: int
    order: str | None
    joined: bool = False

    def given(self, example: Tensor) -> Tensor:
        """Return an example ``(T, B, …)`` as the module takes it."""
        ordered = example if self.order == "steps" else example.transpose(0, 1)
        return ordered.flatten(0, 1) if self.joined else ordered.contiguous()

    def split(self, values: Tensor) -> list[Tensor]:
        """Return what a part takes or gives, step by step, ``(B, …)`` each.

        Raises:
            ExportError: if it is no such sequence.
        """
        if self.order is None:
            return [values]
        leading = (self.steps, self.samples) if self.order == "steps" else (self.samples, self.steps)
        if tuple(values.shape[:2]) != leading:
            if values.shape[0] != self.steps * self.samples:
                raise ExportError(
                    f"values of shape {tuple(values.shape)}",
                    expected=f"{self.steps} steps of {self.samples} samples, {self.order} first",
                )
            values = values.unflatten(0, leading)
        ordered = values if self.order == "steps" else values.transpose(0, 1)
        return list(ordered)


def layout_of(module: nn.Module, example: Tensor) -> Layout:
    """Return how a module takes a sequence; sinabs' squeezed layers are told how many samples there are.

    Args:
        module: a copy of one's own.
        example: ``(T, B, …)``.
    """
    steps, samples = example.shape[:2]
    parts: list[Any] = list(module.modules())
    if any(_library(part) == "sinabs" and hasattr(part, "v_mem") for part in parts):
        squeezed = [part for part in parts if hasattr(part, "squeeze_forward")]
        for part in squeezed:
            part.batch_size, part.num_timesteps = samples, -1
        return Layout(steps, samples, "samples", joined=bool(squeezed))
    if any(_library(part) == "spikingjelly" and getattr(part, "step_mode", "s") == "m" for part in parts):
        return Layout(steps, samples, "steps")
    return Layout(steps, samples, None)


def forget(module: nn.Module) -> None:
    """Clear what neurons remember of earlier runs."""
    for part in module.modules():
        clear = _CLEAR.get(_library(part))
        if clear is not None:
            clear(part)


def _call(name: str) -> Callable[[Any], None]:
    def clear(part: Any) -> None:
        reset = getattr(part, name, None)
        if callable(reset):
            reset()

    return clear


def _emptied(part: Any) -> None:
    """Empty the states of a sinabs layer, which draws new ones at random where samples are more or fewer."""
    if hasattr(part, "v_mem"):
        for name, _ in list(part.named_buffers(recurse=False)):
            part.register_buffer(name, torch.zeros(0))


_CLEAR = {"snntorch": _call("reset_mem"), "spikingjelly": _call("reset"), "sinabs": _emptied}


def _library(part: Any) -> str:
    return type(part).__module__.partition(".")[0]
