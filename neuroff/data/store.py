"""Reading published data sets from disk and checking what is there."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from neuroff.data.catalog import IdxFile, IdxSet, owner_of
from neuroff.data.dataset import DataSet, Form, Provenance, SourceFile
from neuroff.data.idx import check_pair, gunzip, parse_images, parse_labels
from neuroff.data.location import ENVIRONMENT_VARIABLE, DataRoot, FoundFile, find_file, folder_of
from neuroff.data.published import PublishedFile, PublishedSet
from neuroff.errors import DataError
from neuroff.files import require_regular

State = Literal["ok", "absent", "wrong checksum", "unreadable"]

# Room for a file slightly longer than published, so that the parser can say what is too much.
_SLACK_BYTES = 1 << 16


@dataclass(frozen=True)
class FileStatus:
    """Whether one file of a data set is there and is the published one.

    Attributes:
        dataset: name of the data set.
        file: file name, without `.gz` where a plain file is taken as well.
        state: `ok`, `absent`, `wrong checksum` or `unreadable`.
        form: `gz`, `plain`, `archive` or `embedded`; None if absent.
        path: where it lies, or would be fetched to; None if embedded.
        url: where the published file is.
        checksum: the published file's, `sha256:…` or `md5:…`.
    """

    dataset: str
    file: str
    state: State
    form: Form | None
    path: str | None
    url: str | None = None
    checksum: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the status as a dictionary of JSON types."""
        return asdict(self)


def read_set(spec: IdxSet, root: DataRoot) -> DataSet:
    """Read and verify the four files of `spec`.

    The content is examined before the checksums, so that a message says what is wrong with a file and
    not only that it differs.

    Raises:
        DataError: if a file is missing, unreadable, malformed or not the published one.
    """
    found = found_files(spec, root)
    read = {file: _read(file, hit) for file, hit in zip(spec.files, found, strict=True)}
    train = _decode(spec.train_images, spec.train_labels, read)
    test = _decode(spec.test_images, spec.test_labels, read)
    for file in spec.files:
        _check_sum(spec, root, read[file])
    return DataSet(
        name=spec.name,
        train_images=train[0],
        train_labels=train[1],
        test_images=test[0],
        test_labels=test[1],
        provenance=Provenance(
            source=spec.source,
            citation=spec.citation,
            homes=spec.mirrors,
            files=tuple(
                SourceFile(hit.path.name, hit.published.form, read[file].sha256, file.gz_md5)
                for file in spec.files
                for hit in [read[file].found]
            ),
            n_train=len(train[0]),
            n_test=len(test[0]),
            classes=spec.classes,
        ),
    )


def found_files(spec: PublishedSet, root: DataRoot) -> tuple[FoundFile, ...]:
    """Return the files of `spec` that are on disk, all of them.

    Raises:
        DataError: if one is missing; it says what to fetch, from where, its checksum and where to put it.
    """
    folder = folder_of(spec, root)
    found = [(file, find_file(folder, file)) for file in spec.files]
    missing = [file for file, hit in found if hit is None]
    if missing:
        raise _absent(spec, root, folder, missing)
    return tuple(hit for _, hit in found if hit is not None)


def status_of(spec: PublishedSet, root: DataRoot) -> tuple[FileStatus, ...]:
    """Return the status of each of the files where a load would read them."""
    folder = folder_of(spec, root)
    return tuple(file_status(spec, folder, file) for file in spec.files)


def file_status(spec: PublishedSet, folder: Path, file: PublishedFile) -> FileStatus:
    """Return the status of one file in `folder`; hashes it only if its size is right."""
    found = find_file(folder, file)
    published, name = file.forms[0], file.forms[-1].name
    source = (next((published.url(mirror) for mirror in spec.mirrors), None), published.checksum)
    if found is None:
        return FileStatus(spec.name, name, "absent", None, str(folder / published.name), *source)
    return FileStatus(spec.name, name, _state(found), found.published.form, str(found.path), *source)


def _state(found: FoundFile) -> State:
    published = found.published
    try:
        if published.n_bytes not in (None, found.path.stat().st_size):
            return "wrong checksum"
        with found.path.open("rb") as stream:
            digest = hashlib.file_digest(stream, published.algorithm).hexdigest()
    except OSError:
        return "unreadable"
    return "ok" if f"{published.algorithm}:{digest}" == published.checksum else "wrong checksum"


@dataclass(frozen=True)
class _ReadFile:
    found: FoundFile
    content: bytes
    sha256: str


def _read(file: IdxFile, found: FoundFile) -> _ReadFile:
    where = str(found.path)
    limit = max(file.raw_bytes, file.gz_bytes) + _SLACK_BYTES
    require_regular(found.path, DataError)
    try:
        with found.path.open("rb") as stream:
            raw = stream.read(limit + 1)
    except OSError as error:
        raise DataError(
            f"cannot be read ({error.strerror})", where=where, fix="check the file and its permissions"
        ) from error
    if len(raw) > limit:
        raise DataError(
            f"file is longer than {limit} bytes",
            where=where,
            expected=f"{found.published.n_bytes} bytes",
            fix="replace the file by the published one, which `neuroff data fetch` gets",
        )
    digest = hashlib.sha256(raw).hexdigest()
    content = gunzip(raw, file.raw_bytes + _SLACK_BYTES, where) if found.published.form == "gz" else raw
    return _ReadFile(found, content, digest)


def _decode(
    images_file: IdxFile, labels_file: IdxFile, read: dict[IdxFile, _ReadFile]
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    images_where, labels_where = (str(read[file].found.path) for file in (images_file, labels_file))
    images = parse_images(read[images_file].content, images_where)
    labels = parse_labels(read[labels_file].content, labels_where)
    check_pair(images, labels, images_where, labels_where)
    return images, labels


def _check_sum(spec: IdxSet, root: DataRoot, read: _ReadFile) -> None:
    published = read.found.published
    if published.checksum == f"sha256:{read.sha256}":
        return
    owner = owner_of(read.sha256)
    raise DataError(
        f"wrong checksum, sha256 {read.sha256}" + (f" (this is the file of {owner})" if owner else ""),
        where=str(read.found.path),
        expected=f"{published.checksum.replace(':', ' ')}, the published {spec.name} file",
        fix=f"run {root.fetch_command(spec.name)} to get the published file",
    )


def _absent(spec: PublishedSet, root: DataRoot, folder: Path, missing: list[PublishedFile]) -> DataError:
    looked = str(folder) if len(missing) < len(spec.files) else f"{folder} and {root.path}"
    names = [file.forms[-1].name for file in missing]
    either = " (plain or .gz)" if len(missing[0].forms) > 1 else ""
    published = [file.forms[0] for file in missing]
    homes = "; ".join(
        f"{each.url(spec.mirrors[0]) if spec.mirrors else each.name} ({each.checksum.replace(':', ' ')})"
        for each in published
    )
    renamed = ", ".join(each.name for each in published if each.address)
    return DataError(
        f"no {', '.join(names)}{either} in {looked}",
        where=f"data set {spec.name}",
        fix=f"run {root.fetch_command(spec.name)}, or name a directory that holds the files with --data-dir "
        f"or {ENVIRONMENT_VARIABLE}; without a network here, put into {folder}: {homes}"
        + (f", named {renamed}" if renamed else ""),
    )
