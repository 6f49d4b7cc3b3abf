"""Choices that the command line and configurations share: naming them loads nothing else.

What each of them means is said by its owner: `neuroff.config.schema`, `neuroff.config.presets`,
`neuroff.data.sets`, `neuroff.core.scores`, `neuroff.experiments.studies`, `neuroff.foreign.fixed.resetting`,
`neuroff.exchange.nir.flavour` and
`neuroff.interop.simulators.libraries`.
"""

from typing import Literal

Path = Literal["dense", "spiking"]
Variant = Literal["ff", "fcff", "acff"]
PresetName = Literal["paper", "best", "groups", "conv", "demo"]
PredictionRule = Literal["goodness", "collaborative", "last", "window"]
DATA_SETS = (
    *("mnist", "fashion-mnist", "digits", "kmnist", "cifar10", "cifar100", "svhn", "emnist"),
    *("emnist-byclass", "emnist-bymerge", "emnist-letters", "emnist-digits", "emnist-mnist"),
    *("nmnist", "dvsgesture", "shd", "ssc"),
)
StudyName = Literal["bus", "goodness", "gain", "rule", "frontier"]
ChipReset = Literal["rest", "subtract"]
PricedAs = Literal["exported", "simulated"]
Flavour = Literal["nir", "snntorch", "norse", "sinabs", "spikingjelly"]
Library = Literal["snntorch", "norse", "sinabs", "spikingjelly"]
