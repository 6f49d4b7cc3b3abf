"""From archives on disk to a data set: found, checked, decoded."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import ExitStack
from io import BufferedReader
from types import MappingProxyType
from typing import Final

from neuroff.data.archives.cameras import decode_gestures, decode_nmnist
from neuroff.data.archives.cifar import decode_cifar
from neuroff.data.archives.decoded import Decoder
from neuroff.data.archives.emnist import decode_emnist
from neuroff.data.archives.members import OpenFile
from neuroff.data.archives.sets import ArchiveSet, Format
from neuroff.data.archives.svhn import decode_svhn
from neuroff.data.binning import require_steps
from neuroff.data.dataset import DataSet, Provenance, SourceFile
from neuroff.data.location import DataRoot, FoundFile
from neuroff.data.store import found_files
from neuroff.errors import DataError
from neuroff.files import require_regular

DECODERS: Final[Mapping[Format, Decoder]] = MappingProxyType(
    {
        "cifar10": decode_cifar,
        "cifar100": decode_cifar,
        "svhn": decode_svhn,
        "emnist": decode_emnist,
        "nmnist": decode_nmnist,
        "dvsgesture": decode_gestures,
    }
)


def read_archives(spec: ArchiveSet, root: DataRoot, steps: int | None) -> DataSet:
    """Read and verify a data set.

    The checksum is compared before anything is decoded, and of the very stream that is decoded.

    Args:
        spec: the data set.
        root: where the files are.
        steps: T, into which recorded spikes are binned.

    Raises:
        DataError: if a file is missing, unreadable, malformed or not the published one, or spikes have no T.
    """
    bins = require_steps(steps, spec.name) if spec.recorded else 1
    with ExitStack() as stack:
        opened, sources = [], []
        for file in found_files(spec, root):
            require_regular(file.path, DataError)
            try:
                stream = stack.enter_context(file.path.open("rb"))
                sources.append(_verified(stream, file, spec, root))
            except OSError as error:
                raise DataError(
                    f"cannot be read ({error.strerror})",
                    where=str(file.path),
                    fix="check the file and its permissions",
                ) from error
            opened.append(OpenFile(stream, str(file.path)))
        decoded = DECODERS[spec.format](tuple(opened), spec, bins)
    return DataSet(
        name=spec.name,
        train_images=decoded.train[0],
        train_labels=decoded.train[1],
        test_images=decoded.test[0],
        test_labels=decoded.test[1],
        provenance=Provenance(
            source=spec.source,
            citation=spec.citation,
            homes=spec.mirrors,
            files=tuple(sources),
            n_train=len(decoded.train[0]),
            n_test=len(decoded.test[0]),
            preparation=decoded.preparation,
            classes=decoded.classes,
        ),
        n_classes=spec.classes,
        steps=bins if spec.recorded else None,
        planes=decoded.planes,
    )


def _verified(stream: BufferedReader, file: FoundFile, spec: ArchiveSet, root: DataRoot) -> SourceFile:
    """Return the file's record, its stream back at the start; DataError if it is not the published one."""
    published, digests = file.published, {}
    for algorithm in {"sha256", published.algorithm}:
        digests[algorithm] = hashlib.file_digest(stream, algorithm).hexdigest()
        stream.seek(0)
    got = f"{published.algorithm}:{digests[published.algorithm]}"
    if got != published.checksum:
        raise DataError(
            f"wrong checksum, {got.replace(':', ' ')}",
            where=str(file.path),
            expected=f"{published.checksum.replace(':', ' ')}, the published file of {spec.name}",
            fix=f"run {root.fetch_command(spec.name)} to get the published file",
        )
    return SourceFile(published.name, published.form, digests["sha256"], published.md5)
