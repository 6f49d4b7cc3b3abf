from __future__ import annotations

import pytest

from neuroff.choices import DATA_SETS
from neuroff.data import BASIC, NAMES, names
from neuroff.data.archives import ARCHIVE_SETS
from neuroff.data.catalog import FASHION_MNIST, MNIST
from neuroff.data.sets import find_set
from neuroff.data.spoken import SPOKEN
from neuroff.errors import DataError


def test_names() -> None:
    assert BASIC == ("mnist", "fashion-mnist", "digits")
    others = "kmnist cifar10 cifar100 svhn emnist emnist-byclass emnist-bymerge emnist-letters emnist-digits"
    assert (*BASIC, *others.split(), "emnist-mnist", "nmnist", "dvsgesture") == NAMES
    assert names()[: len(NAMES) + 2] == (*NAMES, "shd", "ssc")
    assert find_set("mnist") is MNIST
    assert find_set("fashion-mnist") is FASHION_MNIST
    assert find_set("digits") is None


@pytest.mark.parametrize("name", ["", "MNIST", "fashion_mnist", "cifar", "../mnist"])
def test_unknown_name_lists_the_names(name: str) -> None:
    with pytest.raises(DataError, match="mnist, fashion-mnist, digits") as caught:
        find_set(name)
    assert repr(name) in str(caught.value)


def test_archives_have_homes_and_whole_checksums() -> None:
    for spec in ARCHIVE_SETS:
        assert all(mirror.startswith("http") and mirror.endswith("/") for mirror in spec.mirrors)
        for file in spec.files:
            algorithm, _, digest = file.published.checksum.partition(":")
            assert len(digest) == {"sha256": 64, "md5": 32}[algorithm]
            assert set(digest) <= set("0123456789abcdef")
            assert len(file.published.md5 or "") == 32
            assert (file.published.n_bytes is None) == spec.recorded


def test_the_command_line_names_every_set() -> None:
    assert (*NAMES, *SPOKEN) == DATA_SETS
