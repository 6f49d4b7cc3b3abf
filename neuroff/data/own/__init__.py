"""Data of one's own, from a file or a folder: what `--dataset` takes beside a name.

``rows`` is what every reader returns and how it becomes a data set; ``npz``, ``csv``, ``parquet`` and
``folder`` each read one kind, ``npy`` what is larger than memory; ``recorded`` makes a set of recordings,
which ``events`` (cameras) and ``trains`` (channels) read; ``reading`` chooses among them.
"""

from neuroff.data.own.reading import files_of, is_path, is_recorded, read_like, read_own, with_sensor_of

__all__ = ["files_of", "is_path", "is_recorded", "read_like", "read_own", "with_sensor_of"]
