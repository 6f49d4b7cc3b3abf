"""What a plan is made of: stages of layers, wrong labels, and steps of γ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from neuroff.checks import require_number, require_whole, require_wholes
from neuroff.core.asking.wrong import DrawnBy, NegativeLabels
from neuroff.errors import require_choice

Schedule = Literal["sequential", "interleaved"]
RateCourse = Literal["constant", "cosine"]
GammaOptimiser = Literal["descent", "adam"]


@dataclass(frozen=True)
class Stage:
    """Layers that learn together.

    Attributes:
        index: of the stage.
        layers: indices of the layers that learn.
        epochs: how often they see the training images.

    Raises:
        ConfigError: naming a number out of range.
    """

    index: int
    layers: tuple[int, ...]
    epochs: int

    def __post_init__(self) -> None:
        require_whole("index", self.index, least=0, where="Stage")
        require_wholes("layers", self.layers, least=0, where="Stage")
        require_whole("epochs", self.epochs, least=1, where="Stage")


@dataclass(frozen=True)
class Negatives:
    """Which wrong labels negative data carries; see `neuroff.training.negatives`.

    Attributes:
        kind: drawn once, redrawn every epoch, the true labels permuted once, or redrawn every epoch by how
            well they fit (``hard``).
        hardness: odds of a hard wrong label are exp(hardness · its score).
        candidates: wrong labels that all layers score, those that fit the first layer best; all if ``None``.
        drawn_by: who draws hard ones: the ``stage``, one label for all its layers by the goodness of all up
            to its last; or each ``layer`` its own by its own goodness, so that none above has a say.

    Raises:
        ConfigError: naming a number out of range.
    """

    kind: NegativeLabels = "redrawn"
    hardness: float = 2.0
    candidates: int | None = None
    drawn_by: DrawnBy = "stage"

    def __post_init__(self) -> None:
        require_choice(self.kind, get_args(NegativeLabels), "negative labels")
        require_choice(self.drawn_by, get_args(DrawnBy), "who draws negative labels")
        require_number("hardness", self.hardness, least=0.0)
        require_whole("candidates", 1 if self.candidates is None else self.candidates, least=1)


@dataclass(frozen=True)
class GammaStep:
    """How adaptive collaboration moves γ.

    Attributes:
        optimiser: plain gradient ``descent``, or ``adam``.
        learning_rate: η of γ.
        most: γ is kept within ± this after every step; free if ``None``.
    """

    optimiser: GammaOptimiser = "adam"
    learning_rate: float = 0.01
    most: float | None = None

    def __post_init__(self) -> None:
        require_choice(self.optimiser, get_args(GammaOptimiser), "optimiser of γ")
        require_number("learning_rate of γ", self.learning_rate, above=0.0)
        require_number("largest γ", 1.0 if self.most is None else self.most, above=0.0)
