"""The network of SANA-FE files that neuroff wrote, as integers again.

Not a YAML reader: every line has to be one that `neuroff.energy.placing.sanafe` writes, so nothing is passed
over. The simulator itself, which can load plug-ins that a file names, is never started here.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neuroff.chip.arrays import comma_separated
from neuroff.chip.checks import MAX_WIDTH
from neuroff.chip.network import ChipLayer, ChipNetwork
from neuroff.chip.neurons import MAX_BIAS_EXPONENT, MAX_BIAS_MANTISSA, ChipNeurons
from neuroff.chip.numbers import DECAY_UNITY, STATE_LIMIT
from neuroff.chip.program import MAX_LAYERS, ChipProgram
from neuroff.chip.synapses import ChipSynapses, stored
from neuroff.errors import ExportError, shortened
from neuroff.exchange.sanafe.files import NETWORK, SILENT, UNIT
from neuroff.files import require_regular

MAX_FILE_BYTES = 2**27
_N = r"(-?[0-9.]+(?:e[-+]?[0-9]+)?)"
_NAME = re.compile(r"  name: neuroff_([1-8])_bit_([0-9]{1,6})_labels")
_GROUP = re.compile(r"    - name: (\w+)")
_ATTRIBUTES = re.compile(
    r"      attributes: \[soma_hw_name: soma, synapse_hw_name: synapse, dendrite_hw_name: dendrite,"
    rf" threshold: {_N}, leak_decay: {_N}, reset: 0\.0, reset_mode: hard, reverse_reset_mode: none,"
    r"(?: refractory_delay: ([0-9]{1,4}),)? log_spikes: true(?:, log_potential: true)?\]"
)
_NEURON = re.compile(rf"        - ([0-9]{{1,9}}): \[bias: {_N}(?:, potential: {_N})?\]")
_SOURCE = re.compile(r'        - ([0-9]{1,9}): \[soma_hw_name: "source\[\1\]", spikes: \[([01, ]*)\]\]')
_EDGE = re.compile(r"    - (\w+) -> (\w+): \[type: dense, weight: \[([-+0-9.e, ]*)\]\]")
_MAPPING = re.compile(r"  - \w+\.[0-9]+\.\.[0-9]+: \[core: [0-9]+\.[0-9]+\]")
_FIXED = {
    "network:", "  groups:", "      attributes: [log_spikes: true]", "      neurons:",
    "  edges:", "mappings:",
}  # fmt: skip


@dataclass
class _Group:
    """A population as its lines tell it."""

    threshold: float = 0.0
    decay: float = 0.0
    refractory: int = 1
    bias: list[float] = field(default_factory=list)
    start: list[float] = field(default_factory=list)


def read_sanafe(folder: Path) -> ChipProgram:
    """Read ``snn.yaml`` of a folder.

    Args:
        folder: with the files of `neuroff.exchange.sanafe.files.write_sanafe`.

    Raises:
        ExportError: if it is missing, too large, or holds a line or a number that neuroff does not write.
    """
    path = folder / NETWORK
    try:
        if require_regular(path, ExportError) > MAX_FILE_BYTES:
            raise ExportError(f"more than {MAX_FILE_BYTES} bytes", expected="a network of moderate size")
        return _program(path.read_text(encoding="utf-8").splitlines())
    except ExportError as error:
        where = f"{path}: {error.where}" if error.where else str(path)
        raise ExportError(error.what, where=where, expected=error.expected, fix=error.fix) from None
    except OSError as error:
        raise ExportError(f"cannot read ({error.strerror})", where=str(path), fix="check the path") from None
    except UnicodeDecodeError:
        raise ExportError("no plain text", where=str(path), expected="a file of neuroff") from None


def _program(lines: list[str]) -> ChipProgram:
    groups: dict[str, _Group] = {}
    edges: list[tuple[str, str, str]] = []
    trains: list[int] = []
    current = _Group()
    bits = classes = 0
    for number, line in enumerate(lines, start=1):
        if found := _GROUP.fullmatch(line):
            if found[1] in groups:
                raise ExportError(f"group {found[1]!r} twice", where=f"line {number}", expected="it once")
            current = groups[found[1]] = _Group()
        elif found := _NAME.fullmatch(line):
            bits, classes = int(found[1]), int(found[2])
        elif found := _ATTRIBUTES.fullmatch(line):
            current.threshold, current.decay = _float(found[1]), _float(found[2])
            current.refractory = int(found[3] or 1)
        elif (found := _NEURON.fullmatch(line)) and int(found[1]) == len(current.bias):
            current.bias.append(_float(found[2]))
            current.start.append(_float(found[3] or "0"))
        elif (found := _SOURCE.fullmatch(line)) and int(found[1]) == len(trains):
            trains.append(len(found[2].split(",")))
        elif found := _EDGE.fullmatch(line):
            edges.append((found[1], found[2], found[3]))
        elif line not in _FIXED and not _MAPPING.fullmatch(line):
            raise ExportError(
                f"a line {shortened(line)}", where=f"line {number}", expected="a line as neuroff writes it"
            )
    names = ["input", *(f"layer{number}" for number in range(1, len(groups)))]
    returning = {a: numbers for a, b, numbers in edges if a == b}
    edges = [edge for edge in edges if edge[0] != edge[1]]
    joined = [(a, b) for a, b, _ in edges]
    if list(groups) != names or joined != list(itertools.pairwise(names)) or len(edges) > MAX_LAYERS:
        raise ExportError(
            f"groups {shortened(list(groups))}", expected="input, layer1, layer2 …, each joined to the next"
        )
    if not edges or len(set(trains)) != 1 or trains[0] <= len(edges):
        raise ExportError(f"{len(trains)} spike trains", expected="one for every axon, all of one length")
    if not bits:
        raise ExportError("no name", where="network", expected="neuroff_BITS_bit_CLASSES_labels")
    layers = tuple(_layers(groups, edges, returning, len(trains), bits))
    return ChipProgram(ChipNetwork(layers), trains[0] - len(layers), classes)


def _layers(
    groups: dict[str, _Group],
    edges: list[tuple[str, str, str]],
    returning: dict[str, str],
    axons: int,
    bits: int,
) -> Iterator[ChipLayer]:
    for _, name, numbers in edges:
        group, where = groups[name], f"group {name!r}"
        count = len(group.bias)
        if not 1 <= count <= MAX_WIDTH:
            raise ExportError(f"{count} neurons", where=where, expected=f"1 to {MAX_WIDTH}")
        synapses = _synapses(_weights(numbers, axons, count, where), bits, where)
        own = returning.get(name)
        recurrent = None if own is None else _synapses(_weights(own, count, count, where), bits, where)
        mantissa, exponent = _mantissas(_whole(np.array(group.bias) * UNIT, "bias", where))
        threshold = _whole(np.array([group.threshold]), "threshold", where)[0]
        silent = int(threshold) == SILENT
        neurons = ChipNeurons(
            mantissa,
            exponent,
            current_decay=DECAY_UNITY - 1,
            voltage_decay=DECAY_UNITY - int(_whole(np.array([group.decay * DECAY_UNITY]), "decay", where)[0]),
            threshold_mantissa=0 if silent else int(threshold),
            most=0 if silent else 1,
            refractory=group.refractory,
            start_voltage=_start_before(np.array(group.start) * UNIT, group.decay, where),
        )
        yield ChipLayer(synapses, neurons, recurrent)
        axons = count


def _weights(numbers: str, axons: int, count: int, where: str) -> NDArray[np.float64]:
    """Return the weights ``(count, axons)`` of an edge."""
    weight = comma_separated(numbers, np.float64, where)
    if weight.size != count * axons:
        raise ExportError(f"{weight.size} weights", where=where, expected=f"{axons} × {count}")
    found: NDArray[np.float64] = weight.reshape(axons, count).T
    return found


def _synapses(weight: NDArray[np.float64], bits: int, where: str) -> ChipSynapses:
    """Return the integers and the exponent of weights, the least exponent that does."""
    for exponent in range(8):
        if not np.abs(weight).max() <= 2.0 ** (9 + exponent):
            continue
        integers = torch.from_numpy(np.round(weight / 2**exponent).astype(np.int32))
        exact = bool((integers.numpy() * 2.0**exponent == weight).all())
        sign = "mixed" if int(integers.min()) < 0 else "excitatory"
        if exact and torch.equal(stored(integers, bits, sign), integers):  # type: ignore[arg-type]
            return ChipSynapses(integers, exponent, bits, sign)  # type: ignore[arg-type]
    raise ExportError(
        f"weights that {bits} bits and an exponent do not hold", where=where, expected="the chip's weights"
    )


def _start_before(start: NDArray[np.float64], decay: float, where: str) -> Tensor:
    """Return potentials that one step of the chip's decay turns into those of the file, there undecayed."""
    wanted = _whole(start, "potential", where).to(torch.float64)
    if not bool(wanted.any()):
        return torch.zeros_like(wanted, dtype=torch.int32)
    kept = round(decay * DECAY_UNITY)
    before = (wanted.abs() * DECAY_UNITY / max(kept, 1)).ceil()
    if kept < 1 or bool((before > STATE_LIMIT - 1).any()):
        raise ExportError("potentials beyond 24 bits", where=where, expected="the chip's potentials")
    return (before * wanted.sign()).to(torch.int32)


def _mantissas(bias: Tensor) -> tuple[Tensor, Tensor]:
    exponent = torch.zeros_like(bias)
    for _ in range(MAX_BIAS_EXPONENT):
        shifted = bias >> exponent
        exponent += ((shifted > MAX_BIAS_MANTISSA) | (shifted < -MAX_BIAS_MANTISSA - 1)).to(torch.int32)
    return bias >> exponent, exponent


def _whole(values: NDArray[np.float64], name: str, where: str) -> Tensor:
    if (np.abs(values) > 2.0**24).any() or (values != np.round(values)).any():
        raise ExportError(f"{name} beyond the chip's numbers", where=where, expected="multiples of its unit")
    return torch.from_numpy(values.astype(np.int32))


def _float(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise ExportError(f"{shortened(text)}", expected="a number") from None
    if not abs(number) < 2.0**40:
        raise ExportError(f"{shortened(text)}", expected="a number of moderate size")
    return number
