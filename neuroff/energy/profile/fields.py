"""Building blocks of the profile schema: constrained values and the base model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema
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

_PROFILE_ID: Final = r"^[a-z0-9][a-z0-9._-]*$"  # also a file name: no path separator, no leading dot
_ID_LENGTH: Final = 60
_NAME: Final = r"^[a-z][a-z0-9_]*$"
_SOURCE_KEY: Final = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"
_FACTOR: Final = r"^[a-z][a-z0-9_]*_(J|s|W|Hz|V|K|B|bit|count)$"

PATTERNS: Final[Mapping[str, str]] = MappingProxyType(
    {
        _NAME: "lower-case letters, digits and underscores, a letter first",
        _PROFILE_ID: "lower-case letters, digits, dots, hyphens and underscores, a letter or digit first",
        _SOURCE_KEY: "letters, digits, dots, hyphens and underscores, a letter or digit first",
        _FACTOR: "a lower-case name that ends in its unit: _J, _s, _W, _Hz, _V, _K, _B, _bit or _count",
    }
)
"""The patterns of names, each in words."""


class Strict(BaseModel):
    """Base of every table: no unknown keys, no silent conversions, no NaN or infinity, immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def is_profile_id(text: str) -> bool:
    """True for what can name a profile, and so a file of one."""
    return len(text) <= _ID_LENGTH and re.fullmatch(_PROFILE_ID, text) is not None


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
Name = Annotated[str, Field(pattern=_NAME, max_length=60)]
SourceKey = Annotated[str, Field(pattern=_SOURCE_KEY, max_length=60)]
ProfileId = Annotated[str, Field(pattern=_PROFILE_ID, max_length=_ID_LENGTH)]
CountName = Annotated[
    str, AfterValidator(_count_name), WithJsonSchema({"type": "string", "enum": [*VOCABULARY]})
]
CountOrGroup = Annotated[
    str,
    AfterValidator(_count_or_group),
    WithJsonSchema({"type": "string", "enum": [*VOCABULARY, *GROUPS]}),
]
FactorName = Annotated[str, Field(pattern=_FACTOR, max_length=60)]

# The upper ends are far beyond any device; they catch slips of the exponent and keep sums finite.
Joules = Annotated[float, Field(ge=0, le=1e3)]
MeasuredJoules = Annotated[float, Field(ge=-1e15, le=1e15)]
Factor = Annotated[float, Field(ge=-1e30, le=1e30)]
Watts = Annotated[float, Field(ge=0, le=1e9)]
Seconds = Annotated[float, Field(ge=0, le=1e6)]
PositiveBits = Annotated[int, Field(ge=1, le=2**60)]
PositiveCount = Annotated[int, Field(ge=1, le=2**60)]
PositiveBytes = Annotated[int, Field(ge=1, le=2**60)]
