"""Data sets that are published as archives, which are read without being unpacked.

``sets`` lists them; ``members`` reads named members within bounds; ``cifar``, ``svhn``, ``emnist`` and
``cameras`` each decode one format; ``reading`` checks a file and chooses among them.
"""

from neuroff.data.archives.reading import read_archives
from neuroff.data.archives.sets import ARCHIVE_SETS, ArchiveSet

__all__ = ["ARCHIVE_SETS", "ArchiveSet", "read_archives"]
