from __future__ import annotations

import pytest
import torch

from neuroff.core.asking import LabelAsking
from neuroff.errors import ConfigError


def test_prepared_images_are_a_copy_without_label() -> None:
    images = torch.arange(1.0, 13.0).view(2, 6)
    kept = images.clone()
    cleared = LabelAsking(4).prepared(images)
    assert torch.equal(images, kept)
    assert cleared.tolist() == [[0, 0, 0, 0, 5, 6], [0, 0, 0, 0, 11, 12]]
    cleared.fill_(-1)
    assert torch.equal(images, kept)


def test_a_label_beside_the_image_leaves_all_of_it() -> None:
    asking = LabelAsking(3, "beside")
    images = torch.arange(1.0, 9.0).view(2, 4)
    assert asking.inputs(4) == 7
    assert asking.prepared(images).tolist() == [[0, 0, 0, 1, 2, 3, 4], [0, 0, 0, 5, 6, 7, 8]]
    assert (asking.own_inputs, asking.presentations, asking.learning_presentations) == (3, 3, 2)


def test_a_prediction_asks_for_every_label_and_training_for_two() -> None:
    asking = LabelAsking(3)
    assert asking.everything(2).tolist() == [[0, 0], [1, 1], [2, 2]]
    question = asking.question(torch.tensor([0, 2]), torch.tensor([1, 1]))
    assert question.candidates.tolist() == [[0, 2], [1, 1]]
    assert question.truth is None
    assert question.rows(slice(1, 2)).candidates.tolist() == [[2], [1]]


@pytest.mark.parametrize(("classes", "place"), [(1, "pixels"), (3, "behind")])
def test_what_cannot_be_asked_is_refused(classes: int, place: str) -> None:
    with pytest.raises(ConfigError, match=r"classes|place"):
        LabelAsking(classes, place)  # type: ignore[arg-type]
