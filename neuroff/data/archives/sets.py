"""The archives: file names, sizes, checksums and public homes.

Sizes and SHA-256 are those that TensorFlow Datasets lists (url_checksums), MD5 those of the publishers' pages
and of torchvision. Of the recordings tonic 1.7 lists MD5 and addresses; nobody lists their sizes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from neuroff.data.published import ArchiveFile, FileForm

Format = Literal["cifar10", "cifar100", "svhn", "emnist", "nmnist", "dvsgesture"]


@dataclass(frozen=True)
class ArchiveSet:
    """A data set in one archive or in two, for training and for test.

    Attributes:
        name: the name users type.
        folder: folder of the files below a data root; sets of one archive share it.
        source: who published it.
        citation: the publication that describes it.
        mirrors: base addresses, tried in order.
        files: the archives.
        format: how they are decoded.
        classes: K.
        split: name of the part of the archive that is read, where it holds several.
    """

    name: str
    folder: str
    source: str
    citation: str
    mirrors: tuple[str, ...]
    files: tuple[ArchiveFile, ...]
    format: Format
    classes: int
    split: str = ""

    @property
    def recorded(self) -> bool:
        """Whether it holds recorded spikes, to be binned into time steps."""
        return self.format in ("nmnist", "dvsgesture")


def _image(name: str, n_bytes: int, sha256: str, md5: str) -> ArchiveFile:
    return ArchiveFile(FileForm(name, "archive", f"sha256:{sha256}", n_bytes, md5=md5))


def _recording(name: str, address: str, md5: str) -> ArchiveFile:
    return ArchiveFile(FileForm(name, "archive", f"md5:{md5}", None, address, md5))


_KRIZHEVSKY = "Krizhevsky 2009, Learning Multiple Layers of Features from Tiny Images"
_TORONTO = ("https://www.cs.toronto.edu/~kriz/",)

CIFAR10 = ArchiveSet(
    "cifar10", "cifar10", "CIFAR-10, University of Toronto", _KRIZHEVSKY, _TORONTO,
    (_image("cifar-10-binary.tar.gz", 170052171,
            "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
            "c32a1d4ab5d03f1284b67883e8d87530"),),
    "cifar10", 10,
)  # fmt: skip
CIFAR100 = ArchiveSet(
    "cifar100", "cifar100", "CIFAR-100, University of Toronto", _KRIZHEVSKY, _TORONTO,
    (_image("cifar-100-binary.tar.gz", 168513733,
            "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
            "03b5dce01913d631647c71ecec9e9cb8"),),
    "cifar100", 100,
)  # fmt: skip
SVHN = ArchiveSet(
    "svhn", "svhn", "Street View House Numbers (cropped digits), Stanford University",
    "Netzer et al. 2011, Reading Digits in Natural Images with Unsupervised Feature Learning",
    ("http://ufldl.stanford.edu/housenumbers/",),
    (_image("train_32x32.mat", 182040794,
            "435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8",
            "e26dedcc434d2e4c54c9b2d4a06d8373"),
     _image("test_32x32.mat", 64275384,
            "cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b",
            "eb5a983be6a315427106f1b164d9cef3")),
    "svhn", 10,
)  # fmt: skip

_EMNIST_FILES = (
    _image("gzip.zip", 561753746,
           "fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e",
           "58c8d27c78d21e728a6bc7b3cc06412e"),
)  # fmt: skip


def _emnist(name: str, split: str, classes: int) -> ArchiveSet:
    return ArchiveSet(
        name, "emnist", f"EMNIST {split}, NIST",
        "Cohen et al. 2017, EMNIST: an extension of MNIST to handwritten letters, arXiv:1702.05373",
        ("https://biometrics.nist.gov/cs_links/EMNIST/",), _EMNIST_FILES, "emnist", classes, split,
    )  # fmt: skip


EMNIST = (
    _emnist("emnist", "balanced", 47),
    _emnist("emnist-byclass", "byclass", 62),
    _emnist("emnist-bymerge", "bymerge", 47),
    _emnist("emnist-letters", "letters", 26),
    _emnist("emnist-digits", "digits", 10),
    _emnist("emnist-mnist", "mnist", 10),
)
NMNIST = ArchiveSet(
    "nmnist", "NMNIST", "N-MNIST, G. Orchard",
    "Orchard et al. 2015, Converting static image datasets to spiking neuromorphic datasets using saccades",
    ("https://data.mendeley.com/public-files/datasets/468j46mzdv/files/",),
    (_recording("train.zip", "39c25547-014b-4137-a934-9d29fa53c7a0/file_downloaded",
                "20959b8e626244a1b502305a9e6e2031"),
     _recording("test.zip", "05a4d654-7e03-4c15-bdfa-9bb2bcbea494/file_downloaded",
                "69ca8762b2fe404d9b9bad1103e97832")),
    "nmnist", 10,
)  # fmt: skip
DVS_GESTURE = ArchiveSet(
    "dvsgesture", "DVSGesture", "DVS128 Gesture, IBM, cut into gestures by tonic's authors",
    "Amir et al. 2017, A low power, fully event-based gesture recognition system, CVPR",
    ("https://figshare.com/ndownloader/files/",),
    (_recording("ibmGestureTrain.tar.gz", "38022171", "3a8f0d4120a166bac7591f77409cb105"),
     _recording("ibmGestureTest.tar.gz", "38020584", "56070e45dadaa85fff82e0fbfbc06de5")),
    "dvsgesture", 11,
)  # fmt: skip

ARCHIVE_SETS: tuple[ArchiveSet, ...] = (CIFAR10, CIFAR100, SVHN, *EMNIST, NMNIST, DVS_GESTURE)
