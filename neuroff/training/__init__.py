"""Training: one loop for every path, variant and schedule, and what it keeps of itself."""

from neuroff.errors import Interrupted
from neuroff.training.evaluate import accuracy, predict
from neuroff.training.local import local_gradients
from neuroff.training.loop import TrainingResult, train
from neuroff.training.progress import Progress, Silent
from neuroff.training.state import TrainingState, initial_state

__all__ = [
    "Interrupted",
    "Progress",
    "Silent",
    "TrainingResult",
    "TrainingState",
    "accuracy",
    "initial_state",
    "local_gradients",
    "predict",
    "train",
]
