"""Named members of tar and zip archives, read within bounds and never unpacked to disk.

Only regular files whose names match are read; a name is compared, never used as a path, so none can leave a
folder. Sizes are compared with a bound before anything is read, and what is read is bounded again.
"""

from __future__ import annotations

import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, BinaryIO

from neuroff.errors import DataError

_FIX = "get the published file again"
_FAULTS = (OSError, EOFError, zlib.error, tarfile.TarError, zipfile.BadZipFile, RuntimeError)
_MOST_MEMBERS = 200_000


@dataclass(frozen=True)
class OpenFile:
    """A file that is open for reading, its checksum verified.

    Attributes:
        stream: at its start.
        where: names it in messages.
    """

    stream: BinaryIO
    where: str


def tar_members(file: OpenFile, pattern: str, most_bytes: int) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of every regular member whose whole name matches, in the archive's order.

    Args:
        file: a tar file, compressed by gzip.
        pattern: regular expression.
        most_bytes: largest size of a member.

    Raises:
        DataError: if the archive is damaged, or a member too large.
    """
    wanted = re.compile(pattern)
    with _faults(file.where), tarfile.open(fileobj=file.stream, mode="r|gz") as archive:
        for number, member in enumerate(archive):
            _require_few(number, file.where)
            name = member.name.removeprefix("./")
            if member.isreg() and wanted.fullmatch(name):
                _require_small(name, member.size, most_bytes, file.where)
                yield name, _all_of(archive.extractfile(member), name, most_bytes, file.where)


def zip_members(file: OpenFile, pattern: str, most_bytes: int) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of every regular member whose whole name matches, in the order of names.

    Args:
        file: a zip file.
        pattern: regular expression.
        most_bytes: largest size of a member.

    Raises:
        DataError: if the archive is damaged, encrypted, or a member too large.
    """
    wanted = re.compile(pattern)
    with _faults(file.where), zipfile.ZipFile(file.stream) as archive:
        members = archive.infolist()
        _require_few(len(members), file.where)
        for member in sorted(members, key=lambda each: each.filename):
            if not member.is_dir() and wanted.fullmatch(member.filename):
                _require_small(member.filename, member.file_size, most_bytes, file.where)
                with archive.open(member) as stream:
                    yield member.filename, _all_of(stream, member.filename, most_bytes, file.where)


def require_members(found: dict[str, bytes], names: tuple[str, ...], where: str) -> None:
    """Raise DataError if a member is missing."""
    missing = [name for name in names if name not in found]
    if missing:
        raise DataError(f"no {', '.join(missing)} in it", where=where, fix=_FIX)


def _all_of(stream: IO[bytes] | None, name: str, most_bytes: int, where: str) -> bytes:
    content = b"" if stream is None else stream.read(most_bytes + 1)
    _require_small(name, len(content), most_bytes, where)
    return content


def _require_small(name: str, n_bytes: int, most_bytes: int, where: str) -> None:
    if n_bytes > most_bytes:
        raise DataError(
            f"its member {name} has {n_bytes} bytes or more",
            where=where,
            expected=f"at most {most_bytes}",
            fix=_FIX,
        )


def _require_few(members: int, where: str) -> None:
    if members > _MOST_MEMBERS:
        raise DataError(f"more than {_MOST_MEMBERS} members", where=where, fix=_FIX)


@contextmanager
def _faults(where: str) -> Iterator[None]:
    try:
        yield
    except _FAULTS as error:
        raise DataError(f"damaged archive ({error})", where=where, fix=_FIX) from error
