"""Random networks on the chip, and events for them."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import torch

from neuroff.chip.network import ChipLayer, ChipNetwork, run
from neuroff.chip.neurons import ChipNeurons
from neuroff.chip.program import ChipProgram
from neuroff.chip.synapses import ChipSynapses, SignMode

WIDTHS = (9, 12, 7)
STEPS = 12
SIGNS: tuple[SignMode, ...] = ("mixed", "excitatory", "inhibitory", "mixed")


def integers(stream: np.random.Generator, low: int, high: int, *shape: int) -> torch.Tensor:
    return torch.from_numpy(stream.integers(low, high + 1, shape).astype(np.int32))


def random_program(
    seed: int,
    *,
    plain: bool = False,
    graded: bool = False,
    widths: tuple[int, ...] = WIDTHS,
    silent: bool = False,
) -> ChipProgram:
    """A network that fires now and then; ``plain``: what simpler formats can hold too.

    Plain: no memory of the current, no delays, weight exponent and start state zero, biases of exponent 6.
    Silent: the last layer never fires, and its potentials are counted from numbers of their own.
    """
    stream, rising = np.random.default_rng(seed), np.random.default_rng((seed, 1))
    layers = []
    for index, (axons, count) in enumerate(itertools.pairwise(widths)):
        sign: SignMode = "mixed" if plain else SIGNS[int(stream.integers(4))]
        low, high = {"mixed": (-256, 255), "excitatory": (0, 255), "inhibitory": (-255, 0)}[sign]
        delayed = not plain and stream.random() < 0.5
        synapses = ChipSynapses(
            integers(stream, low, high, count, axons),
            exponent=0 if plain else int(stream.integers(-4, 5)),
            bits=8 if plain else int(stream.integers(3, 9)),
            sign=sign,
            payload_bits=8 if graded and index == 0 else 0,
            delays=integers(stream, 0, 5, axons) if delayed else torch.empty(0, dtype=torch.int32),
        )
        scale = 2.0**synapses.exponent * (40 if graded and index == 0 else 1)
        threshold = int(min(131071, max(1, 250 * scale)))
        adapts = not plain and rising.random() < 0.5
        neurons = ChipNeurons(
            integers(stream, -40 if plain else -4096, 90 if plain else 4095, count),
            torch.full((count,), 6, dtype=torch.int32) if plain else integers(stream, 0, 3, count),
            current_decay=4095 if plain else int(stream.choice([4095, 0, 2000])),
            voltage_decay=int(stream.integers(0, 2000)),
            threshold_mantissa=threshold,
            refractory=1 if plain else int(stream.integers(1, 4)),
            taken_mantissa=0,
            most=1,
            rest_at=0 if plain else int(stream.choice([0, 0, index + 1])),
            raised_by=int(rising.integers(1, 32 * threshold + 2)) if adapts else 0,
            raised_decay=int(rising.integers(0, 4097)) if adapts else 0,
            **(
                {}
                if plain
                else {
                    name: integers(stream, -9000, 9000, count) for name in ("start_voltage", "start_current")
                }
            ),
        )
        layers.append(ChipLayer(synapses, neurons))
    rest = None
    if silent:
        last = replace(
            layers[-1].neurons, threshold_mantissa=0, refractory=1, most=0, raised_by=0, raised_decay=0
        )
        layers[-1] = replace(layers[-1], neurons=last)
        rest = integers(stream, -(2**20), 2**20, widths[-1])
    return ChipProgram(ChipNetwork(tuple(layers)), STEPS, 3, 0.25 if graded else 1.0, rest=rest)


def random_events(program: ChipProgram, seed: int, samples: int = 5) -> list[torch.Tensor | None]:
    """Events of a presentation; at some steps none at all."""
    stream = np.random.default_rng(seed)
    first = program.chip.layers[0].synapses
    limit = 2**first.payload_bits - 1 if first.payload_bits else 1
    events: list[torch.Tensor | None] = []
    for _ in range(program.length):
        fired = integers(stream, 0, 1, samples, program.chip.axons)
        carried = integers(stream, -limit if limit > 1 else 1, limit, samples, program.chip.axons)
        events.append(None if stream.random() < 0.1 else fired * carried)
    return events


def potentials(program: ChipProgram, events: list[torch.Tensor | None], samples: int = 5) -> torch.Tensor:
    """Potentials of the last layer, (length, B, N)."""
    return torch.stack([step.state.neurons[-1].voltage for step in run(program.chip, events, samples)])


def emulated(program: ChipProgram, events: list[torch.Tensor | None], samples: int = 5) -> list[torch.Tensor]:
    """Spikes of every layer, (length, B, N)."""
    steps = list(run(program.chip, events, samples))
    return [torch.stack([step.spikes[i] for step in steps]) for i in range(len(program.chip.layers))]
