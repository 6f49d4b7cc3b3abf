"""Accuracy over the bits of a weight."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from neuroff.checks import require_kind, require_wholes
from neuroff.chip.deploy import chip_accuracy, deploy
from neuroff.chip.quantise import quantise
from neuroff.chip.tune import TuningPlan, fine_tune
from neuroff.core.inputs import Split
from neuroff.core.network import Network
from neuroff.core.plan import Plan
from neuroff.core.together import require_split

BITS = (8, 6, 4, 3, 2)


@dataclass(frozen=True)
class BitsPoint:
    """What a network on the chip gets right.

    Attributes:
        bits: of a weight.
        rounded: test accuracy of the trained network, rounded.
        tuned: test accuracy after fine-tuning; as ``rounded`` without.
    """

    bits: int
    rounded: float
    tuned: float


def accuracy_over_bits(
    network: Network,
    trained_by: Plan,
    split: Split,
    bits: Sequence[int] = BITS,
    plan: TuningPlan | None = None,
    *,
    measured: Callable[[BitsPoint], None] | None = None,
) -> tuple[BitsPoint, ...]:
    """Quantise a trained network to several widths, and fine-tune each.

    Args:
        network: trained and spiking.
        trained_by: the plan that it was trained by.
        split: images; scales and tuning see the training images alone.
        bits: widths of a weight.
        plan: how to fine-tune; not at all if ``None``.
        measured: told every point as soon as it is known.
    """
    require_split(network, split, "accuracy_over_bits")
    require_wholes("bits", bits, least=2, below=9, where="accuracy_over_bits")
    require_kind("trained_by", trained_by, Plan, where="accuracy_over_bits")
    if plan is not None:
        require_kind("plan", plan, TuningPlan, where="accuracy_over_bits")

    def points() -> Iterator[BitsPoint]:
        for width in bits:
            model = quantise(network, split.train, bits=width)
            rounded = tuned = chip_accuracy(deploy(model), split.test)
            if plan is not None:
                moved = fine_tune(model, trained_by, split.train, plan)
                tuned = chip_accuracy(deploy(moved), split.test)
            point = BitsPoint(width, rounded, tuned)
            if measured is not None:
                measured(point)
            yield point

    return tuple(points())
