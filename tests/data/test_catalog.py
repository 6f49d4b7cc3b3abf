from __future__ import annotations

from neuroff.data.catalog import FASHION_MNIST, IDX_SETS, KMNIST, MNIST, owner_of


def test_sizes_are_those_of_60000_and_10000_samples() -> None:
    for spec in IDX_SETS:
        sizes = [file.raw_bytes for file in spec.files]
        assert sizes == [16 + 60000 * 784, 8 + 60000, 16 + 10000 * 784, 8 + 10000]


def test_checksums_are_distinct_and_mirrors_plural() -> None:
    listed = [s for spec in IDX_SETS for f in spec.files for s in (f.gz_sha256, f.raw_sha256, f.gz_md5)]
    sums = [each for each in listed if each is not None]
    assert len(set(sums)) == len(sums)
    assert all(len(s) in (32, 64) and set(s) <= set("0123456789abcdef") for s in sums)
    for spec in IDX_SETS:
        assert len(set(spec.mirrors)) >= (1 if spec is KMNIST else 2)
        assert all(mirror.endswith("/") for mirror in spec.mirrors)


def test_owner_of_a_checksum() -> None:
    assert FASHION_MNIST.test_labels.raw_sha256 is not None
    assert owner_of(FASHION_MNIST.test_labels.raw_sha256) == "fashion-mnist: t10k-labels-idx1-ubyte"
    assert owner_of(MNIST.train_images.gz_sha256) == "mnist: train-images-idx3-ubyte"
    assert owner_of("0" * 64) is None
