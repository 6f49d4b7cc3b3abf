"""Data of one's own, from a file or a folder: what `--dataset` takes beside a name.

``rows`` is what every reader returns and how it becomes a data set; ``npz``, ``csv``, ``parquet`` and
``folder`` each read one kind, ``npy`` what is larger than memory; ``reading`` chooses among them.
"""

from neuroff.data.own.reading import is_path, read_like, read_own

__all__ = ["is_path", "read_like", "read_own"]
