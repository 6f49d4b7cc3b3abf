"""Reading a stack of layers from text."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import Final

from neuroff.checks import require_kind
from neuroff.core.architecture.parts import ConvPart, DensePart, Padding, Part, PoolPart
from neuroff.errors import ConfigError, shortened

GRAMMAR: Final = (
    "layers with commas between: dense N; conv CxK (C channels, a window of K x K, or CxHxW; then, if "
    "wanted, stride S, valid for no zeros around, groups for channels that keep the classes apart); between "
    "them pool S (means) or maxpool S"
)
_DENSE = re.compile(r"dense (\d+)")
_POOL = re.compile(r"(max)?pool (\d+)")
_CONV = re.compile(r"conv (\d+)x(\d+)(?:x(\d+))?((?: stride \d+| valid| same| groups)*)")
_WORD = re.compile(r"stride \d+|valid|same|groups")
_MOST = 2**31 - 1
_LONGEST = 10_000  # letters: hundreds of layers


@dataclass(frozen=True)
class Architecture:
    """A stack of layers.

    Attributes:
        parts: first to last; the last one is a layer.

    Raises:
        ConfigError: if it is not, or something else stands between them.
    """

    parts: tuple[Part, ...]

    def __post_init__(self) -> None:
        expected = "a tuple of DensePart, ConvPart and PoolPart, a layer at the end"
        require_kind("parts", self.parts, tuple, where="Architecture", expected=expected)
        for part in self.parts:
            kinds = (DensePart, ConvPart, PoolPart)
            require_kind("a part", part, kinds, where="Architecture", expected=expected)
        if not self.parts or isinstance(self.parts[-1], PoolPart):
            raise ConfigError(f"{len(self.parts)} parts", where="Architecture", expected=expected)

    @property
    def depth(self) -> int:
        """Number of layers, pools not counted."""
        return sum(not isinstance(part, PoolPart) for part in self.parts)

    @property
    def convolves(self) -> bool:
        """Whether it needs to know how its inputs lie in planes."""
        return any(not isinstance(part, DensePart) for part in self.parts)


def read_architecture(text: str) -> Architecture:
    """Return the stack that a text describes.

    Args:
        text: see `GRAMMAR`; ``conv 40x3, pool 2, conv 80x3 stride 2, dense 500``.

    Raises:
        ConfigError: naming the part that is none, or a pool where none can be; or if the text is too long.
    """
    require_kind("text", text, str, where="network.layers", expected=GRAMMAR)
    if len(text) > _LONGEST:
        raise _wrong(f"{len(text):,} letters", text, f"at most {_LONGEST:,}")
    parts = tuple(_part(piece.strip(), text) for piece in text.lower().split(","))
    pools = [isinstance(part, PoolPart) for part in parts]
    if pools[-1]:
        raise _wrong("a pool that no layer follows", text, "a layer at the end, such as dense 500")
    if isinstance(parts[0], PoolPart) and parts[0].maxima:
        raise _wrong("maxima of the images themselves", text, "pool in front of the first layer")
    if any(first and second for first, second in itertools.pairwise(pools)):
        raise _wrong("two pools in a row", text, "one pool between two layers")
    dense = [index for index, part in enumerate(parts) if isinstance(part, DensePart)]
    if dense and any(not isinstance(part, DensePart) for part in parts[dense[0] :]):
        raise _wrong("planes behind a dense layer", text, "dense layers last: they have no planes")
    return Architecture(parts)


def _part(piece: str, text: str) -> Part:
    spaced = " ".join(piece.split()).replace(" x", "x").replace("x ", "x")
    if found := _DENSE.fullmatch(spaced):
        return DensePart(_count(found[1], piece))
    if found := _POOL.fullmatch(spaced):
        return PoolPart(_count(found[2], piece), maxima=bool(found[1]))
    if found := _CONV.fullmatch(spaced):
        words = [word.split() for word in _WORD.findall(found[4])]
        kinds = [word[0] for word in words]
        if len(set(kinds)) < len(kinds) or {"valid", "same"} <= set(kinds):
            raise _wrong(f"{shortened(piece)}: one thing said twice", text, "stride S, valid and groups once")
        height = _count(found[2], piece)
        width = height if found[3] is None else _count(found[3], piece)
        stride = next((_count(word[1], piece) for word in words if word[0] == "stride"), 1)
        padding: Padding = "valid" if "valid" in kinds else "same"
        if padding == "same" and not (height % 2 and width % 2):
            raise _wrong(
                f"{shortened(piece)}: a window of even sides has no middle", text, "odd sides, or valid"
            )
        return ConvPart(_count(found[1], piece), (height, width), stride, padding, "groups" in kinds)
    raise _wrong(shortened(piece) if piece else "an empty part", text, GRAMMAR)


def _count(digits: str, piece: str) -> int:
    number = int(digits) if len(digits) < 12 else _MOST + 1
    if not 1 <= number <= _MOST:
        raise ConfigError(shortened(piece), where="network.layers", expected=f"numbers from 1 to {_MOST}")
    return number


def _wrong(found: str, text: str, expected: str) -> ConfigError:
    return ConfigError(f"{found} in {shortened(text)}", where="network.layers", expected=expected)
