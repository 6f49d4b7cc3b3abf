"""How training images change from presentation to presentation."""

from __future__ import annotations

from dataclasses import dataclass

from neuroff.checks import require_number, require_whole


@dataclass(frozen=True)
class Augmentation:
    """Random changes; none of them unless asked for. `neuroff.training.augmentation` makes them.

    Attributes:
        shift: pixels by which an image moves along both axes, at most.
        flip: probability that an image is mirrored from left to right.
        cutout: side of a square that is cut out, in pixels.
        jitter: steps by which an event of a recording moves, at most.
        drop: probability that an event of a recording is missing.

    Raises:
        ConfigError: naming a number out of range.
    """

    shift: int = 0
    flip: float = 0.0
    cutout: int = 0
    jitter: int = 0
    drop: float = 0.0

    def __post_init__(self) -> None:
        for name in ("shift", "cutout", "jitter"):
            require_whole(name, getattr(self, name), least=0)
        require_number("flip", self.flip, least=0.0, most=1.0)
        require_number("drop", self.drop, least=0.0, below=1.0)

    @property
    def moves(self) -> bool:
        """Whether it has to know how pixels lie."""
        return bool(self.shift or self.flip or self.cutout)

    @property
    def of_events(self) -> bool:
        """Whether it changes events of recordings in time."""
        return bool(self.jitter or self.drop)

    @property
    def changes(self) -> bool:
        """Whether it does anything."""
        return self.moves or self.of_events
