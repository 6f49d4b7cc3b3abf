"""Energies of operations that nobody printed, inferred from measured workloads with countable operations."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from neuroff.energy.profile.fields import Joules, Name, ShortText, Strict, Text

_CLOSE = 0.01  # a figure is written with three digits or so


class InferredEnd(Strict):
    """One end of a band: the energy of a workload over the operations it is spread on.

    Attributes:
        energy_J: of the workload, in joules.
        operations_count: how many operations it is spread on.
        value_J: one over the other.
        note: where both come from.
    """

    energy_J: Joules
    operations_count: Annotated[float, Field(gt=0, le=1e18)]
    value_J: Joules
    note: Text

    @field_validator("value_J")
    @classmethod
    def _is_the_quotient(cls, value: float, info: ValidationInfo) -> float:
        energy, operations = info.data.get("energy_J"), info.data.get("operations_count")
        if energy is None or operations is None:
            return value
        if not math.isclose(value, energy / operations, rel_tol=_CLOSE):
            raise PydanticCustomError("not_the_quotient", "not energy_J over operations_count")
        return value


class Inferred(Strict):
    """``[[inferred]]``: a band of energies an operation, never a price: no total, ranking or ratio holds it.

    Attributes:
        name: short name, unique in the profile.
        workload: what was measured.
        source: key of the ``[[source]]`` that holds the measurement.
        low: dynamic energy over all operations: synaptic ones and neuron updates.
        high: total energy over synaptic operations alone.
        note: doubts.
    """

    name: Name
    workload: Text
    source: ShortText
    low: InferredEnd
    high: InferredEnd
    note: Text | None = None
