"""A network on the chip and one presentation as SANA-FE's network, mapping and architecture files.

SANA-FE's ``leaky_integrate_fire`` soma keeps potentials in units of 1/64, rounds them toward zero after the
leak and fires above its threshold. With a potential of v / 64 that is the emulator's neuron, step for step:
threshold its mantissa, weight w · 2^exponent, leak (4096 − δ_v) / 4096, bias and start divided by 64.

It has no rounding of the synaptic current, no graded spikes, no 24-bit limits: a network with memory of the
current, a graded input, a negative weight exponent or axonal delays is refused, and where the emulator's
current wraps or its potential saturates, SANA-FE's does not.

A last layer that never fires has the threshold `SILENT`, one beyond the chip's, which its potentials are
shown not to reach, and its potentials are logged.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from neuroff.chip.network import ChipLayer
from neuroff.chip.neurons import MAX_DECAY, MAX_THRESHOLD
from neuroff.chip.numbers import ALIGN_BITS, DECAY_UNITY, decayed
from neuroff.chip.program import ChipProgram
from neuroff.chip.reach import require_unreached
from neuroff.energy.placing.placement import Placement
from neuroff.energy.placing.sanafe import InputSpikes, NeuronGroup, write
from neuroff.energy.profile.schema import Profile
from neuroff.errors import ExportError, in_both

UNIT = 2**ALIGN_BITS
"""Integers per unit of SANA-FE's potential."""
NETWORK = "snn.yaml"
SILENT = MAX_THRESHOLD + 1
"""Threshold of neurons that never fire."""


def neuron_groups(program: ChipProgram) -> tuple[NeuronGroup, ...]:
    """Return a program's layers as SANA-FE has them.

    Raises:
        ExportError: naming the layer and what SANA-FE's neuron does not do.
    """
    for number, layer in enumerate(program.chip.layers, start=1):
        require_unreached(layer, program.length, f"SANA-FE, layer {number}")
    return tuple(_neuron_group(layer, number) for number, layer in enumerate(program.chip.layers, start=1))


def stimulus(program: ChipProgram, events: list[Tensor | None]) -> InputSpikes:
    """Return one presentation as spike trains.

    Args:
        program: who receives it.
        events: for every step, what the input axons carry, ``(1, axons)``, or ``None``.
    """
    spikes = np.zeros((len(events), program.chip.axons), dtype=np.int64)
    for moment, sent in enumerate(events):
        if sent is not None:
            spikes[moment] = sent[0].ne(0).cpu().numpy()
    return InputSpikes(spikes)


def write_sanafe(
    folder: Path,
    program: ChipProgram,
    events: list[Tensor | None],
    profile: Profile,
    placement: Placement,
) -> tuple[Path, Path]:
    """Write ``arch.yaml`` and ``snn.yaml`` into a folder and return their paths.

    Args:
        folder: where to; made if it is not there.
        program: the network.
        events: one presentation, see `stimulus`.
        profile: the chip whose events are priced.
        placement: of the program's layers on it.

    Raises:
        ExportError: see `neuron_groups`.
        ConfigError: if the profile has no mesh of tiles, or the folder cannot be written to.
    """
    described, spikes = neuron_groups(program), stimulus(program, events)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExportError(
            f"cannot make the folder ({error.strerror})", where=str(folder), fix="name another folder"
        ) from None
    return write(folder, profile, described, placement, spikes, network_name(program))


def network_name(program: ChipProgram) -> str:
    """Return a name that tells what SANA-FE has no place for: bits of a weight, and label axons."""
    return f"neuroff_{program.bits}_bit_{program.classes}_labels"


def _neuron_group(layer: ChipLayer, number: int) -> NeuronGroup:
    synapses, neurons = layer.synapses, layer.neurons
    beyond = {
        "a graded input": synapses.payload_bits > 0,
        "memory of the synaptic current": neurons.current_decay != MAX_DECAY,
        f"a weight exponent of {synapses.exponent}, whose sums are rounded": synapses.exponent < 0,
        f"delays of up to {synapses.longest_delay} steps": synapses.longest_delay > 0,
        "a reset by subtraction": neurons.taken > 0,
        "thresholds that rise with spikes": neurons.raised_by > 0,
        f"biases that cannot wait for the first spikes: neurons are set to rest at step {neurons.rest_at}": (
            neurons.rest_at > 0
        ),
    }
    own = layer.recurrent
    if own is not None:
        beyond |= {
            f"recurrent weights with an exponent of {own.exponent}, whose sums are rounded": own.exponent < 0,
            f"recurrent delays of up to {own.longest_delay} steps": own.longest_delay > 0,
        }
    for what in (what for what, holds in beyond.items() if holds):
        raise ExportError(
            what,
            where=f"SANA-FE, layer {number}",
            expected="spikes in, and neurons whose current keeps nothing",
            fix="train with standardise=false: means of channels become large biases"
            if neurons.rest_at
            else f"{in_both('to', 'loihi')} has them",
        )
    kept = DECAY_UNITY - neurons.voltage_decay
    # SANA-FE's potentials do not decay in the first step.
    start = _numbers(decayed(neurons.start_voltage, kept)) / UNIT
    return NeuronGroup(
        name=f"layer{number}",
        bias=_numbers(neurons.bias) / UNIT,
        weight=_numbers(synapses.matrix) * 2.0**synapses.exponent,
        threshold=float(neurons.threshold_mantissa if neurons.most else SILENT),
        decay=kept / DECAY_UNITY,
        start=start if start.any() else None,
        refractory=neurons.refractory,
        recurrent=None if own is None else _numbers(own.weight) * 2.0**own.exponent,
        read=not neurons.most,
    )


def _numbers(integers: Tensor) -> NDArray[np.float64]:
    numbers: NDArray[np.float64] = integers.cpu().numpy().astype(np.float64)
    return numbers
