"""What is read from a file of groups: plain values by name."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

Value = npt.NDArray[Any] | str
Tree = dict[str, Any]
"""Groups as dictionaries; leaves are a `Value`."""
