"""A network on the chip as one C99 header: its integers, and a loop that runs them to the emulator's spikes.

The header needs a C compiler and nothing else: no library, no allocation, no floating point. Its first line
holds the layers' numbers as JSON, so that it can be read back without being run; its loop is ``c/loop.h``.
What stands for a layer is in `tables`: weights are bytes, and a spike adds one column of them.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from neuroff.chip.arrays import comma_separated
from neuroff.chip.neurons import MAX_BIAS_EXPONENT, MAX_BIAS_MANTISSA
from neuroff.chip.program import RECURRENT, ChipProgram, from_values, to_values
from neuroff.errors import ExportError, naming
from neuroff.exchange.c.tables import CODING, POINTERS, LayerTables, array, for_each, weights_read
from neuroff.files import require_regular, write_bytes

MAX_FILE_BYTES = 2**26
_FIRST_LINE = re.compile(r"/\* neuroff chip network (\{[^\n]*\}) \*/\n")
_ARRAY = re.compile(
    r"static const (uint8_t|uint16_t|int32_t) neuroff_([a-z_]+[0-9]+)\[[0-9]+\] = \{\n([-0-9, \n]*)\};\n"
)
_ADAPTS = re.compile(r"#if NEUROFF_ADAPTS\n((?:(?!#).*\n)*)(?:#else\n((?:(?!#).*\n)*))?#endif\n")
_HELP = """/* Written by neuroff. Compile as C99. A presentation lasts NEUROFF_LENGTH steps; the first
 * NEUROFF_CLASSES axons carry the label: present every label, count a layer's spikes in its own window, add
 * up the goodness of the counts, and the label of the largest sum is the answer. {feeding} */
"""
_HELP_ONCE = """/* Written by neuroff. Compile as C99. A presentation lasts NEUROFF_LENGTH steps. Present
 * an image once; neuroff_count and neuroff_class say its class, and with -DNEUROFF_MAIN this file is a
 * program that prints it. {feeding} */
"""
_HELP_COUNTS = """/* Written by neuroff. Compile as C99. A presentation lasts NEUROFF_LENGTH steps. This
 * file holds no read-out: count a layer's spikes in its own window; whoever runs the file computes the class
 * from the counts. {feeding} */
"""
_HELP_POTENTIALS = """/* Written by neuroff. Compile as C99. A presentation lasts NEUROFF_LENGTH steps.
 * neuroff_potential reads the last layer, neuroff_sum and neuroff_class say the class, and with
 * -DNEUROFF_MAIN this file is a program that prints it. {feeding} */
"""


def write_c(path: Path, program: ChipProgram) -> None:
    """Write a header.

    Raises:
        RunError: if the file cannot be written.
    """
    write_bytes(path, header(program).encode())


def header(program: ChipProgram) -> str:
    """Return the header's text; the same program gives the same text."""
    program = replace(program, chip=program.chip.unrolled)
    values, _ = to_values(program)
    layers = program.chip.layers
    longest = [layer.synapses.longest_delay + 1 for layer in layers]
    sizes = {
        "LAYERS": len(layers),
        "AXONS": program.chip.axons,
        "NEURONS": sum(layer.neurons.count for layer in layers),
        "STEPS": program.steps,
        "LENGTH": program.length,
        "CLASSES": program.classes,
        **({} if program.readout is None else {"ANSWERS": program.readout.classes}),
        **({"ANSWERS": program.widths[-1]} if program.reads_potentials else {}),
        "SENT": sum(slots * layer.synapses.axons for slots, layer in zip(longest, layers, strict=True)),
    }
    defined = "".join(f"#define NEUROFF_{name} {number}\n" for name, number in sizes.items())
    tables = [LayerTables(number, layer) for number, layer in enumerate(layers, start=1)]
    adapts = any(layer.neurons.raised_by for layer in layers)
    arrays = "".join(each.arrays() for each in tables)
    rows = ",\n".join(each.row(adapts=adapts) for each in tables)
    table = f"static const neuroff_layer neuroff_layers[NEUROFF_LAYERS] = {{\n{rows}\n}};"
    graded = layers[0].synapses.payload_bits
    feeding = (
        f"Axons carry whole numbers of up to {graded} bits and a sign, each worth {program.payload_unit:.9g}."
        if graded
        else "Axons carry zeros and ones."
    )
    answering = _answering(program)
    said = (_HELP if program.classes else _HELP_COUNTS) if program.readout is None else _HELP_ONCE
    said = (_HELP_POTENTIALS if program.reads_potentials else said).format(feeding=feeding)
    return (
        f"/* neuroff chip network {json.dumps(values, separators=(',', ':'))} */\n"
        f"{said}\n#ifndef NEUROFF_NETWORK_H\n#define NEUROFF_NETWORK_H\n\n"
        f"#include <stdint.h>\n\n{defined}\n{arrays}\n"
        f"{loop(adapts=adapts).replace('NEUROFF_TABLE', table)}\n{answering}#endif\n"
    )


