"""Fetching published data sets from their public mirrors."""

from __future__ import annotations

import contextlib
import logging
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

from neuroff.claims import claimed, remove_abandoned
from neuroff.data.location import DataRoot
from neuroff.data.published import FileForm, PublishedSet
from neuroff.data.store import file_status, status_of
from neuroff.errors import DataError

# Called with `<data set>/<file name>`, bytes so far and bytes in total; the next mirror starts at 0 again.
Progress = Callable[[str, int, int], None]
# Called by pooch with the address, the temporary file to write and pooch's own object, which is not used.
Downloader = Callable[[str, str, object], None]

_CHUNK_BYTES = 1 << 16
_TIMEOUT_S = 30
# Of a file whose size no publisher lists.
_MOST_BYTES = 1 << 33


@dataclass(frozen=True)
class FetchedFile:
    """What `fetch` did for one file.

    Attributes:
        dataset: name of the data set.
        file: file name as it lies on disk.
        action: `kept` if it was there with the right checksum, `fetched` if not, `embedded` if there is
            nothing to fetch.
        path: where it lies; None if embedded.
        url: the address it was fetched from, if it was.
    """

    dataset: str
    file: str
    action: Literal["kept", "fetched", "embedded"]
    path: str | None
    url: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the record as a dictionary of JSON types."""
        return asdict(self)


def fetch_set(
    spec: PublishedSet, root: DataRoot, progress: Progress | None = None
) -> tuple[FetchedFile, ...]:
    """Fetch what is not yet there of `spec` into its folder below `root`.

    A file is moved in place only after its checksum matched. Files already there with the right checksum
    are kept, so a second call resumes after the last complete file. A wrong file there is
    replaced; files lying directly in `root` are never touched.

    Raises:
        DataError: if a file cannot be had from any mirror (the message says what each one said) or the
            folder cannot be written.
    """
    present = status_of(spec, root)
    if all(status.state == "ok" for status in present):
        return tuple(
            FetchedFile(spec.name, Path(str(status.path)).name, "kept", status.path) for status in present
        )
    folder = root.path / spec.folder
    is_new = not folder.exists()
    records = []
    mirrors = spec.mirrors
    try:
        folder.mkdir(parents=True, exist_ok=True)
        remove_abandoned(folder.glob(".fetch-*"))
        with _scratch(folder) as scratch:
            for file in spec.files:
                status = file_status(spec, folder, file)
                if status.state == "ok":
                    path = Path(str(status.path))
                    records.append(FetchedFile(spec.name, path.name, "kept", str(path)))
                    continue
                published = file.forms[0]
                download = _downloader(published, f"{spec.name}/{published.name}", progress)
                mirror = _fetch_file(published, mirrors, Path(scratch), download)
                # A mirror that works goes first, so that a dead one is waited for once and not for each file.
                mirrors = (mirror, *(other for other in mirrors if other != mirror))
                path = _move_in_place(Path(scratch) / published.name, folder)
                url = published.url(mirror)
                records.append(FetchedFile(spec.name, published.name, "fetched", str(path), url))
    except OSError as error:
        raise DataError(
            f"cannot be written ({error.strerror or error})",
            where=str(folder),
            fix="check its permissions and the space left, or name another directory with --data-dir",
        ) from error
    finally:
        # Succeeds only if nothing was fetched: no empty folder is left behind.
        if is_new:
            with contextlib.suppress(OSError):
                folder.rmdir()
    return tuple(records)


@contextlib.contextmanager
def _scratch(folder: Path) -> Iterator[str]:
    """Make a folder for what is not verified yet, claimed as long as this process lives."""
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=folder) as scratch, claimed(Path(scratch)):
        yield scratch


def _fetch_file(file: FileForm, mirrors: tuple[str, ...], scratch: Path, download: Downloader) -> str:
    """Fetch one verified file into `scratch`; return the mirror it came from."""
    import pooch

    failures = []
    for mirror in mirrors:
        url = file.url(mirror)
        try:
            with _quiet(pooch.get_logger()):
                pooch.retrieve(
                    url,
                    known_hash=file.checksum,
                    fname=file.name,
                    path=scratch,
                    downloader=download,
                )
        except Exception as error:  # whatever a mirror does, the next one is tried and the answer reported
            failures.append(f"{url}: {_root_cause(error)}")
        else:
            return mirror
    raise DataError(
        f"no mirror delivered {file.name} ({' | '.join(failures)})",
        where="download",
        expected=file.checksum.replace(":", " "),
        fix="check the network connection and the space left and run the command again, or copy the "
        "files into a directory and name it with --data-dir; the digits data set needs no download",
    )


def _downloader(file: FileForm, label: str, progress: Progress | None) -> Downloader:
    def download(url: str, output_file: str, pup: object) -> None:
        import pooch

        # Without "identity" a server's own gzip encoding would be undone and the checksum fail.
        http = pooch.HTTPDownloader(
            chunk_size=_CHUNK_BYTES, timeout=_TIMEOUT_S, headers={"Accept-Encoding": "identity"}
        )
        with open(output_file, "wb") as stream:
            http(url, _BoundedWriter(stream, file.n_bytes or _MOST_BYTES, label, progress), pup)

    return download


class _BoundedWriter:
    """Counts and limits what is written: a mirror that never stops sending cannot fill the disk."""

    def __init__(self, stream: BinaryIO, max_bytes: int, label: str, progress: Progress | None) -> None:
        self._stream = stream
        self._max_bytes = max_bytes
        self._label = label
        self._progress = progress
        self._written = 0

    def write(self, chunk: bytes) -> int:
        self._written += len(chunk)
        if self._written > self._max_bytes:
            raise ValueError(f"sent more than the {self._max_bytes} bytes of the published file")
        if self._progress is not None:
            self._progress(self._label, self._written, self._max_bytes)
        return self._stream.write(chunk)

    def flush(self) -> None:
        self._stream.flush()


def _move_in_place(source: Path, folder: Path) -> Path:
    # The temporary file is readable by its owner only; give it what the folder grants.
    with contextlib.suppress(OSError):
        source.chmod(stat.S_IMODE(folder.stat().st_mode) & 0o666 | 0o600)
    target = folder / source.name
    os.replace(source, target)
    return target


def _root_cause(error: BaseException) -> str:
    """Return the innermost message, for example `Connection refused`, on one line."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return " ".join(str(error).split()) or type(error).__name__


@contextlib.contextmanager
def _quiet(logger: logging.Logger) -> Iterator[None]:
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)
