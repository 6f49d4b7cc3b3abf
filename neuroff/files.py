"""Files that are whole or absent: written under a temporary name, then renamed.

What is read is a regular file of moderate size: a pipe would wait for ever, a device has no end. What is
written replaces regular files only; a pipe, a device or what a link points to is written through.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from safetensors import SafetensorError, safe_open

from neuroff.claims import lock, remove_abandoned
from neuroff.errors import NeuroffError, RunError, first_line, what_is
from neuroff.json_text import parsed

if TYPE_CHECKING:
    from torch import Tensor

MAX_JSON_BYTES: Final = 2**26
MAX_JSON_VALUES: Final = 2**22
"""Of one file: two bytes of JSON can be a value of sixty-four in memory."""
MAX_TENSORS: Final = 2**14
"""Of a safetensors file: two hundred thousand empty ones take seconds to list."""
_DTYPES: Final = frozenset(
    {"F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U64", "U32", "U16", "U8", "BOOL"}
)
_DIGEST = 64  # letters of a SHA-256, before the JSON of a safetensors header
_MAX_HEADER = 10**8  # bytes; safetensors reads no longer one
_TEMPORARY = 8  # random letters that `mkstemp` puts behind a prefix


def require_regular(path: Path, kind: type[NeuroffError] = RunError) -> int:
    """Return the size of a regular file in bytes.

    Args:
        path: the file.
        kind: of error to raise.

    Raises:
        NeuroffError: of that kind, if it is not there, not a regular file, or no path at all.
    """
    try:
        found = path.stat()
    except ValueError:
        raise kind("a path with a zero byte", where=repr(str(path)), fix="name a file") from None
    except OSError as error:
        raise kind(f"cannot read ({error.strerror})", where=str(path), fix="check the path") from None
    if not stat.S_ISREG(found.st_mode):
        raise kind(what_is(path), where=str(path), expected="a file", fix="name the file itself")
    return found.st_size


def require_free(path: Path, kind: type[NeuroffError] = RunError, *, force: bool | None = False) -> Path:
    """Return a path that may be written to: nothing is there, or a pipe or device, which loses nothing.

    Args:
        path: the file or folder.
        kind: of error to raise.
        force: whether what is there may be overwritten; None where the caller cannot be told so.

    Raises:
        NeuroffError: of that kind, if something is there that may not be.
    """
    if not force and (path.is_file() or path.is_dir()):
        words = (
            ""
            if force is None
            else ", or overwrite it with --force at the command line, force=True in Python"
        )
        raise kind("is there already", where=str(path), fix=f"name another{words}")
    return path


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file in one step; a link is followed, and a pipe or a device written to.

    Raises:
        RunError: if the file cannot be written.
    """
    try:
        target = path.resolve() if path.is_symlink() else path
        if target.exists() and not target.is_file() and not target.is_dir():
            with target.open("wb") as stream:
                stream.write(content)
            return
        _replace(target, content)
    except ValueError:
        raise RunError("a path with a zero byte", where=repr(str(path)), fix="name a file") from None
    except OSError as error:
        raise RunError(
            f"cannot write ({error.strerror})", where=str(path), fix="name a folder you may write to"
        ) from None


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    forget_temporaries(path)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            lock(stream.fileno())  # alive: not to be removed by another that writes the same file
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
            os.chmod(temporary, 0o644)
            if os.name == "posix":
                os.replace(temporary, path)
        if os.name != "posix":  # an open file cannot be renamed
            os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def forget_temporaries(path: Path) -> None:
    """Remove what a killed `write_bytes` left of a file beside it; what is being written stays."""
    remove_abandoned(path.parent.glob(f".{glob_escaped(path.name)}.{'?' * _TEMPORARY}"))


def glob_escaped(name: str) -> str:
    """Return a name in which nothing is a pattern."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal.

    Raises:
        RunError: if it cannot be read.
    """
    require_regular(path)
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise RunError(f"cannot read ({error.strerror})", where=str(path), fix="check the path") from None


