"""A network on the chip in a file: integers as safetensors, numbers as JSON in their header.

Arrays ``weight1`` (neurons, axons), ``bias_mantissa1``, ``bias_exponent1``, ``start_voltage1``,
``start_current1``, and ``delays1`` where axons are delayed; so for every layer. Synapses from a layer's own
neurons are ``recurrent_weight1`` and ``recurrent_delays1``; from anywhere else ``other1_weight1``,
``other2_weight1``, …, whose sources stand with their numbers in the header. Where the last layer never fires,
``rest`` and its number may say what its potentials are counted from. The emulator runs what is read back, to
the same bits.
"""

from __future__ import annotations

from pathlib import Path

from neuroff.chip.program import ChipProgram, from_values, to_values
from neuroff.errors import ExportError, RunError, naming
from neuroff.files import read_tensors, require_regular, write_tensors

KIND = "loihi"
MAX_FILE_BYTES = 2**31


def write_loihi(path: Path, program: ChipProgram) -> None:
    """Write a program.

    Raises:
        RunError: if the file cannot be written.
    """
    values, arrays = to_values(program)
    write_tensors(path, arrays, {"kind": KIND, **values})


def read_loihi(path: Path) -> ChipProgram:
    """Read a program.

    Raises:
        ExportError: if the file is missing, damaged, too large, or holds what the chip has not.
    """
    try:
        if require_regular(path) > MAX_FILE_BYTES:
            raise RunError("more than 2 GiB", expected="a network of moderate size")
        arrays, values = read_tensors(path)
    except RunError as error:
        fix = "write it again with `neuroff export --to loihi`"
        raise ExportError(error.what, where=str(path), expected=error.expected, fix=fix) from None
    with naming(path):
        if values.pop("kind", None) != KIND:
            raise ExportError("another kind of safetensors file", expected="a network on the chip")
        return from_values(values, arrays)
