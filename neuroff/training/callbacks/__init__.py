"""What may be told of every epoch and end a stage: the protocol, and four that are often wanted."""

from neuroff.training.callbacks.csv_log import CsvLog
from neuroff.training.callbacks.keeping import EarlyStopping, KeepBest
from neuroff.training.callbacks.protocol import Callback
from neuroff.training.callbacks.tensorboard import TensorBoard

__all__ = ["Callback", "CsvLog", "EarlyStopping", "KeepBest", "TensorBoard"]
