"""How much a compressed file may hold."""

from __future__ import annotations

from typing import Final

from neuroff.errors import DataError

_RATIO: Final = 50
_ALWAYS_BYTES: Final = 2**28


def require_moderate(declared: int, stored: int, where: str, most: int) -> None:
    """Refuse what would fill the memory: far more content than bytes of the file.

    Args:
        declared: bytes of the content.
        stored: bytes of the file.
        where: the file.
        most: bytes that are read at all.

    Raises:
        DataError: if the content is larger than 256 MiB and fifty times the file, or than ``most``.
    """
    allowed = min(most, max(_ALWAYS_BYTES, _RATIO * stored))
    if declared > allowed:
        raise DataError(
            f"{declared / 2**30:.1f} GiB of content in {stored} bytes",
            where=where,
            expected=f"at most {allowed / 2**30:.2f} GiB in a file of this size",
            fix="save it without compression if it is what it should be",
        )
