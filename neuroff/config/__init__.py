"""A run's choices as one validated value, and what they build."""

from neuroff.config.schema import (
    Config,
    Path,
    Variant,
    parse_config,
    same_but_precision,
)

__all__ = [
    "Config",
    "Path",
    "Variant",
    "parse_config",
    "same_but_precision",
]
