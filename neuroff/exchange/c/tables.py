"""The arrays of one layer as C, and its row in the table of layers.

Weights are bytes, ``weight = scale · stored + offset``, axon by axon, or column by column where axons share
them (`columns`). Neurons in a row with the same bias and start share these.
"""

from __future__ import annotations

import math
import textwrap
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from neuroff.chip.checks import MAX_WEIGHTS, MAX_WIDTH
from neuroff.chip.network import ChipLayer
from neuroff.chip.numbers import STATE_LIMIT
from neuroff.chip.program import RECURRENT
from neuroff.chip.synapses import ChipSynapses, SignMode
from neuroff.errors import ExportError, in_both, shortened
from neuroff.exchange.c.columns import Columns, shared_columns

CODING: dict[SignMode, tuple[int, int]] = {"mixed": (2, -256), "excitatory": (1, 0), "inhibitory": (1, -255)}
"""Scale and offset of the stored bytes, by sign mode."""
POINTERS = ("bias", "start_voltage", "start_current")
SHARED = ("column", "first", "reach", "offset")


@dataclass(frozen=True, eq=False)
class LayerTables:
    """One layer of a header.

    Attributes:
        number: of the layer, from 1.
        layer: the layer.
    """

    number: int
    layer: ChipLayer

    @cached_property
    def stored(self) -> Tensor:
        """The weights as bytes, ``(D, N)``."""
        return _bytes(self.layer.synapses)

    @cached_property
    def columns(self) -> Columns | None:
        """The columns that axons share, if that is smaller."""
        return shared_columns(self.stored.numpy(), _empty(*CODING[self.layer.synapses.sign]))

    @cached_property
    def alike(self) -> int:
        """The largest number of neurons in a row, a divisor of N, that have one bias and one start."""
        values = torch.stack([getattr(self.layer.neurons, name).cpu() for name in POINTERS])
        changes = (values[:, 1:] != values[:, :-1]).any(0).nonzero().flatten() + 1
        return math.gcd(self.layer.neurons.count, *changes.tolist())

    @property
    def size_B(self) -> int:
        """Bytes of all its arrays."""
        weights = self.stored.numel() if self.columns is None else self.columns.size_B
        each = 4 * len(POINTERS) * (self.layer.neurons.count // self.alike)
        own = 0 if self.layer.recurrent is None else self.layer.recurrent.weight.numel()
        return weights + each + own + self.layer.synapses.delays.numel()

    def __post_init__(self) -> None:
        own, synapses = self.layer.recurrent, self.layer.synapses
        if own is None or (own.sign, own.exponent, synapses.exponent, own.longest_delay) == (
            *(synapses.sign, 0, 0, 0),
        ):
            return
        raise ExportError(
            "recurrent weights with delays, an exponent, or signs of their own",
            where=f"C, layer {self.number}",
            expected="weights that are summed with those before the layer",
            fix=f"{in_both('to', 'loihi')} has them",
        )

    def arrays(self) -> str:
        """Return the arrays."""
        number, columns, delays = self.number, self.columns, self.layer.synapses.delays
        text = array(
            "uint8_t", f"weight{number}", self.stored if columns is None else torch.tensor(columns.weight)
        )
        if columns is not None:
            for name in SHARED:
                kind = "int32_t" if name == "reach" else "uint16_t"
                text += array(kind, f"{name}{number}", torch.from_numpy(getattr(columns, name)))
        if self.layer.recurrent is not None:
            text += array("uint8_t", f"{RECURRENT}weight{number}", _bytes(self.layer.recurrent))
        if delays.numel():
            text += array("uint8_t", f"delays{number}", delays)
        return text + "".join(
            array("int32_t", f"{name}{number}", getattr(self.layer.neurons, name)[:: self.alike])
            for name in POINTERS
        )

    def row(self, *, adapts: bool) -> str:
        """Return the layer's row, with how thresholds rise where any layer's do."""
        number, synapses, neurons = self.number, self.layer.synapses, self.layer.neurons
        numbers = (
            synapses.axons,
            neurons.count,
            *CODING[synapses.sign],
            synapses.exponent,
            int(synapses.payload_bits > 0),
            4095 - neurons.current_decay,
            4096 - neurons.voltage_decay,
            neurons.threshold if neurons.most else STATE_LIMIT - 1,  # where potentials saturate: not exceeded
            neurons.refractory,
            neurons.rest_at,
            neurons.taken,
            neurons.most,
            synapses.longest_delay + 1,
            self.alike,
            *((neurons.raised_by, 4096 - neurons.raised_decay) if adapts else ()),
        )
        pointers = (
            f"neuroff_weight{number}",
            *("0" if self.columns is None else f"neuroff_{name}{number}" for name in SHARED),
            f"neuroff_delays{number}" if synapses.delays.numel() else "0",
            *(f"neuroff_{name}{number}" for name in POINTERS),
            "0" if self.layer.recurrent is None else f"neuroff_{RECURRENT}weight{number}",
        )
        return f"    {{{', '.join(map(str, numbers))},\n     {', '.join(pointers)}}}"


def weights_read(
    arrays: dict[str, npt.NDArray[np.int64]],
    number: int,
    axons: int,
    neurons: int,
    sign: SignMode,
    before: str = "",
) -> Tensor | None:
    """Take a layer's weights out of a header's arrays, ``(N, D)``; ``None`` if there are none.

    Args:
        arrays: of the header, by name.
        number: of the layer, from 1.
        axons: D.
        neurons: N.
        sign: of the weights.
        before: the number in the array's name.

    Raises:
        ExportError: if they are not of so many axons and neurons.
    """
    weight = arrays.pop(f"{before}weight{number}", None)
    names = [] if before else [f"{name}{number}" for name in SHARED]
    shared = [arrays.pop(name) for name in names if name in arrays]
    if weight is None:
        return None
    scale, offset = CODING[sign]
    if len(shared) == len(SHARED) and 1 <= neurons <= MAX_WEIGHTS:
        column, first, reach, offsets = shared
        weight = (
            Columns(column, first, reach, offsets, weight)
            .matrix(neurons, _empty(scale, offset))
            .reshape(-1)
            .astype(np.int64)
        )
    if weight.size != axons * neurons or axons < 1:
        sizes = shortened(f"{axons} axons, {neurons} neurons")[1:-1]
        raise ExportError(
            f"{weight.size} weights for {sizes}", where=f"layer {number}", expected="axons · neurons"
        )
    return torch.from_numpy(np.ascontiguousarray(scale * weight.reshape(axons, neurons).T + offset))


def _bytes(synapses: ChipSynapses) -> Tensor:
    """Return weights as bytes, ``(D, N)``."""
    scale, offset = CODING[synapses.sign]
    return ((synapses.matrix.cpu() - offset) // scale).T.to(torch.uint8).contiguous()


def for_each(values: npt.NDArray[np.int64], neurons: int) -> npt.NDArray[np.int64]:
    """Return a value for every neuron of those that some in a row share."""
    whole = 0 < values.size < neurons <= MAX_WIDTH and neurons % values.size == 0
    return np.repeat(values, neurons // values.size) if whole else values


def array(kind: str, name: str, values: Tensor) -> str:
    """Return an array of C."""
    numbers = values.flatten().tolist()
    body = textwrap.fill(", ".join(map(str, numbers)), 110) if len(numbers) < 64 else _lines(numbers)
    return f"static const {kind} neuroff_{name}[{len(numbers)}] = {{\n{body}\n}};\n"


def _lines(numbers: list[int]) -> str:
    """Return many numbers, 24 to a line."""
    return ",\n".join(", ".join(map(str, numbers[at : at + 24])) for at in range(0, len(numbers), 24))


def _empty(scale: int, offset: int) -> int:
    """Return the byte of a weight of zero."""
    return -offset // scale
