"""How errors are worded: their last sentence, and what the command line and Python call by two names."""

from __future__ import annotations

import pytest

from neuroff.errors import ConfigError, in_both


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


@pytest.mark.parametrize(
    ("fix", "ends"),
    [
        ("choose fewer", ". Choose fewer."),
        ("re-read it", ". Re-read it."),
        ("widths, or less", ". Widths, or less."),
        ("asking.form=groups fits", ". asking.form=groups fits."),
        ("neuroff.load makes one", ". neuroff.load makes one."),
        ("neuroff train makes one", ". neuroff train makes one."),
        ("--to loihi has them", ". --to loihi has them."),
        ("`pip install x`", ". `pip install x`."),
        ("did you mean it?", ". Did you mean it?"),
        ("", "wrong."),
    ],
)
def test_names_keep_their_letters(fix: str, ends: str) -> None:
    assert str(ConfigError("wrong", fix=fix)).endswith(ends)
