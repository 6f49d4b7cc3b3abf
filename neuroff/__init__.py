"""neuroff: Collaborative Forward-Forward learning, dense and spiking, with energy reports.

The public names below are loaded when they are first used, so that ``import neuroff`` costs next to nothing.
"""

from importlib import import_module, metadata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neuroff.activity import count_activity
    from neuroff.assemble import build_network
    from neuroff.config import Config
    from neuroff.data import DataSet, load
    from neuroff.energy import Counts, EnergyEstimate, Profile, estimate, list_profiles, load_profile
    from neuroff.errors import NeuroffError
    from neuroff.evaluate import accuracy, goodness_margin, predict
    from neuroff.experiments.compare import Comparison, compare
    from neuroff.inputs import prepare
    from neuroff.network import Network
    from neuroff.presets import preset
    from neuroff.runs import RunDirectory, load_run, train_run
    from neuroff.settings import apply_settings
    from neuroff.training import train

__version__ = metadata.version("neuroff")

_HOMES = {
    "Comparison": "experiments.compare",
    "Config": "config",
    "Counts": "energy",
    "DataSet": "data",
    "EnergyEstimate": "energy",
    "Network": "network",
    "NeuroffError": "errors",
    "Profile": "energy",
    "RunDirectory": "runs",
    "accuracy": "evaluate",
    "apply_settings": "settings",
    "build_network": "assemble",
    "compare": "experiments.compare",
    "count_activity": "activity",
    "estimate": "energy",
    "goodness_margin": "evaluate",
    "list_profiles": "energy",
    "load": "data",
    "load_profile": "energy",
    "load_run": "runs",
    "predict": "evaluate",
    "prepare": "inputs",
    "preset": "presets",
    "train": "training",
    "train_run": "runs",
}

__all__ = [
    "Comparison",
    "Config",
    "Counts",
    "DataSet",
    "EnergyEstimate",
    "Network",
    "NeuroffError",
    "Profile",
    "RunDirectory",
    "accuracy",
    "apply_settings",
    "build_network",
    "compare",
    "count_activity",
    "estimate",
    "goodness_margin",
    "list_profiles",
    "load",
    "load_profile",
    "load_run",
    "predict",
    "prepare",
    "preset",
    "train",
    "train_run",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'neuroff' has no attribute {name!r}")
    return getattr(import_module(f"neuroff.{home}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
