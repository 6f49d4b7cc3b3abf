"""Small archives in the publishers' formats."""

from __future__ import annotations

import gzip
import hashlib
import io
import struct
import tarfile
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.io import savemat

from neuroff.data.archives import ArchiveSet
from neuroff.data.published import ArchiveFile

Bytes = NDArray[np.uint8]


def put(spec: ArchiveSet, contents: tuple[bytes, ...], root: Path) -> ArchiveSet:
    """Write files where they are looked for; return the set as if these were the published ones."""
    folder = root / spec.folder
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for file, content in zip(spec.files, contents, strict=True):
        (folder / file.published.name).write_bytes(content)
        algorithm = file.published.algorithm
        checksum = f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}"
        files.append(ArchiveFile(replace(file.published, checksum=checksum)))
    return replace(spec, files=tuple(files))


def tar_of(members: Mapping[str, bytes], *odd: tarfile.TarInfo) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for member in odd:
            archive.addfile(member)
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def zip_of(members: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def cifar10_members(images: Bytes, labels: list[int]) -> dict[str, bytes]:
    """Five training batches of one image each, then a test batch of the rest."""
    records = [bytes([label]) + image.tobytes() for image, label in zip(images, labels, strict=True)]
    names = "airplane automobile bird cat deer dog frog horse ship truck"
    folder = "cifar-10-batches-bin"
    return {
        f"{folder}/batches.meta.txt": names.replace(" ", "\n").encode() + b"\n\n",
        **{f"{folder}/data_batch_{number}.bin": records[number - 1] for number in range(1, 6)},
        f"{folder}/readme.html": b"<meta>",
        f"{folder}/test_batch.bin": b"".join(records[5:]),
    }


def cifar100_members(images: Bytes, fine: list[int], train: int) -> dict[str, bytes]:
    records = [bytes([7, label]) + image.tobytes() for image, label in zip(images, fine, strict=True)]
    return {
        "cifar-100-binary/coarse_label_names.txt": b"x\n" * 20,
        "cifar-100-binary/fine_label_names.txt": "".join(f"kind_{k}\n" for k in range(100)).encode(),
        "cifar-100-binary/train.bin": b"".join(records[:train]),
        "cifar-100-binary/test.bin": b"".join(records[train:]),
    }


def svhn_file(images: Bytes, labels: list[int], compressed: bool = True) -> bytes:
    """Images (n, 3, 32, 32) as MATLAB has them, labels from 1 to 10."""
    stream = io.BytesIO()
    arrays = {"X": images.transpose(2, 3, 1, 0), "y": np.array(labels, np.uint8)[:, None]}
    savemat(stream, arrays, do_compression=compressed)
    return stream.getvalue()


def emnist_members(
    split: str, train: tuple[Bytes, list[int]], test: tuple[Bytes, list[int]], letters: Mapping[int, str]
) -> dict[str, bytes]:
    """One split; images (n, 28, 28) upright, which the publisher stores with rows and columns exchanged."""
    lines = [f"{number} {' '.join(str(ord(each)) for each in kinds)}\n" for number, kinds in letters.items()]
    stem = f"gzip/emnist-{split}"
    members = {f"{stem}-mapping.txt": "".join(lines).encode()}
    for part, (images, labels) in (("train", train), ("test", test)):
        stored = struct.pack(">4I", 2051, *images.shape) + images.transpose(0, 2, 1).tobytes()
        members[f"{stem}-{part}-images-idx3-ubyte.gz"] = gzip.compress(stored)
        listed = struct.pack(">2I", 2049, len(labels)) + bytes(labels)
        members[f"{stem}-{part}-labels-idx1-ubyte.gz"] = gzip.compress(listed)
    return members


def nmnist_file(events: list[tuple[int, int, int, int]]) -> bytes:
    """Events x, y, polarity, microseconds in five bytes each."""
    return b"".join(
        bytes([x, y, on << 7 | time >> 16 & 127, time >> 8 & 255, time & 255]) for x, y, on, time in events
    )


def gesture_file(rows: list[tuple[float, float, float, float]]) -> bytes:
    """Rows of x, y, polarity, milliseconds."""
    stream = io.BytesIO()
    np.save(stream, np.array(rows, np.float64).reshape(-1, 4))
    return stream.getvalue()
