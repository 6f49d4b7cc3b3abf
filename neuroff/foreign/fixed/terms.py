"""A population's numbers, counted from rest: what goes into weights, into decays, and into the threshold."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from neuroff.chip.neurons import MAX_DECAY
from neuroff.chip.numbers import DECAY_UNITY
from neuroff.errors import ExportError
from neuroff.foreign.nodes.membranes import CurrentBased, Integrating, Leaky
from neuroff.foreign.nodes.population import Population


@dataclass(frozen=True)
class Terms:
    """A population's numbers, counted from rest; in the shape of the neurons.

    Attributes:
        gain: what arrives is multiplied by.
        voltage_decay: δ_v.
        current_decay: δ_u + 1; None without a current.
        rest: the potential that is zero.
        threshold: θ less rest; None where neurons do not fire.
    """

    gain: Tensor
    voltage_decay: Tensor
    current_decay: Tensor | None
    rest: Tensor
    threshold: Tensor | None


def terms_of(node: Population) -> Terms:
    """Return a population's numbers, counted from rest.

    Raises:
        ExportError: if its neurons have no potential, or a threshold below rest.
    """
    membrane, shape = node.membrane, node.inputs
    current = None
    if isinstance(membrane, Integrating):
        gain = torch.ones_like(membrane.gain) if membrane.whole else membrane.gain
        decay, rest = torch.zeros(shape).double(), membrane.first
    elif isinstance(membrane, Leaky):
        gain, decay, rest = membrane.gain, _parts(membrane.rate), membrane.leak
    elif isinstance(membrane, CurrentBased):
        potential = membrane.potential
        gain, decay, rest = membrane.gain * potential.gain, _parts(potential.rate), potential.leak
        current = _parts(membrane.rate_syn, most=DECAY_UNITY)
    else:
        raise ExportError(
            f"neurons of kind {node.kind}, which no chip has", expected="IF, LIF, CubaLIF, I, LI or CubaLI"
        )
    if not node.rest:
        rest = torch.zeros(shape).double()
    threshold = None if node.firing is None else node.firing.threshold - rest
    if threshold is not None and float(threshold.min()) < 0:
        raise ExportError("a threshold below rest", expected="neurons that are silent without input")
    return Terms(gain.expand(shape), decay.expand(shape), current, rest, threshold)


def _parts(rate: Tensor, most: int = MAX_DECAY) -> Tensor:
    return torch.round(rate * DECAY_UNITY).clamp(0, most)


def rest_of(node: Population) -> Tensor:
    """Return the potential that a population rests at, in the shape of its neurons.

    Raises:
        ExportError: if its neurons have no potential.
    """
    return terms_of(node).rest
