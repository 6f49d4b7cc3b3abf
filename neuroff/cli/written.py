"""Options that say how the writer of a ``.nir`` file steps its neurons, which the file does not."""

from __future__ import annotations

from typing import Annotated

import typer

from neuroff.foreign.convention import WRITERS, Convention, convention_of

DtMs = Annotated[float | None, typer.Option(help="Duration of a step of FILE.nir, in ms: NIR holds none.")]
WrittenBy = Annotated[
    str | None,
    typer.Option(
        metavar="|".join(WRITERS),
        help="Who wrote FILE.nir: how its neurons are stepped, which NIR does not say. Without it NIR's "
        "equations are taken as written, and `neuroff energy` shows what others' conventions change.",
    ),
]
ResetBy = Annotated[
    str | None,
    typer.Option(
        "--reset",
        metavar="value|subtract",
        help="What a spike of FILE.nir does, instead of the writer's default.",
    ),
]
SpikesPerStep = Annotated[
    str | None,
    typer.Option(
        metavar="one|many",
        help="How often a neuron of FILE.nir may fire in a step: once, or once for every threshold in its "
        "potential.",
    ),
]
Decay = Annotated[
    str | None,
    typer.Option(
        metavar="euler|exponential", help="What a step takes of a potential: dt/τ of it, or 1 − exp(−dt/τ)."
    ),
]
Gain = Annotated[
    str | None,
    typer.Option(
        metavar="whole|scaled",
        help="What arrives at a neuron is added whole, or times the factors of NIR's equations.",
    ),
]


def told(
    written_by: str | None, reset: str | None, spikes: str | None, decay: str | None, gain: str | None
) -> Convention | None:
    """Return the convention that options tell; None where they tell none.

    Raises:
        ConfigError: naming what there is.
    """
    if not any((written_by, reset, spikes, decay, gain)):
        return None
    return convention_of(written_by, reset=reset, spikes=spikes, decay=decay, gain=gain)
