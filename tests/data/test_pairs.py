"""PyTorch's data sets and loaders in, and neuroff's out."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, IterableDataset, TensorDataset

from neuroff import DataSet
from neuroff.errors import ConfigError, DataError
from neuroff.interop import TorchImages

IMAGES = torch.from_numpy(np.random.default_rng(0).random((30, 1, 6, 5), dtype=np.float32))
LABELS = torch.arange(30) % 3


class Words(Dataset[Any]):
    def __len__(self) -> int:
        return 3

    def __getitem__(self, index: int) -> Any:
        return {"image": IMAGES[index], "label": 0}


class Stream(IterableDataset[tuple[Tensor, Tensor]]):
    def __iter__(self) -> Any:
        return iter(zip(IMAGES, LABELS, strict=True))


@pytest.mark.parametrize(
    "source",
    [
        TensorDataset(IMAGES, LABELS),
        DataLoader(TensorDataset(IMAGES, LABELS), batch_size=7, generator=torch.Generator()),
        DataLoader(TensorDataset(IMAGES, LABELS), batch_size=None, generator=torch.Generator()),
        Stream(),
        [(IMAGES[row].numpy(), int(LABELS[row])) for row in range(30)],
    ],
    ids=["dataset", "loader", "loader without batches", "iterable", "list"],
)
def test_every_source_gives_the_same_arrays(source: Any) -> None:
    before = torch.get_rng_state()
    found = DataSet.from_torch(source, TensorDataset(IMAGES[:6], LABELS[:6]), name="own")
    assert torch.equal(before, torch.get_rng_state())
    assert np.array_equal(found.train_images, IMAGES[:, 0].numpy())
    assert np.array_equal(found.train_labels, LABELS.numpy())
    assert (found.test_images.shape, found.n_classes, found.name) == ((6, 6, 5), 3, "own")


def test_bytes_and_colours_are_kept() -> None:
    coloured = torch.randint(0, 256, (12, 3, 4, 4), generator=torch.Generator()).to(torch.uint8)
    pairs = TensorDataset(coloured, LABELS[:12])
    found = DataSet.from_torch(pairs, pairs)
    assert found.train_images.shape == (12, 3, 4, 4)
    assert found.train_images.dtype == np.uint8


def test_out_and_in_again_are_the_same_data(digits: DataSet) -> None:
    whole = TorchImages(digits, "train")
    assert len(whole) == len(digits.train_labels)
    image, label = whole[3]
    assert (image.dtype, image.shape, label) == (torch.float32, (28, 28), int(digits.train_labels[3]))
    assert torch.equal(image, torch.from_numpy(digits.train_images[3]) / 255)
    images, labels = next(iter(DataLoader(whole, batch_size=9, generator=torch.Generator())))
    assert (images.shape, labels.dtype) == ((9, 28, 28), torch.int64)
    again = DataSet.from_torch(TorchImages(digits, "test"), TorchImages(digits, "test"))
    assert np.array_equal((again.train_images * 255).round().astype(np.uint8), digits.test_images)
    with pytest.raises(ConfigError, match="unknown choice 'held_out'"):
        TorchImages(digits, "held_out")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (Words(), "training set, item 0: a dict; expected pairs"),
        ([], "training set: nothing"),
        (3, "training set: a int; expected pairs"),
        ([(IMAGES[0], 1, 2)], "item 0: a tuple of 3"),
        ([(IMAGES[0], 1), (IMAGES[1, :, 1:], 1)], r"item 1: images of shape \(1, 5, 5\)"),
        ([(IMAGES[0], torch.zeros(3, requires_grad=True))], "item 0: numpy cannot read it"),
        ([(IMAGES[0] - 2, 1)], r"values from -1.99726 to"),
        ([(IMAGES[0], "a")], "values of type <U1; expected whole numbers"),
        ([(object(), 1)], "item 0: an image of shape"),
    ],
)
def test_what_is_no_pair_is_named(source: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        DataSet.from_torch(source, TensorDataset(IMAGES, LABELS))


@pytest.mark.skipif(importlib.util.find_spec("PIL") is None, reason="Pillow is not installed")
def test_pictures_of_pillow_are_bytes(tmp_path: Path) -> None:
    from PIL import Image

    pairs = [(Image.fromarray(np.full((4, 5), level, np.uint8)), level % 2) for level in range(8)]
    found = DataSet.from_torch(pairs, pairs)
    assert found.train_images.shape == (8, 4, 5)
    assert found.train_images[3, 0, 0] == 3
