"""Building blocks of the profile schema: constrained values and the base model."""

from __future__ import annotations

from typing import Annotated, Final, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from neuroff.energy.vocabulary import GROUPS, VOCABULARY, nearest

Evidence = Literal["unstated", "vendor", "estimated", "synthesis", "spice", "layout", "measured", "metered"]
"""How a figure was obtained, weakest first."""

EVIDENCE_ORDER: Final[tuple[Evidence, ...]] = get_args(Evidence)

Scope = Literal["marginal", "all_in", "unstated"]
"""``marginal``: the energy one more event adds. ``all_in``: power divided by event rate, so static
power and the parts it names are inside. ``unstated``: the source does not say; nothing is taken as
included."""

Boundary = Literal["operation", "core", "chip", "board", "wall", "unstated"]
"""What the figures enclose. ``operation``: arithmetic units and memory macros on their own."""


class Strict(BaseModel):
    """Base of every table: no unknown keys, no silent conversions, no NaN or infinity, immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def weakest(grades: list[Evidence]) -> Evidence | None:
    """The weakest of some evidence grades, None for an empty list."""
    return min(grades, key=EVIDENCE_ORDER.index, default=None)


def _printable(text: str) -> str:
    if any(not character.isprintable() and character != "\n" for character in text):
        raise PydanticCustomError("text", "contains control characters")
    if not text.strip():
        raise PydanticCustomError("text", "is empty")
    return text


def _count_name(name: str) -> str:
    if name not in VOCABULARY:
        raise _unknown_count(name)
    return name


def _count_or_group(name: str) -> str:
    if name not in VOCABULARY and name not in GROUPS:
        raise _unknown_count(name)
    return name


def _unknown_count(name: str) -> PydanticCustomError:
    near = nearest(name, (*VOCABULARY, *GROUPS))
    return PydanticCustomError("count_name", "unknown count", {"near": near or ""})


Text = Annotated[str, Field(max_length=4000), AfterValidator(_printable)]
ShortText = Annotated[str, Field(max_length=300), AfterValidator(_printable)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
ProfileId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=60)]
CountName = Annotated[str, AfterValidator(_count_name)]
CountOrGroup = Annotated[str, AfterValidator(_count_or_group)]

# The upper ends are far beyond any device; they catch slips of the exponent and keep sums finite.
Joules = Annotated[float, Field(ge=0, le=1e3)]
Watts = Annotated[float, Field(ge=0, le=1e9)]
Seconds = Annotated[float, Field(ge=0, le=1e6)]
PositiveBits = Annotated[int, Field(ge=1, le=2**60)]
PositiveCount = Annotated[int, Field(ge=1, le=2**60)]
PositiveBytes = Annotated[int, Field(ge=1, le=2**60)]
