"""Files that are whole or absent: written under a temporary name, then renamed."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError, safe_open

from neuroff.errors import RunError

if TYPE_CHECKING:
    from torch import Tensor


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file in one step.

    Raises:
        RunError: if the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            os.chmod(temporary, 0o644)
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise RunError(
            f"cannot write ({error.strerror})", where=str(path), fix="name a folder you may write to"
        ) from None


def write_json(path: Path, value: Any) -> None:
    """Write a value as indented JSON; not-a-number and infinities are refused."""
    write_bytes(path, (json.dumps(value, indent=1, allow_nan=False, ensure_ascii=False) + "\n").encode())


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        RunError: if the file is missing or is not one.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RunError(f"cannot read ({error.strerror})", where=str(path), fix="check the path") from None
    except (ValueError, RecursionError) as error:
        raise RunError(
            f"not JSON ({error})", where=str(path), fix="the file is damaged; make it again"
        ) from None
    if not isinstance(value, dict):
        raise RunError("not a JSON object", where=str(path), expected="an object written by neuroff")
    return value


def write_tensors(path: Path, tensors: Mapping[str, Tensor], values: Mapping[str, Any]) -> None:
    """Write tensors and JSON values as one safetensors file."""
    from safetensors.torch import save  # loads torch, which results and reports do without

    on_cpu = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    write_bytes(path, save(on_cpu, {"neuroff": json.dumps(values, allow_nan=False)}))


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read what `write_tensors` wrote.

    Raises:
        RunError: if the file is missing, damaged or not neuroff's.
    """
    try:
        with safe_open(path, framework="pt") as stream:
            values = json.loads((stream.metadata() or {})["neuroff"])
            tensors = {name: stream.get_tensor(name) for name in stream.keys()}  # noqa: SIM118
    except OSError as error:
        raise RunError(
            f"cannot read ({error.strerror or error})", where=str(path), fix="check the path"
        ) from None
    except (SafetensorError, KeyError, ValueError, RecursionError) as error:
        raise RunError(
            f"not a file written by neuroff ({error})",
            where=str(path),
            expected="safetensors with neuroff's header",
            fix="the file is damaged or foreign; train again",
        ) from None
    if not isinstance(values, dict):
        raise RunError("header is not an object", where=str(path), fix="the file is damaged; train again")
    return tensors, values
