"""Named data sets as numpy arrays, verified and with their provenance."""

from types import MappingProxyType
from typing import TYPE_CHECKING

from neuroff.lazily import names_of

if TYPE_CHECKING:
    from neuroff.data.api import fetch, is_own, is_recorded, load, names, origins, register, status
    from neuroff.data.dataset import DataSet, Provenance, SourceFile
    from neuroff.data.download import FetchedFile
    from neuroff.data.file_rows import FileRows
    from neuroff.data.overwriting import overwritten
    from neuroff.data.progress import progress_bar
    from neuroff.data.registry import Loader, Registry
    from neuroff.data.sets import BASIC, NAMES
    from neuroff.data.store import FileStatus

_HOMES = MappingProxyType(
    {
        "BASIC": "sets",
        "DataSet": "dataset",
        "FetchedFile": "download",
        "FileRows": "file_rows",
        "FileStatus": "store",
        "Loader": "registry",
        "NAMES": "sets",
        "Provenance": "dataset",
        "Registry": "registry",
        "SourceFile": "dataset",
        "fetch": "api",
        "is_own": "api",
        "is_recorded": "api",
        "load": "api",
        "names": "api",
        "origins": "api",
        "overwritten": "overwriting",
        "progress_bar": "progress",
        "register": "api",
        "status": "api",
    }
)

__all__ = [
    "BASIC",
    "NAMES",
    "DataSet",
    "FetchedFile",
    "FileRows",
    "FileStatus",
    "Loader",
    "Provenance",
    "Registry",
    "SourceFile",
    "fetch",
    "is_own",
    "is_recorded",
    "load",
    "names",
    "origins",
    "overwritten",
    "progress_bar",
    "register",
    "status",
]

__getattr__ = names_of(__name__, _HOMES)
