"""What all kinds of result have in common: frozen, checked, written and read by one class."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from neuroff.errors import RunError, shortened
from neuroff.files import read_json, write_json

_SHOWN = 3  # problems of one file that a message names


class Written(BaseModel):
    """What stands in a file, as keys in the order of its fields.

    A field that was never given is absent from the file, so that what an older version wrote comes out as it
    went in.
    """

    def to_json(self) -> dict[str, Any]:
        """Return the JSON types that a file holds."""
        return self.model_dump(mode="json", exclude_unset=True, by_alias=True)


class Part(Written):
    """A part of a result; frozen, and closed to keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Filed(Written):
    """What has a file of its own.

    Attributes:
        KIND: what it is, for messages.
        FIX: what to do about a file that is none.
    """

    KIND: ClassVar[str]
    FIX: ClassVar[str]

    @classmethod
    def of(cls, values: object, where: str) -> Self:
        """Check the content of a file.

        Args:
            values: as from JSON; a result of this kind is returned as it is.
            where: the file, for the message.

        Raises:
            RunError: if it is not a result of this kind; names the first wrong keys.
        """
        try:
            return cls.model_validate(dict(values) if isinstance(values, Mapping) else values)
        except ValidationError as error:
            raise RunError(_explain(error), where=where, expected=cls.KIND, fix=cls.FIX) from None

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a file.

        Raises:
            RunError: if it is missing, not JSON, or not a result of this kind.
        """
        return cls.of(read_json(path), str(path))

    def write(self, path: Path) -> None:
        """Write the file in one step.

        Raises:
            RunError: if it cannot be written.
        """
        write_json(path, self.to_json())


class Result(Filed, Part):
    """A result that has a file of its own, an object with the fields of the class."""


class Sealed(Result):
    """A result whose file holds a digest of itself: what was changed since is refused.

    What older versions wrote has no digest and is read.

    Attributes:
        sha256: of everything else in the file, as JSON with sorted keys; checked and left out on reading.
    """

    sha256: str | None = None

    @classmethod
    def opened(cls, values: Mapping[str, Any], where: str) -> Self:
        """Check the content of a file, and its digest.

        Args:
            values: as from JSON.
            where: the file, for the message.

        Raises:
            RunError: if it is not a result of this kind, or not the one that was written.
        """
        content = {key: value for key, value in values.items() if key != _SEAL}
        result = cls.of(content, where)
        if _SEAL in values and values[_SEAL] != _seal(content):
            raise RunError(
                "not what was written: its content has another digest than it says",
                where=where,
                expected=f"SHA-256 {shortened(values[_SEAL])}",
                fix=cls.FIX,
            )
        return result

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a file.

        Raises:
            RunError: if it is missing, not JSON, not a result of this kind, or changed since it was written.
        """
        return cls.opened(read_json(path), str(path))

    def write(self, path: Path) -> None:
        """Write the file in one step, with its digest.

        Raises:
            RunError: if it cannot be written.
        """
        content = {key: value for key, value in self.to_json().items() if key != _SEAL}
        write_json(path, content | {_SEAL: _seal(content)})


_SEAL = "sha256"


def _seal(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _explain(error: ValidationError) -> str:
    problems = error.errors()
    named = [
        ": ".join(filter(None, (_key(item["loc"]), _what(item["type"], item["input"], item["msg"]))))
        for item in problems[:_SHOWN]
    ]
    left = len(problems) - len(named)
    return "; ".join([*named, *([f"and {left} more"] if left else [])])


def _key(place: tuple[int | str, ...]) -> str:
    return ".".join(map(str, place))[:120]


def _what(kind: str, found: object, message: str) -> str:
    if kind == "missing":
        return "is missing"
    if kind == "extra_forbidden":
        return "is not a key of it"
    if kind == "value_error":
        return message.removeprefix("Value error, ")
    return f"{shortened(found)}: {message}"
