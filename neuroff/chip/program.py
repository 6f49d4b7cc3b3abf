"""A network on the chip with what a host must know to feed it: the content of every integer file.

`to_values` and `from_values` are the two halves of any such file: numbers that describe a layer, as JSON, and
arrays by name. What is read may be anybody's: nothing in it is believed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from neuroff.chip.arrays import array_of, number_of
from neuroff.chip.checks import MAX_WEIGHTS
from neuroff.chip.deploy import Deployment
from neuroff.chip.network import ChipEdge, ChipLayer, ChipNetwork
from neuroff.chip.neurons import ChipNeurons
from neuroff.chip.numbers import require_between, whole
from neuroff.chip.readout import Readout
from neuroff.chip.synapses import ChipSynapses
from neuroff.chip.windows_file import described, windows_read
from neuroff.errors import ExportError, shortened

FORMAT = 1
MAX_LAYERS = 256
MAX_STEPS = 2**16
MOST_REST = 2**24
SYNAPSE_NUMBERS = ("exponent", "bits", "sign", "payload_bits")
NEURON_NUMBERS = ("current_decay", "voltage_decay", "threshold_mantissa", "refractory")
NEURON_ARRAYS = ("bias_mantissa", "bias_exponent", "start_voltage", "start_current")
_OPTIONAL = (("taken_mantissa", 0), ("most", 1), ("rest_at", 0), ("raised_by", 0), ("raised_decay", 0))
"""With what they are where a layer does not name them."""
RECURRENT = "recurrent_"
"""Before the names of arrays of synapses from a layer's own neurons."""
OTHER = "other{}_"
"""Before those of synapses from elsewhere, counted from 1."""
_EDGES = ("recurrent", "source", "others", "windows")


@dataclass(frozen=True, eq=False)
class ChipProgram:
    """A network on the chip, and how it is fed and read.

    Attributes:
        chip: the network.
        steps: T, steps in which a layer's spikes count.
        classes: input axons that carry the label, the first ones.
        payload_unit: what a payload of 1 stands for, where the input is graded; 1 for spikes.
        readout: how a class is read from spike counts, where sums do; else that is the host's business.
        rest: ``(N,)`` int32, what potentials of a last layer that never fires are counted from, in their
            unit: the class is the neuron with the largest sum of rest and potential; None: from zero.

    Raises:
        ExportError: if a number is out of range.
    """

    chip: ChipNetwork
    steps: int
    classes: int
    payload_unit: float = 1.0
    readout: Readout | None = None
    rest: Tensor | None = None

    def __post_init__(self) -> None:
        require_between(self.steps, 1, MAX_STEPS, "steps", "chip program")
        require_between(self.classes, 0, self.chip.axons, "classes", "chip program")
        if not isinstance(self.payload_unit, float) or not 0.0 < self.payload_unit < math.inf:
            raise ExportError(
                f"payload_unit = {shortened(self.payload_unit)}",
                where="chip program",
                expected="a number above 0",
            )
        if self.rest is not None:
            if not self.reads_potentials:
                raise ExportError(
                    "a rest of potentials",
                    where="chip program",
                    expected="it of a last layer that never fires",
                )
            count = (self.chip.layers[-1].neurons.count,)
            object.__setattr__(
                self, "rest", whole(self.rest, "rest", "chip program", -MOST_REST, MOST_REST, count)
            )

    @property
    def reads_potentials(self) -> bool:
        """Whether the last layer never fires, and its potentials are read."""
        return self.chip.layers[-1].neurons.most == 0

    @property
    def length(self) -> int:
        """Steps of the chip that a presentation takes, from the input to the last layer's last spike."""
        return self.chip.length(self.steps)

    @property
    def bits(self) -> int:
        """Bits of a weight, the most of all layers."""
        return max(layer.synapses.bits for layer in self.chip.layers)

    @property
    def widths(self) -> tuple[int, ...]:
        """Input axons, and neurons of every layer."""
        return (self.chip.axons, *(layer.neurons.count for layer in self.chip.layers))


def program_of(deployment: Deployment) -> ChipProgram:
    """Return a deployed network without its training."""
    unit = float(deployment.model.scales[0].payload_unit)
    return ChipProgram(deployment.chip, deployment.steps, deployment.model.network.asking.own_inputs, unit)


