"""Collaborative goodness of all answers → loss and modulators.

The modulator m = ∂L/∂C is all that a layer's learning needs to know about the loss: one scalar per answer and
sample. ``protocol`` is what training asks of a loss, ``pair`` has those of a true and a wrong label,
``classes`` the one over all classes.
"""

from typing import Literal

from neuroff.core.loss.classes import ClassLoss
from neuroff.core.loss.pair import Loss, PairLossName
from neuroff.core.loss.protocol import LayerLoss

LossName = Literal[PairLossName, "softmax"]

__all__ = ["ClassLoss", "LayerLoss", "Loss", "LossName", "PairLossName"]
