"""The spiking path's open choices as declared cases: what the bus, the goodness, the gain and the rule cost.

A study moves one choice at a time from a common start, the ``best`` spiking preset, and trains all cases
alike. A choice is judged on held-out training images; the test images are measured for the record.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

from neuroff.choices import StudyName as StudyName
from neuroff.config import Config, Variant
from neuroff.config.overrides import apply_settings
from neuroff.config.presets import preset

BUS_BITS = (1, 2, 3, 4, 6, 8, None)
BUS_DELAYS = (0, 1, 2, 4)
FRONTIER_STEPS = (4, 6, 8, 10)
FRONTIER_PENALTIES = (0.0, 0.2, 0.5, 1.0)


@dataclass(frozen=True)
class Case:
    """One network of a study.

    Attributes:
        name: of its folder and row, unique in the study.
        variant: ff, fcff or acff.
        settings: what the case chooses, as ``key=value``.
        choice: the same for tables and figures.
    """

    name: str
    variant: Variant
    settings: tuple[str, ...]
    choice: dict[str, str | int | float | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Study:
    """Cases side by side.

    Attributes:
        title: what is compared.
        common: settings of all cases.
        cases: the networks.
    """

    title: str
    common: tuple[str, ...]
    cases: tuple[Case, ...]


def _bus() -> Study:
    cases = tuple(
        Case(
            f"bits-{bits or 'exact'}-delay-{delay}",
            "fcff",
            (f"collaboration.bits={'none' if bits is None else bits}", f"collaboration.delay={delay}"),
            {"bits": bits, "delay": delay},
        )
        for delay, bits in itertools.product(BUS_DELAYS, BUS_BITS)
    )
    # Every layer hears all others at every step: the most that a bus can carry, and spoil.
    return Study(
        "F-CFF with the bus at every step: bits of a message, steps until it arrives",
        ("collaboration.timing=online", "collaboration.partners=all"),
        cases,
    )


def _goodness() -> Study:
    named = (
        ("mean-square-rate", "firing-rate energy", ("goodness=mean_squares", "goodness_scale=20")),
        *(
            (
                f"linear-{scale}",
                f"linear spike count, κ = {scale}",
                ("goodness=linear", f"goodness_scale={scale}"),
            )
            for scale in (5, 10, 20)
        ),
        *(
            (f"trace-{decay}", f"trace energy, λ = {decay}", ("goodness_scale=20", f"trace_decay={decay}"))
            for decay in (0.9, 0.7)
        ),
    )
    return _plain("Goodness that a chip can count", named)


def _gain() -> Study:
    named = (
        ("presentation", "of the whole presentation", ("gain=presentation",)),
        ("online", "of the spikes so far", ("gain=online",)),
        ("none", "none", ("gain=constant", "constant_gain=1")),
        ("constant-3", "constant 3", ("gain=constant", "constant_gain=3")),
    )
    return _plain("Gain between layers", named)


def _rule() -> Study:
    named = tuple(
        (f"{rule}-{reset}", f"{rule}, reset {words}", (f"neuron.rule={rule}", f"neuron.reset={reset}"))
        for reset, words in (("subtract", "by subtraction"), ("zero", "to zero"))
        for rule in ("batch", "online_end", "online_step")
    )
    return _plain("The local rule, at the end of a presentation and online", named, "gain=online")


def _frontier() -> Study:
    cases = tuple(
        Case(
            f"T-{steps}-penalty-{penalty:g}",
            "acff",
            (f"neuron.steps={steps}", f"training.rate_penalty={penalty:g}"),
            {"steps": steps, "penalty": penalty},
        )
        for steps, penalty in itertools.product(FRONTIER_STEPS, FRONTIER_PENALTIES)
    )
    return Study("A-CFF: accuracy against spikes, time steps and rate penalties", (), cases)


def _plain(title: str, named: Sequence[tuple[str, str, tuple[str, ...]]], *common: str) -> Study:
    cases = tuple(Case(name, "ff", settings, {"choice": words}) for name, words, settings in named)
    return Study(title, common, cases)


STUDIES: dict[StudyName, Study] = {
    "bus": _bus(),
    "goodness": _goodness(),
    "gain": _gain(),
    "rule": _rule(),
    "frontier": _frontier(),
}
"""Every study by name."""


def case_config(study: Study, case: Case, dataset: str, seed: int, settings: Sequence[str] = ()) -> Config:
    """Return the configuration of a case.

    Args:
        study: the study.
        case: one of its cases.
        dataset: named data set.
        seed: of the run.
        settings: ``key=value`` settings of the whole study, such as its scale; the case's own come last.
    """
    start = preset("best", path="spiking", variant=case.variant, dataset=dataset, seed=seed)
    return apply_settings(start, (*study.common, *settings, *case.settings))
