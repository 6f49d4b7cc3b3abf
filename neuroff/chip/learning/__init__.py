"""Forward-Forward learning in the integers of a Loihi-class chip.

A presentation of T steps is one learning epoch. Input axons keep a trace x1 of their spikes and neurons a
trace y1 of their own, 7 bits each. When a presentation is over, every layer's goodness has been counted, a
piecewise linear sigmoid of it is broadcast to the layer's neurons, and each multiplies it with its trace:

    y2 = min(127, round(y1 · m / 2^shift))  after a positive presentation, else 0;  y3 after a negative
    dw = u0 * 2^-4 * x1 * y2 - u0 * 2^-4 * x1 * y3

With class groups (``groups``) an image is presented once, and what is broadcast is a number for each class:
the channel y2 is that of the true class's neurons, y3 that of its rivals'.

Three factors: what came in, what the neuron did, and one number for the whole layer. Channels, not a signed
third factor, carry the sign. The product with m is the neuron's own (on Loihi 2 all traces y1 to y3 of a
three-factor rule are), and it is where the learning rate lives: rounded stochastically, a small rate is a
channel that is rarely on, and nothing is lost. Weights have 8 bits and are written with stochastic rounding.

``rounding``, ``traces``, ``modulator``, ``rule`` and ``forward`` are the parts, ``learner`` puts them
together; ``training``, ``score`` and ``recipe`` are the host's; ``events`` counts and prices, ``printed``
prints. What an existing chip does differently: traces are cleared between presentations, which takes the
management core or idle steps; all its random numbers of a learning epoch come from one generator per core,
here every synapse draws its own.
"""

from neuroff.chip.learning.events import LearningEvents, learning_energy
from neuroff.chip.learning.group_recipe import group_learner
from neuroff.chip.learning.groups import GroupModulator
from neuroff.chip.learning.images import SpikingImages
from neuroff.chip.learning.learner import LearnerState, chip_network, learn, present
from neuroff.chip.learning.modulator import Collaboration, Modulator
from neuroff.chip.learning.plan import LearningLayer, LearningPlan
from neuroff.chip.learning.printed import learning_notes, rule_lines
from neuroff.chip.learning.recipe import Variant, flat, learner
from neuroff.chip.learning.rule import SumOfProducts, Term, forward_forward_rule
from neuroff.chip.learning.score import accuracy, all_goodness, predict
from neuroff.chip.learning.store import load_state, save_state
from neuroff.chip.learning.traces import Trace, counting_trace
from neuroff.chip.learning.training import Schedule, learn_epoch

__all__ = [
    "Collaboration",
    "GroupModulator",
    "LearnerState",
    "LearningEvents",
    "LearningLayer",
    "LearningPlan",
    "Modulator",
    "Schedule",
    "SpikingImages",
    "SumOfProducts",
    "Term",
    "Trace",
    "Variant",
    "accuracy",
    "all_goodness",
    "chip_network",
    "counting_trace",
    "flat",
    "forward_forward_rule",
    "group_learner",
    "learn",
    "learn_epoch",
    "learner",
    "learning_energy",
    "learning_notes",
    "load_state",
    "predict",
    "present",
    "rule_lines",
    "save_state",
]
