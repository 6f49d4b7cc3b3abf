"""Loaders by name: how a data set that is not neuroff's own becomes one that a configuration can name."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from typing import Protocol

from neuroff.data.dataset import DataSet
from neuroff.errors import DataError

DataDir = str | os.PathLike[str] | None
Loader = Callable[[DataDir, int | None], DataSet]
"""Called with the folder that the user named, if any, and T of the time steps, if any."""


class Elsewhere(Protocol):
    """Loaders that are found by name where they are, such as those of `neuroff.data.installed`."""

    def origins(self) -> Mapping[str, str]:
        """Return all names, each with where it comes from; loads nothing."""
        ...

    def find(self, name: str) -> Loader | None:
        """Return the loader of a name, None if there is none."""
        ...


_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class Registry:
    """Loaders by name. It grows by `register` alone, and no name is ever given twice.

    Args:
        loaders: those it starts with.
        elsewhere: asked about names that it does not have itself.

    Raises:
        DataError: if a name is not one.
    """

    def __init__(self, loaders: Mapping[str, Loader], elsewhere: Elsewhere | None = None) -> None:
        self._loaders: dict[str, Loader] = {}
        self._elsewhere = elsewhere
        for name, loader in loaders.items():
            self.register(name, loader)

    @property
    def names(self) -> tuple[str, ...]:
        """The names, in the order in which they came; those from elsewhere last."""
        return (*self._loaders, *self.further)

    @property
    def further(self) -> dict[str, str]:
        """Names from elsewhere, each with where it comes from; one that is taken is not among them."""
        found = {} if self._elsewhere is None else self._elsewhere.origins()
        return {name: origin for name, origin in found.items() if self._may_have(name)}

    def __contains__(self, name: str) -> bool:
        """Whether there is a loader of a name; loads nothing."""
        return name in self._loaders or (self._may_have(name) and name in self.further)

    def _may_have(self, name: str) -> bool:
        return name not in self._loaders and _NAME.fullmatch(name) is not None

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
        if name in self._loaders:
            return self._loaders[name]
        found = self._elsewhere.find(name) if self._elsewhere is not None and self._may_have(name) else None
        if found is None:
            raise self._unknown(name)
        return found

    def require_name(self, name: str) -> None:
        """Raise DataError if nothing has a name; loads nothing, unlike `require`."""
        if name not in self:
            raise self._unknown(name)

    def _unknown(self, name: str) -> DataError:
        return DataError(
            f"no data set is called {name!r}",
            where="data set name",
            expected=f"one of {', '.join(self.names)}",
            fix="choose one of these names, install the package that brings it, or "
            "`neuroff.data.register` a loader for it first",
        )

    def load(self, name: str, data_dir: DataDir = None, steps: int | None = None) -> DataSet:
        """Return what the loader of a name makes.

        Raises:
            DataError: if there is no such name, or its loader returns something else than a data set.
        """
        return require_data_set(self.require(name)(data_dir, steps), f"data set {name}")


def require_data_set(found: object, where: str) -> DataSet:
    """Return what a loader returned.

    Raises:
        DataError: if it is no data set.
    """
    if not isinstance(found, DataSet):
        raise DataError(
            f"its loader returned a {type(found).__name__}",
            where=where,
            expected="a DataSet",
            fix="return `DataSet.from_arrays(...)`",
        )
    return found
