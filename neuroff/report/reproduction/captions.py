"""What each figure shows and how to read it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from neuroff.report.captions import Caption

Captions = Mapping[str, Caption]
"""By kind of figure."""

CAPTIONS: Final[Captions] = MappingProxyType(
    {
        "accuracy": Caption(
            "Final accuracy",
            "As the paper's Figures 1 and 4. Bars are means over seeds, error bars one standard deviation"
            " either way, diamonds the paper's numbers. Two strokes across the axis say that it does not "
            "start at zero.",
        ),
        "gains": Caption(
            "Gains",
            "Difference in test accuracy, seed by seed. The line is the 95 % confidence interval of the "
            "mean, small circles are the seeds, the diamond is the paper's gain. A line that crosses zero"
            " says that there may be no gain. Backpropagation is left out: it would set the scale.",
        ),
        "dynamics-log": Caption(
            "Training dynamics, the paper's scale",
            "As the paper's Figures 2 and 3: natural logarithm of the accuracy in per cent on training "
            "images, by the layers trained so far. The scale on the right is the accuracy itself; the "
            "steep start is below the axis. Lines are means over seeds, bands span them. Lines that "
            "coincide take turns with their marks: a first layer without partners learns the same in "
            "every variant. Backpropagation and Lorberbom's columns train all layers at once.",
        ),
        "dynamics-error": Caption(
            "Training dynamics as error",
            "Share of images classified wrong, on a log axis, so that a tenth less error is the same step"
            " everywhere. The axis suits the Forward-Forward columns; backpropagation may leave it.",
        ),
        "gamma": Caption(
            "Collaboration strength γ",
            "γ of each layer. F-CFF and Lorberbom's columns keep it fixed; A-CFF learns it while the "
            "layer learns. A layer without partners, such as the first where only earlier layers are "
            "partners, does not use it.",
        ),
        "goodness": Caption(
            "Goodness of positive and negative images",
            "Test images of the first seed with their true label and with one wrong label, by the layer's"
            " own goodness. d′ is the distance of the two means in standard deviations. Each panel has "
            "its own scale; the last 0.5 % at either end are not shown, and a bar far above all others is"
            " cut.",
        ),
        "separation": Caption(
            "Does a layer ride on the others?",
            "A row per algorithm and layer. Left: test accuracy of the layer alone (open) and with the "
            "layers before it (filled). Middle: separation d′ of its own goodness. Right: share of its "
            "learning signal that is left when it hears its partners. Low alone, low d′ and little "
            "signal, yet accurate together: the layer rides on the others (arXiv 2605.06240). Lines are "
            "one standard deviation either way.",
        ),
        "readings": Caption(
            "Readings of the open points",
            "Accuracy on held-out training images, a row per reading, a mark per prediction rule: summed "
            "goodness Σ G, summed collaborative goodness Σ C, the last layer's C. The dashed line is "
            "plain FF as the preset has it. The test images take no part.",
        ),
        "cost": Caption(
            "Cost of training",
            "Seconds for an epoch of every layer, divided where another layer takes over, and the largest "
            "resident memory, measured in one run.",
        ),
    }
)


PRESET_CAPTIONS: Final[Captions] = MappingProxyType(
    {
        **CAPTIONS,
        "accuracy": Caption(
            "Final accuracy",
            "Bars are means over seeds, error bars one standard deviation either way. Two strokes across "
            "the axis say that it does not start at zero.",
        ),
        "gains": Caption(
            "Gains",
            "Difference in test accuracy, seed by seed. The line is the 95 % confidence interval of the "
            "mean, small circles are the seeds. A line that crosses zero says that there may be no gain.",
        ),
        "dynamics-error": Caption(
            "Training dynamics as error",
            "Share of images classified wrong, on a log axis, so that a tenth less error is the same step. "
            "All layers learn at once.",
        ),
    }
)
"""Of networks that the paper does not have."""


def caption_of(name: str, captions: Captions) -> Caption:
    """Return the caption of a figure by its file's name, such as ``dynamics-log-mnist``."""
    kind = max((kind for kind in captions if name.startswith(kind)), key=len)
    return captions[kind]
