"""The names of the data sets whose files neuroff fetches and checks, and what is published of each."""

from __future__ import annotations

from neuroff.data import catalog
from neuroff.data.archives import ARCHIVE_SETS, ArchiveSet
from neuroff.data.catalog import IdxSet
from neuroff.errors import DataError

DIGITS = "digits"
BASIC: tuple[str, ...] = ("mnist", "fashion-mnist", DIGITS)
"""Under 45 MB together."""
NAMES: tuple[str, ...] = (
    *BASIC,
    *(spec.name for spec in catalog.IDX_SETS if spec.name not in BASIC),
    *(spec.name for spec in ARCHIVE_SETS),
)


def find_set(name: str) -> IdxSet | ArchiveSet | None:
    """Return the published set called `name`, or None for the embedded `digits`.

    Raises:
        DataError: if there is no data set of that name; the message lists the names.
    """
    if name == DIGITS:
        return None
    published: tuple[IdxSet | ArchiveSet, ...] = (*catalog.IDX_SETS, *ARCHIVE_SETS)
    for spec in published:
        if spec.name == name:
            return spec
    raise DataError(
        f"no data set is called {name!r}",
        where="data set name",
        expected=f"one of {', '.join(NAMES)}",
        fix="choose one of these names",
    )
