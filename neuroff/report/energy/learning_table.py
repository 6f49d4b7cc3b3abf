"""The table of what learning costs."""

from __future__ import annotations

from neuroff.energy.pricing.account import Account
from neuroff.energy.pricing.learning import LearningCost
from neuroff.report.energy import cells
from neuroff.report.energy.report import EnergyReport
from neuroff.report.grid import Grid
from neuroff.report.printed import UNPRICED, amount
from neuroff.report.summary import variant_label


def learning_grid(report: EnergyReport) -> Grid:
    """Return the energy of a training epoch of each variant, the bus apart, and backpropagation beside it."""
    priced = [entry for entry in report.accounts if _learns(entry)]
    own = report.counted.learning[0].variant if report.counted.learning else ""
    order = [name for name in ("ff", "fcff", "acff") if priced and name in _costs(priced[0])]
    rows, breaks = [], set()
    for entry in priced:
        costs = _costs(entry)
        first = [cells.learning(costs[name], report.epoch_images) for name in order]
        backprop = cells.learning(entry.backprop, report.epoch_images)
        rows.append((entry.profile.id, "epoch", *first, backprop))
        rows.append(
            ("", "of it collaboration", *(_bus(costs[name], report.epoch_images) for name in order), "0 J")
        )
        breaks.add(len(rows) - 1)
    scalars = [
        f"{variant_label(name)} {amount(_scalars(report, name))}" for name in order if report.counted.learning
    ]
    notes = [
        f"One epoch of every stage: {report.epoch_images:,} images{_labels(report)}, "
        f"counted on {report.learning_images} of them with the weights of this {variant_label(own)} run.",
        "Backpropagation: a dense float32 network of the same widths with a read-out, one pass per image.",
    ]
    if scalars:
        notes.append(f"Scalars of collaboration on the bus per image: {', '.join(scalars)}.")
    notes.append(
        "“no price” in the second line: the bus moves scalars, and the profile prices none of its work."
    )
    left = [entry.profile.id for entry in report.accounts if entry not in priced]
    if left:
        notes.append(f"Weight updates have no price, or the network does not fit: {', '.join(left)}.")
    return Grid(
        "Energy of a training epoch",
        ("profile", "", *map(variant_label, order), "dense\nbackprop"),
        tuple(rows),
        tuple(notes),
        words=2,
        breaks=frozenset(breaks),
    )  # fmt: skip


def _labels(report: EnergyReport) -> str:
    """Return how often an image is presented to learn, in words."""
    return ", presented once" if report.learning_presentations == 1 else " with a true and a wrong label each"


def _costs(entry: Account) -> dict[str, LearningCost]:
    return {cost.variant: cost for cost in entry.learning}


def _learns(entry: Account) -> bool:
    return any(cost.energy_J is not None for cost in entry.learning)


def _bus(cost: LearningCost, samples: int) -> str:
    band = cost.collaboration_J
    if band is None:
        return UNPRICED
    unpriced = set(cost.unpriced) & {name for name, amount in cost.collaboration.to_dict().items() if amount}
    return cells.joules(band * samples, lower_bound=bool(unpriced))


def _scalars(report: EnergyReport, variant: str) -> float:
    for learning in report.counted.learning:
        if learning.variant == variant:
            return sum(stage.collaboration["bus_broadcasts"] for stage in learning.stages)
    return 0.0
