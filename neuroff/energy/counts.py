"""Counts: how much work one inference, or one training sample, took."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from numbers import Real
from types import MappingProxyType

from neuroff.checks import require_kind
from neuroff.energy.vocabulary import VOCABULARY, nearest, parts_of
from neuroff.errors import ConfigError

_ROUNDING = 1e-9
"""Relative slack when shares are compared with their total: sums of floats are not exact."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts per inference (or per training sample) by name of the closed vocabulary.

    A name that is absent was not counted; a name with the value 0 was counted and did not happen.
    Values may be fractional because they are usually averages over a data set.

    Args:
        values: vocabulary name to count, finite and not negative.

    Raises:
        ConfigError: a name outside the vocabulary, a value that is not a finite number of at least
            zero, or shares that add up to more than their total.
    """

    values: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        require_kind("values", self.values, Mapping, where="Counts", expected="counts by name")
        checked = {name: _checked(name, value) for name, value in self.values.items()}
        ordered = {name: checked[name] for name in VOCABULARY if name in checked}
        _check_shares(ordered)
        object.__setattr__(self, "values", MappingProxyType(ordered))

    def __iter__(self) -> Iterator[str]:
        return iter(self.values)

    def __contains__(self, name: object) -> bool:
        return name in self.values

    def __getitem__(self, name: str) -> float:
        """The count of ``name``, 0.0 where it was not counted; use ``in`` to tell the two apart."""
        if name not in VOCABULARY:
            raise _unknown(name)
        return self.values.get(name, 0.0)

    def __hash__(self) -> int:
        return hash(tuple(self.values.items()))

    def __reduce__(self) -> tuple[type[Counts], tuple[dict[str, float]]]:
        return Counts, (dict(self.values),)

    def __add__(self, other: Counts) -> Counts:
        """Counts of both together."""
        if not isinstance(other, Counts):
            return NotImplemented
        names = {*self.values, *other.values}
        return Counts({name: self[name] + other[name] for name in names})

    def __mul__(self, factor: float) -> Counts:
        """Counts of ``factor`` times as much work, ``factor`` finite and not negative."""
        number = _finite("factor", factor, where="Counts * factor")
        return Counts({name: value * number for name, value in self.values.items()})

    __rmul__ = __mul__

    def to_dict(self) -> dict[str, float]:
        """Plain dictionary in vocabulary order."""
        return dict(self.values)

    def to_json(self) -> str:
        """JSON object; :meth:`from_json` reads it back to an equal value."""
        return json.dumps(self.to_dict(), allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Counts:
        """Counts from a JSON object of name to number.

        Raises:
            ConfigError: the text is not such an object, or the counts are not valid.
        """
        try:
            loaded = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ConfigError(f"not JSON ({error})", where="counts", expected="a JSON object") from error
        if not isinstance(loaded, dict):
            raise ConfigError(f"JSON {type(loaded).__name__}", where="counts", expected="a JSON object")
        return cls(loaded)


def _unknown(name: str) -> ConfigError:
    near = nearest(str(name), VOCABULARY)
    return ConfigError(
        f"unknown count {name!r}"[:120],
        where="counts",
        expected="a name of neuroff.energy.VOCABULARY",
        fix=f"did you mean {near!r}?" if near else "list the names with list(neuroff.energy.VOCABULARY)",
    )


def _checked(name: str, value: object) -> float:
    if not isinstance(name, str) or name not in VOCABULARY:
        raise _unknown(name)
    return _finite(name, value, where=f"counts, {name}")


def _finite(name: str, value: object, *, where: str) -> float:
    number = math.nan
    if not isinstance(value, bool) and isinstance(value, Real):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
    if not math.isfinite(number) or number < 0:
        raise ConfigError(
            f"{repr(value)[:60]} is not a {'count' if name in VOCABULARY else name}",
            where=where,
            expected="a finite number of at least zero",
        )
    return number


def _check_shares(values: Mapping[str, float]) -> None:
    totals = {name: VOCABULARY[name].part_of for name in values}
    for total in filter(None, dict.fromkeys(totals.values())):
        whole = values.get(total, 0.0)
        shares = math.fsum(values.get(part, 0.0) for part in parts_of(total))
        if shares > whole * (1 + _ROUNDING):
            raise ConfigError(
                f"shares of {total} add up to {shares:g}, more than {total} itself ({whole:g})",
                where="counts",
                expected=f"{total} to be the sum of all its shares",
            )
