"""Trained networks on a Loihi-class chip, emulated integer by integer.

``numbers``, ``neurons``, ``synapses``, ``layer`` and ``network`` are the chip: pure functions over int32
tensors with explicit state, the same integers as lava-nc 0.10.0. ``scales``, ``model``, ``quantise`` choose
what an integer is worth in a trained network, ``tune`` trains on with rounded numbers, ``deploy`` makes the
integers and predicts with them. ``report`` and ``bits`` say what it costs, ``limits`` whether it fits a chip.
``learning`` trains in the chip's integers from the start.
"""

from neuroff.chip.bits import BitsPoint, accuracy_over_bits
from neuroff.chip.deploy import Deployment, chip_accuracy, deploy
from neuroff.chip.limits import chip_work, require_fit
from neuroff.chip.model import ChipModel
from neuroff.chip.quantise import quantise
from neuroff.chip.report import FixedPointReport, compare_fixed_point
from neuroff.chip.tune import TuningPlan, fine_tune

__all__ = [
    "BitsPoint",
    "ChipModel",
    "Deployment",
    "FixedPointReport",
    "TuningPlan",
    "accuracy_over_bits",
    "chip_accuracy",
    "chip_work",
    "compare_fixed_point",
    "deploy",
    "fine_tune",
    "quantise",
    "require_fit",
]
