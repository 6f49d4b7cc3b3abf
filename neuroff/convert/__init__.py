"""Rates and spikes of one network: a dense network as a spiking one, and a spiking one as its rate limit.

`to_spikes` turns a trained dense network into integrate-and-fire neurons, layer by layer, thresholds balanced
on training images. `deviations` measures what is left between the two after T steps, and `log_slope` how that
falls with T. `rate_network` goes the other way: the network that a spiking network approaches as T grows.
"""

from neuroff.convert.convergence import Deviation, deviations, log_slope
from neuroff.convert.rates import RateNeuron, rate_limit, rate_network
from neuroff.convert.twin import Twin, balance, to_spikes, twin_accuracy, twin_goodness, twin_scores

__all__ = [
    "Deviation",
    "RateNeuron",
    "Twin",
    "balance",
    "deviations",
    "log_slope",
    "rate_limit",
    "rate_network",
    "to_spikes",
    "twin_accuracy",
    "twin_goodness",
    "twin_scores",
]