def read_c(path: Path) -> ChipProgram:
    """Read a header that `write_c` wrote; nothing of it is compiled or run.

    Raises:
        ExportError: if it is missing, damaged, too large, or holds anything but what neuroff writes for the
            numbers it holds: a header with other code in it is not read.
    """
    try:
        if require_regular(path, ExportError) > MAX_FILE_BYTES:
            raise ExportError(f"more than {MAX_FILE_BYTES} bytes", expected="a network of moderate size")
        text = path.read_text(encoding="ascii")
    except ExportError as error:
        raise _refused(path, error.what) from None
    except OSError as error:
        raise _refused(path, f"cannot read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise _refused(path, "no plain text") from None
    return parse(text, path)


def parse(text: str, path: Path) -> ChipProgram:
    """Read a header's text; see `read_c`."""
    first = _FIRST_LINE.match(text)
    try:
        values = json.loads(first[1]) if first else None
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        raise _refused(path, "no description in the first line")
    with naming(path):
        program = from_values(values, _given(text, values))
    if header(program) != text:
        raise _refused(path, "code or numbers other than neuroff writes for these layers")
    return program


def driver() -> str:
    """Return a program that runs the header named by the macro NEUROFF_HEADER on its standard input."""
    return _template("driver.c")


def loop(*, adapts: bool) -> str:
    """Return the loop, without a line for neurons that adapt where there are none."""
    return _ADAPTS.sub(r"\1" if adapts else r"\2", _template("loop.h"))


def _given(text: str, values: dict[str, Any]) -> dict[str, Tensor]:
    """Return the arrays of a header as `to_values` names them."""
    found: dict[str, npt.NDArray[np.int64]] = {}
    for match in _ARRAY.finditer(text):
        numbers = comma_separated(match[3], np.int64, match[2])
        if numbers.size and not -(2**24) <= int(numbers.min()) <= int(numbers.max()) <= 2**24:
            raise ExportError(f"{match[2]} beyond 24 bits", expected="numbers of 24 bits")
        found[match[2]] = numbers
    arrays: dict[str, Tensor] = {}
    layers = values.get("layers")
    for number, entry in enumerate(layers if isinstance(layers, list) else [], start=1):
        if not isinstance(entry, dict):
            continue  # `from_values` tells
        axons, neurons, sign = entry.get("axons"), entry.get("neurons"), entry.get("sign")
        if isinstance(axons, int) and isinstance(neurons, int) and sign in CODING:
            weight = weights_read(found, number, axons, neurons, sign)
            arrays |= {} if weight is None else {f"weight{number}": weight}
            own = weights_read(found, number, neurons, neurons, sign, RECURRENT)
            arrays |= {} if own is None else {f"{RECURRENT}weight{number}": own}
            for name in POINTERS:
                if f"{name}{number}" in found:
                    found[f"{name}{number}"] = for_each(found[f"{name}{number}"], neurons)
        bias = found.pop(f"bias{number}", None)
        if bias is not None:
            mantissa, exponent = _mantissas(bias)
            arrays[f"bias_mantissa{number}"] = torch.from_numpy(mantissa)
            arrays[f"bias_exponent{number}"] = torch.from_numpy(exponent)
        for name in ("start_voltage", "start_current", "delays", "answer", "share"):
            if f"{name}{number}" in found:
                arrays[f"{name}{number}"] = torch.from_numpy(found.pop(f"{name}{number}"))
    return arrays | {name: torch.from_numpy(numbers) for name, numbers in found.items()}


def _answering(program: ChipProgram) -> str:
    """Return the read-out's arrays and functions; nothing where the host reads the class."""
    if program.reads_potentials:
        name = f"rest{len(program.chip.layers)}"
        text = "" if program.rest is None else f"\n{array('int32_t', name, program.rest)}"
        rest = "0" if program.rest is None else f"neuroff_{name}[n]"
        return f"{text}\n{_template('potentials.h').replace('NEUROFF_REST', rest)}"
    readout = program.readout
    if readout is None:
        return ""
    text, numbers = "", range(1, len(readout.answers) + 1)
    for number, answers, shares in zip(numbers, readout.answers, readout.shares, strict=True):
        text += array("int32_t", f"answer{number}", answers) + array("int32_t", f"share{number}", shares)
    code = _template("class.h")
    for name in ("answer", "share"):
        row = ", ".join(f"neuroff_{name}{number}" for number in numbers)
        code = code.replace(f"NEUROFF_{name.upper()}_TABLE", row)
    return f"\n{text}\n{code}"


def _mantissas(bias: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return mantissas of 13 bits and the least exponents that make biases of them."""
    exponent = np.zeros_like(bias)
    for _ in range(MAX_BIAS_EXPONENT):
        shifted = bias >> exponent
        exponent += (shifted > MAX_BIAS_MANTISSA) | (shifted < -MAX_BIAS_MANTISSA - 1)
    return bias >> exponent, exponent


def _template(name: str) -> str:
    return files("neuroff.exchange").joinpath("c", name).read_text(encoding="ascii")


def _refused(path: Path, what: str) -> ExportError:
    return ExportError(
        what,
        where=str(path),
        expected="a header as neuroff writes it",
        fix="write it again with `neuroff export --to c`",
    )
