"""When spikes meet on the chip: delays of axons, and how many of its steps one step of a network takes.

A graph's edges take no time, and those that lead back take one step. On the chip every synapse takes one, so
layer l, counted from 1, works on a step l steps after its input was sent. Spikes of layer a that are D steps
late in the graph must be in layer b

    P D + b − a

steps of the chip after they were sent, where P of them are one of the network: one for the synapse, the rest
is the axon's delay. Forward there is time enough with P = 1. Back over n layers with D = 1, P is n + 1: the
loop has as many synapses. Neurons hold their state in the steps between, which those of Loihi 1 cannot and
programmable ones (Loihi 2) can. A delay on the edge back of n steps does without.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from neuroff.chip.network import MAX_PERIOD
from neuroff.chip.synapses import MAX_DELAY
from neuroff.errors import ExportError
from neuroff.foreign.fixed.way import Way, refused


@dataclass(frozen=True, eq=False)
class Timing:
    """When spikes meet.

    Attributes:
        period: P, steps of the chip for one of the network.
        delays: in steps of the chip, by node of the weights: of each axon, one for all, or empty for none.
    """

    period: int
    delays: Mapping[str, Tensor]


def timing_of(
    number: Mapping[str, int], ways: Mapping[str, Mapping[str, Way]], *, chain: bool, hold: bool
) -> Timing:
    """Return the delays with which spikes arrive in time.

    Args:
        number: of each layer, by population; 0 for the input.
        ways: to each population, by node of the weights.
        chain: whether layers must follow each other, each joined among its own neurons or not.
        hold: whether neurons can hold their state.

    Raises:
        ExportError: naming the node of the weights that this does not allow.
    """
    period, late = 1, ""
    for name, every in ways.items():
        forward = back = 0
        for key, way in every.items():
            gap = number[name] - number[way.source]
            forward, back = forward + (gap > 0), back + (gap == 0)
            if chain and (gap not in (0, 1) or way.late != (gap == 0)):
                raise _no_chain(key, f"an edge {'back ' if way.late else ''}from {way.source!r} to {name!r}")
            if gap <= 0 and (needed := -((gap - 1) // int(_late(way).min()))) > period:
                period, late = needed, key
        if chain and (forward != 1 or back > 1):
            raise _no_chain(name, f"{forward} nodes of weights before it and {back} among its neurons")
    if period > 1 and not hold:
        raise refused(
            late,
            f"an edge back over {period - 1} layers that arrives one step later",
            f"a delay of {period - 1} steps on it, or neurons that hold their state in between, as "
            "programmable ones can (--chip-reset subtract)",
        )
    if period > MAX_PERIOD:
        raise refused(late, f"an edge back over {period - 1} layers", f"at most {MAX_PERIOD - 1}")
    delays = {}
    for name, every in ways.items():
        for key, way in every.items():
            found = period * _late(way) + (number[name] - number[way.source] - 1)
            if int(found.max()) > MAX_DELAY:
                raise refused(
                    key,
                    f"a delay of {int(found.max())} steps of the chip from {way.source!r}",
                    f"at most {MAX_DELAY}",
                )
            delays[key] = found if bool(found.any()) else found[:0]
    return Timing(period, delays)


def _late(way: Way) -> Tensor:
    """Return D of every axon, or one for all."""
    return way.late + (way.delays if way.delays.numel() else torch.zeros(1, dtype=torch.int32))


def _no_chain(key: str, what: str) -> ExportError:
    return refused(
        key,
        what,
        "layers that follow each other, one matrix before each and one at most among its neurons; "
        "--to loihi has others",
    )
