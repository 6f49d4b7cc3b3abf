"""Data sets that other installed packages bring: entry points of the group `neuroff.data_sets`.

A name is looked up in what packages declare (``*.dist-info/entry_points.txt``); nothing of a package is
imported before a data set of it is loaded, and never anything that a file of results names as a module.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import Distribution, EntryPoint, distributions, entry_points
from typing import Final

from neuroff.data.dataset import DataSet
from neuroff.data.registry import DataDir, Loader, require_data_set
from neuroff.errors import DataError, NeuroffError

GROUP: Final = "neuroff.data_sets"


class InstalledSets:
    """Loaders of installed packages by name; what is declared is read whenever it is asked for."""

    def origins(self) -> dict[str, str]:
        """Return all names, in order, each with the package that declares it, or the packages."""
        found: dict[str, list[str]] = {}
        for point in _points():
            packages = found.setdefault(point.name, [])
            if (package := _package(point)) not in packages:
                packages.append(package)
        return {name: ", ".join(sorted(found[name])) for name in sorted(found)}

    def find(self, name: str) -> Loader | None:
        """Return the loader of a name, whose package is named in what goes wrong; None if there is none.

        Raises:
            DataError: if two packages declare it, or its package cannot be imported.
        """
        points = {(_package(point), point.value): point for point in _points() if point.name == name}
        if not points:
            return None
        if len(points) > 1:
            raise DataError(
                f"declared by {' and '.join(sorted(package for package, _ in points))}",
                where=f"data set {name}",
                expected="one package",
                fix="uninstall all but one",
            )
        return _guarded(name, *points.values())


def _points() -> list[EntryPoint]:
    try:
        return list(entry_points(group=GROUP))
    except Exception:  # one package's file that is no such file hides those of all others
        return [point for package in distributions() for point in _of(package)]


def _of(package: Distribution) -> Iterator[EntryPoint]:
    try:
        yield from package.entry_points.select(group=GROUP)
    except Exception:
        return


def _package(point: EntryPoint) -> str:
    named = None if point.dist is None else point.dist.metadata
    return "without a name" if named is None or not named["Name"] else f"{named['Name']} {named['Version']}"


def _guarded(name: str, point: EntryPoint) -> Loader:
    """Return a loader that ends in errors of neuroff alone."""
    where = f"data set {name} of the package {_package(point)}"
    fix = "install another version of the package, or uninstall it"
    try:
        loader = point.load()
    except (Exception, SystemExit) as error:  # importing runs whatever the package has
        raise DataError(
            f"its entry point {point.value} cannot be imported ({_words(error)})",
            where=where,
            expected="a function of the data folder and the number of time steps",
            fix=fix,
        ) from error
    if not callable(loader):
        raise DataError(
            f"its entry point {point.value} is a {type(loader).__name__}",
            where=where,
            expected="a function of the data folder and the number of time steps",
            fix=fix,
        )

    def load(data_dir: DataDir, steps: int | None) -> DataSet:
        try:
            found = loader(data_dir, steps)
        except NeuroffError:
            raise
        except (Exception, SystemExit) as error:
            raise DataError(f"its loader failed ({_words(error)})", where=where, fix=fix) from error
        return require_data_set(found, where)

    return load


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:200]