def to_values(program: ChipProgram) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Return a program as JSON values and integer arrays on the CPU, all arrays by name and layer from 1."""
    layers: list[dict[str, Any]] = []
    arrays: dict[str, Tensor] = {}
    for number, layer in enumerate(program.chip.layers, start=1):
        synapses, neurons = layer.synapses, layer.neurons
        layers.append(
            {"axons": synapses.axons, "neurons": neurons.count}
            | _numbers_of(synapses)
            | ({} if synapses.windows is None else {"windows": described(synapses)})
            | {key: getattr(neurons, key) for key in NEURON_NUMBERS}
            | {key: getattr(neurons, key) for key, without in _OPTIONAL if getattr(neurons, key) != without}
            | ({} if layer.recurrent is None else {"recurrent": _numbers_of(layer.recurrent)})
            | ({} if layer.source is None else {"source": layer.source})
            | ({} if not layer.others else {"others": [_described(edge) for edge in layer.others]})
        )
        groups = {"": synapses, RECURRENT: layer.recurrent}
        groups |= {OTHER.format(index): edge.synapses for index, edge in enumerate(layer.others, start=1)}
        for name, group in groups.items():
            if group is not None:
                arrays[f"{name}weight{number}"] = group.weight.cpu().to(torch.int16)
                if group.delays.numel():
                    arrays[f"{name}delays{number}"] = group.delays.cpu().to(torch.int32)
        for name in NEURON_ARRAYS:
            arrays[f"{name}{number}"] = getattr(neurons, name).cpu().to(torch.int32)
    values: dict[str, Any] = {
        "format": FORMAT,
        "steps": program.steps,
        "classes": program.classes,
        "payload_unit": program.payload_unit,
        "layers": layers,
    }
    if program.chip.period > 1:
        values["period"] = program.chip.period
    if program.readout is not None:
        values["answers"] = program.readout.classes
        for number, each in enumerate(
            zip(program.readout.answers, program.readout.shares, strict=True), start=1
        ):
            arrays[f"answer{number}"], arrays[f"share{number}"] = (part.to(torch.int32) for part in each)
    if program.rest is not None:
        arrays[f"rest{len(layers)}"] = program.rest.cpu()
    return values, arrays


def from_values(values: Mapping[str, Any], arrays: Mapping[str, Tensor]) -> ChipProgram:
    """Return the program that values and arrays describe.

    Raises:
        ExportError: naming what is missing, superfluous, not an integer, of another shape or out of range.
    """
    if values.get("format") != FORMAT:
        raise ExportError(f"format {shortened(values.get('format'))}", expected=str(FORMAT))
    layers = values.get("layers")
    if not isinstance(layers, list) or not 1 <= len(layers) <= MAX_LAYERS:
        raise ExportError(f"layers {shortened(layers)}", expected=f"a list of 1 to {MAX_LAYERS} layers")
    unknown = set(values) - {"format", "steps", "classes", "payload_unit", "layers", "answers", "period"}
    left = dict(arrays)
    made = tuple(_layer(entry, left, number) for number, entry in enumerate(layers, start=1))
    readout = _readout(values, made, left) if "answers" in values else None
    rest = f"rest{len(made)}"
    rests = array_of(left, rest, (made[-1].neurons.count,)) if rest in left else None
    if unknown or left:
        raise ExportError(f"unknown {', '.join(sorted({*unknown, *left})[:3])}", expected="nothing else")
    chip = ChipNetwork(made, number_of(values, "period", "") if "period" in values else 1)
    return ChipProgram(
        chip,
        number_of(values, "steps", ""),
        number_of(values, "classes", ""),
        values.get("payload_unit", None),
        readout,
        rests,
    )


def _readout(values: Mapping[str, Any], layers: tuple[ChipLayer, ...], left: dict[str, Tensor]) -> Readout:
    answers, shares = (
        tuple(array_of(left, f"{name}{n}", (layer.neurons.count,)) for n, layer in enumerate(layers, start=1))
        for name in ("answer", "share")
    )
    return Readout(number_of(values, "answers", ""), answers, shares)


def _described(edge: ChipEdge) -> dict[str, Any]:
    return {"source": edge.source, "axons": edge.synapses.axons} | _numbers_of(edge.synapses)


def _numbers_of(synapses: ChipSynapses) -> dict[str, Any]:
    return {key: getattr(synapses, key) for key in SYNAPSE_NUMBERS}


def _layer(entry: Any, arrays: dict[str, Tensor], number: int) -> ChipLayer:
    where = f"layer {number}"
    expected = {"axons", "neurons", *SYNAPSE_NUMBERS, *NEURON_NUMBERS}
    if not isinstance(entry, dict) or set(entry) - {*dict(_OPTIONAL), *_EDGES} != expected:
        raise ExportError(shortened(entry), where=where, expected=f"numbers {', '.join(sorted(expected))}")
    axons, neurons = number_of(entry, "axons", where), number_of(entry, "neurons", where)
    if axons < 1 or neurons < 1 or axons * neurons > MAX_WEIGHTS:
        raise ExportError(
            f"{neurons} neurons of {axons} axons", where=where, expected=f"at most {MAX_WEIGHTS} weights"
        )
    synapses = _synapses(entry, arrays, "", number, (neurons, axons))
    if (synapses.neurons, synapses.axons) != (neurons, axons):
        raise ExportError(
            f"windows that lead from {synapses.axons} axons to {synapses.neurons} neurons",
            where=where,
            expected=f"{axons} and {neurons}",
        )
    recurrent = None
    if "recurrent" in entry:
        recurrent = _further(entry["recurrent"], arrays, RECURRENT, number, (neurons, neurons))
    listed = entry.get("others", [])
    if not isinstance(listed, list) or len(listed) > MAX_LAYERS:
        raise ExportError(
            f"others {shortened(listed)}", where=where, expected=f"a list of at most {MAX_LAYERS}"
        )
    others = []
    for index, each in enumerate(listed, start=1):
        if not isinstance(each, dict):
            raise ExportError(f"others {shortened(each)}", where=where, expected="a source and its numbers")
        shape, kept = (neurons, number_of(each, "axons", where)), {"axons", "source"}
        rest = {key: value for key, value in each.items() if key not in kept}
        further = _further(rest, arrays, OTHER.format(index), number, shape)
        others.append(ChipEdge(number_of(each, "source", where), further))
    source = number_of(entry, "source", where) if "source" in entry else None
    given: dict[str, Any] = {name: array_of(arrays, f"{name}{number}", (neurons,)) for name in NEURON_ARRAYS}
    numbers = {key: entry[key] for key in (*NEURON_NUMBERS, *dict(_OPTIONAL)) if key in entry}
    return ChipLayer(synapses, ChipNeurons(**given, **numbers), recurrent, tuple(others), source)


def _further(
    entry: Any, arrays: dict[str, Tensor], name: str, number: int, shape: tuple[int, int]
) -> ChipSynapses:
    """Return synapses beside those from the layer before."""
    where = f"layer {number}"
    if not isinstance(entry, dict) or set(entry) != set(SYNAPSE_NUMBERS):
        raise ExportError(
            f"{name.rstrip('_')} {shortened(entry)}",
            where=where,
            expected=f"numbers {', '.join(SYNAPSE_NUMBERS)}",
        )
    if min(shape) < 1 or shape[0] * shape[1] > MAX_WEIGHTS:
        raise ExportError(
            f"{shape[0]} neurons of {shape[1]} axons",
            where=where,
            expected=f"at most {MAX_WEIGHTS} weights",
        )
    return _synapses(entry, arrays, name, number, shape)


def _synapses(
    entry: Mapping[str, Any], arrays: dict[str, Tensor], name: str, number: int, shape: tuple[int, int]
) -> ChipSynapses:
    """Return the synapses that numbers and arrays of a layer describe."""
    where = f"layer {number}"
    chosen: dict[str, Any] = {key: entry[key] for key in SYNAPSE_NUMBERS}
    kernel: tuple[int, ...] = shape
    if "windows" in entry:
        kernel, chosen["windows"] = windows_read(entry["windows"], where)
    weight = array_of(arrays, f"{name}weight{number}", kernel)
    delays = f"{name}delays{number}"
    if delays in arrays:
        chosen["delays"] = array_of(arrays, delays, shape[1:])
    synapses = ChipSynapses(weight, **chosen)
    if not torch.equal(synapses.weight, weight.to(torch.int32)):
        raise ExportError(
            f"weights that {synapses.bits} bits with sign mode {synapses.sign!r} do not hold",
            where=where,
            expected="weights as the chip stores them",
        )
    return synapses
