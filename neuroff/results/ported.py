"""A network on its way out: what `neuroff export`, `verify` and `predict` tell."""

from __future__ import annotations

from typing import ClassVar, Literal

from neuroff.results.base import Part, Result
from neuroff.results.numbers import Index, Share


class ExportResult(Result):
    """The result of `neuroff export`.

    Attributes:
        run: what was exported.
        to: the format.
        files: what was written.
        bytes: of all files.
        widths: inputs, and neurons of every layer.
        bits: of a weight; None where weights stay as they are.
        notes: what was changed on the way, in words.
    """

    KIND: ClassVar[str] = "what `neuroff export --json` prints"
    FIX: ClassVar[str] = "export the run again"

    run: str
    to: str
    files: tuple[str, ...]
    bytes: Index
    widths: tuple[Index, ...]
    bits: Index | None
    notes: tuple[str, ...]


class Departure(Part):
    """The first step and neuron that differ; layers, neurons, images and labels count from 0."""

    image: Index
    label: Index
    step: Index
    layer: Index
    neuron: Index
    fired: Literal["file", "run"]


class VerifyResult(Result):
    """The result of `neuroff verify`.

    Attributes:
        file: what was verified.
        run: what it is said to come from.
        kind: of the file.
        ran_by: what ran the file's network.
        agree: whether all spikes agree.
        images: that both were shown.
        neuron_steps: that were compared.
        spikes: of the expected network.
        differing: neuron-steps that differ.
        first: where they part first; None where they agree.
        accuracy: of the file, of the run exported anew, and of the run as trained.
        same_class: images whose class by the numbers that leave the file's network is the exported run's;
            None where spikes leave it.
    """

    KIND: ClassVar[str] = "what `neuroff verify --json` prints"
    FIX: ClassVar[str] = "verify the file again"

    file: str
    run: str
    kind: str
    ran_by: str
    agree: bool
    images: Index
    neuron_steps: int
    spikes: int
    differing: int
    first: Departure | None
    accuracy: dict[str, Share]
    same_class: Index | None = None


class PredictResult(Result):
    """The result of `neuroff predict`: a row for each row of the file, under the names of its columns."""

    KIND: ClassVar[str] = "what `neuroff predict --json` prints"
    FIX: ClassVar[str] = "predict again"

    run: str
    file: str
    rows: tuple[dict[str, str | int | float], ...]
