"""Loaders by name: how a data set that is not neuroff's own becomes one that a configuration can name."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping

from neuroff.data.dataset import DataSet
from neuroff.errors import DataError

DataDir = str | os.PathLike[str] | None
Loader = Callable[[DataDir, int | None], DataSet]
"""Called with the folder that the user named, if any, and T of the time steps, if any."""

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class Registry:
    """Loaders by name. It grows by `register` alone, and no name is ever given twice.

    Args:
        loaders: those it starts with.

    Raises:
        DataError: if a name is not one.
    """

    def __init__(self, loaders: Mapping[str, Loader]) -> None:
        self._loaders: dict[str, Loader] = {}
        for name, loader in loaders.items():
            self.register(name, loader)

    @property
    def names(self) -> tuple[str, ...]:
        """The names, in the order in which they came."""
        return tuple(self._loaders)

    def register(self, name: str, loader: Loader) -> None:
        """Add a loader.

        Args:
            name: small letters, digits, dots, dashes and underscores, as it becomes part of folder names.
            loader: called with the data folder and the number of time steps, both of which may be None.

        Raises:
            DataError: if the name is taken or not such a name, or the loader cannot be called.
        """
        where = "registering a data set"
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise DataError(
                f"{name!r} is no name",
                where=where,
                expected="1 to 64 small letters, digits, dots, dashes and underscores, not a mark first",
            )
        if name in self._loaders:
            raise DataError(f"{name!r} is taken", where=where, fix="choose another name")
        if not callable(loader):
            raise DataError(
                f"the loader of {name!r} is a {type(loader).__name__}",
                where=where,
                expected="a function of the data folder and the number of time steps",
            )
        self._loaders[name] = loader

    def require(self, name: str) -> Loader:
        """Return the loader of a name.

        Raises:
            DataError: if there is none; the message lists the names.
        """
        if name not in self._loaders:
            raise DataError(
                f"no data set is called {name!r}",
                where="data set name",
                expected=f"one of {', '.join(self.names)}",
                fix="choose one of these names, or `neuroff.data.register` a loader for it first",
            )
        return self._loaders[name]

    def load(self, name: str, data_dir: DataDir = None, steps: int | None = None) -> DataSet:
        """Return what the loader of a name makes.

        Raises:
            DataError: if there is no such name, or its loader returns something else than a data set.
        """
        found = self.require(name)(data_dir, steps)
        if not isinstance(found, DataSet):
            raise DataError(
                f"its loader returned a {type(found).__name__}",
                where=f"data set {name}",
                expected="a DataSet",
                fix="return `DataSet.from_arrays(...)`",
            )
        return found
