"""Load, fetch and inspect data sets by name."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from neuroff.checks import require_kind, require_whole
from neuroff.data import own
from neuroff.data.archives import ArchiveSet, read_archives
from neuroff.data.binning import require_steps
from neuroff.data.catalog import IdxSet
from neuroff.data.dataset import DataSet
from neuroff.data.digits import load_digits_set
from neuroff.data.download import FetchedFile, Progress, fetch_set
from neuroff.data.installed import InstalledSets
from neuroff.data.location import data_root
from neuroff.data.own import is_path, read_own
from neuroff.data.registry import DataDir, Loader, Registry
from neuroff.data.sets import DIGITS, NAMES, find_set
from neuroff.data.spoken import SPOKEN, load_spoken, spoken_status, tonic_command
from neuroff.data.store import FileStatus, read_set, status_of
from neuroff.errors import DataError


def load(name: str, data_dir: DataDir = None, *, steps: int | None = None) -> DataSet:
    """Load a data set; never downloads.

    Every file is checked against the published checksum while it is read.

    Args:
        name: one of `names`: images (`mnist`, `cifar10`, …; `digits` is embedded in scikit-learn and needs no
            files), event cameras (`nmnist`, `dvsgesture`), spoken words as recorded spikes (`shd`, `ssc`,
            which need tonic), one that `register` was given or an installed package brings; or the path of a
            file or folder of your own (`neuroff.data.own`).
        data_dir: directory D with the files in D/<name> or directly in D, gzip or plain; else the
            environment variable NEUROFF_DATA, else the user's cache directory.
        steps: T, into which recorded spikes are binned; images do not need it.

    Raises:
        DataError: if the name is unknown, or files are missing, damaged or not the published ones.
        ConfigError: if the name is no text, or T no number of steps.
        MissingDependencyError: if a library that reads the files is not installed.
    """
    require_kind("name", name, str, where="load", expected="a name, or a path as text")
    require_whole("steps", 1 if steps is None else steps, least=1, where="load")
    return read_own(name, steps) if is_own(name) else LOADERS.load(name, data_dir, steps)


def is_own(name: str) -> bool:
    """Whether a name is the path of a file or folder of the user's, and not one of `names`."""
    require_kind("name", name, str, where="is_own", expected="a name, or a path as text")
    return name not in LOADERS and is_path(name)


def is_recorded(name: str) -> bool:
    """Whether a name is that of recordings, published or of the user's: they become spikes."""
    require_kind("name", name, str, where="is_recorded", expected="a name, or a path as text")
    if name in SPOKEN:
        return True
    if name in NAMES:
        spec = find_set(name)
        return isinstance(spec, ArchiveSet) and spec.recorded
    return is_own(name) and own.is_recorded(name)


def register(name: str, loader: Loader) -> None:
    """Let configurations and `load` name a data set of your own, in this process.

    Args:
        name: small letters, digits, dots, dashes and underscores.
        loader: called with the folder that `load` was given and with its ``steps``, either of which may be
            None; `DataSet.from_arrays` makes what it has to return.

    Raises:
        DataError: if the name is taken or not such a name, or the loader cannot be called.
    """
    LOADERS.register(name, loader)


def names() -> tuple[str, ...]:
    """Return the names that `load` and configurations know: neuroff's, registered ones, installed ones."""
    return LOADERS.names


def origins() -> dict[str, str]:
    """Return the same names, each with who reads it: neuroff, this process, or a package and its version."""
    own = {name: "neuroff, by tonic" if name in SPOKEN else "neuroff" for name in (*NAMES, *SPOKEN)}
    return {name: LOADERS.further.get(name) or own.get(name, "registered") for name in LOADERS.names}


def fetch(name: str, data_dir: DataDir = None, progress: Progress | None = None) -> tuple[FetchedFile, ...]:
    """Download what is missing of a data set into D/<name>; see `load` for D.

    Args:
        name: a data set; for `digits` there is nothing to do.
        data_dir: where to, as in `load`.
        progress: called with `<data set>/<file>`, bytes so far and bytes in total; `progress_bar` makes one.

    Returns:
        One record per file.

    Raises:
        DataError: if the name is unknown, no mirror delivers, or the directory cannot be written.
    """
    if name in SPOKEN:
        raise DataError(
            "tonic downloads this data set, not neuroff",
            where=f"data set {name}",
            fix=tonic_command(SPOKEN[name], data_root(data_dir)),
        )
    spec = _published(name)
    if spec is None:
        return (FetchedFile(DIGITS, "load_digits", "embedded", None),)
    return fetch_set(spec, data_root(data_dir), progress)


def status(name: str | None = None, data_dir: DataDir = None) -> tuple[FileStatus, ...]:
    """Say for each file of a data set, or of all, whether it is there and is the published one.

    Args:
        name: a data set; None for all.
        data_dir: where to look, as in `load`.

    Raises:
        DataError: if the name is unknown or the directory cannot be searched.
    """
    root = data_root(data_dir)
    rows: list[FileStatus] = []
    for each in (*NAMES, *SPOKEN) if name is None else (name,):
        if each in SPOKEN:
            rows.extend(spoken_status(SPOKEN[each], root))
            continue
        spec = _published(each)
        rows.extend((_digits_status(),) if spec is None else status_of(spec, root))
    return tuple(rows)


def _published(name: str) -> IdxSet | ArchiveSet | None:
    """Return the files of a name; DataError for one that neuroff does not know or keeps no files of."""
    LOADERS.require_name(name)
    if name not in NAMES:
        raise DataError(
            f"neuroff keeps no files of {name}",
            where="data set name",
            expected=f"one of {', '.join(NAMES)}",
            fix="its own loader knows where they are",
        )
    return find_set(name)


def _load_published(name: str) -> Loader:
    def loader(data_dir: DataDir, steps: int | None) -> DataSet:
        spec = find_set(name)
        if isinstance(spec, ArchiveSet):
            return read_archives(spec, data_root(data_dir), steps)
        return load_digits_set() if spec is None else read_set(spec, data_root(data_dir))

    return loader


def _load_spoken(name: str) -> Loader:
    def loader(data_dir: DataDir, steps: int | None) -> DataSet:
        return load_spoken(SPOKEN[name], data_root(data_dir), require_steps(steps, name))

    return loader


def _digits_status() -> FileStatus:
    try:
        version("scikit-learn")
    except PackageNotFoundError:
        return FileStatus(DIGITS, "load_digits", "absent", None, None)
    return FileStatus(DIGITS, "load_digits", "ok", "embedded", None)


# The one object of a module that changes; see `Registry` for how it may.
LOADERS = Registry(
    {name: _load_published(name) for name in NAMES} | {name: _load_spoken(name) for name in SPOKEN},
    InstalledSets(),
)
