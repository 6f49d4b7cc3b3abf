"""A data set of your own: arrays, registered under a name that configurations and commands know."""

import sklearn.datasets

import neuroff
from neuroff.data import DataSet, register


def load_mine(folder: object, steps: int | None) -> DataSet:
    found = sklearn.datasets.load_digits()
    images, labels = found.images / 16, found.target  # floats in [0, 1], without room for a label
    return DataSet.from_arrays(images[:1400], labels[:1400], images[1400:], labels[1400:], name="mine")


def test_my_images_are_trained_by_name() -> None:
    register("mine", load_mine)
    config = neuroff.preset("demo", path="dense", dataset="mine")
    config = neuroff.apply_settings(
        config, ["widths=80", "epochs=6", "evaluate_every=0", "label.place=beside"]
    )
    split = neuroff.prepare(neuroff.load("mine"), config)
    network, plan = neuroff.build(config, split)
    assert neuroff.accuracy(neuroff.train(network, split, plan).network, split.test) > 0.8
