"""What a spiking network's rates and goodness approach as T grows.

Under a constant current I a neuron's rate r_T = (1/T) Σ_t s_t tends to a limit r(I), and |r_T − r| falls as
1/T. In units of the threshold, i = I / θ:

=================== =======================================================================
neuron              r(i)
=================== =======================================================================
β = 1, subtraction  min(1, max(0, i))
any β, to zero      1/k, k the first step at which i (1 − βᵏ)/(1 − β) ≥ 1; 0 if there is none
β < 1, subtraction  0 for i ≤ 1 − β, 1 for i ≥ 1; between, the rotation number of x ↦ {βx + i}
=================== =======================================================================

The last is exact too: after a reset by subtraction the potential moves as a contracted rotation, and a rate ρ
belongs to the currents between the left and the right limit of

    i(ρ) = (1 − β) (1 + Σ_{k≥1} (⌊(k+1)ρ⌋ − ⌊kρ⌋) βᵏ)

(Laurent and Nogueira, J. Mod. Dyn. 12, 2018). It is a staircase, with a step at every fraction.

A synaptic current of decay α < 1 settles at i / (1 − α), which takes the place of i. R refractory steps after
each spike make 1/r into 1/r + R, since the neuron stands still in them.

A deeper layer does not receive a constant current but spikes. Without leak (β = 1, subtraction) only the sum
of the currents counts, and the limit is that of the mean current; `rate_network` is then the limit of the
whole network. Otherwise it is so for the first layer under a constant current, and an approximation above it,
which ignores how spikes are spread in time: within 2 % of the goodness of a second layer with β = 0.9
on the embedded digits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from neuroff.checks import require_kind
from neuroff.core.checks import require_tensor
from neuroff.core.network import Network
from neuroff.core.neurons import LIF
from neuroff.core.neurons.population import Population, Response
from neuroff.core.together import require_network
from neuroff.errors import ConfigError

_ACCURACY = 1e-12


def rate_limit(neuron: LIF, current: Tensor) -> Tensor:
    """Return the firing rate that constant currents lead to as T grows.

    Args:
        neuron: the population; its ``steps`` do not matter.
        current: I, any shape, floating point.

    Returns:
        Rates in [0, 1], in the shape and type of ``current``; worked out in float64.

    Raises:
        ConfigError: if a synaptic current never settles, or the activity is not a rate.
    """
    require_kind("neuron", neuron, LIF, where="rate_limit")
    require_tensor("current", current, where="rate_limit", expected="of any shape")
    beta, threshold, alpha = (float(value) for value in (neuron.beta, neuron.threshold, neuron.alpha))
    if alpha >= 1.0 or neuron.trace_decay != 1.0:
        raise ConfigError(
            f"alpha = {alpha:g}, trace_decay = {neuron.trace_decay:g}",
            where="rate_limit",
            expected="alpha below 1 and an activity that counts spikes (trace_decay = 1)",
        )
    drive = current.double() / (threshold * (1.0 - alpha))
    if beta == 1.0 and neuron.reset == "subtract":
        rate = drive.clamp(0.0, 1.0)
    elif neuron.reset == "zero":
        rate = _rate_to_zero(drive, beta)
    else:
        rate = _rotation_number(drive, beta)
    return (rate / (1.0 + neuron.refractory * rate)).to(current.dtype)


@dataclass(frozen=True)
class RateNeuron:
    """The rate limit of a spiking population, as a population without time.

    Attributes:
        neuron: the spiking population.
    """

    neuron: LIF

    def __post_init__(self) -> None:
        require_kind("neuron", self.neuron, LIF, where="RateNeuron")

    @property
    def steps(self) -> int:
        """One: a rate has no time."""
        return 1

    def respond(self, drive: Tensor) -> Response:
        """Return the rate limit under a drive ``(B, N)``, or under the mean over time of ``(T, B, N)``."""
        rate = rate_limit(self.neuron, drive if drive.ndim == 2 else drive.mean(0))
        return Response(rate, rate)

    def respond_traced(self, drive: Tensor) -> Response:
        """Refuse: the limit is a staircase.

        Raises:
            ConfigError: always.
        """
        raise ConfigError(
            "a rate limit has no derivative to learn by",
            where="RateNeuron",
            expected="a network that is measured, not trained",
            fix="train the spiking network and take its rate limit afterwards",
        )

    def sensitivity(self, response: Response, activity_gradient: Tensor) -> Tensor:
        """Refuse, as `respond_traced` does.

        Raises:
            ConfigError: always.
        """
        return self.respond_traced(activity_gradient).activity


def rate_network(network: Network) -> Network:
    """Return the network whose goodness a spiking network's approaches as T grows.

    See the module's text for where that is exact. Inputs encoded as spikes enter by their mean over time.

    Args:
        network: a spiking network.

    Raises:
        ConfigError: if its neurons are not `neuroff.core.neurons.LIF`.
    """
    require_network(network, "rate_network")
    return replace(
        network,
        population=_rate_neuron(network.population),
        populations={index: _rate_neuron(own) for index, own in network.populations.items()},
    )


def _rate_neuron(population: Population) -> RateNeuron:
    if not isinstance(population, LIF):
        raise ConfigError(
            f"a population of type {type(population).__name__}",
            where="rate_network",
            expected="a spiking network of LIF neurons",
        )
    return RateNeuron(population)


def _rate_to_zero(drive: Tensor, beta: float) -> Tensor:
    """Return one over the steps from rest to the threshold."""
    if beta == 1.0:
        interval = (1.0 / drive).ceil()
    elif beta == 0.0:
        interval = torch.where(drive >= 1.0, 1.0, torch.inf).to(drive.dtype)
    else:
        left = 1.0 - (1.0 - beta) / drive  # βᵏ ≤ this at the threshold
        interval = (left.clamp(min=0.0).log() / torch.tensor(beta, dtype=drive.dtype).log()).ceil()
    rate = interval.clamp(min=1.0).reciprocal()
    return torch.where(drive > 1.0 - beta, rate, 0.0)


def _rotation_number(drive: Tensor, beta: float) -> Tensor:
    """Return the ρ whose currents include each drive, by halving [0, 1]."""
    low, high = torch.zeros_like(drive), torch.ones_like(drive)
    for _ in range(int(-torch.tensor(_ACCURACY).log2().floor())):
        middle = (low + high) / 2.0
        below = _current_of(middle, beta) <= drive
        low = torch.where(below, middle, low)
        high = torch.where(below, high, middle)
    rate = torch.where(drive >= 1.0, 1.0, (low + high) / 2.0)
    return torch.where(drive > 1.0 - beta, rate, 0.0)


def _current_of(rate: Tensor, beta: float) -> Tensor:
    """Return i(ρ), the greatest current of the steps below ρ and the least of those above."""
    total, weight, before = torch.ones_like(rate), 1.0, rate.floor()
    count = 1
    while weight * beta > _ACCURACY * (1.0 - beta):
        weight *= beta
        count += 1
        after = (count * rate).floor()
        total.add_(after - before, alpha=weight)
        before = after
    return total * (1.0 - beta)
