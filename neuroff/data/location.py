"""Where data sets lie on disk.

The root is the directory the caller names, else the environment variable NEUROFF_DATA, else the user's
cache directory. Below a root D, a set's files are looked for in D/<name>, and in D itself only if D/<name>
holds none of them. MNIST and Fashion-MNIST use the same file names; checksums tell them apart.
"""

from __future__ import annotations

import os
import shlex
import stat
from dataclasses import dataclass
from pathlib import Path

from neuroff.data.published import FileForm, PublishedFile, PublishedSet
from neuroff.errors import DataError

ENVIRONMENT_VARIABLE = "NEUROFF_DATA"


@dataclass(frozen=True)
class DataRoot:
    """A directory that holds data sets.

    Attributes:
        path: absolute path; need not exist.
        named: whether the caller named it, so that hints repeat `--data-dir`.
    """

    path: Path
    named: bool

    def fetch_command(self, name: str) -> str:
        """Return the command that fetches `name` into this root."""
        option = f" --data-dir {shlex.quote(str(self.path))}" if self.named else ""
        return f"`neuroff data fetch {name}{option}`"


@dataclass(frozen=True)
class FoundFile:
    """A file of a data set that is on disk, whether or not its content is right.

    Attributes:
        path: where it lies.
        published: the published form of that name.
    """

    path: Path
    published: FileForm


def data_root(data_dir: str | os.PathLike[str] | None = None) -> DataRoot:
    """Return the directory that data sets are read from and fetched into.

    Args:
        data_dir: a directory named by the caller; `~` is expanded.

    Raises:
        DataError: if the path exists and is not a directory, or its `~` has no home.
    """
    from_environment = os.environ.get(ENVIRONMENT_VARIABLE, "")
    if data_dir is not None:
        chosen, origin = Path(data_dir), "data directory"
    elif from_environment:
        chosen, origin = Path(from_environment), ENVIRONMENT_VARIABLE
    else:
        # Imported here: pooch brings half a second of imports that reading a named directory can spare.
        import pooch

        chosen, origin = Path(pooch.os_cache("neuroff")), "cache directory"
    try:
        path = Path(os.path.abspath(chosen.expanduser()))
        mode = _mode(path)
    except (OSError, RuntimeError, ValueError) as error:
        raise DataError(
            f"cannot use {str(chosen)!r} ({error})", where=origin, fix="name a directory"
        ) from error
    if mode is not None and not stat.S_ISDIR(mode):
        raise DataError(
            f"{path} is not a directory", where=origin, expected="a directory", fix="name a directory"
        )
    return DataRoot(path, named=data_dir is not None)


def folder_of(spec: PublishedSet, root: DataRoot) -> Path:
    """Return the folder that the files of `spec` are read from, by the rule above."""
    nested = root.path / spec.folder
    for folder in (nested, root.path):
        if any(find_file(folder, file) is not None for file in spec.files):
            return folder
    return nested


def find_file(folder: Path, file: PublishedFile) -> FoundFile | None:
    """Return the first form of a file that is in `folder`, if any.

    Raises:
        DataError: if the folder cannot be searched.
    """
    try:
        for form in file.forms:
            if _is_file(path := folder / form.name):
                return FoundFile(path, form)
    except OSError as error:
        raise DataError(
            f"cannot be searched ({error.strerror})", where=str(folder), fix="check its permissions"
        ) from error
    return None


def _mode(path: Path) -> int | None:
    """Return the file mode, None if nothing is there; other failures raise, unlike in `Path.exists`."""
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None


def _is_file(path: Path) -> bool:
    mode = _mode(path)
    return mode is not None and stat.S_ISREG(mode)
