"""Named data sets as numpy arrays, verified and with their provenance."""

from neuroff.data.api import fetch, is_own, load, names, register, status
from neuroff.data.dataset import DataSet, Provenance, SourceFile
from neuroff.data.download import FetchedFile
from neuroff.data.overwriting import overwritten
from neuroff.data.progress import progress_bar
from neuroff.data.registry import Loader, Registry
from neuroff.data.sets import BASIC, NAMES
from neuroff.data.store import FileStatus

__all__ = [
    "BASIC",
    "NAMES",
    "DataSet",
    "FetchedFile",
    "FileStatus",
    "Loader",
    "Provenance",
    "Registry",
    "SourceFile",
    "fetch",
    "is_own",
    "load",
    "names",
    "overwritten",
    "progress_bar",
    "register",
    "status",
]
