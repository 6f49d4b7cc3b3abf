"""The tables of the reproduction in the order in which they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from neuroff.report.reproduction.columns import in_order, in_order_of_data_sets
from neuroff.results.reproduction import Column, ReproductionResult

Reproduction = Mapping[str, Mapping[str, Column]]
"""Columns by data set and name."""


def parse_reproduction(values: Mapping[str, Any], where: str = "reproduction") -> Reproduction:
    """Return the content of ``reproduction.json`` as typed values, in the order of the paper.

    Args:
        values: the content, or that of ``best.json`` or ``spiking.json``.
        where: names it in errors.

    Raises:
        RunError: naming the first key that is missing or wrong.
    """
    found = ReproductionResult.of(values, where).root
    return {
        dataset: {column: found[dataset][column] for column in in_order(found[dataset])}
        for dataset in in_order_of_data_sets(found)
        if found[dataset]
    }
