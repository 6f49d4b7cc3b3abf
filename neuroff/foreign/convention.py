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
``sinabs``       decays by exp(−1/τ), τ in steps; as many spikes in a step as thresholds are in the potential,
                 each of which takes θ off; θ itself fires; LIF takes (1 − exp(−1/τ)) x (``norm_input``), LI
                 and IF what arrives whole: the defaults of its neurons, none of which its files carry
                 (``layers/functional/lif.py``, ``activation``, ``nir.py`` of 3.1.3)
``rockpool``     decays by exp(−dt/τ), τ in seconds; spikes and reset as sinabs; LIF takes what arrives whole,
                 CubaLIF is i ← α (i + x), v ← β v + i (``LIFTorch``, ``LIFNeuronTorch``, ``nir.py`` of
                 3.1.0); biases of neurons are not in its files
``lava``         as nir, dt = 0.1 ms: i ← (1 − δ_u/4096) i + x, v ← (1 − δ_v/4096) v + i, fires above θ, reset
                 to zero, which NIR's equations are with the gains that the files have. lava writes netx; NIR
                 files come of the script ``lava_to_nir.py`` in NIR's documentation (January 2026), whose
                 biases have another unit than its weights and pass the current, which lava's do not: they are
                 refused. lava's integers round states toward zero, these do not
``nengo``        decays by exp(−dt/τ); no potential falls below zero (``min_voltage``); spikes are 1/dt high
                 (``LIF.step``, ``synapses.Lowpass`` of 4.0.0). NIR files come of a script in NIR's
                 documentation, ``nir-lorentz.py``, which takes neurons without refractory time. nengo starts
                 potentials at random in [0, 1) unless told otherwise, which no file carries: here they start
                 at zero; its neurons and filters send a step later, here in the same step
``neuroff``      as nir; a file of neuroff's carries reset and firing of every population
================ =========================================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final, Literal, get_args

from neuroff.errors import ConfigError

Reset = Literal["value", "subtract", "none"]
Fires = Literal["exceeded", "reached"]
Start = Literal["rest", "zero"]
Decay = Literal["euler", "exponential"]
Spikes = Literal["one", "many"]
Gain = Literal["whole", "scaled"]
TimeUnit = Literal["seconds", "seconds times dt", "steps"]


@dataclass(frozen=True)
class Convention:
    """How neurons of a file are stepped.

    Attributes:
        writer: who steps them so.
        reset: to v_reset, by subtraction of θ, or none.
        reset_late: whether the reset acts in the step after the spike, on what has decayed and arrived by
            then.
        fires: where the potential exceeds θ, or reaches it.
        spikes: at most one in a step, or one for every θ in the potential.
        decay: of a potential or current in a step: dt/τ of it, or 1 − exp(−dt/τ).
        whole: NIR's names of the kinds whose currents, or potentials where there are none, take what arrives
            whole, and not times the factors that the equations have.
        joined_current: whether what arrives joins a current before it decays, and the potential takes the
            current whole.
        unit: of time constants in a file.
        start: potentials start at v_leak, or at zero.
        floored: whether potentials that are below zero after a step are lifted to it.
        spike_in_rate: whether a spike is 1/dt high, dt in seconds; else one.
        biases: whether biases of weights stand in its files as they act.
        dt_ms: duration of a step that the writer puts into every file; None where there is none.
    """

    writer: str
    reset: Reset = "value"
    reset_late: bool = False
    fires: Fires = "exceeded"
    spikes: Spikes = "one"
    decay: Decay = "euler"
    whole: frozenset[str] = frozenset()
    joined_current: bool = False
    unit: TimeUnit = "seconds"
    start: Start = "rest"
    floored: bool = False
    spike_in_rate: bool = False
    biases: bool = True
    dt_ms: float | None = None

    def step_in_file(self, dt_s: float) -> float:
        """Return a step in the unit of the file's time constants."""
        return {"seconds": dt_s, "seconds times dt": dt_s**2, "steps": 1.0}[self.unit]


NIR: Final = Convention("nir")
"""The equations as they are written."""

_CURRENTS: Final = frozenset({"CubaLIF", "CubaLI", "IF", "I"})
_ALL: Final = _CURRENTS | {"LIF", "LI"}

WRITERS: Final[Mapping[str, Convention]] = MappingProxyType(
    {
        "nir": NIR,
        "snntorch": Convention("snntorch", reset="subtract", reset_late=True, dt_ms=0.1),
        "norse": Convention("norse", whole=_CURRENTS, unit="seconds times dt", dt_ms=1.0),
        "spikingjelly": Convention("spikingjelly", fires="reached", dt_ms=0.1),
        "sinabs": Convention(
            "sinabs",
            reset="subtract",
            fires="reached",
            spikes="many",
            decay="exponential",
            whole=frozenset({"IF", "I", "LI"}),
            unit="steps",
        ),
        "rockpool": Convention(
            "rockpool",
            reset="subtract",
            fires="reached",
            spikes="many",
            decay="exponential",
            whole=frozenset({"LIF"}),
            joined_current=True,
        ),
        "lava": Convention("lava", biases=False, dt_ms=0.1),
        "nengo": Convention("nengo", decay="exponential", floored=True, spike_in_rate=True),
        "neuroff": Convention("neuroff"),
    }
)
"""Conventions by the name of a writer."""


def convention_of(
    written_by: str | None,
    *,
    reset: str | None = None,
    spikes: str | None = None,
    decay: str | None = None,
    gain: str | None = None,
) -> Convention:
    """Return the convention of a writer, NIR's own without one, with what is told otherwise.

    Args:
        written_by: a name of `WRITERS`.
        reset: ``value`` or ``subtract`` instead of the writer's default.
        spikes: ``one`` or ``many`` in a step likewise.
        decay: ``euler`` or ``exponential`` likewise.
        gain: ``whole``, where all neurons take what arrives as it is, or ``scaled``, where none do.

    Raises:
        ConfigError: naming what there is.
    """
    found = NIR if written_by is None else WRITERS.get(written_by)
    if found is None:
        raise ConfigError(
            f"unknown writer {str(written_by)[:60]!r}", where="written_by", expected=" | ".join(WRITERS)
        )
    _require(reset, ("value", "subtract"), "reset")
    _require(spikes, get_args(Spikes), "spikes")
    _require(decay, get_args(Decay), "decay")
    _require(gain, get_args(Gain), "gain")
    changed: dict[str, Any] = {"spikes": spikes, "decay": decay, "reset": reset}
    if gain is not None:
        changed["whole"] = _ALL if gain == "whole" else frozenset()
    if reset == "value":
        # To a value resets at once everywhere: snnTorch's Leaky clears its potential before it decays.
        changed["reset_late"] = False
    return replace(found, **{key: value for key, value in changed.items() if value is not None})


def _require(given: str | None, choices: tuple[str, ...], name: str) -> None:
    if given is not None and given not in choices:
        raise ConfigError(f"unknown {name} {str(given)[:60]!r}", where=name, expected=" | ".join(choices))
