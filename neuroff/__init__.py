"""neuroff: Collaborative Forward-Forward learning, dense and spiking, with energy reports.

The public names below are loaded when they are first used, so that ``import neuroff`` costs next to nothing.
"""

from importlib import metadata
from typing import TYPE_CHECKING

from neuroff.lazily import names_of

if TYPE_CHECKING:
    from neuroff.config import Config
    from neuroff.config.build import build, build_network
    from neuroff.config.inputs import prepare
    from neuroff.config.overrides import apply_settings
    from neuroff.config.presets import preset
    from neuroff.core.network import Network
    from neuroff.counting.forward import count_activity
    from neuroff.data import DataSet, load
    from neuroff.energy import Profile, estimate, list_profiles, load_profile
    from neuroff.errors import NeuroffError
    from neuroff.estimators import FFClassifier, SpikingFFClassifier
    from neuroff.exchange.formats import export
    from neuroff.experiments.compare import Comparison, compare
    from neuroff.foreign.of_module import from_module
    from neuroff.foreign.reading import read_nir
    from neuroff.report.energy.making import energy_report
    from neuroff.runs.folder import RunDirectory, load_run, train_run
    from neuroff.runs.network_file import load_network, save_network
    from neuroff.training import train
    from neuroff.training.evaluate import accuracy

__version__ = metadata.version("neuroff")

_HOMES = {
    "Comparison": "experiments.compare",
    "Config": "config",
    "DataSet": "data",
    "FFClassifier": "estimators",
    "Network": "core.network",
    "NeuroffError": "errors",
    "Profile": "energy",
    "RunDirectory": "runs.folder",
    "SpikingFFClassifier": "estimators",
    "accuracy": "training.evaluate",
    "apply_settings": "config.overrides",
    "build": "config.build",
    "build_network": "config.build",
    "compare": "experiments.compare",
    "count_activity": "counting.forward",
    "energy_report": "report.energy.making",
    "estimate": "energy",
    "export": "exchange.formats",
    "from_module": "foreign.of_module",
    "list_profiles": "energy",
    "load": "data",
    "load_network": "runs.network_file",
    "load_profile": "energy",
    "load_run": "runs.folder",
    "prepare": "config.inputs",
    "preset": "config.presets",
    "read_nir": "foreign.reading",
    "save_network": "runs.network_file",
    "train": "training",
    "train_run": "runs.folder",
}

__all__ = [
    "Comparison",
    "Config",
    "DataSet",
    "FFClassifier",
    "Network",
    "NeuroffError",
    "Profile",
    "RunDirectory",
    "SpikingFFClassifier",
    "accuracy",
    "apply_settings",
    "build",
    "build_network",
    "compare",
    "count_activity",
    "energy_report",
    "estimate",
    "export",
    "from_module",
    "list_profiles",
    "load",
    "load_network",
    "load_profile",
    "load_run",
    "prepare",
    "preset",
    "read_nir",
    "save_network",
    "train",
    "train_run",
]


__getattr__ = names_of(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)
