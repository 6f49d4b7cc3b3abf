"""How a network is trained: a plan and its parts."""

from neuroff.core.plan.augmentation import Augmentation
from neuroff.core.plan.parts import GammaStep, Negatives, Stage
from neuroff.core.plan.plan import Plan, chunks

__all__ = ["Augmentation", "GammaStep", "Negatives", "Plan", "Stage", "chunks"]
