"""How pre-synaptic values become the drive of neurons.

``protocol`` is what everyone else asks; ``dense`` fills it in with one matrix. Other synapses are a class of
their own with the same methods: nothing outside this room knows that there is a matrix.
"""

from neuroff.core.synapses.dense import Dense, initial_dense
from neuroff.core.synapses.protocol import Synapses

__all__ = ["Dense", "Synapses", "initial_dense"]
