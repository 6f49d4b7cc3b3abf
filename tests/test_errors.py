"""How errors say what the command line and Python call by two names."""

from __future__ import annotations

import pytest

from neuroff.errors import in_both


@pytest.mark.parametrize(
    ("argument", "values", "said"),
    [
        ("to", ("loihi", "c"), "--to loihi | c (in Python to='loihi' | 'c')"),
        ("dt_ms", ("0.5",), "--dt-ms 0.5 (in Python dt_ms=0.5)"),
        ("chip_reset", ("rest",), "--chip-reset rest (in Python chip_reset='rest')"),
    ],
)
def test_a_setting_is_named_for_both(argument: str, values: tuple[str, ...], said: str) -> None:
    assert in_both(argument, *values) == said
