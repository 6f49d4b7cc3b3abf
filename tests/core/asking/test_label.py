from __future__ import annotations

import pytest
import torch

from neuroff.core.asking import LabelAsking
from neuroff.core.signal import Signal, Stimulus
from neuroff.core.synapses import Dense
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


@pytest.mark.parametrize("classes", [10, 100])
def test_a_label_adds_its_weights_to_the_image_s_drive(classes: int) -> None:
    """Few classes by products, many by picking columns: the drive is that of the labelled image."""
    stream = torch.Generator().manual_seed(0)
    asking, images = LabelAsking(classes), torch.rand(3, classes + 5, generator=stream)
    synapses = Dense(torch.randn(7, classes + 5, generator=stream), torch.randn(7, generator=stream))
    stimulus = Stimulus(Signal(asking.prepared(images)), torch.tensor([1.0, 2.5, 0.3]))
    candidates = asking.everything(3)
    base = synapses.drive(stimulus.image, torch.float32)
    labelled = asking.written(stimulus.image.values, stimulus.label, candidates)
    expected = synapses.drive(Signal(labelled), torch.float32)
    found = asking.drive(base, stimulus, candidates, synapses, torch.float32)
    torch.testing.assert_close(found, expected, atol=2e-6, rtol=1e-6)


@pytest.mark.parametrize(("classes", "place"), [(1, "pixels"), (3, "behind")])
def test_what_cannot_be_asked_is_refused(classes: int, place: str) -> None:
    with pytest.raises(ConfigError, match=r"classes|place"):
        LabelAsking(classes, place)  # type: ignore[arg-type]
