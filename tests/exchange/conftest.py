"""The trained networks of the chip's tests serve here too."""

from tests.chip.conftest import ported, ported_values

__all__ = ["ported", "ported_values"]