def write_json(path: Path, value: Any) -> None:
    """Write a value as indented JSON; not-a-number and infinities are refused."""
    write_bytes(path, (json.dumps(value, indent=1, allow_nan=False, ensure_ascii=False) + "\n").encode())


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        RunError: if the file is missing, too large, or is not one.
    """
    size = require_regular(path)
    if size > MAX_JSON_BYTES:
        raise RunError(f"{size} bytes", where=str(path), expected=f"JSON of at most {MAX_JSON_BYTES} bytes")
    try:
        text = path.read_text(encoding="utf-8")
        value = _moderate(text, path, finite=False)  # results and configurations name the key
    except OSError as error:
        raise RunError(f"cannot read ({error.strerror})", where=str(path), fix="check the path") from None
    except ValueError as error:
        raise RunError(
            f"not JSON ({error})", where=str(path), fix="the file is damaged; make it again"
        ) from None
    if not isinstance(value, dict):
        raise RunError("not a JSON object", where=str(path), expected="an object written by neuroff")
    return value


def _moderate(text: str, path: Path, *, finite: bool = True) -> Any:
    """Return what a JSON text of a file says, if it is not too much."""
    values = sum(map(text.count, "[{,"))
    if values > MAX_JSON_VALUES:
        raise RunError(f"{values} values", where=str(path), expected=f"at most {MAX_JSON_VALUES}")
    return parsed(text, finite=finite)


def write_tensors(path: Path, tensors: Mapping[str, Tensor], values: Mapping[str, Any]) -> None:
    """Write tensors and JSON values as one safetensors file, with the digest of both in its header."""
    from safetensors.torch import save  # loads torch, which results and reports do without

    on_cpu = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    text = json.dumps(values, allow_nan=False)
    write_bytes(path, save(on_cpu, {"neuroff": _digest_of(on_cpu, text) + text}))


def _digest_of(tensors: Mapping[str, Tensor], text: str) -> str:
    """Return the SHA-256 of all that a safetensors file of neuroff's says."""
    import torch

    digest = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"\0{name} {tensor.dtype} {tuple(tensor.shape)}\0".encode())
        flat = tensor.contiguous().reshape(-1)
        flat = flat.as_strided(flat.shape, (1,))  # a single number may have any other stride
        digest.update(flat.view(torch.uint8).numpy().data)
    return digest.hexdigest()


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read what `write_tensors` wrote.

    Raises:
        RunError: if the file is missing, damaged or not neuroff's.
    """
    require_regular(path)
    try:
        with path.open("rb") as beginning:
            header_bytes = int.from_bytes(beginning.read(8), "little")
            listed = beginning.read(min(header_bytes, _MAX_HEADER)).count(b'"dtype"')
        if listed > MAX_TENSORS:  # before they are listed one by one
            raise RunError(f"{listed} tensors", where=str(path), expected=f"at most {MAX_TENSORS}")
        with safe_open(path, framework="pt") as stream:
            header = (stream.metadata() or {})["neuroff"]
            start = 0 if header.startswith("{") else _DIGEST  # older versions wrote no digest
            values = _moderate(header[start:], path)
            names = list(stream.keys())
            odd = {
                name: kind for name in names if (kind := stream.get_slice(name).get_dtype()) not in _DTYPES
            }
            if odd:
                name, kind = next(iter(odd.items()))
                raise RunError(
                    f"tensor {name!r} of type {kind}",
                    where=str(path),
                    expected=", ".join(sorted(_DTYPES)),
                    fix="the file is damaged or foreign; train again",
                )
            tensors = {name: stream.get_tensor(name) for name in names}
        if start and header[:start] != _digest_of(tensors, header[start:]):
            raise RunError(
                "not the bytes that were written",
                where=str(path),
                expected="tensors and values of the digest in the file's header",
                fix="the file is damaged: put it back, or train again",
            )
    except OSError as error:
        raise RunError(
            f"cannot read ({error.strerror or error})", where=str(path), fix="check the path"
        ) from None
    except (SafetensorError, KeyError, ValueError, TypeError, OverflowError, RuntimeError) as error:
        raise RunError(
            f"not a file written by neuroff ({first_line(error)})",
            where=str(path),
            expected="safetensors with neuroff's header",
            fix="the file is damaged or foreign; train again",
        ) from None
    if not isinstance(values, dict):
        raise RunError("header is not an object", where=str(path), fix="the file is damaged; train again")
    return tensors, values
