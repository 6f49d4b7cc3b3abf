"""What a NIR file leaves open: how the library that trained the network steps its neurons.

NIR writes neurons as differential equations. How they are stepped, what a reset does, when it acts and
whether the threshold itself fires, the file does not say. A `Convention` does; `NIR` is the equations as they
are written (Pedersen et al., Nature Communications 15, 8122, 2024) by forward Euler.

================ =========================================================================================
``nir``          v + dt/τ ((v_leak − v) + r x); fires above θ; reset to v_reset at once; a current reaches the
                 potential in the step in which it arrives
``snntorch``     dt = 0.1 ms in every file (``export_nir.py`` of 1.0.0); reset by subtraction of θ, which the
                 file does not carry, in the step after the spike (``reset_mechanism="subtract"``,
                 ``reset_delay=True``, the defaults of its neurons)
``norse``        as nir for nir.LIF; a current takes what arrives whole, and IF neurons add it whole
                 (``lif_feed_forward_step``, ``iaf_feed_forward_step`` of 1.1.0). Its ``to_nir`` writes τ dt
                 for τ, so that a step is dt² in the file's unit
``spikingjelly`` as nir, but θ itself fires (``heaviside`` of 2.0.0: x ≥ 0); dt = 0.1 ms in a file unless its
                 writer was told otherwise
``neuroff``      as nir; a file of neuroff's carries reset and firing of every population
================ =========================================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Literal

from neuroff.errors import ConfigError

Reset = Literal["value", "subtract", "none"]
Fires = Literal["exceeded", "reached"]
Start = Literal["rest", "zero"]


@dataclass(frozen=True)
class Convention:
    """How neurons of a file are stepped.

    Attributes:
        writer: who steps them so.
        reset: to v_reset, by subtraction of θ, or none.
        reset_late: whether the reset acts in the step after the spike, on what has decayed and arrived by
            then.
        fires: where the potential exceeds θ, or reaches it.
        input_whole: whether currents, and neurons without a leak, take what arrives whole, and not times the
            factors that the equations have.
        squared_step: whether time constants are written times dt, so that a step is dt² in their unit.
        start: potentials start at v_leak, or at zero.
        dt_ms: duration of a step that the writer puts into every file; None where there is none.
    """

    writer: str
    reset: Reset = "value"
    reset_late: bool = False
    fires: Fires = "exceeded"
    input_whole: bool = False
    squared_step: bool = False
    start: Start = "rest"
    dt_ms: float | None = None


NIR: Final = Convention("nir")
"""The equations as they are written."""

WRITERS: Final[Mapping[str, Convention]] = MappingProxyType(
    {
        "nir": NIR,
        "snntorch": Convention("snntorch", reset="subtract", reset_late=True, dt_ms=0.1),
        "norse": Convention("norse", input_whole=True, squared_step=True, dt_ms=1.0),
        "spikingjelly": Convention("spikingjelly", fires="reached", dt_ms=0.1),
        "neuroff": Convention("neuroff"),
    }
)
"""Conventions by the name of a writer."""


def convention_of(written_by: str | None, *, reset: str | None = None) -> Convention:
    """Return the convention of a writer, NIR's own without one.

    Args:
        written_by: a name of `WRITERS`.
        reset: ``value`` or ``subtract`` instead of the writer's default.

    Raises:
        ConfigError: naming what there is.
    """
    found = NIR if written_by is None else WRITERS.get(written_by)
    if found is None:
        raise ConfigError(
            f"unknown writer {str(written_by)[:60]!r}", where="written_by", expected=" | ".join(WRITERS)
        )
    if reset is None:
        return found
    if reset not in ("value", "subtract"):
        raise ConfigError(f"unknown reset {str(reset)[:60]!r}", where="reset", expected="value | subtract")
    # To a value resets at once everywhere: snnTorch's Leaky clears its potential before it decays.
    return (
        replace(found, reset="value", reset_late=False)
        if reset == "value"
        else replace(found, reset="subtract")
    )
