"""Records of epochs read back from a file: the right keys and types, in the order of a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from itertools import groupby
from typing import Any

from neuroff.checks import is_number
from neuroff.core.plan import Stage
from neuroff.errors import RunError, shortened
from neuroff.training.state import EpochRecord, LayerRecord

_EXPECTED = "a record of every epoch, stage by stage, as training writes it"


def records_read(listed: Any, stages: Sequence[Stage], where: str) -> list[EpochRecord]:
    """Return the records of some stages; the last stage may have none.

    Args:
        listed: as from JSON.
        stages: whose epochs they may be, in their order; a stage may end before its last epoch.
        where: file to name in errors.

    Raises:
        RunError: naming the first record that is none, or out of its place.
    """
    if not isinstance(listed, list):
        raise RunError(f"history {shortened(listed)}", where=where, expected=_EXPECTED)
    records = [_record(each, f"history[{place}]", where) for place, each in enumerate(listed)]
    found = [(stage, [*group]) for stage, group in groupby(records, key=lambda record: record.stage)]
    planned = {stage.index: stage for stage in stages}
    indices = [stage for stage, _ in found]
    for index, group in found:
        epochs = [record.epoch for record in group]
        fits = index in planned and epochs == [*range(1, len(epochs) + 1)]
        if (
            not fits
            or len(epochs) > planned[index].epochs
            or {tuple(layer.layer for layer in record.layers) for record in group} != {planned[index].layers}
        ):
            raise RunError(
                f"history of stage {index}: epochs {shortened(epochs)}", where=where, expected=_EXPECTED
            )
    if indices not in ([*planned], [*planned][:-1]):
        raise RunError(
            f"history of stages {shortened(indices)}",
            where=where,
            expected=f"of stages {shortened([*planned])}, the last perhaps without an epoch",
        )
    return records


def _record(values: Any, name: str, where: str) -> EpochRecord:
    try:
        record = EpochRecord.from_dict(values)
    except (AttributeError, KeyError, TypeError, ValueError):
        record = None
    if record is None or not _fits(record) or not all(map(_fits_layer, record.layers)):
        raise RunError(f"{name} {shortened(values)}", where=where, expected=_EXPECTED)
    return record


def _fits(record: EpochRecord) -> bool:
    accuracies = (record.train_accuracy, record.held_out_accuracy)
    return (
        type(record.stage) is type(record.epoch) is int
        and is_number(record.seconds)
        and record.seconds >= 0
        and all(each is None or (is_number(each) and 0 <= each <= 1) for each in accuracies)
    )


def _fits_layer(record: LayerRecord) -> bool:
    numbers = [getattr(record, each.name) for each in fields(LayerRecord) if each.name not in _OTHERS]
    learned = record.neuron
    return (
        type(record.layer) is int
        and isinstance(learned, Mapping)
        and all(map(is_number, (*numbers, *learned.values())))
    )


_OTHERS = ("layer", "neuron")
