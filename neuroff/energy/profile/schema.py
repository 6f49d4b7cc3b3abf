"""A hardware profile: the schema of one TOML file."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from neuroff.energy.profile.chip import HostInterface, Limits, Meta, Source, Timing, Topology
from neuroff.energy.profile.coefficients import (
    ClockEnergy,
    EnergyCoefficient,
    LearningCoefficient,
    MemoryLevel,
    StaticPower,
)
from neuroff.energy.profile.fields import Name, ProfileId, Strict
from neuroff.energy.profile.inferred import Inferred
from neuroff.energy.profile.measurement import Measurement
from neuroff.energy.vocabulary import MEMORY_LEVELS


class EnergyTables(Strict):
    """``[energy]``: every term is a table of its own; ``learning`` holds the learning terms."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[Name, EnergyCoefficient] = Field(init=False)

    learning: dict[Name, LearningCoefficient] = Field(default_factory=dict)

    def terms(self) -> dict[str, EnergyCoefficient]:
        """Coefficients by term name, learning terms as ``learning.<term>``."""
        learning = {f"learning.{name}": coefficient for name, coefficient in self.learning.items()}
        return {**self.__pydantic_extra__, **learning}


class StaticTables(Strict):
    """``[static]``: standing power of a chip, of its clock, of a core in use and of one powered but idle."""

    chip: StaticPower | None = None
    core_on: StaticPower | None = None
    core_idle: StaticPower | None = None
    clock: ClockEnergy | None = None


class Profile(Strict):
    """One device with its prices, its limits, what was measured on it and the sources of all three.

    Build it with :func:`neuroff.energy.load_profile` or
    :func:`neuroff.energy.profile.checking.profile_from_mapping`, which also check the references between
    tables and put the tables of the profile named by ``extends`` in. Absent is not zero: what has no
    coefficient is unpriced.
    """

    schema_version: Literal["1.0"] = Field(alias="schema")
    extends: ProfileId | None = None
    meta: Meta
    source: Annotated[tuple[Source, ...], Field(strict=False, max_length=200)]
    energy: EnergyTables = Field(default_factory=EnergyTables)
    memory: Annotated[tuple[MemoryLevel, ...], Field(strict=False, max_length=len(MEMORY_LEVELS))] = ()
    static: StaticTables = Field(default_factory=StaticTables)
    time: Timing | None = None
    io: HostInterface | None = None
    limits: Limits | None = None
    topology: Topology | None = None
    measurement: Annotated[tuple[Measurement, ...], Field(strict=False, max_length=100)] = ()
    inferred: Annotated[tuple[Inferred, ...], Field(strict=False, max_length=20)] = ()

    @property
    def id(self) -> str:
        """Name in the catalogue."""
        return self.meta.id

    def sha256(self) -> str:
        """Digest of the resolved content.

        Equal for files that differ in layout or comments only, or in which tables they hold themselves
        and which they take from another profile.
        """
        content = self.model_dump(
            mode="json", by_alias=True, exclude_none=True, exclude_defaults=True, exclude={"extends"}
        )
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(canonical.encode()).hexdigest()
