"""What each figure shows and how to read it."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True)
class Caption:
    """A title, and sentences that say how to read the figure."""

    title: str
    text: str


_CAPTIONS: Final = MappingProxyType(
    {
        "accuracy": Caption(
            "Test accuracy",
            "Share of test images that were classified correctly. Filled bars are the dense path, "
            "hatched bars the spiking one. With several seeds the bar is their mean, the error "
            "bar one standard deviation either way, and each seed is a dot. Two strokes across "
            "the axis say that it does not start at zero.",
        ),
        "energy": Caption(
            "Energy per image",
            "Counted work of one prediction times the published prices of each hardware profile; "
            "not measured. The axis is logarithmic, so lengths of bars are not proportional to "
            "energy. Error bars span the profile's lower and upper prices. A pointer and “≥” mark "
            "a lower bound: some of the counted work has no price. Compare bars within one "
            "profile; profiles do not enclose the same parts of a device.",
        ),
        "confusion": Caption(
            "Which class is taken for which",
            "True classes in rows, predicted ones in columns, of the most accurate network of its path, all "
            "seeds together: of every true class, which share of its test images was predicted as which. "
            "What is right lies on the diagonal; the stronger the colour the larger the share.",
        ),
        "training": Caption(
            "Training",
            "Above: accuracy on training images, by the layers trained so far. Below: mean "
            "goodness of images with their true label (positive, solid) and with a wrong one "
            "(negative, dotted); learning drives the two apart. Layers that learn one after the "
            "other are divided by a dashed line. Bands span the seeds. Curves that coincide hide "
            "each other: a first layer without partners learns the same in every variant.",
        ),
        "gamma": Caption(
            "Collaboration strength γ",
            "How much a layer counts the goodness of its partners. F-CFF keeps γ fixed; A-CFF "
            "learns it while the layer learns. Where only layers already trained are partners, "
            "the first layer has none, and its γ is without effect.",
        ),
        "raster": Caption(
            "Spikes and modulators of one image",
            "The same image is shown twice, with its true label and with the wrong label that "
            "fits best; a network of class groups sees it once, and has a group of neurons for each. Each "
            "dash is a spike; those under both labels, or of other groups, are grey. Beside each layer "
            "are its scalars, filled for the true label and hatched for the wrong one: its "
            "goodness; its collaborative goodness, into which the goodness of its partners "
            "enters; and the modulator, the one number that is broadcast to all synapses of the "
            "layer when it learns. A negative modulator raises goodness, a positive one lowers "
            "it.",
        ),
        "traces": Caption(
            "Spikes, goodness and modulator over time",
            "The same image with its true label (left) and with the wrong label that fits best (right), or "
            "the groups of these two classes. "
            "Under each layer's spikes: its goodness of the spikes so far, and the modulator that follows"
            " from it and from what its partners have sent by then. A negative modulator raises goodness,"
            " a positive one lowers it. The two columns of a row share a scale.",
        ),
        "rates": Caption(
            "Firing rates",
            "Share of neurons by firing rate, an outline per layer. With T steps a neuron has one of T + "
            "1 rates. Pointers mark the means.",
        ),
        "fields": Caption(
            "Receptive fields",
            "First-layer weights as images, blue negative and orange positive, on one scale; a weight of "
            "zero lets the ground show. The label's columns, the first pixels of the first row, are left "
            "out.",
        ),
        "learned": Caption(
            "Collaboration strength and threshold",
            "What a layer learns besides its weights: how much it counts its partners' goodness (γ), and "
            "the membrane potential at which its neurons fire (θ).",
        ),
        "conversion": Caption(
            "From dense to spikes",
            "Accuracy of a converted network after T steps; the dashed line is the dense network.",
        ),
        "conversion-error": Caption(
            "What conversion leaves",
            "Relative distance of rates and goodness from the dense network's after T steps; both scales "
            "are logarithmic, and the thin line falls as 1/T.",
        ),
        "frontier": Caption(
            "Accuracy against spikes",
            "Each mark is a trained network, a line per family; the scale of spikes is logarithmic. Up "
            "and left is better. Error bars are one standard deviation over seeds.",
        ),
        "bus": Caption(
            "What a real bus costs",
            "Accuracy when the scalars between layers are rounded to a number of bits and arrive late by "
            "a number of steps. The stronger the colour the more accurate.",
        ),
    }
)


def caption_of(kind: str) -> Caption:
    """Return the caption of a kind of figure, such as ``energy`` or ``raster``."""
    return _CAPTIONS.get(kind, Caption(kind, ""))
