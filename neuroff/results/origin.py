"""What made a result: the machine, and the files of the images."""

from __future__ import annotations

from typing import Literal

from neuroff.results.base import Part


class Machine(Part):
    """What a run computed on.

    Attributes:
        system: operating system.
        architecture: of the processor.
        threads: of torch.
        cpu_capability: widest vector instructions that torch uses.
        device: cpu, cuda or cuda:N.
        gpu: name of the card, where there is one.
        processes: how many trained together, where it was more than one.
    """

    system: str
    architecture: str
    threads: int
    cpu_capability: str
    device: str
    gpu: str | None = None
    processes: int | None = None


class SourceFile(Part):
    """One file that images or labels were read from; see `neuroff.data.dataset.SourceFile`."""

    name: str
    form: Literal["gz", "plain", "archive", "embedded"]
    sha256: str
    md5: str | None = None


class Source(Part):
    """Where a data set came from; see `neuroff.data.dataset.Provenance`."""

    source: str
    citation: str
    homes: tuple[str, ...]
    files: tuple[SourceFile, ...]
    n_train: int
    n_test: int
    preparation: str = ""
    classes: tuple[str, ...] = ()
