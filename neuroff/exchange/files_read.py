"""Which kind of exported file something is, told by its first bytes; nothing of it is believed yet."""

from __future__ import annotations

from pathlib import Path

from neuroff.errors import ExportError
from neuroff.exchange.port import Target
from neuroff.exchange.sanafe.files import NETWORK
from neuroff.files import require_regular

_HDF5 = b"\x89HDF\r\n\x1a\n"


def kind_of(path: Path) -> Target:
    """Return what a file claims to be.

    Raises:
        ExportError: if it is missing or of no kind that neuroff writes.
    """
    if path.is_dir():
        if (path / NETWORK).is_file():
            return "sanafe"
        raise ExportError(f"a folder without {NETWORK}", where=str(path), expected="files of SANA-FE")
    require_regular(path, ExportError)
    try:
        with path.open("rb") as stream:
            start = stream.read(64)
    except OSError as error:
        raise ExportError(f"cannot read ({error.strerror})", where=str(path), fix="check the path") from None
    if start.startswith(_HDF5):
        return _hdf5_kind(path)
    if start.startswith(b"/* neuroff chip network"):
        return "c"
    if start[8:9] == b"{":  # safetensors: eight bytes of length, then JSON
        return "loihi"
    raise ExportError(
        "of no kind that neuroff exports",
        where=str(path),
        expected="a .nir or netx file, a folder of SANA-FE files, safetensors or a C header",
        fix="make one with `neuroff export`",
    )


def _hdf5_kind(path: Path) -> Target:
    from neuroff.hdf5.files import read_hdf5  # needs h5py

    return "netx" if "layer" in read_hdf5(path) else "nir"
